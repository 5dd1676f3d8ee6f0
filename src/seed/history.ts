import type { AnomalyKind, SessionEndReason } from '../protocol/sessions.ts'
import { absoluteLimit, type SessionPolicy } from '../sessions/lifetime.ts'
import type { Person, Place } from './people.ts'
import type { Random } from './random.ts'
import { ENDINGS, HOURS, type SeedDevice, WEEKDAYS } from './world.ts'

const [HOUR, DAY] = [3_600_000, 86_400_000]

/** A session that was, or still is. */
export interface PastSession {
  readonly id: string
  readonly person: Person
  readonly device: SeedDevice
  /** The latest first; the last one is where it was started. */
  readonly places: readonly (Place & { readonly firstSeenAt: number; readonly lastSeenAt: number })[]
  readonly remembered: boolean
  readonly createdAt: number
  readonly lastActiveAt: number
  readonly expiresAt: number
  readonly ended: { readonly at: number; readonly reason: SessionEndReason } | null
  readonly replacesId: string | null
  readonly lineageId: string
  readonly anomalies: readonly { kind: AnomalyKind; occurredAt: number; network: string | null }[]
}

/** What history is made up by. */
export interface HistoryPlan {
  readonly people: readonly Person[]
  readonly count: number
  /** How many days it goes back. */
  readonly days: number
  readonly now: number
  readonly policy: SessionPolicy
}

/**
 * Makes up the sessions of people, day by day: more on weekdays and in the daytime of where they are, a little more from week to week, most
 * of them by those who come often. Each day comes in the order in which its sessions began.
 */
export function* inventHistory(random: Random, plan: HistoryPlan): Generator<readonly PastSession[]> {
  const { count, days, now } = plan
  const today = Math.floor(now / DAY) * DAY
  const starts = Array.from({ length: days }, (_, index) => today - (days - 1 - index) * DAY)
  const weights = starts.map((start, index) => {
    const passedOfDay = Math.min(1, Math.max(0.02, (now - start) / DAY))
    return (WEEKDAYS[new Date(start).getUTCDay()] ?? 1) * (0.8 + (0.4 * index) / days) * passedOfDay
  })
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let made = 0
  let passed = 0
  for (const [index, start] of starts.entries()) {
    passed += weights[index] ?? 0
    const due = index === days - 1 ? count : Math.round((count * passed) / total)
    const ofDay: PastSession[] = []
    while (made < due) {
      const session = inventSession(random, plan, start)
      ofDay.push(session)
      made++
      const next =
        session.ended?.reason === 'REPLACED' && made < due ? successor(random, plan, session) : null
      if (!next) continue
      ofDay.push(next)
      made++
    }
    yield ofDay.sort((a, b) => a.createdAt - b.createdAt)
  }
}

function inventSession(random: Random, plan: HistoryPlan, day: number): PastSession {
  const person = pickPerson(random, plan.people, day)
  const place = random.chance(0.8) ? person.places[0] : random.pick(person.places)
  if (!place) throw new Error('a person is nowhere')
  const createdAt = momentOfDay(random, { day, now: plan.now, ahead: place.ahead })
  const id = random.id(createdAt)
  return live(random, plan, {
    id,
    person,
    device: random.pick(person.devices),
    place,
    remembered: random.chance(0.85),
    createdAt,
    replacesId: null,
    lineageId: id,
  })
}

/** What goes on after a reverification: on the same device, in the same place. */
function successor(random: Random, plan: HistoryPlan, before: PastSession): PastSession | null {
  const place = before.places.at(-1)
  if (!before.ended || !place) return null
  const { person, device, remembered, lineageId } = before
  const id = random.id(before.ended.at)
  const createdAt = before.ended.at
  return live(random, plan, {
    id,
    person,
    device,
    place,
    remembered,
    createdAt,
    replacesId: before.id,
    lineageId,
  })
}

/** Those who come often come far more often: of a thousand people the first hundred have a third of all sessions. */
function pickPerson(random: Random, people: readonly Person[], before: number): Person {
  for (let tries = 0; tries < 8; tries++) {
    const index = Math.floor(people.length * random.number() ** 2)
    // those who come often are found among old and young accounts alike
    const person = people[(index * 7919) % people.length]
    if (
      person &&
      person.createdAt < before &&
      (person.disabledAt === null || person.disabledAt > before + DAY)
    )
      return person
  }
  const first = people[0]
  if (!first) throw new Error('there is nobody')
  return first
}

