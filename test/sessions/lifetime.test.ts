import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CalendarLimit, nextCalendarLimit, WEEKDAYS } from '../../src/sessions/calendar-limit.ts'
import {
  absoluteLimit,
  endsAt,
  idleLimit,
  isRecentlyVerified,
  needsTouch,
  reachedLimit,
  type SessionPolicy,
} from '../../src/sessions/lifetime.ts'

const moment = fc.integer({ min: 0, max: 4_000_000_000_000 }).map((at) => new Date(at))
const duration = fc.integer({ min: 1_000, max: 35_000_000_000 })
const calendarLimit: fc.Arbitrary<CalendarLimit> = fc.record({
  weekday: fc.constantFrom(null, ...WEEKDAYS),
  time: fc.constantFrom('00:00', '02:30', '23:59'),
  timeZone: fc.constantFrom('Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'UTC'),
})
const policy: fc.Arbitrary<SessionPolicy> = fc
  .record({
    one: duration,
    two: duration,
    touchInterval: fc.integer({ min: 0, max: 10_000_000_000 }),
    notRememberedTimeout: duration,
    sensitiveWindow: duration,
    calendarLimit: fc.option(calendarLimit),
  })
  .map(({ one, two, ...rest }) => ({
    ...rest,
    idleTimeout: Math.min(one, two),
    absoluteTimeout: Math.max(one, two),
    mostPerUser: 500,
    beyondLimit: 'end-oldest',
  }))
const session = fc.tuple(moment, moment).map(([lastActiveAt, expiresAt]) => ({ lastActiveAt, expiresAt }))

describe('the lifetime of a session', () => {
  it('ends at the earlier of both limits', () => {
    fc.assert(
      fc.property(session, policy, (each, rules) => {
        expect(endsAt(each, rules).getTime()).toBe(
          Math.min(each.lastActiveAt.getTime() + rules.idleTimeout, each.expiresAt.getTime()),
        )
      }),
    )
  })

  it('is over from the limit on, and stays over', () => {
    fc.assert(
      fc.property(session, policy, fc.integer({ min: 0, max: 1e11 }), (each, rules, later) => {
        const end = endsAt(each, rules)
        expect(reachedLimit(each, rules, new Date(end.getTime() - 1))).toBeNull()
        const reason = reachedLimit(each, rules, end)
        expect(reason).not.toBeNull()
        expect(reachedLimit(each, rules, new Date(end.getTime() + later))).toBe(reason)
      }),
    )
  })

  it('names the limit that was reached first, and the absolute one if both fall together', () => {
    fc.assert(
      fc.property(session, policy, moment, (each, rules, now) => {
        const reason = reachedLimit(each, rules, now)
        if (reason === 'IDLE_TIMEOUT') expect(idleLimit(each, rules) < each.expiresAt).toBe(true)
        if (reason === 'ABSOLUTE_TIMEOUT') expect(each.expiresAt <= idleLimit(each, rules)).toBe(true)
      }),
    )
  })

  it('has an absolute limit after its start, and no later than any rule has it: exactly at the first', () => {
    fc.assert(
      fc.property(moment, policy, fc.boolean(), (start, rules, remembered) => {
        const limits = [start.getTime() + rules.absoluteTimeout]
        if (!remembered) limits.push(start.getTime() + rules.notRememberedTimeout)
        if (rules.calendarLimit) limits.push(nextCalendarLimit(rules.calendarLimit, start).getTime())
        const limit = absoluteLimit(rules, start, { remembered })
        expect(limit.getTime()).toBe(Math.min(...limits))
        expect(limit > start).toBe(true)
      }),
    )
  })

  it('ends no earlier for having started later, and no earlier for being remembered', () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: 0, max: 1e10 }), policy, (start, wait, rules) => {
        const later = new Date(start.getTime() + wait)
        for (const remembered of [true, false])
          expect(
            absoluteLimit(rules, later, { remembered }) >= absoluteLimit(rules, start, { remembered }),
          ).toBe(true)
        const [kept, forgotten] = [true, false].map((remembered) =>
          absoluteLimit(rules, start, { remembered }),
        )
        expect(kept && forgotten && kept >= forgotten).toBe(true)
      }),
    )
  })

  it('has an absolute limit that no activity moves: however often it is used, it ends by then', () => {
    fc.assert(
      fc.property(moment, policy, fc.array(fc.integer({ min: 0, max: 1e10 })), (start, rules, pauses) => {
        const expiresAt = absoluteLimit(rules, start, { remembered: true })
        let lastActiveAt = start
        let now = start.getTime()
        for (const pause of pauses) {
          now += pause
          // the only thing that a touch writes
          if (needsTouch({ lastActiveAt, expiresAt }, rules, new Date(now))) lastActiveAt = new Date(now)
          expect(endsAt({ lastActiveAt, expiresAt }, rules) <= expiresAt).toBe(true)
        }
        expect(reachedLimit({ lastActiveAt, expiresAt }, rules, expiresAt)).not.toBeNull()
      }),
    )
  })

  it('is touched only while it lives, and at the latest when a quarter of the idle timeout has passed', () => {
    fc.assert(
      fc.property(session, policy, moment, (each, rules, now) => {
        const live = reachedLimit(each, rules, now) === null
        const quiet = now.getTime() - each.lastActiveAt.getTime()
        const touched = needsTouch(each, rules, now)
        if (touched) expect(live).toBe(true)
        if (live && quiet >= rules.idleTimeout / 4) expect(touched).toBe(true)
        if (touched) expect(quiet >= Math.min(rules.touchInterval, rules.idleTimeout / 4)).toBe(true)
      }),
    )
  })

  it('may do what is most sensitive until the window after the last factor is over, and from then on not', () => {
    fc.assert(
      fc.property(moment, policy, fc.integer({ min: 0, max: 1e11 }), (verifiedAt, rules, later) => {
        const over = verifiedAt.getTime() + rules.sensitiveWindow
        expect(isRecentlyVerified({ verifiedAt }, rules, verifiedAt)).toBe(true)
        expect(isRecentlyVerified({ verifiedAt }, rules, new Date(over - 1))).toBe(true)
        expect(isRecentlyVerified({ verifiedAt }, rules, new Date(over))).toBe(false)
        expect(isRecentlyVerified({ verifiedAt }, rules, new Date(over + later))).toBe(false)
      }),
    )
  })
})
