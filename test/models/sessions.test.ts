import { inArray, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { rowsOf } from '../../src/database/database.ts'
import { users } from '../../src/database/tables.ts'
import { encodeGlobalId } from '../../src/graphql/global-ids.ts'
import { PASSWORD } from '../kit/browser.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { type PropertyRuns, propertyRuns } from '../kit/property-runs.ts'
import { type Use, useApp } from '../kit/use-app.ts'
import { expectSoundness } from '../races/kit.ts'
import { ACTIONS, CLIENTS, type Client, type Deed, Story, THIEVES, USERS } from './story.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What comes in every property, or it would have tried nothing. */
const OFTEN = ['SignInSuccess', 'RefreshSessionSuccess', 'Used']
const REUSED = 'SessionEndedError REFRESH_TOKEN_REUSED'

/** Longer runs find no more: by then the sessions of most have ended. */
const MOST_COMMANDS = 60
const MOST_PRESENTED = 6

const pick = fc.nat(11)
const often = fc.constantFrom(false, false, false, true)
const client = fc.constantFrom(...CLIENTS)
const tokenClient = fc.constantFrom('phone', 'phone', 'phone', 'tablet' as const)
const thief = fc.constantFrom(...THIEVES)
const anybody = fc.constantFrom(...CLIENTS, ...THIEVES)
const user = fc.constantFrom(...USERS)

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('refresh' as const),
      who: fc.oneof(tokenClient, thief),
      pick,
      background: often,
      lost: often,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('use' as const),
      who: fc.oneof(tokenClient, anybody, thief),
      pick,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), who: anybody, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('signOut' as const), who: anybody, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('everywhere' as const), who: anybody, pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('signIn' as const),
      who: client,
      user,
      stale: fc.boolean(),
      lost: often,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('reverify' as const),
      who: client,
      action: fc.constantFrom(...ACTIONS),
      pick,
      lost: often,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('spend' as const),
      who: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, anybody),
      pick,
      everywhere: often,
      lost: often,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof<fc.Arbitrary<Deed>[]>(
      fc.record({ do: fc.constantFrom('disable', 'enable', 'enable'), user }),
      fc.record({ do: fc.constant('administratorEnds' as const), pick }),
    ),
  },
)

type Command = fc.AsyncCommand<object, Story>

function command(name: string, run: (story: Story) => Promise<void> | void): Command {
  return { check: () => true, run: async (_, story) => run(story), toString: () => name }
}

const signInAs = (who: Client): Deed => ({ do: 'signIn', who, user: 'anna', stale: false, lost: false })

/** So many of these deeds at the same time. */
const turn = (one: fc.Arbitrary<Deed>, most: number) =>
  fc
    .array(one, { minLength: 1, maxLength: most, size: 'max' })
    .map((deeds) =>
      command(
        deeds.map(({ do: what, ...how }) => `${what} ${JSON.stringify(how)}`).join(' and at once '),
        (story) => story.turn(deeds),
      ),
    )

const copy = (from: fc.Arbitrary<Client>) =>
  fc
    .record({ thief, from, pick })
    .map((how) =>
      command(`copy ${JSON.stringify(how)}`, (story) => story.copy(how.thief, how.from, how.pick)),
    )

const wait = (...milliseconds: number[]) =>
  fc
    .constantFrom(...milliseconds)
    .map((each) => command(`wait ${each / SECOND} s`, (story) => story.pass(each)))

const waitForEdge = fc
  .record({ edge: fc.nat(3), before: fc.boolean() })
  .map(({ edge, before }) =>
    command(`wait until edge ${edge}${before ? ', less a second' : ''}`, (story) =>
      story.passToEdge(edge, { before }),
    ),
  )

