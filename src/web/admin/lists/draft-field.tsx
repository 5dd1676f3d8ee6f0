import { TextInput, type TextInputProps } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { after } from '../../shared/clock.ts'

/** Whoever stops for so long has typed enough to look for it (milliseconds). */
const PAUSE = 350

/**
 * A field whose text holds once somebody stops typing, presses Enter or leaves it.
 * @param props.onCommit told of the text that holds
 * @param props.problem what is wrong with a text, which then does not hold
 */
export function DraftField({
  value,
  onCommit,
  problem = () => null,
  ...props
}: Omit<TextInputProps, 'value' | 'onChange'> & {
  value: string
  onCommit: (text: string) => void
  problem?: (text: string) => string | null
}) {
  const [draft, setDraft] = useState(value)
  const [isWrong, setWrong] = useState(false)
  const committed = useRef(value)
  const endWait = useRef(() => {})
  // from elsewhere, as when somebody goes back
  useEffect(() => {
    if (value === committed.current) return
    committed.current = value
    setDraft(value)
  }, [value])
  useEffect(() => () => endWait.current(), [])
  const commit = (text: string) => {
    endWait.current()
    const trimmed = text.trim()
    if (problem(trimmed) !== null || trimmed === committed.current) return
    committed.current = trimmed
    onCommit(trimmed)
  }
  const type = (event: FormEvent<HTMLInputElement>) => {
    const text = event.currentTarget.value
    setDraft(text)
    setWrong(false)
    endWait.current()
    endWait.current = after(PAUSE, () => commit(text))
  }
  return (
    <TextInput
      {...props}
      value={draft}
      error={isWrong && problem(draft.trim())}
      onChange={type}
      onBlur={() => {
        setWrong(true)
        commit(draft)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit(draft)
      }}
    />
  )
}
