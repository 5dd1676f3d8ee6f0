/**
 * What came of looking at one thing. `operator`: it cannot be decided by the server, and what is left to do is said;
 * `unknown`: it was not looked at, and why not is said.
 */
export const STATES = ['met', 'not-met', 'operator', 'unknown'] as const
export type State = (typeof STATES)[number]

/** How bad it is. `unsafe`: somebody can use it against people; `doubtful`: there can be reasons, which are to be written down. */
export type Severity = 'unsafe' | 'doubtful'

/** What is thought of one requirement. */
export interface Verdict {
  readonly state: State
  /** Null unless it is not met. */
  readonly severity: Severity | null
  /** What the verdict rests on, with its figures. Never holds a secret. */
  readonly detail: string
  /** What to do; null if there is nothing to do. */
  readonly fix: string | null
}

/** A verdict, and on what. */
export interface Finding extends Verdict {
  /** Stable, for programs. */
  readonly id: string
  /** The clauses that it is about, such as `ASVS 7.2.4`. */
  readonly clauses: readonly string[]
  /** What is asked for, in our words. */
  readonly title: string
}

/** It is as it should be. */
export function met(detail: string): Verdict {
  return { state: 'met', severity: null, detail: sentence(detail), fix: null }
}

/** It can be used against people. */
export function unsafe(detail: string, fix: string): Verdict {
  return { state: 'not-met', severity: 'unsafe', detail: sentence(detail), fix }
}

/** It is not as it should be, and there can be reasons. */
export function doubtful(detail: string, fix: string): Verdict {
  return { state: 'not-met', severity: 'doubtful', detail: sentence(detail), fix }
}

/** Only the operator can see to it. */
export function operators(detail: string, fix: string): Verdict {
  return { state: 'operator', severity: null, detail: sentence(detail), fix }
}

/** It was not looked at. */
export function unknown(detail: string, fix: string | null = null): Verdict {
  return { state: 'unknown', severity: null, detail: sentence(detail), fix }
}

/** The worst of several: what is unsafe first, then what is doubtful, then what was not looked at. */
export function worstOf(verdicts: readonly Verdict[]): Verdict | null {
  return verdicts.toSorted((one, other) => rankOf(one) - rankOf(other))[0] ?? null
}

/** The lower, the sooner it wants to be read. */
export function rankOf({ state, severity }: Verdict): number {
  if (severity !== null) return severity === 'unsafe' ? 0 : 1
  return { operator: 2, unknown: 3, met: 4, 'not-met': 1 }[state]
}

/** Each begins as a sentence does, and holds nothing that a terminal obeys: parts of it come from servers. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replace(/[\p{Cc}\p{Cf}]/gu, '?')
}
