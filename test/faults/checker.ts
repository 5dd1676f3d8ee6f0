import type { Birth, Ending, History, LoggedEvent, Subscription, Use } from './history.ts'

/** What the configuration of a run allows. */
export interface Rules {
  /**
   * How long after an acknowledged revocation a node other than the one that acknowledged it may still accept (milliseconds): the lease
   * where each node believes a cache of its own, else 0.
   */
  readonly staleness: number
  /**
   * The same behind what merely tells that a session has ended: an event, or a refusal. Whoever has read it is not who ended it, and
   * the verb may not have returned yet.
   */
  readonly stalenessOfNews: number
  /** How far the clocks of the nodes and of the test may be apart (milliseconds). */
  readonly clockTolerance: number
}

/** One promise that was broken. */
export interface Violation {
  readonly rule:
    | 'revoked means revoked'
    | 'ended stays ended'
    | 'no sign-out without a reason'
    | 'no refusal without an end'
    | 'every event arrives'
    | 'no event twice'
    | 'the log is the truth'
    | 'one session is one session'
    | 'healthy means no failure'
  readonly sessionId: string | null
  readonly text: string
}

/** Goes over a whole run, and tells each promise that was broken in it. */
export function check(history: History, rules: Rules): readonly Violation[] {
  const facts = gather(history)
  return [
    ...checkUses(facts, rules),
    ...checkLog(facts, rules),
    ...history.subscriptions.flatMap((subscription) => checkSubscription(facts, rules, subscription)),
    ...checkFailures(history),
  ]
}

interface Facts {
  readonly history: History
  readonly births: ReadonlyMap<string, Birth>
  readonly starts: ReadonlyMap<string, LoggedEvent>
  readonly ends: ReadonlyMap<string, LoggedEvent>
  /** Acknowledged endings by the session that they surely ended. */
  readonly acknowledged: ReadonlyMap<string, readonly Ending[]>
  /** When it was first told anywhere that a session had ended. */
  readonly news: ReadonlyMap<string, { readonly at: number; readonly by: string }>
}

function gather(history: History): Facts {
  const births = new Map(history.births.map((birth) => [birth.sessionId, birth]))
  const revoked = history.log.filter(({ type }) => type === 'REVOKED')
  const news = new Map<string, { at: number; by: string }>()
  const tell = (sessionId: string, at: number, by: string): void => {
    if (at < (news.get(sessionId)?.at ?? Number.POSITIVE_INFINITY)) news.set(sessionId, { at, by })
  }
  for (const use of history.uses)
    if (use.outcome === 'refused') tell(use.sessionId, use.end, `was refused at ${use.node}`)
  for (const { name, received } of history.subscriptions) {
    for (const event of received)
      if (event.type === 'REVOKED') tell(event.sessionId, event.at, `${name} was told`)
  }
  return {
    history,
    births,
    starts: new Map(
      history.log.filter(({ type }) => type === 'STARTED').map((each) => [each.sessionId, each]),
    ),
    ends: new Map(revoked.map((each) => [each.sessionId, each])),
    acknowledged: acknowledgedEnds(history),
    news,
  }
}

function acknowledgedEnds(history: History): Map<string, Ending[]> {
  const bySession = new Map<string, Ending[]>()
  for (const ending of history.endings) {
    if (ending.outcome !== 'acknowledged') continue
    for (const sessionId of surelyEnded(ending, history.births)) {
      const endings = bySession.get(sessionId)
      if (endings) endings.push(ending)
      else bySession.set(sessionId, [ending])
    }
  }
  return bySession
}

/** The sessions that cannot have outlived an acknowledged ending. */
function surelyEnded({ covers, start }: Ending, births: readonly Birth[]): readonly string[] {
  if ('sessionId' in covers) return [covers.sessionId]
  const before = births.filter((birth) => birth.end <= start)
  if ('everyoneBut' in covers)
    return before.map(({ sessionId }) => sessionId).filter((sessionId) => sessionId !== covers.everyoneBut)
  // into an account that lets nobody in nobody came: whoever has an answer that says otherwise was there before
  const { shutUntil } = covers
  const overtaken =
    shutUntil === undefined
      ? before
      : births.filter((birth) => birth.end <= (shutUntil ?? Number.POSITIVE_INFINITY))
  return overtaken
    .filter(({ userId, sessionId }) => userId === covers.userId && sessionId !== covers.except)
    .map(({ sessionId }) => sessionId)
}

/** Whether an ending, however it went, can have been what ended the session. */
function mayHaveEnded({ covers }: Ending, sessionId: string, userId: string): boolean {
  if ('sessionId' in covers) return covers.sessionId === sessionId
  if ('everyoneBut' in covers) return covers.everyoneBut !== sessionId
  return covers.userId === userId && covers.except !== sessionId
}

