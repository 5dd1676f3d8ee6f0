import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { rowsOf } from '../../src/database/database.ts'
import { networkOf } from '../../src/devices/network.ts'
import { isId } from '../../src/kernel/ids.ts'
import { readSeedOptions } from '../../src/seed/options.ts'
import { Random } from '../../src/seed/random.ts'
import { countPeople } from '../../src/seed/seed.ts'
import { isEmail } from '../../src/users/email.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { seedFew } from './kit.ts'

const NOW = new Date('2026-11-18T15:30:00Z')

describeEachDatabase('a seed', (open) => {
  it('makes as many people and sessions as it is asked for, the same ones each time, and leaves every index', async () => {
    const read = async (seed: number) => {
      await using test = await open()
      const { queries } = test.database
      const indexes = sql`SELECT indexdef FROM pg_indexes WHERE tablename = 'sessions' ORDER BY 1`
      const before = rowsOf(await queries.execute(indexes))
      const progress: number[] = []
      await seedFew(test.database, NOW, { seed, onProgress: (done) => progress.push(done) })
      expect(rowsOf(await queries.execute(indexes))).toEqual(before)
      expect(progress.at(-1)).toBe(640)
      expect(await countPeople(test.database)).toBe(40)
      return {
        people: rowsOf<{ email: string }>(await queries.execute(sql`SELECT * FROM users ORDER BY id`)),
        sessions: rowsOf<{ id: string; network: string | null }>(
          await queries.execute(sql`SELECT * FROM sessions ORDER BY id`),
        ),
      }
    }
    const [one, again, other] = [await read(1), await read(1), await read(2)]
    expect(again).toEqual(one)
    expect(one.people).toHaveLength(40)
    expect(one.sessions).toHaveLength(600)
    const ids = new Set(one.sessions.map(({ id }) => id))
    expect(other.sessions.filter(({ id }) => ids.has(id))).toEqual([])
    const emails = new Set(one.people.map(({ email }) => email))
    expect(other.people.filter(({ email }) => emails.has(email))).toEqual([])
    expect(one.people.every(({ email }) => isEmail(email))).toBe(true)
    const networks = one.sessions.flatMap(({ network }) => network ?? [])
    expect(networks.length).toBeGreaterThan(100)
    expect(networks.every((network) => networkOf(network.replace(/\/\d+$/, '')) === network)).toBe(true)
  })

  it('makes what could have been: nobody is active before they begin, nor behind their limits', async () => {
    await using test = await open()
    await seedFew(test.database, NOW, { sessions: 2_000 })
    const now = sql`${NOW.toISOString()}::timestamptz`
    const [wrong] = rowsOf(
      await test.database.queries.execute(sql`SELECT
        (count(*) FILTER (WHERE s.created_at > s.last_active_at OR s.last_active_at > ${now} OR s.last_active_at > s.expires_at))::int AS times,
        (count(*) FILTER (WHERE s.ended_at < s.last_active_at OR s.ended_at > s.expires_at OR s.ended_at > ${now}))::int AS ends,
        (count(*) FILTER (WHERE s.ended_at IS NULL AND s.last_active_at <= ${now} - interval '7 days'))::int AS idle,
        (count(*) FILTER (WHERE s.ended_at IS NULL AND s.expires_at <= ${now}))::int AS past,
        (count(*) FILTER (WHERE s.created_at < u.created_at))::int AS early,
        (count(*) FILTER (WHERE s.ended_at < ${now} - interval '30 days' AND (s.network IS NOT NULL OR s.country_code IS NOT NULL
          OR s.city IS NOT NULL OR s.places <> '[]' OR s.anomalies @? '$[*].network ? (@ != null)')))::int AS kept,
        (count(*) FILTER (WHERE s.ended_at IS NULL AND u.disabled_at IS NOT NULL))::int AS disabled
        FROM sessions s JOIN users u ON u.id = s.user_id`),
    )
    expect(wrong).toEqual({ times: 0, ends: 0, idle: 0, past: 0, early: 0, kept: 0, disabled: 0 })
    const reasons = rowsOf<{ reason: string; n: number }>(
      await test.database.queries.execute(
        sql`SELECT coalesce(end_reason, 'none') AS reason, count(*)::int AS n FROM sessions GROUP BY 1 ORDER BY 2 DESC`,
      ),
    )
    expect(reasons.slice(0, 4).map(({ reason }) => reason)).toContain('IDLE_TIMEOUT')
    expect(reasons.length).toBeGreaterThan(8)
  })

  it('changes nothing if its people are there already', async () => {
    await using test = await open()
    await seedFew(test.database, NOW)
    await expect(seedFew(test.database, NOW)).rejects.toThrow()
    expect(await countPeople(test.database)).toBe(40)
    const indexes = rowsOf(
      await test.database.queries.execute(sql`SELECT 1 FROM pg_indexes WHERE indexname = 'sessions_traits'`),
    )
    expect(indexes).toHaveLength(1)
    await seedFew(test.database, NOW, { seed: 7, sessions: 10 })
    expect(await countPeople(test.database)).toBe(80)
  })
})

it('reads its options, and says what is wrong with others', () => {
  expect(readSeedOptions([])).toMatchObject({ users: 1_000, sessions: 20_000, seed: 1, add: false })
  expect(readSeedOptions(['--users', '10', '--sessions', '0', '--add'])).toMatchObject({
    users: 10,
    sessions: 0,
    add: true,
  })
  for (const wrong of ['0', '-1', '1.5', 'many', '', '5000001'])
    expect(readSeedOptions([`--users=${wrong}`])).toBe(
      `--users: "${wrong}" is no whole number from 1 to 5000000.`,
    )
  for (const args of [['--people', '3'], ['3'], ['--users']])
    expect(readSeedOptions(args)).toEqual(expect.stringMatching(/[.]$/))
})

it('makes nobody in production unless it is told twice', async () => {
  const environment = {
    NODE_ENV: 'production',
    CURFEW_SECRET: 'bZ0R5k1pZ2n6dQx8m3uV7yA4cE9fG1hJ0kL2mN3oP4Q=',
    CURFEW_ISSUER: 'https://auth.example.com',
    CURFEW_AUDIENCE: 'https://api.example.com',
    // nobody is there: who gets as far as that has not refused
    DATABASE_URL: 'postgres://curfew@127.0.0.1:1/curfew',
  }
  const child = spawn(process.execPath, ['src/seed/main.ts'], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  expect(said).toMatch(/^NODE_ENV is production: .* give --add\.\n$/)
  expect(code).toBe(1)
})

it('makes ids as the house does', () => {
  const random = new Random(3)
  for (let n = 0; n < 100; n++) {
    const id = random.id(NOW.getTime())
    expect(isId(id)).toBe(true)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/)
  }
})
