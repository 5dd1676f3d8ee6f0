import { type SQL, sql } from 'drizzle-orm'
import { sessions } from '../database/tables.ts'
import { isSomewhere, type Place } from '../devices/place.ts'
import type { SeenPlace, Session } from './session.ts'

/*
 * Where a session is seen is written together with its activity, which is written now and then; a place that it has not been seen at
 * before is written at once. What is kept: each place once, with the first and the last time, the last one in front.
 */

/** As many as are kept of a session. */
export const MOST_PLACES = 20

/** Once there are so many, how often another one is written at most (milliseconds): whoever changes networks all the time causes no writes. */
export const CROWDED_INTERVAL = 60_000

/**
 * Whether the session has not been seen there before, and that is worth a write and an event. {@link isNewTo} says the same of the row as
 * it is by then: that is what counts, and this only spares the question.
 */
export function isNewPlace({ places }: Pick<Session, 'places'>, place: Place, now: Date): boolean {
  if (!isSomewhere(place) || places.some((seen) => isSamePlace(seen, place))) return false
  if (places.length < MOST_PLACES) return true
  const latest = Math.max(...places.map(({ firstSeenAt }) => firstSeenAt.getTime()))
  return now.getTime() - latest >= CROWDED_INTERVAL
}

function isSamePlace(one: Place, other: Place): boolean {
  return (
    one.network === other.network &&
    one.location?.countryCode === other.location?.countryCode &&
    one.location?.city === other.location?.city
  )
}

/** The places of a session that was seen nowhere before. */
export function firstPlaces(place: Place, now: Date): (typeof sessions.$inferInsert)['places'] {
  return isSomewhere(place) ? toEntries([{ ...place, firstSeenAt: now, lastSeenAt: now }]) : []
}

/** What is stored of places. */
export function toEntries(
  places: readonly SeenPlace[],
): NonNullable<(typeof sessions.$inferInsert)['places']> {
  return places.map(({ firstSeenAt, lastSeenAt, ...place }) => ({
    ...keyFields(place),
    firstSeenAt: firstSeenAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
  }))
}

/** What an entry is found by, as JSON; null for nowhere. */
export function keyOf(place: Place): string | null {
  return isSomewhere(place) ? JSON.stringify(keyFields(place)) : null
}

function keyFields({ network, location }: Place) {
  return { network, countryCode: location?.countryCode ?? null, city: location?.city ?? null }
}

/** That the row has no entry of that key. */
export function isUnseen(key: SQL): SQL {
  return sql`NOT ${sessions.places} @> jsonb_build_array(${key})`
}

/**
 * That the place is new to the row, and worth a write and an event: {@link isNewPlace}, asked under the lock of the write, so that no
 * number of requests at once gets around how often that may be.
 * @param key what {@link keyOf} made, as jsonb; null for nowhere, which is never new
 * @param now RFC 3339
 */
export function isNewTo(key: SQL, now: SQL): SQL {
  const latest = sql`(SELECT max((entry ->> 'firstSeenAt')::timestamptz) FROM jsonb_array_elements(sessions.places) entry)`
  const crowdedSince = sql`${now}::timestamptz - ${sql.raw(`interval '${CROWDED_INTERVAL} milliseconds'`)}`
  return sql`(${key} IS NOT NULL AND ${isUnseen(key)}
    AND (jsonb_array_length(sessions.places) < ${sql.raw(String(MOST_PLACES))} OR ${latest} <= ${crowdedSince}))`
}

/**
 * The places of a row with that one in front, seen now: by the row as it is under the lock of the write, so that nobody's place is
 * lost to another's. Column and table are written out, as in `eras.ts`.
 * @param key what {@link keyOf} made, as jsonb
 * @param now RFC 3339
 */
export function placesWith(key: SQL, now: SQL): SQL {
  const known = sql`(SELECT entry -> 'firstSeenAt' FROM jsonb_array_elements(sessions.places) entry WHERE entry @> ${key} LIMIT 1)`
  return sql`(SELECT jsonb_agg(entry ORDER BY position) FROM (
    SELECT 0 AS position, ${key} || jsonb_build_object('firstSeenAt', coalesce(${known}, to_jsonb(${now})), 'lastSeenAt', ${now}) AS entry
    UNION ALL
    SELECT position, other FROM jsonb_array_elements(sessions.places) WITH ORDINALITY others (other, position) WHERE NOT other @> ${key}
    ORDER BY position LIMIT ${sql.raw(String(MOST_PLACES))}) newest)`
}

/** The same for a place that is known here. Nowhere changes nothing. */
export function placesWithPlace(place: Place, now: Date): SQL {
  const key = keyOf(place)
  return key === null
    ? sql`${sessions.places}`
    : placesWith(sql`${key}::jsonb`, sql`${now.toISOString()}::text`)
}

/** The same for a place that the session was at before. Any other changes nothing: it is written, and told of, by its own rule. */
export function placesWithSeen(place: Place, now: Date): SQL {
  const key = keyOf(place)
  return key === null
    ? sql`${sessions.places}`
    : sql`CASE WHEN ${isUnseen(sql`${key}::jsonb`)} THEN ${sessions.places} ELSE ${placesWithPlace(place, now)} END`
}