function checkUses({ history, acknowledged, news, ends }: Facts, rules: Rules): readonly Violation[] {
  const violations: Violation[] = []
  for (const use of history.uses) {
    const { sessionId } = use
    if (use.outcome === 'accepted') {
      const broken = (acknowledged.get(sessionId) ?? []).find(
        (ending) => use.start > ending.end + (use.node === ending.node ? 0 : rules.staleness),
      )
      if (broken) {
        violations.push({
          rule: 'revoked means revoked',
          sessionId,
          text: `${nameUse(use)} was accepted, ${ms(use.start - broken.end)} after ${broken.name} was acknowledged by ${broken.node} at ${ms(broken.end)}`,
        })
        continue
      }
      const told = news.get(sessionId)
      if (told && use.start > told.at + rules.stalenessOfNews)
        violations.push({
          rule: 'ended stays ended',
          sessionId,
          text: `${nameUse(use)} was accepted, ${ms(use.start - told.at)} after its end was known: ${told.by} at ${ms(told.at)}`,
        })
      if (use.detail !== sessionId)
        violations.push({
          rule: 'one session is one session',
          sessionId,
          text: `${nameUse(use)} was taken for ${use.detail}`,
        })
    }
    if (use.outcome === 'refused') {
      const end = ends.get(sessionId)
      const beside = use.reason === END_OF_EVERYONE && end && endedBesideEveryone(history, end)
      if (end && use.reason !== undefined && use.reason !== end.reason && !beside)
        violations.push({
          rule: 'no sign-out without a reason',
          sessionId,
          text: `${nameUse(use)} was refused for ${use.reason}, and the log says ${end.reason}`,
        })
      if (!end || end.at > use.end + rules.clockTolerance)
        violations.push({
          rule: 'no refusal without an end',
          sessionId,
          text: `${nameUse(use)} was refused (${use.detail}), ${end ? `and its end is dated ${ms(end.at - use.end)} later` : 'and no event tells that it ended'}`,
        })
    }
  }
  return violations
}

function checkLog(
  { history, births, starts, ends, acknowledged }: Facts,
  rules: Rules,
): readonly Violation[] {
  const violations: Violation[] = []
  const add = (rule: Violation['rule'], sessionId: string, text: string): void => {
    violations.push({ rule, sessionId, text })
  }
  const seen = new Set<string>()
  const ids = new Set<string>()
  for (const event of history.log) {
    const key = `${event.type} ${event.sessionId}`
    if (seen.has(key))
      add('the log is the truth', event.sessionId, `the log tells twice that it was ${event.type}`)
    if (ids.has(event.id)) add('the log is the truth', event.sessionId, `two events have the id ${event.id}`)
    seen.add(key)
    ids.add(event.id)
  }
  for (const { id, endReason } of history.sessions) {
    const told = ends.get(id)?.reason ?? null
    if (told !== endReason)
      add(
        'no sign-out without a reason',
        id,
        `it ended for ${endReason ?? 'nothing'}, and the log says ${told ?? 'nothing'}`,
      )
  }
  for (const sessionId of births.keys())
    if (!starts.has(sessionId))
      add('the log is the truth', sessionId, 'a client was given it, and no event tells that it started')
  for (const [sessionId, endings] of acknowledged) {
    const first = Math.min(...endings.map(({ end }) => end))
    const end = ends.get(sessionId)
    if (!end || end.at > first + rules.clockTolerance)
      add(
        'revoked means revoked',
        sessionId,
        `its end was acknowledged at ${ms(first)}, ${end ? `and the log dates it ${ms(end.at)}` : 'and the log does not have it'}`,
      )
  }
  for (const [sessionId, end] of ends) {
    // one that nobody was given, as when the answer was lost, may have ended for what was meant for the one before it
    const userId = births.get(sessionId)?.userId
    if (userId === undefined) continue
    const asked = history.endings.some(
      (ending) =>
        ending.outcome !== 'refused' &&
        ending.reason === end.reason &&
        ending.start <= end.at + rules.clockTolerance &&
        mayHaveEnded(ending, sessionId, userId),
    )
    if (!asked)
      add(
        'no sign-out without a reason',
        sessionId,
        `it ended for ${end.reason}, and nobody had asked for that`,
      )
  }
  return violations
}

/** What a connection is told by everyone's end. */
const END_OF_EVERYONE = 'REVOKED_BY_ADMINISTRATOR'
/** How long what was decided may take to commit where nobody knows when it did (milliseconds). */
const LONGEST_COMMIT = 10_000

/**
 * Whether a session's own end and everyone's were under way at once. Then either may be told to its connections, while the log has its own:
 * everyone's end waits for nobody (ARCHITECTURE.md, "The way of everyone's end").
 */
