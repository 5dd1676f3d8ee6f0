import type { Clock } from '../../kernel/clock.ts'
import { type Finding, unknown, type Verdict } from '../finding.ts'
import { type ProbeClient, ProbeFailure } from './client.ts'
import type { Credential } from './graphql.ts'

/** Who signs in, so that what needs a session can be looked at. */
export interface Account {
  readonly email: string
  readonly password: string
}

/** What the checks of a running server work with. */
export interface Probe {
  readonly client: ProbeClient
  readonly clock: Clock
  /** Sessions that were started and may be live: ended when the probe is over. */
  readonly started: Set<Credential>
}

/** What one check looks at. */
export interface Subject {
  readonly id: string
  readonly clauses: readonly string[]
  readonly title: string
}

/** A finding on a subject. */
export function find({ id, clauses, title }: Subject, verdict: Verdict): Finding {
  return { id, clauses, title, ...verdict }
}

/** What came of a check; one that could not be made is a finding too, and stops no other. */
export async function attempt(subject: Subject, check: () => Promise<Verdict>): Promise<Finding> {
  try {
    return find(subject, await check())
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error
    return find(subject, unknown(error.message))
  }
}

/** One after the other: a server is not to be asked for everything at once, and attempts are counted. */
export async function inTurn(
  checks: readonly (() => Promise<Finding | readonly Finding[]>)[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const check of checks) {
    const found = await check()
    findings.push(...('id' in found ? [found] : found))
  }
  return findings
}
