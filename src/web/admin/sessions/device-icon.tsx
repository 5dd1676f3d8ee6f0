import {
  IconDeviceDesktop,
  IconDeviceMobile,
  IconDevices,
  IconDeviceTablet,
  IconDeviceTv,
  IconRobot,
} from '@tabler/icons-react'
import type { DeviceKind } from './session-filter.ts'

const ICONS = {
  DESKTOP: IconDeviceDesktop,
  PHONE: IconDeviceMobile,
  TABLET: IconDeviceTablet,
  TV: IconDeviceTv,
  BOT: IconRobot,
  OTHER: IconDevices,
}

/** What sort of device it is; said in words beside it. */
export function DeviceIcon({ kind, size = 18 }: { kind: DeviceKind; size?: number }) {
  const Icon = ICONS[kind]
  return <Icon size={size} stroke={1.6} aria-hidden />
}
