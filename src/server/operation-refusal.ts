/** The most sessions that one listing shows. */
export const LONGEST_LIST = 1_000

/** An operation that was refused: one sentence for the operator, which names the argument and the fix. */
export class OperationRefusal {
  readonly code: string
  readonly message: string

  constructor(code: string, message: string) {
    this.code = code
    this.message = message
  }
}