/** Everything that there is. */
const everything = [
  turn(deed, 1),
  turn(deed, 1),
  turn(deed, 2),
  turn(deed, 1),
  turn(deed, 1),
  turn(deed, 3),
  copy(fc.oneof(tokenClient, client)),
  fc.oneof(
    { weight: 6, arbitrary: wait(SECOND, 10 * SECOND, 29 * SECOND, 30 * SECOND) },
    { weight: 5, arbitrary: wait(5 * MINUTE, 15 * MINUTE, HOUR) },
    { weight: 1, arbitrary: wait(DAY, 6 * DAY) },
  ),
  waitForEdge,
]

const refreshAs = (who: 'phone' | 'twin'): Deed => ({
  do: 'refresh',
  who,
  pick: 0,
  background: false,
  lost: false,
})

/** A thief refreshes ahead in silence, and the owner comes when the window is over. */
const ahead = fc.constantFrom(SECOND, 29 * SECOND, 30 * SECOND, 15 * MINUTE).map((pause) =>
  command(`the twin is ahead of the phone by ${pause / SECOND} s`, async (story) => {
    await story.turn([refreshAs('phone')])
    story.copy('twin', 'phone', 1)
    await story.turn([refreshAs('twin')])
    story.pass(pause)
    await story.turn([refreshAs('phone')])
  }),
)

const duelist = fc.constantFrom('phone', 'phone', 'twin', 'twin', 'stranger' as const)
const fewer = fc.nat(3)

const blow: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    do: fc.constant('refresh' as const),
    who: duelist,
    pick: fewer,
    background: often,
    lost: often,
  }),
  fc.record({ do: fc.constant('use' as const), who: duelist, pick: fewer }),
)

/** One client and the thieves, over one session, most of the time. */
const duel = [
  turn(blow, 1),
  turn(blow, 1),
  turn(blow, 1),
  turn(blow, 3),
  ahead,
  copy(fc.constant('phone')),
  wait(10 * SECOND, 29 * SECOND, 30 * SECOND, 15 * MINUTE),
  waitForEdge,
]

const leaver = fc.constantFrom('phone', 'phone', 'desktop' as const)

const parting: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('use' as const), who: leaver, pick: fc.constant(1) }) },
  fc.record({
    do: fc.constant('refresh' as const),
    who: fc.constant('phone' as const),
    pick,
    background: often,
    lost: often,
  }),
  fc.record({
    do: fc.constantFrom('signOut', 'everywhere'),
    who: fc.constantFrom('phone', 'desktop'),
    pick: fc.constant(1),
  }),
)

/** The same session used and ended at once, when it is time to write that it was used. */
const partings = [
  turn(parting, 3),
  turn(parting, 3),
  turn(fc.constantFrom('phone', 'desktop').map(signInAs), 1),
  wait(HOUR),
]

const use = fc.record({ do: fc.constant('use' as const), who: leaver, pick: fc.constant(1) })
const again = fc.record({
  do: fc.constant('refresh' as const),
  who: fc.constant('phone' as const),
  pick,
  background: often,
  lost: often,
})

/** So regular a use that only the absolute limit is left. */
const month = fc.constant(
  command('the phone is used every six days, for a month', async (story) => {
    for (let days = 0; days < 30; days += 6) {
      await story.turn([refreshAs('phone')])
      story.pass(6 * DAY)
    }
  }),
)

/** Long lives: used now and then, until one of the limits. */
const ages = [
  turn(use, 1),
  turn(again, 1),
  turn(fc.constantFrom('phone', 'desktop').map(signInAs), 1),
  wait(HOUR, DAY, 6 * DAY),
  wait(6 * DAY),
  month,
  waitForEdge,
]

/** A browser is left with a cookie that was replaced so long ago. */
const leaveLate = fc.constantFrom(0, 29 * SECOND, 30 * SECOND).map((pause) =>
  command(`the twin leaves with the desktop's old cookie after ${pause / SECOND} s`, async (story) => {
    await story.turn([signInAs('desktop')])
    story.copy('twin', 'desktop', 1)
    await story.turn([{ do: 'reverify', who: 'desktop', action: 'UPDATE_PASSWORD', pick: 0, lost: false }])
    story.pass(pause)
    await story.turn([{ do: 'signOut', who: 'twin', pick: 0 }])
  }),
)