/** When somebody signs in on that day, by the clocks of where they are; of today before now. */
function momentOfDay(
  random: Random,
  { day, now, ahead }: { day: number; now: number; ahead: number },
): number {
  const hours = HOURS.map((weight, hour) => ({ weight, hour }))
  for (let tries = 0; tries < 20; tries++) {
    const { hour } = random.weighed(hours)
    const sinceMidnight = (hour - ahead + 24) % 24
    const moment = Math.floor(day + (sinceMidnight + random.number()) * HOUR)
    if (moment < now) return moment
  }
  return Math.floor(day + random.number() * (now - day))
}

/** Lives the session until it ends, or until now. */
function live(
  random: Random,
  { now, policy }: HistoryPlan,
  start: Pick<
    PastSession,
    'id' | 'person' | 'device' | 'remembered' | 'createdAt' | 'replacesId' | 'lineageId'
  > & {
    readonly place: Place
  },
): PastSession {
  const { place, ...common } = start
  const { createdAt, person, remembered } = common
  const expiresAt = absoluteLimit(policy, new Date(createdAt), { remembered }).getTime()
  const { reason, after } = random.weighed(ENDINGS)
  const used =
    reason === 'ABSOLUTE_TIMEOUT' ? expiresAt - random.number() * DAY : createdAt + random.wait(after * HOUR)
  const byHand = reason !== 'IDLE_TIMEOUT' && reason !== 'ABSOLUTE_TIMEOUT'
  let lastUsed = Math.max(createdAt, Math.min(used, expiresAt - 1))
  let ended: PastSession['ended'] = null
  if (byHand && used < expiresAt && used - createdAt < policy.idleTimeout * 4) ended = { at: used, reason }
  else if (lastUsed + policy.idleTimeout < expiresAt)
    ended = { at: lastUsed + policy.idleTimeout, reason: 'IDLE_TIMEOUT' }
  else ended = { at: expiresAt, reason: 'ABSOLUTE_TIMEOUT' }
  if (person.disabledAt !== null && person.disabledAt > createdAt && person.disabledAt < ended.at) {
    ended = { at: person.disabledAt, reason: 'ACCOUNT_DISABLED' }
  }
  if (ended.at >= now) ended = null
  const until = ended?.at ?? now
  // people who are still there were there lately
  if (lastUsed > until) lastUsed = Math.max(createdAt, until - random.wait(5 * HOUR))
  const lastActiveAt = Math.floor(lastUsed)
  const whole = ended && { ...ended, at: Math.floor(Math.max(ended.at, lastActiveAt)) }
  const places = placesOf(random, place, person, createdAt, lastActiveAt)
  return {
    ...common,
    places,
    lastActiveAt,
    expiresAt,
    ended: whole,
    anomalies: anomaliesOf(random, whole, places, createdAt, lastActiveAt),
  }
}

function placesOf(
  random: Random,
  place: Place,
  person: Person,
  from: number,
  to: number,
): PastSession['places'] {
  const other = random.chance(0.12) ? random.pick(person.places) : place
  if (other === place || to - from < HOUR) return [{ ...place, firstSeenAt: from, lastSeenAt: to }]
  const moved = Math.floor(from + random.number() * (to - from))
  return [
    { ...other, firstSeenAt: moved, lastSeenAt: to },
    { ...place, firstSeenAt: from, lastSeenAt: moved },
  ]
}

function anomaliesOf(
  random: Random,
  ended: PastSession['ended'],
  places: PastSession['places'],
  from: number,
  to: number,
): PastSession['anomalies'] {
  const network = places[0]?.network ?? null
  if (ended?.reason === 'REFRESH_TOKEN_REUSED')
    return [{ kind: 'REFRESH_TOKEN_REUSED', occurredAt: ended.at, network }]
  if (ended?.reason === 'ANOMALY') return [{ kind: 'DISPLACED_TOKEN_USED', occurredAt: ended.at, network }]
  if (!random.chance(0.003)) return []
  const occurredAt = Math.floor(from + random.number() * (to - from))
  return [{ kind: random.pick(['DISPLACED_TOKEN_USED', 'REFRESH_TOKEN_REUSED']), occurredAt, network }]
}
