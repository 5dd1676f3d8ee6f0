import { builder } from './builder.ts'

/** An enum whose every value has a description; the type makes sure that none is missing and none is too many. */
export function describedEnum<Value extends string>(
  name: string,
  description: string,
  values: Record<Value, string>,
) {
  const described = Object.fromEntries(
    Object.entries<string>(values).map(([value, text]) => [
      value,
      { value: value as Value, description: text },
    ]),
  ) as Record<Value, { value: Value; description: string }>
  return builder.enumType(name, { description, values: described })
}
