import { print } from 'graphql'
import { expect, it } from 'vitest'
import { attempts } from '../../src/database/tables.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { openRedis } from '../../src/redis/redis.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import type { MovableClock } from '../kit/clock.ts'
import { describeEachDatabase, describeOnPostgres } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import {
  ReverifyDocument,
  type ReverifyMutation,
  SignInDocument,
  type SignInMutation,
  SignUpDocument,
  type SignUpMutation,
} from '../kit/generated/operations.ts'
import { describeOnRedis } from '../kit/installed.ts'
import { startRedis } from '../kit/redis-server.ts'
import { useApp } from '../kit/use-app.ts'
import { makeOld } from '../limits/kit.ts'

/** The tests themselves are the proxy that says where a request comes from. */
const behindProxy = (clock: MovableClock = new FrozenClock()) => ({
  environment: { CURFEW_TRUSTED_PROXIES: '127.0.0.0/8,::1' },
  clock,
})
/** What one network may guess at one account, and what all together may, before the delays begin. */
const FREE = { near: 5, far: 20, newcomers: 30, network: 100 }
const HOUR = 3_600_000

let networks = 0
/** The address of somebody on a network that nobody else in these tests is on. */
const somewhere = (): string => `10.${++networks >> 8}.${networks & 255}.7`

type Outcome = SignInMutation['signIn']

/** One attempt to sign in from an address; a request by a program that keeps no cookies. */
async function attempt(
  app: { url: string },
  { email, password = 'wrong horse battery', from }: { email: string; password?: string; from: string },
): Promise<Outcome> {
  const { data, errors } = await new Browser(app).send<SignInMutation>(
    { query: print(SignInDocument), variables: { input: { email, password } } },
    { 'X-Forwarded-For': from },
  )
  return errors ? expect.fail(JSON.stringify(errors)) : data.signIn
}

/** How many passwords were looked at. */
const checked = (outcomes: readonly Outcome[]): number =>
  outcomes.filter(({ __typename }) => __typename !== 'TooManyAttemptsError').length

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

async function oneByOne<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let index = 0; index < count; index++) results.push(await make(index))
  return results
}

function retryAt(outcome: Outcome): number {
  return outcome.__typename === 'TooManyAttemptsError'
    ? new Date(outcome.retryAt).getTime()
    : expect.fail(`not slowed down: ${outcome.__typename}`)
}

