import type { ReactNode } from 'react'
import { writing } from '../writing.ts'

/** A sentence with a moment in it, and the exact one for whoever points at it. */
export function Moment({ at, children }: { at: string; children: ReactNode }) {
  return (
    <time dateTime={at} title={writing.exact(at)}>
      {children}
    </time>
  )
}
