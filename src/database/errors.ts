import { Fault } from '../kernel/fault.ts'

/** The database did not do what was asked, for no fault of what was asked: it is away, or has too much to do. */
export class DatabaseUnavailable extends Fault {
  override readonly cause: unknown

  constructor(message: string, cause?: unknown) {
    super('SERVER_BUSY', message)
    this.cause = cause
  }
}

/** Nothing reaches the database, or no answer comes back. */
export function unreachable(cause: unknown): DatabaseUnavailable {
  return new DatabaseUnavailable('The database cannot be reached right now. Try again in a moment.', cause)
}

/** There is more to do than there are connections for. */
export function overloaded(): DatabaseUnavailable {
  return new DatabaseUnavailable('The database has too much to do right now. Try again in a moment.')
}

/** The answer to a commit was lost: perhaps everything was done, perhaps nothing. Never to be taken for a success. */
export function commitUnknown(cause: unknown): DatabaseUnavailable {
  return new DatabaseUnavailable(
    'The database was lost in the last moment: it is not known whether this was done. Look before you try again.',
    cause,
  )
}
