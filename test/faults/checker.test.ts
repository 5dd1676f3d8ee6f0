import { describe, expect, it } from 'vitest'
import { check, type Rules } from './checker.ts'
import type { Ending, History, LoggedEvent, Subscription, Use } from './history.ts'

const STRICT: Rules = { staleness: 0, stalenessOfNews: 0, clockTolerance: 5 }
const LEASE: Rules = { ...STRICT, staleness: 1_000, stalenessOfNews: 1_000 }

/** Ada signs in on a phone (at 10) and a laptop (at 20), listens on the laptop, and signs the phone out (at 100). */
const good: History = {
  births: [
    { sessionId: 'phone', userId: 'ada', start: 10, end: 15 },
    { sessionId: 'laptop', userId: 'ada', start: 20, end: 25 },
  ],
  uses: [
    use('phone', 50, 'accepted'),
    use('phone', 95, 'accepted'),
    use('phone', 111, 'refused'),
    use('laptop', 120, 'accepted'),
  ],
  endings: [signOut('phone', 100)],
  subscriptions: [listener('laptop', 30, ['end-phone'])],
  log: [started('phone', 12), started('laptop', 22), ended('phone', 'SIGNED_OUT', 105)],
  sessions: [
    { id: 'phone', endReason: 'SIGNED_OUT' },
    { id: 'laptop', endReason: null },
  ],
  troubles: [],
  failures: [],
}

describe('a history in which every promise was kept', () => {
  it('breaks no rule', () => {
    expect(check(good, STRICT)).toEqual([])
  })

  it('may answer either way while the revocation is under way', () => {
    const uses = [...good.uses, use('phone', 101, 'accepted'), use('phone', 104, 'refused')]
    expect(check({ ...good, uses: uses.map((each) => ({ ...each, end: each.start + 30 })) }, STRICT)).toEqual(
      [],
    )
  })

  it('may accept elsewhere within the lease, where there is one', () => {
    const uses = [...good.uses, use('phone', 900, 'accepted', 'b')]
    expect(rulesOf({ uses })).toEqual(['revoked means revoked'])
    expect(rulesOf({ uses }, LEASE)).toEqual([])
  })

  it('may bring an event as often as it likes under one id', () => {
    expect(rulesOf({ subscriptions: [listener('laptop', 30, ['end-phone', 'end-phone'])] })).toEqual([])
  })

  it('may have requests that fail, where something is broken', () => {
    const failures = [{ what: 'use', node: 'a', start: 200, end: 210, detail: 'ECONNREFUSED' }]
    expect(rulesOf({ failures, troubles: [{ fault: 'a fault', from: 150, to: 205 }] })).toEqual([])
  })

  it('may lose the answer to a revocation that happened all the same', () => {
    expect(rulesOf({ endings: [{ ...signOut('phone', 100), outcome: 'unknown' }] })).toEqual([])
  })
})