describeEachDatabase('a hundred guesses at one account', (open) => {
  const use = useApp(open, behindProxy())

  async function account(from = somewhere()) {
    const email = anyEmail()
    const { data } = await new Browser(use.app).send<SignUpMutation>(
      { query: print(SignUpDocument), variables: { input: { email, password: PASSWORD } } },
      { 'X-Forwarded-For': from },
    )
    expect(data.signUp.__typename).toBe('SignUpSuccess')
    return { email, home: from }
  }

  it('in one document, by aliases, are refused before any is checked', async () => {
    const { email } = await account()
    const guess = (index: number) =>
      `g${index}: signIn(input: { email: "${email}", password: "guess number ${index}" }) { __typename }`
    const from = somewhere()
    for (const count of [2, 15, 50]) {
      const { data, errors } = await new Browser(use.app).send(
        { query: `mutation { ${times(count, guess).join(' ')} }` },
        { 'X-Forwarded-For': from },
      )
      expect(data ?? null).toBeNull()
      expect(errors?.map(({ extensions }) => extensions?.code)).toContain(
        'ONE_CREDENTIAL_CHECK_PER_OPERATION',
      )
    }
    expect(checked(await Promise.all(times(10, () => attempt(use.app, { email, from }))))).toBe(FREE.near)
  })

  it('in one batch are refused before any is checked', async () => {
    const { email } = await account()
    const from = somewhere()
    const { data, errors } = await new Browser(use.app).send(
      times(100, () => ({
        query: print(SignInDocument),
        variables: { input: { email, password: 'guess' } },
      })),
      { 'X-Forwarded-For': from },
    )
    expect(data ?? null).toBeNull()
    expect(errors?.length).toBeGreaterThan(0)
    expect(checked(await Promise.all(times(10, () => attempt(use.app, { email, from }))))).toBe(FREE.near)
  })

  it.each([
    ['in parallel', (make: () => Promise<Outcome>) => Promise.all(times(100, make))],
    ['one after the other', (make: () => Promise<Outcome>) => oneByOne(100, make)],
  ])('%s let five passwords be checked, and then not even the right one', async (_name, run) => {
    const { email } = await account()
    const from = somewhere()
    const outcomes = await run(() => attempt(use.app, { email, from }))
    expect(checked(outcomes)).toBe(FREE.near)
    const right = await attempt(use.app, { email, password: PASSWORD, from })
    use.app.clock.advance(retryAt(right) - use.app.clock.now().getTime())
    expect((await attempt(use.app, { email, password: PASSWORD, from })).__typename).toBe('SignInSuccess')
  })

  it('from as many networks let no more be checked than all together may', async () => {
    const { email } = await account()
    const outcomes = await Promise.all(times(90, () => attempt(use.app, { email, from: somewhere() })))
    // beyond the account's own, each network has its first, of which there are only so many
    expect(checked(outcomes)).toBe(FREE.far + FREE.newcomers)
  })

  it('are slowed down by a delay that grows, and never past a quarter of an hour', async () => {
    const { email } = await account()
    const from = somewhere()
    await oneByOne(FREE.near, () => attempt(use.app, { email, from }))
    const delays: number[] = []
    for (let round = 0; round < 14; round++) {
      const refused = await attempt(use.app, { email, from })
      delays.push(Math.ceil((retryAt(refused) - use.app.clock.now().getTime()) / 1_000))
      use.app.clock.advance(retryAt(refused) - use.app.clock.now().getTime())
      expect((await attempt(use.app, { email, from })).__typename).toBe('InvalidCredentialsError')
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900])
    use.app.clock.advance(25 * HOUR)
    expect(checked(await oneByOne(FREE.near, () => attempt(use.app, { email, from })))).toBe(FREE.near)
  })

  it('are counted the same for an account that does not exist', async () => {
    const { email } = await account()
    const from = somewhere()
    const count = async (address: string) => {
      const outcomes = await Promise.all(times(20, () => attempt(use.app, { email: address, from })))
      return outcomes.map(({ __typename }) => __typename).sort()
    }
    expect(await count(anyEmail())).toEqual(await count(email))
  })

  it('are counted the same however the address is spelled', async () => {
    const { email } = await account()
    const from = somewhere()
    const spellings = [email, email.toUpperCase(), ` ${email} `, email.replace('p', '\uff50'), `${email}\t`]
    const outcomes = await Promise.all(
      times(20, (index) => attempt(use.app, { email: spellings[index % 5] ?? '', from })),
    )
    expect(checked(outcomes)).toBe(FREE.near)
  })

  it('are counted the same when a reverification checks the password', async () => {
    const { email, home } = await account()
    const thief = new Browser(use.app)
    const from = somewhere()
    await thief.send(
      { query: print(SignInDocument), variables: { input: { email, password: PASSWORD } } },
      { 'X-Forwarded-For': home },
    )
    const reverify = async (password: string) => {
      const { data } = await thief.send<ReverifyMutation>(
        {
          query: print(ReverifyDocument),
          variables: { input: { action: 'UPDATE_PASSWORD', factor: { password } } },
        },
        { 'X-Forwarded-For': from },
      )
      return data.reverify.__typename
    }
    const outcomes = await Promise.all(times(20, () => reverify('wrong horse battery')))
    expect(outcomes.filter((each) => each === 'InvalidCredentialsError')).toHaveLength(FREE.near)
    expect(await reverify(PASSWORD)).toBe('TooManyAttemptsError')
    expect((await attempt(use.app, { email, password: PASSWORD, from })).__typename).toBe(
      'TooManyAttemptsError',
    )
  })

  it('by strangers elsewhere do not keep the owner out on a network that they were signed in from', async () => {
    const { email, home } = await account()
    await Promise.all(times(80, () => attempt(use.app, { email, from: somewhere() })))
    const stranger = await attempt(use.app, { email, password: PASSWORD, from: somewhere() })
    expect(stranger.__typename).toBe('TooManyAttemptsError')
    for (let round = 0; round < 3; round++) {
      expect((await attempt(use.app, { email, password: PASSWORD, from: home })).__typename).toBe(
        'SignInSuccess',
      )
    }
    // and on a known network too, guesses are counted
    expect(checked(await Promise.all(times(20, () => attempt(use.app, { email, from: home }))))).toBe(
      FREE.near,
    )
  })

  it('by strangers who poll from a few networks do not keep the owner out on a network that is new to the account', async () => {
    const { email } = await account()
    const elsewhere = times(5, () => somewhere())
    for (let round = 0; round < 10; round++) {
      await Promise.all(elsewhere.map((from) => attempt(use.app, { email, from })))
    }
    const abroad = somewhere()
    expect((await attempt(use.app, { email, password: PASSWORD, from: abroad })).__typename).toBe(
      'SignInSuccess',
    )
    expect((await attempt(use.app, { email, password: PASSWORD, from: abroad })).__typename).toBe(
      'SignInSuccess',
    )
  })

  it('do not go on because somebody signs in with success in between', async () => {
    const { email, home } = await account()
    const outcomes: Outcome[] = []
    for (let round = 0; round < 10; round++) {
      outcomes.push(await attempt(use.app, { email, from: home }))
      await attempt(use.app, { email, password: PASSWORD, from: home })
    }
    expect(checked(outcomes)).toBe(FREE.near)
  })

  it('do not come out of an honest person’s allowance: who signs in gets the attempt back', async () => {
    const { email, home } = await account()
    const outcomes = await oneByOne(FREE.near + 5, () =>
      attempt(use.app, { email, password: PASSWORD, from: home }),
    )
    expect(new Set(outcomes.map(({ __typename }) => __typename))).toEqual(new Set(['SignInSuccess']))
  })

  it('are believed to come from elsewhere only if a trusted proxy says so', async () => {
    await using direct = await startApp(use.database, { clock: use.app.clock })
    const { email } = await account()
    const outcomes = await Promise.all(times(20, () => attempt(direct, { email, from: somewhere() })))
    expect(checked(outcomes)).toBe(FREE.near)
    const forged = await Promise.all(
      times(20, (index) => attempt(use.app, { email, from: `192.0.2.${index}, 198.18.0.1` })),
    )
    expect(checked(forged)).toBe(FREE.near)
  })

  it('are stored under keys that name neither the address nor the network', async () => {
    const rows = await use.database.database.queries.select().from(attempts)
    expect(rows.length).toBeGreaterThan(0)
    for (const { key } of rows) expect(key).toMatch(/^[a-z/+-]+:[\w-]{43}$/)
  })

  it('are still counted after a restart', async () => {
    const { email } = await account()
    const from = somewhere()
    await Promise.all(times(FREE.near, () => attempt(use.app, { email, from })))
    await using restarted = await startApp(use.database, behindProxy(use.app.clock))
    expect((await attempt(restarted, { email, password: PASSWORD, from })).__typename).toBe(
      'TooManyAttemptsError',
    )
  })
})

