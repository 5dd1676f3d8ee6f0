import { useRef, useState } from 'react'
import type { Failure } from '../server/failure.ts'

/** Where a form stands that was sent. */
export interface Submission {
  readonly pending: boolean
  /** Why it was refused; null if it was not, or has been changed since. */
  readonly failure: Failure | null
  /** Sends it, unless it is under way. */
  submit(): void
  /** What was said about it counts no longer. */
  forget(): void
}

/** @param work what sending it does. @returns why it was refused, or null */
export function useSubmission(work: () => Promise<Failure | null>): Submission {
  const [pending, setPending] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  // two quick presses are one
  const under = useRef(false)
  const submit = async () => {
    if (under.current) return
    under.current = true
    setPending(true)
    setFailure(null)
    try {
      setFailure(await work())
    } finally {
      under.current = false
      setPending(false)
    }
  }
  return { pending, failure, submit: () => void submit(), forget: () => setFailure(null) }
}
