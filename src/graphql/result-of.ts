import { Refusal } from '../kernel/refusal.ts'

/**
 * Tells which member of a result union a value is. Refusals are classes, each with a GraphQL type of its own
 * (`InvalidCredentials` is `InvalidCredentialsError`); whatever is no refusal is the success.
 */
export function resultOf(success: string): (value: object) => string {
  return (value) => (value instanceof Refusal ? `${value.constructor.name}Error` : success)
}
