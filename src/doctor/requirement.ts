import type { Config } from '../server/config.ts'
import type { SettingName } from '../server/settings.ts'
import type { Verdict } from './finding.ts'

/** A test that shows that Curfew does what it says. */
export interface Proof {
  /** From the root of the repository. */
  readonly file: string
  /** As it stands in the file. */
  readonly test: string
}

/** One clause of a standard, and what Curfew has to say to it. */
export interface Requirement {
  /** `ASVS 7.2.4`, `NIST 5.1.1`: the standard and the clause. */
  readonly id: string
  /** The level from which ASVS asks for it; null where a standard has no such levels. */
  readonly level: 1 | 2 | 3 | null
  /** What is asked for, in our words. */
  readonly gist: string
  /** What Curfew does about it. */
  readonly does: string
  readonly proofs: readonly Proof[]
  /** Settings whose hazards break it. */
  readonly settings?: readonly SettingName[]
  /** The check that decides it for a configuration. */
  readonly check: (config: Config) => Verdict
}

/** A proof. */
export function proof(file: string, test: string): Proof {
  return { file: `test/${file}.test.ts`, test }
}