describe('revoked means revoked', () => {
  it('a request that starts after the acknowledgement is not accepted, by whichever node', () => {
    expect(rulesOf({ uses: [use('phone', 110.1, 'accepted', 'a')] })).toEqual(['revoked means revoked'])
    expect(rulesOf({ uses: [use('phone', 110.1, 'accepted', 'b')] })).toEqual(['revoked means revoked'])
  })

  it('the node that acknowledged it has no lease, and the others none beyond it', () => {
    expect(rulesOf({ uses: [use('phone', 120, 'accepted', 'a')] }, LEASE)).toEqual(['revoked means revoked'])
    expect(rulesOf({ uses: [use('phone', 1_111, 'accepted', 'b')] }, LEASE)).toEqual([
      'revoked means revoked',
    ])
  })

  it('what ends all sessions of a user ends those that there were when it was asked for', () => {
    const everywhere: Ending = { ...signOut('phone', 100), covers: { userId: 'ada', except: null } }
    const log = [
      ...good.log.slice(0, 2),
      ended('phone', 'SIGNED_OUT', 105),
      ended('laptop', 'SIGNED_OUT', 105),
    ]
    const sessions = good.sessions.map(({ id }) => ({ id, endReason: 'SIGNED_OUT' }))
    const heard = [over(listener('laptop', 30, ['end-phone', 'end-laptop']), 'SIGNED_OUT')]
    const changed = { endings: [everywhere], log, sessions, subscriptions: heard }
    expect(rulesOf({ ...changed, uses: [use('laptop', 111, 'refused')] })).toEqual([])
    expect(rulesOf({ ...changed, uses: [use('laptop', 111, 'accepted')] })).toEqual(['revoked means revoked'])
    const beside = [{ sessionId: 'laptop', userId: 'ada', start: 99, end: 112 }]
    // a sign-in beside it may have been later
    expect(
      rulesOf({
        ...good,
        endings: [everywhere],
        births: [...good.births.slice(0, 1), ...beside],
        uses: [use('laptop', 120, 'accepted')],
      }),
    ).toEqual([])
    // but not where the account was shut
    const shut: Ending = { ...everywhere, covers: { userId: 'ada', except: null, shutUntil: null } }
    expect(
      rulesOf({
        ...good,
        endings: [shut],
        births: [...good.births.slice(0, 1), ...beside],
        uses: [use('laptop', 120, 'accepted')],
      }),
    ).toContain('revoked means revoked')
  })

  it('what ends the sessions of everyone spares one alone', () => {
    const every: Ending = { ...signOut('phone', 100), covers: { everyoneBut: 'laptop' } }
    expect(rulesOf({ endings: [every] })).toEqual([])
    expect(rulesOf({ endings: [every], uses: [use('phone', 111, 'accepted')] })).toEqual([
      'revoked means revoked',
    ])
  })

  it('an acknowledged end stands in the log', () => {
    const lost = {
      log: good.log.slice(0, 2),
      sessions: good.sessions.map(({ id }) => ({ id, endReason: null })),
      uses: [],
      subscriptions: [],
    }
    expect(rulesOf(lost)).toEqual(['revoked means revoked'])
  })
})

describe('an ended session', () => {
  it('does not come back once it was refused', () => {
    const endings: Ending[] = [{ ...signOut('phone', 100), outcome: 'unknown' }]
    const uses = [use('phone', 111, 'refused'), use('phone', 130, 'accepted', 'b')]
    expect(rulesOf({ endings, uses })).toEqual(['ended stays ended'])
  })

  it('does not come back once somebody was told of its end', () => {
    const endings: Ending[] = [{ ...signOut('phone', 100), outcome: 'unknown' }]
    expect(rulesOf({ endings, uses: [use('phone', 130, 'accepted', 'b')] })).toEqual(['ended stays ended'])
    expect(rulesOf({ endings, uses: [use('phone', 130, 'accepted', 'b')] }, LEASE)).toEqual([])
  })
})

describe('nobody is signed out without a reason', () => {
  it('nobody is refused whose session no event ended', () => {
    expect(rulesOf({ uses: [use('laptop', 120, 'refused')] })).toEqual(['no refusal without an end'])
  })

  it('nobody is refused before their session ended', () => {
    expect(rulesOf({ uses: [use('phone', 60, 'refused')] })).toContain('no refusal without an end')
  })

  it('nobody is told another reason than the log has', () => {
    expect(rulesOf({ uses: [{ ...use('phone', 111, 'refused'), reason: 'SIGNED_OUT' }] })).toEqual([])
    expect(rulesOf({ uses: [{ ...use('phone', 111, 'refused'), reason: 'REFRESH_TOKEN_REUSED' }] })).toEqual([
      'no sign-out without a reason',
    ])
  })

  it('no session ends that nobody asked to end', () => {
    expect(rulesOf({ endings: [] })).toEqual(['no sign-out without a reason'])
    expect(rulesOf({ endings: [{ ...signOut('phone', 100), reason: 'SIGNED_OUT_EVERYWHERE' }] })).toEqual([
      'no sign-out without a reason',
    ])
    expect(rulesOf({ endings: [{ ...signOut('phone', 100), outcome: 'refused' }] })).toEqual([
      'no sign-out without a reason',
    ])
  })

  it('no session ends without an event', () => {
    const sessions = good.sessions.map(({ id }) => ({ id, endReason: 'SIGNED_OUT' }))
    expect(rulesOf({ sessions })).toEqual(['no sign-out without a reason'])
  })

  it('no listener is cut while its session goes on, or for another reason than the log has', () => {
    const [listening] = good.subscriptions
    expect(rulesOf({ subscriptions: listening ? [over(listening, 'SIGNED_OUT')] : [] })).toEqual([
      'no sign-out without a reason',
    ])
    const phone = over(listener('phone', 30, ['end-phone']), 'IDLE_TIMEOUT')
    expect(rulesOf({ subscriptions: [phone] })).toEqual(['no sign-out without a reason'])
  })
})

