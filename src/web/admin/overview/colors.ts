import type { SessionEndReason } from '../../../protocol/sessions.ts'
import { OTHER } from './series.ts'

/** A colour for the light look, and one for the dark: each stands out from what it is drawn on (WCAG 2.2, 1.4.11: 3 to 1). */
type Pair = readonly [light: string, dark: string]

/** What the charts are drawn on, in the light and in the dark. */
export const GROUNDS: Pair = ['#ffffff', '#12142c']

export const COLORS = {
  active: ['#4a55dc', '#8e95e8'],
  signIns: ['#087f5b', '#38d9a9'],
  SIGNED_OUT: ['#4a55dc', '#8e95e8'],
  SIGNED_OUT_EVERYWHERE: ['#0b7285', '#3bc9db'],
  REVOKED_BY_USER: ['#862e9c', '#e599f7'],
  REVOKED_BY_ADMINISTRATOR: ['#c92a2a', '#ff6b6b'],
  REPLACED: ['#099268', '#38d9a9'],
  PASSWORD_UPDATED: ['#5f3dc4', '#b197fc'],
  ACCOUNT_DISABLED: ['#7f5539', '#d4a373'],
  ACCOUNT_DELETED: ['#a61e4d', '#f783ac'],
  IDLE_TIMEOUT: ['#868e96', '#868e96'],
  ABSOLUTE_TIMEOUT: ['#495057', '#ced4da'],
  SESSION_LIMIT: ['#a87900', '#ffd43b'],
  REFRESH_TOKEN_REUSED: ['#e8590c', '#ff922b'],
  ANOMALY: ['#d6336c', '#faa2c1'],
  [OTHER]: ['#a97c50', '#ddb892'],
} as const satisfies Readonly<Record<SessionEndReason | typeof OTHER | 'active' | 'signIns', Pair>>