function endedBesideEveryone({ endings }: History, { sessionId, userId, reason, at }: LoggedEvent): boolean {
  const until = ({ outcome, end }: Ending): number =>
    outcome === 'unknown' ? Math.max(end, at + LONGEST_COMMIT) : end
  const asked = endings.filter(
    (ending) => ending.outcome !== 'refused' && mayHaveEnded(ending, sessionId, userId),
  )
  const everyones = asked.filter(({ covers }) => 'everyoneBut' in covers)
  const own = asked.filter((ending) => !('everyoneBut' in ending.covers) && ending.reason === reason)
  return everyones.some((all) =>
    own.some((one) => one.start <= until(all) && all.start <= until(one) && at <= until(all)),
  )
}

function checkSubscription(
  { history, births, starts, ends, acknowledged }: Facts,
  rules: Rules,
  subscription: Subscription,
): readonly Violation[] {
  const { name, sessionId, over, left, received } = subscription
  const own = ends.get(sessionId)
  const toldOfEveryones = (event: { sessionId: string; reason: string | null }): boolean =>
    event.sessionId === sessionId &&
    event.reason === END_OF_EVERYONE &&
    own !== undefined &&
    own.reason !== END_OF_EVERYONE &&
    endedBesideEveryone(history, own)
  const violations: Violation[] = []
  const add = (rule: Violation['rule'], of: string, text: string): void => {
    violations.push({ rule, sessionId: of, text: `${name}: ${text}` })
  }
  const got = new Map(received.map((event) => [event.id, event]))
  const told = new Set<string>()
  for (const event of got.values()) {
    const logged = (event.type === 'REVOKED' ? ends : starts).get(event.sessionId)
    if (logged?.id !== event.id && !(event.type === 'REVOKED' && toldOfEveryones(event)))
      add(
        'the log is the truth',
        event.sessionId,
        `was told ${event.type} as ${event.id}, and the log has ${logged?.id ?? 'nothing'}`,
      )
    else if (logged?.id === event.id && logged.reason !== event.reason)
      add(
        'the log is the truth',
        event.sessionId,
        `was told the reason ${event.reason}, and the log says ${logged.reason}`,
      )
    const key = `${event.type} ${event.sessionId}`
    if (told.has(key)) add('no event twice', event.sessionId, `was told ${event.type} under two ids`)
    told.add(key)
  }
  if (over) {
    if (!own)
      add(
        'no sign-out without a reason',
        sessionId,
        `was told that its session is over (${over.by}, ${over.reason}), and the log does not have it`,
      )
    else if (over.reason !== own.reason && !toldOfEveryones({ sessionId, reason: over.reason }))
      add(
        'no sign-out without a reason',
        sessionId,
        `was told ${over.reason ?? 'no reason'} (${over.by}), and the log says ${own.reason}`,
      )
  } else if (own && left === null) {
    add(
      'every event arrives',
      sessionId,
      `its session ended for ${own.reason} at ${ms(own.at)}, and it was never told`,
    )
  }
  if (left !== null || over?.by === 'close') return violations
  // beside the end of its own session others may commit, which it need not hear of any more; what was over before has to have come
  const ownStart = Math.min(
    own?.at ?? Number.POSITIVE_INFINITY,
    ...history.endings
      .filter((ending) => own && mayHaveEnded(ending, sessionId, own.userId))
      .map(({ start }) => start),
  )
  for (const event of history.log) {
    if (event.at <= subscription.since + rules.clockTolerance) continue
    if (subscription.revokedOnly && event.type !== 'REVOKED') continue
    if (subscription.userId !== null && event.userId !== subscription.userId) continue
    if (got.has(event.id)) continue
    // told of all the same, by the event of everyone's
    if (event.id === own?.id && received.some(toldOfEveryones)) continue
    if (over && event.sessionId !== sessionId) {
      const known =
        event.type === 'REVOKED'
          ? Math.min(...(acknowledged.get(event.sessionId) ?? []).map(({ end }) => end))
          : (births.get(event.sessionId)?.end ?? Number.POSITIVE_INFINITY)
      if (!(known < ownStart)) continue
    }
    add(
      'every event arrives',
      event.sessionId,
      `was not told ${event.type}${event.reason ? ` (${event.reason})` : ''} of ${ms(event.at)}, event ${event.id}`,
    )
  }
  return violations
}

/** Where nothing is broken nothing fails. */
function checkFailures({ failures, troubles }: History): readonly Violation[] {
  return failures
    .filter(({ start, end }) => !troubles.some(({ from, to }) => start <= to && end >= from))
    .map(({ what, node, start, end, detail }) => ({
      rule: 'healthy means no failure' as const,
      sessionId: null,
      text: `${what} at ${node}, ${ms(start)} to ${ms(end)}, failed while nothing was broken: ${detail}`,
    }))
}

function nameUse({ node, start, end }: Use): string {
  return `a request at ${node}, ${ms(start)} to ${ms(end)},`
}

function ms(moment: number): string {
  return `${moment.toFixed(1)} ms`
}
