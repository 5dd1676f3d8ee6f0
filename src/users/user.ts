import type { Role } from '../protocol/sessions.ts'

/** Someone who can sign in. */
export interface User {
  readonly id: string
  readonly email: string
  readonly roles: readonly Role[]
  readonly createdAt: Date
  readonly disabledAt: Date | null
  readonly deletedAt: Date | null
  /** Rises with every change of a factor. */
  readonly credentialVersion: number
}

/** Whether the user may sign in and have sessions. */
export function isEnabled(user: Pick<User, 'disabledAt' | 'deletedAt'>): boolean {
  return user.disabledAt === null && user.deletedAt === null
}

/** Whether the user administers this server. */
export function isAdministrator(user: Pick<User, 'roles'>): boolean {
  return user.roles.includes('ADMINISTRATOR')
}
