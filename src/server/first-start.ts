import { createAccount } from '../accounts/administer.ts'
import type { AccountParts } from '../accounts/parts.ts'
import { Refusal } from '../kernel/refusal.ts'
import { hasAdministrator } from '../users/users.ts'
import { generatePassword } from './generated-password.ts'

/** An administrator who was created just now, and the only time that the password is known. */
export interface FirstAdministrator {
  readonly email: string
  readonly password: string
}

/** Whether this server has nobody to administer it yet. */
export async function needsAdministrator({ database }: AccountParts): Promise<boolean> {
  return !(await hasAdministrator(database.queries))
}

/** Creates an administrator with a generated password if there is none; null if there is one already. */
export async function createFirstAdministrator(
  accounts: AccountParts,
  email: string,
): Promise<FirstAdministrator | null> {
  if (!(await needsAdministrator(accounts))) return null
  const password = generatePassword()
  const created = await createAccount(accounts, { email, password, roles: ['ADMINISTRATOR'] })
  // another node may have been first; an ordinary account with this address stays what it is
  return created instanceof Refusal ? null : { email, password }
}
