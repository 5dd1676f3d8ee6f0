import { newSecret } from '../kernel/secret.ts'
import { findHazards } from '../server/advice.ts'
import { type Config, type ConfigFault, InvalidConfig, readConfig } from '../server/config.ts'
import { findMisspelled, type Misspelled } from '../server/misspelled.ts'
import { doubtful, type Finding, unsafe, worstOf } from './finding.ts'
import type { Report } from './report.ts'
import type { Requirement } from './requirement.ts'
import { REQUIREMENTS } from './requirements.ts'

/**
 * Examines the settings that a server would start with. Those that cannot be worked with are findings themselves, all of them;
 * the rest is then looked at as if they had not been set.
 */
export function examineEnvironment(environment: NodeJS.ProcessEnv): Report {
  const { config, faults } = readAllTheSame(environment)
  return {
    target: 'Configuration',
    findings: [
      ...faults.map(faultFinding),
      ...findMisspelled(Object.keys(environment)).filter(isForServe).map(misspelledFinding),
      ...(config ? examineConfig(config) : []),
    ],
  }
}

/** What our own command line reads is no setting of the server, and no mistake. */
function isForServe({ name }: Misspelled): boolean {
  return !name.startsWith('CURFEW_DOCTOR_')
}

function misspelledFinding({ name, nearest }: Misspelled): Finding {
  const fix =
    nearest === null ? 'Leave it out; the README lists the settings.' : `Write ${nearest}, if that is meant.`
  return {
    id: name,
    clauses: [name],
    title: 'This is no setting.',
    ...doubtful(`${name} has no effect, so that a default is in force.`, fix),
  }
}

/** What each requirement comes to under a configuration, and every hazard that no requirement is about. */
export function examineConfig(config: Config): readonly Finding[] {
  const hazards = findHazards(config)
  const named = new Set(REQUIREMENTS.flatMap(({ settings = [] }) => settings))
  const others = hazards
    .filter(({ setting }) => !named.has(setting))
    .map(({ setting, level, message }) => settingFinding(setting, message, level))
  return [...others, ...REQUIREMENTS.map((each) => examineRequirement(each, config, hazards))]
}

function examineRequirement(
  requirement: Requirement,
  config: Config,
  hazards: ReturnType<typeof findHazards>,
): Finding {
  const { id, gist, settings = [], check } = requirement
  const own = check(config)
  const theirs = hazards
    .filter(({ setting }) => settings.includes(setting))
    .map(({ setting, level, message }) => hazardVerdict(setting, message, level))
  return { id, clauses: [id], title: gist, ...(worstOf([own, ...theirs]) ?? own) }
}

function hazardVerdict(setting: string, message: string, level: 'unsafe' | 'doubtful') {
  const { detail, fix } = splitMessage(setting, message)
  return level === 'unsafe' ? unsafe(detail, fix) : doubtful(detail, fix)
}

function faultFinding({ setting, message }: ConfigFault): Finding {
  return settingFinding(setting, message, 'unsafe')
}

function settingFinding(setting: string, message: string, level: 'unsafe' | 'doubtful'): Finding {
  return {
    id: setting,
    clauses: [setting],
    title: 'This setting is not as it should be.',
    ...hazardVerdict(setting, message, level),
  }
}

/** Messages of settings say what is wrong, and behind a semicolon what to do. */
function splitMessage(setting: string, message: string): { detail: string; fix: string } {
  const at = message.lastIndexOf('; ')
  const [detail, fix] =
    at === -1
      ? [message, `change ${setting}, or write down why not`]
      : [message.slice(0, at), message.slice(at + 2)]
  return { detail: `${setting}: ${detail}.`, fix: `${fix.charAt(0).toUpperCase()}${fix.slice(1)}.` }
}

/** The configuration without what is wrong in it; null if it cannot be had even so. */
function readAllTheSame(environment: NodeJS.ProcessEnv): {
  config: Config | null
  faults: readonly ConfigFault[]
} {
  const faults: ConfigFault[] = []
  const left = { ...environment }
  // dropping what is wrong can bring out what else is: a profile, say, that another timeout does not fit
  for (;;) {
    try {
      return { config: readConfig(left), faults }
    } catch (error) {
      if (!(error instanceof InvalidConfig)) throw error
      const fresh = error.faults.filter(
        (fault) =>
          !faults.some((known) => known.setting === fault.setting && known.message === fault.message),
      )
      if (fresh.length === 0) return { config: null, faults }
      faults.push(...fresh)
      for (const { setting } of fresh) {
        delete left[setting]
        // without one, production would not start; this one stands for the one that is missing, and is kept nowhere
        if (setting === 'CURFEW_SECRET') left[setting] = newSecret()
      }
    }
  }
}
