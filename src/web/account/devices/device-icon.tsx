import {
  IconDeviceDesktop,
  IconDeviceMobile,
  IconDevices,
  IconDeviceTablet,
  IconDeviceTv,
  IconRobot,
} from '@tabler/icons-react'
import type { DeviceKind } from '../generated/operations.ts'
import styles from './device-icon.module.css'

const ICONS = {
  DESKTOP: IconDeviceDesktop,
  PHONE: IconDeviceMobile,
  TABLET: IconDeviceTablet,
  TV: IconDeviceTv,
  BOT: IconRobot,
  OTHER: IconDevices,
} satisfies Record<DeviceKind, unknown>

/** The sort of device, to be told apart at a glance. */
export function DeviceIcon({ kind, strong = false }: { kind: DeviceKind; strong?: boolean }) {
  // a kind that this page does not know yet
  const Icon = ICONS[kind] ?? IconDevices
  return (
    <span className={styles['tile']} data-strong={strong || undefined}>
      <Icon size={24} stroke={1.6} aria-hidden />
    </span>
  )
}
