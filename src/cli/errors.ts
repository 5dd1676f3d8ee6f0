import { OperationRefusal } from '../server/operation-refusal.ts'

/** A command that cannot do what was asked; the message is one sentence that names the argument and the fix. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** A command that has said what it had to say, and whose exit code says the rest. */
export class Concluded extends Error {
  override readonly name = 'Concluded'
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`)
    this.exitCode = exitCode
  }
}

/**
 * What an operation gave, if it did what was asked.
 * @throws CommandError with the reason of its refusal
 */
export function done<Output>(result: Output | OperationRefusal): Output {
  if (result instanceof OperationRefusal) throw new CommandError(result.message)
  return result
}