describe('events', () => {
  it('none is missing', () => {
    expect(rulesOf({ subscriptions: [listener('laptop', 30, [])] })).toEqual(['every event arrives'])
    expect(
      rulesOf({ subscriptions: [{ ...listener('laptop', 30, []), userId: null, revokedOnly: true }] }),
    ).toEqual(['every event arrives'])
  })

  it('none is owed that is older than the cursor, another user’s, or later than the listener stayed', () => {
    expect(rulesOf({ subscriptions: [listener('laptop', 105, [])] })).toEqual([])
    expect(rulesOf({ subscriptions: [{ ...listener('laptop', 30, []), userId: 'bob' }] })).toEqual([])
    expect(rulesOf({ subscriptions: [{ ...listener('laptop', 30, []), left: 40 }] })).toEqual([])
  })

  it('the end of one’s own session is one of them', () => {
    expect(rulesOf({ subscriptions: [listener('phone', 30, [])] })).toContain('every event arrives')
    expect(rulesOf({ subscriptions: [over(listener('phone', 30, ['end-phone']), 'SIGNED_OUT')] })).toEqual([])
    const away: Subscription = {
      ...over(listener('phone', 30, []), 'SIGNED_OUT'),
      over: { by: 'close', reason: 'SIGNED_OUT', at: 150 },
    }
    expect(rulesOf({ subscriptions: [away] })).toEqual([])
  })

  it('none comes that did not happen, under another id, or twice under two', () => {
    expect(rulesOf({ subscriptions: [listener('laptop', 30, ['end-phone', 'end-tablet'])] })).toEqual([
      'the log is the truth',
    ])
    const received = [
      { id: 'end-phone', type: 'REVOKED' as const, sessionId: 'phone', reason: 'SIGNED_OUT', at: 110 },
      { id: 'other', type: 'REVOKED' as const, sessionId: 'phone', reason: 'SIGNED_OUT', at: 110 },
    ]
    expect(rulesOf({ subscriptions: [{ ...listener('laptop', 30, []), received }] })).toEqual([
      'the log is the truth',
      'no event twice',
    ])
  })
})