describeEachDatabase('guesses at many accounts from one network', (open) => {
  const use = useApp(open, behindProxy())

  it('are slowed down together, and leave other networks alone', async () => {
    const from = somewhere()
    const outcomes = await Promise.all(
      times(FREE.network + 40, () => attempt(use.app, { email: anyEmail(), from })),
    )
    expect(checked(outcomes)).toBe(FREE.network)
    const refused = await attempt(use.app, { email: anyEmail(), from })
    expect(retryAt(refused)).toBeGreaterThan(0)
    const neighbour = from.replace(/\.7$/, '.250')
    expect((await attempt(use.app, { email: anyEmail(), from: neighbour })).__typename).toBe(
      'TooManyAttemptsError',
    )
    expect((await attempt(use.app, { email: anyEmail(), from: somewhere() })).__typename).toBe(
      'InvalidCredentialsError',
    )
  })
})

describeOnPostgres('a hundred guesses at one account through two nodes', (open) => {
  const use = useApp(open, behindProxy())

  it('let no more passwords be checked than through one', async () => {
    await using second = await startApp(use.database, behindProxy(use.app.clock))
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    const from = somewhere()
    const outcomes = await Promise.all(
      times(100, (index) => attempt(index % 2 ? use.app : second, { email, from })),
    )
    expect(checked(outcomes)).toBe(FREE.near)
  })
})

