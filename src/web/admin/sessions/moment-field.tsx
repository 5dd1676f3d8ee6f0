import { TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { texts } from '../texts.ts'
import { type Reading, readTypedMoment, writeTypedMoment } from './moment-draft.ts'

/** A field for a date and a time, in the browser's own form. The filter changes when there is a whole date, or nothing at all. */
export function MomentField({
  label,
  value,
  onCommit,
}: {
  label: string
  value: string | null
  onCommit: (moment: string | null) => void
}) {
  const field = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<Reading['problem']>(null)
  const committed = useRef(value)
  // from elsewhere, as when somebody goes back
  useEffect(() => {
    if (value === committed.current) return
    committed.current = value
    if (field.current) field.current.value = writeTypedMoment(value)
    setProblem(null)
  }, [value])
  const read = (input: HTMLInputElement) =>
    readTypedMoment({ value: input.value, isHalfTyped: input.validity.badInput })
  const type = (event: FormEvent<HTMLInputElement>) => {
    const reading = read(event.currentTarget)
    if (reading.problem === null) {
      setProblem(null)
      if (reading.moment === committed.current) return
      committed.current = reading.moment
      onCommit(reading.moment)
    }
  }
  return (
    <TextInput
      ref={field}
      type="datetime-local"
      label={label}
      size="sm"
      // a field that React writes to loses what is typed halfway
      defaultValue={writeTypedMoment(value)}
      error={problem && (problem === 'HALF_TYPED' ? texts.sessions.halfTyped : texts.sessions.outOfRange)}
      onInput={type}
      onBlur={(event) => setProblem(read(event.currentTarget).problem)}
    />
  )
}