describe("an end beside everyone's", () => {
  const everyones: Ending = {
    ...signOut('phone', 95),
    name: 'revokeEverySession',
    covers: { everyoneBut: 'laptop' },
    reason: 'REVOKED_BY_ADMINISTRATOR',
  }
  const received = [
    {
      id: 'derived',
      type: 'REVOKED' as const,
      sessionId: 'phone',
      reason: 'REVOKED_BY_ADMINISTRATOR',
      at: 112,
    },
  ]
  const told = over({ ...listener('phone', 30, []), received }, 'REVOKED_BY_ADMINISTRATOR')

  it('may be told as either where both were under way, to the connections of the session alone', () => {
    const endings = [signOut('phone', 100), everyones]
    expect(rulesOf({ endings, subscriptions: [told] })).toEqual([])
    const refused = { ...use('phone', 111, 'refused'), reason: 'REVOKED_BY_ADMINISTRATOR' }
    expect(rulesOf({ endings, uses: [refused] })).toEqual([])
    const elsewhere: Subscription = { ...listener('laptop', 30, []), received }
    expect(rulesOf({ endings, subscriptions: [elsewhere] })).toEqual([
      'the log is the truth',
      'every event arrives',
    ])
  })

  it('may be told as either where the answer to one of them was lost', () => {
    const lost: Ending = { ...signOut('phone', 80), end: 90, outcome: 'unknown' }
    expect(rulesOf({ endings: [lost, everyones], subscriptions: [told] })).toEqual([])
  })

  it('is told as it stands in the log where one came after the other, or was refused', () => {
    const broken = ['the log is the truth', 'no sign-out without a reason', 'every event arrives']
    const before = { ...everyones, start: 80, end: 99 }
    expect(rulesOf({ endings: [signOut('phone', 100), before], subscriptions: [told] })).toEqual([
      'revoked means revoked',
      ...broken,
    ])
    const later = { ...everyones, start: 111, end: 120 }
    expect(rulesOf({ endings: [signOut('phone', 100), later], subscriptions: [told] })).toEqual(broken)
    const refused: Ending = { ...everyones, outcome: 'refused' }
    expect(rulesOf({ endings: [signOut('phone', 100), refused], subscriptions: [told] })).toEqual(broken)
    const sparesIt: Ending = { ...everyones, covers: { everyoneBut: 'phone' }, outcome: 'unknown' }
    expect(rulesOf({ endings: [signOut('phone', 100), sparesIt], subscriptions: [told] })).toEqual(broken)
  })
})

describe('beside', () => {
  it('a session ends once, and whatever was given out has begun', () => {
    expect(
      rulesOf({ log: [...good.log, { ...ended('phone', 'SIGNED_OUT', 106), id: 'end-phone-again' }] }),
    ).toContain('the log is the truth')
    expect(rulesOf({ log: good.log.slice(1) })).toEqual(['the log is the truth'])
  })

  it('a credential is taken for its own session', () => {
    expect(rulesOf({ uses: [{ ...use('laptop', 120, 'accepted'), detail: 'phone' }] })).toEqual([
      'one session is one session',
    ])
  })

  it('nothing fails while nothing is broken', () => {
    const failures = [{ what: 'use', node: 'a', start: 200, end: 210, detail: 'INTERNAL_SERVER_ERROR' }]
    expect(rulesOf({ failures })).toEqual(['healthy means no failure'])
    expect(rulesOf({ failures, troubles: [{ fault: 'a fault', from: 150, to: 199 }] })).toEqual([
      'healthy means no failure',
    ])
  })
})

function rulesOf(change: Partial<History>, rules = STRICT): readonly string[] {
  return check({ ...good, ...change }, rules).map(({ rule }) => rule)
}

function use(sessionId: string, start: number, outcome: Use['outcome'], node = 'a'): Use {
  return { sessionId, node, start, end: start + 5, outcome, detail: outcome === 'accepted' ? sessionId : '' }
}

function signOut(sessionId: string, start: number): Ending {
  return {
    name: 'signOut',
    covers: { sessionId },
    reason: 'SIGNED_OUT',
    node: 'a',
    start,
    end: start + 10,
    outcome: 'acknowledged',
  }
}

function started(sessionId: string, at: number): LoggedEvent {
  return { id: `start-${sessionId}`, type: 'STARTED', sessionId, userId: 'ada', reason: null, at }
}

function ended(sessionId: string, reason: string, at: number): LoggedEvent {
  return { id: `end-${sessionId}`, type: 'REVOKED', sessionId, userId: 'ada', reason, at }
}

/** Listens to Ada's events; hears of these ends. */
function listener(sessionId: string, since: number, ids: readonly string[]): Subscription {
  return {
    name: 'a listener',
    sessionId,
    userId: 'ada',
    revokedOnly: false,
    since,
    received: ids.map((id) => ({
      id,
      type: 'REVOKED',
      sessionId: id.slice(4),
      reason: 'SIGNED_OUT',
      at: 112,
    })),
    over: null,
    left: null,
  }
}

function over(subscription: Subscription, reason: string): Subscription {
  return { ...subscription, over: { by: 'event', reason, at: 113 } }
}