/** One proof is used twice, for all that can be done. */
const spendTwice = fc.constantFrom(...ACTIONS).map((action) =>
  command(`the phone uses a proof for ${action} twice, and an older one`, async (story) => {
    const spend: Deed = { do: 'spend', who: 'phone', pick: 1, everywhere: false, lost: false }
    await story.turn([signInAs('desktop')])
    await story.turn([{ do: 'reverify', who: 'phone', action, pick: 1, lost: false }])
    await story.turn([spend])
    await story.turn([{ ...spend, pick: 0 }])
    await story.turn([spend])
  }),
)

/** A proof that another device holds when the password changes. */
const spendAfterUpdate = fc.constantFrom(...ACTIONS).map((action) =>
  command(
    `the desktop uses a proof for ${action} after the phone has changed the password`,
    async (story) => {
      const lasting = { pick: 1, lost: false }
      await story.turn([signInAs('desktop')])
      await story.turn([{ do: 'reverify', who: 'desktop', action, ...lasting }])
      await story.turn([signInAs('phone')])
      await story.turn([{ do: 'reverify', who: 'phone', action: 'UPDATE_PASSWORD', ...lasting }])
      for (const who of ['phone', 'desktop'] as const)
        await story.turn([{ do: 'spend', who, everywhere: false, ...lasting }])
    },
  ),
)

/** Proofs, used once, twice, too late, by somebody else, and after the password has changed; and cookies that were replaced. */
const proofs = [
  turn(
    fc.record({
      do: fc.constant('reverify' as const),
      who: fc.constantFrom('phone', 'desktop'),
      action: fc.constantFrom(...ACTIONS),
      pick,
      lost: often,
    }),
    1,
  ),
  ...Array.from({ length: 3 }, () =>
    turn(
      fc.record({
        do: fc.constant('spend' as const),
        who: fc.constantFrom(null, null, 'desktop', 'twin'),
        pick,
        everywhere: fc.constant(false),
        lost: often,
      }),
      2,
    ),
  ),
  turn(fc.constantFrom('phone', 'desktop').map(signInAs), 1),
  turn(fc.record({ do: fc.constantFrom('signOut', 'list'), who: fc.constant('twin' as const), pick }), 1),
  leaveLate,
  spendTwice,
  spendAfterUpdate,
  copy(fc.constantFrom('desktop', 'phone')),
  wait(SECOND, 10 * SECOND, 5 * MINUTE),
]

/**
 * Any sequence of what people, their clients and thieves do, some of it at once, on a real server: each answer is what the rules of
 * PROTOCOL.md make of it (`rules.ts`, which knows nothing of the server), and whatever the rules say, nobody is signed out for
 * reuse of whom nothing was copied, and no two parties who went their own ways share a session that lives (`custody.ts`).
 *
 * Tried, one at a time, and found by it: a retry accepted at any time; of any older generation; from any user agent; a recovery that
 * displaces nothing, or gives the same token again; `seen` never marked; a displaced access token accepted; a reuse that ends nothing; a
 * refresh that revives an ended session, passes over the idle limit, or counts as use though it was in the background; a judgement
 * without the lock of the row; an end written twice; a reverification that leaves the old session; a sign-out that does not reach
 * the successor; a proof spent twice, or after the password has changed; and no absolute limit. Not found by it, because time stands
 * still here: activity written to a session that ended meanwhile; `races.test.ts` finds that.
 */