describeOnRedis('a hundred guesses at one account through two nodes that count in Redis', () => {
  describeOnPostgres('over one database', (open) => {
    it('let no more passwords be checked than through one, also when Redis is killed and comes back empty', async () => {
      await using database = await open()
      await using redis = await startRedis()
      const { environment, clock } = behindProxy()
      const options = { environment: { ...environment, REDIS_URL: redis.url }, clock }
      await using one = await startApp(database, options)
      await using other = await startApp(database, options)
      const email = anyEmail()
      await new Browser(one).signUp(email)
      const from = somewhere()
      const guess = () =>
        Promise.all(times(100, (index) => attempt(index % 2 ? one : other, { email, from }))).then(checked)
      // this Redis is new, and can't know what it has forgotten: nothing is free
      expect(await guess()).toBe(1)
      // a day later it can, and what was counted is forgotten
      await using connection = await openRedis(
        { url: redis.url, commandTimeout: 5_000 },
        { clock: systemClock, logger: createLogger('silent') },
      )
      await makeOld(connection)
      clock.advance(25 * HOUR)
      expect(await guess()).toBe(FREE.near)
      await redis.kill()
      expect(await guess()).toBe(1)
      expect(await guess()).toBe(0)
      const home = { email, password: PASSWORD, from: somewhere() }
      expect((await attempt(one, home)).__typename).toBe('SignInSuccess')
      await redis.start()
      const back = (app: { logs: readonly string[] }) =>
        app.logs.filter((line) => line.includes('attempts are counted in Redis again')).length
      await expect.poll(() => [back(one), back(other)]).toEqual([1, 1])
      expect(await guess()).toBe(1)
      expect((await attempt(other, home)).__typename).toBe('SignInSuccess')
      const said = [...one.logs, ...other.logs].filter((line) => line.includes('none at an account is free'))
      expect(said).toHaveLength(2)
    })

    // red with one free attempt on the network's counter: whoever came second was kept out
    it('keep nobody else of their network out, whether Redis is new or away', async () => {
      await using database = await open()
      await using redis = await startRedis()
      const { environment, clock } = behindProxy()
      await using app = await startApp(database, {
        environment: { ...environment, REDIS_URL: redis.url },
        clock,
      })
      const from = somewhere()
      const people = times(20, () => anyEmail())
      for (const email of people) await new Browser(app).signUp(email)
      const signIns = async () =>
        (await Promise.all(people.map((email) => attempt(app, { email, password: PASSWORD, from })))).map(
          ({ __typename }) => __typename,
        )
      const guess = () => Promise.all(times(20, () => attempt(app, { email: anyEmail(), from })))
      const everybody = people.map(() => 'SignInSuccess')
      await guess()
      expect(await signIns()).toEqual(everybody)
      await redis.kill()
      await guess()
      expect(await signIns()).toEqual(everybody)
    })
  })
})
