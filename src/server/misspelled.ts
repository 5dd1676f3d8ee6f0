import { closestMatch } from 'leven'
import { SETTINGS, type SettingName } from './settings.ts'

/** A name in the environment that looks like a setting, and is none. */
export interface Misspelled {
  readonly name: string
  /** What was probably meant; null if nothing is near. */
  readonly nearest: SettingName | null
}

/** Names that are probably meant for us: nobody else's begin so, or hardly. */
const OURS = /^(CURFEW|SESSION)_/
/** Names that begin so and are somebody else's: every X11 desktop sets this one. */
const OTHERS: readonly string[] = ['SESSION_MANAGER']
/** Shorter names are near to too many others: `HOST` and `HOME`. */
const SHORTEST = 8

/**
 * Names that would silently leave a default in force: everything that begins with `CURFEW_` and is no setting, and what is almost
 * the name of one.
 */
export function findMisspelled(names: readonly string[]): readonly Misspelled[] {
  const settings = Object.keys(SETTINGS)
  return names
    .filter((name) => !settings.includes(name))
    .map((name) => ({ name, nearest: nearestOf(name, settings) }))
    .filter(({ name, nearest }) => nearest !== null || name.startsWith('CURFEW_'))
}

function nearestOf(name: string, settings: readonly string[]): SettingName | null {
  if (name.length < SHORTEST || OTHERS.includes(name)) return null
  // how many letters may be wrong: a whole word of ours, or a slip in a name that could be another program's
  const maxDistance = OURS.test(name) ? 5 : Math.min(3, Math.floor(name.length / 6))
  // settings are the keys of SETTINGS
  return (closestMatch(name.toUpperCase(), settings, { maxDistance }) ?? null) as SettingName | null
}

/** One sentence about such a name. */
export function describeMisspelled({ name, nearest }: Misspelled): string {
  return nearest === null
    ? `${name} is no setting, and has no effect; the README lists those that there are`
    : `${name} is no setting, and has no effect; did you mean ${nearest}?`
}