describeOnPostgres('sessions and their credentials', (open) => {
  const server = useApp(open, {
    clock: new FrozenClock(),
    // all runs together take years
    config: { historyRetention: 10_000 * DAY, eventRetention: 10_000 * DAY },
  })
  afterAll(() => expectSoundness(server.database.database))

  const holds = async (
    commands: fc.Arbitrary<Command>[],
    { parameters, commands: constraints }: PropertyRuns,
    { prepare, expected }: { prepare?: (story: Story) => void; expected: readonly string[] },
  ) => {
    const passwordHash = await server.app.server.house.accounts.passwords.hash(PASSWORD)
    if (typeof passwordHash !== 'string') throw new Error(passwordHash.code)
    const seen = new Set<string>()
    const sequences = fc.commands(commands, { maxCommands: MOST_COMMANDS, size: 'max', ...constraints })
    const property = fc.asyncProperty(sequences, async (sequence) => {
      const story = await Story.begin(server.app, passwordHash)
      prepare?.(story)
      await fc.asyncModelRun(() => ({ model: {}, real: story }), sequence)
      await story.presentWhatIsOver(MOST_PRESENTED)
      expect(story.sessionsNow()).toContain(await stored(server, story))
      for (const is of story.seen) seen.add(is)
    })
    await fc.assert(property, parameters)
    // or it would have tried nothing
    if (constraints.replayPath === undefined) expect([...seen]).toEqual(expect.arrayContaining([...expected]))
  }

  const all = propertyRuns(25)
  it(
    'do what the rules say, whoever does what, and when',
    () => holds(everything, all, { expected: [...OFTEN, REUSED] }),
    all.timeout,
  )

  const duels = propertyRuns(50)
  it(
    'are refreshed and used by their owner and by thieves, as the rules say',
    () =>
      holds(duel, duels, {
        prepare: (story) => story.copy('twin', 'phone', 1),
        expected: [...OFTEN, REUSED],
      }),
    duels.timeout,
  )

  const ends = propertyRuns(6)
  it(
    'are used and ended at the same time',
    () => holds(partings, ends, { expected: [...OFTEN, 'SignOutSuccess'] }),
    ends.timeout,
  )

  const lives = propertyRuns(12)
  it(
    'live until their limits, and no longer',
    () => holds(ages, lives, { expected: [...OFTEN, 'SessionEndedError IDLE_TIMEOUT'] }),
    lives.timeout,
  )

  const steps = propertyRuns(6)
  it(
    'prove what their holders have just presented, once',
    () =>
      holds(proofs, steps, { expected: ['ReverifySuccess', 'VerificationRequiredError', 'SignOutSuccess'] }),
    steps.timeout,
  )
})

/** What the database has of these people's sessions, once whatever timed out unnoticed is ended; one start and one end of each is in the log. */
async function stored({ app, database }: Use, { people }: Story): Promise<string> {
  await app.server.house.accounts.sessions.endOverdue(1_000)
  const { queries } = database.database
  const own = queries
    .select({ id: users.id })
    .from(users)
    .where(
      inArray(
        users.id,
        people
          .values()
          .map(({ id }) => id)
          .toArray(),
      ),
    )
  const rows = rowsOf<{
    id: string
    user_id: string
    end_reason: string | null
    starts: number
    ends: string | null
  }>(
    await queries.execute(sql`
      SELECT s.id, s.user_id, s.end_reason,
        count(e.id) FILTER (WHERE e.type = 'STARTED')::int AS starts,
        string_agg(e.reason, ' and ') FILTER (WHERE e.type = 'REVOKED') AS ends
      FROM sessions s LEFT JOIN events e ON e.session_id = s.id
      WHERE s.user_id IN (${own}) GROUP BY s.id`),
  )
  for (const { starts, ends, end_reason } of rows)
    expect({ starts, ends }).toEqual({ starts: 1, ends: end_reason })
  const nameOf = (userId: string) => people.entries().find(([, { id }]) => id === userId)?.[0]
  return JSON.stringify(
    rows
      .map(({ id, user_id, end_reason }) => [encodeGlobalId('Session', id), nameOf(user_id), end_reason])
      .sort(),
  )
}
