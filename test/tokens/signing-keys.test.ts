import { generateKeyPairSync } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { calculateJwkThumbprint, decodeProtectedHeader, type JWK } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rowsOf } from '../../src/database/database.ts'
import { signingKeys } from '../../src/database/tables.ts'
import { newId } from '../../src/kernel/ids.ts'
import { openKey } from '../../src/tokens/key-pair.ts'
import { keySeal } from '../../src/tokens/key-seal.ts'
import { signingKeyOf, stateOf } from '../../src/tokens/key-times.ts'
import { deleteExpiredKeys } from '../../src/tokens/sweep.ts'
import { TEST_SECRET } from '../kit/app.ts'
import { describeEachDatabase, describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { DAY, type KeyNode, LIFETIME, MINUTE, makeKeyNode, startKeyNode } from './kit.ts'

const OTHER_SECRET = 'another secret for tests alone, of more than 32 bytes'
const THIRD_SECRET = 'a third secret for tests alone, of more than 32 bytes'
/** Nonce and tag alone. */
const EMPTY_SEAL = 28
/** When a superseded key is gone, counted from when the younger one signs. */
const GONE = 60 * MINUTE + 20_000

describeEachDatabase('signing keys', (open) => {
  let database: TestDatabase
  const nodes: KeyNode[] = []
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database[Symbol.asyncDispose]())
  beforeEach(() => database.database.queries.delete(signingKeys))
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node[Symbol.asyncDispose]()
  })

  async function start(options: Parameters<typeof makeKeyNode>[1] = {}): Promise<KeyNode> {
    const node = makeKeyNode(database, options)
    nodes.push(node)
    await node.keys.start()
    return node
  }
  const rows = () => database.database.queries.select().from(signingKeys).orderBy(signingKeys.createdAt)
  const issue = async ({ tokens, clock }: KeyNode) =>
    (
      await tokens.issue({
        sessionId: newId(clock.now()),
        userId: newId(clock.now()),
        generation: 1,
        authenticatedAt: clock.now(),
        factors: ['PASSWORD'],
        notAfter: new Date(clock.now().getTime() + DAY),
      })
    ).token
  const kidOf = async (node: KeyNode) => decodeProtectedHeader(await issue(node)).kid
  const published = ({ keys }: KeyNode) => keys.publicKeys().map(({ kid }) => kid)
  /** Lets time pass in which nodes look at the keys, until something has come of it. */
  const passUntil = (clock: FrozenClock, done: () => unknown) =>
    expect
      .poll(
        () => {
          clock.advance(15_000)
          return done()
        },
        { timeout: 10_000 },
      )
      .toBeTruthy()

  it('makes the first key at the first start, which signs at once; later starts use it', async () => {
    const node = await start()
    const [row, ...others] = await rows()
    expect(others).toEqual([])
    expect(row).toMatchObject({ algorithm: 'EdDSA', signsFrom: node.clock.now(), expiresAt: null })
    expect(await kidOf(node)).toBe(row?.id)
    const second = await start({ clock: node.clock })
    expect(await rows()).toEqual([row])
    expect(await second.tokens.verify(await issue(node))).toMatchObject({ state: 'valid' })
  })

  it.each(['EdDSA', 'ES256'] as const)(
    'publishes the public half of a key for %s alone',
    async (algorithm) => {
      const node = await start({ policy: { algorithm } })
      const [jwk, ...others] = node.keys.publicKeys()
      expect(others).toEqual([])
      const members = algorithm === 'EdDSA' ? ['kty', 'crv', 'x'] : ['kty', 'crv', 'x', 'y']
      expect(Object.keys(jwk ?? {}).sort()).toEqual([...members, 'kid', 'alg', 'use'].sort())
      expect(jwk).toMatchObject({ alg: algorithm, use: 'sig', kid: await calculateJwkThumbprint(jwk as JWK) })
    },
  )

  it('publishes a new key for the lead before it signs, and the old one until its last token has expired', async () => {
    const node = await start()
    const [first] = published(node)
    const result = await node.keys.rotate({ atOnce: false })
    expect(result).toMatchObject({ made: { state: 'PENDING' } })
    const [, second] = published(node)
    expect(published(node)).toEqual([first, second])
    expect(await kidOf(node)).toBe(first)
    node.clock.advance(10 * MINUTE - 1)
    expect(await kidOf(node)).toBe(first)
    const last = await issue(node)
    node.clock.advance(1)
    expect(await kidOf(node)).toBe(second)
    node.clock.advance(LIFETIME - 1_000)
    expect(await node.tokens.verify(last)).toMatchObject({ state: 'valid' })
    node.clock.advance(GONE - LIFETIME + 1_000 - 1)
    expect(published(node)).toEqual([first, second])
    expect(await node.tokens.verify(last)).toMatchObject({ state: 'expired' })
    node.clock.advance(1)
    expect(published(node)).toEqual([second])
    expect(await node.tokens.verify(last)).toBeNull()
    const { queries } = database.database
    expect(await deleteExpiredKeys(queries, node.clock.now(), 100)).toBe(1)
    expect((await rows()).map(({ id }) => id)).toEqual([second])
  })

  it('does not make another key while one waits for its turn', async () => {
    const node = await start()
    const made = await node.keys.rotate({ atOnce: false })
    const again = await node.keys.rotate({ atOnce: false })
    expect('made' in made && made.made.kid).toBeTruthy()
    expect(again).toMatchObject({ waiting: { kid: 'made' in made && made.made.kid, state: 'PENDING' } })
    expect(await rows()).toHaveLength(2)
  })

  it('at once: signs with a new key and withdraws all others with their tokens, waiting ones too', async () => {
    const node = await start()
    const token = await issue(node)
    expect(await node.tokens.verify(token)).toMatchObject({ state: 'valid' })
    await node.keys.rotate({ atOnce: false })
    const result = await node.keys.rotate({ atOnce: true })
    const kid = 'made' in result ? result.made.kid : null
    expect(result).toMatchObject({ made: { state: 'SIGNING', expiresAt: null } })
    expect(published(node)).toEqual([kid])
    expect(await kidOf(node)).toBe(kid)
    // remembered as good, and yet
    expect(await node.tokens.verify(token)).toBeNull()
    expect((await node.keys.list()).map(({ state }) => state)).toEqual(['EXPIRED', 'EXPIRED', 'SIGNING'])
    node.clock.advance(11 * MINUTE)
    expect(await kidOf(node)).toBe(kid)
  })

  it('rotates by itself, so that the next key signs when the interval is over', async () => {
    const node = await start({ policy: { rotationInterval: 30 * DAY, lead: DAY } })
    const [first] = published(node)
    node.clock.advance(29 * DAY - 1)
    await start({ clock: node.clock, policy: { rotationInterval: 30 * DAY, lead: DAY } })
    expect(await rows()).toHaveLength(1)
    await passUntil(node.clock, () => published(node).length === 2)
    expect(await kidOf(node)).toBe(first)
    node.clock.advance(DAY)
    expect(await kidOf(node)).toBe(published(node)[1])
    expect(await rows()).toHaveLength(2)
  })

  it('follows what other nodes do without a restart', async () => {
    const clock = new FrozenClock()
    const [one, other] = [await start({ clock }), await start({ clock })]
    await one.keys.rotate({ atOnce: false })
    expect(published(other)).toHaveLength(1)
    await passUntil(clock, () => published(other).length === 2)
    clock.advance(10 * MINUTE)
    const token = await issue(one)
    expect(await kidOf(other)).toBe(decodeProtectedHeader(token).kid)
    expect(await other.tokens.verify(token)).toMatchObject({ state: 'valid' })
  })

  it('knows a key that was made just now when the first token of it comes', async () => {
    const clock = new FrozenClock()
    const [one, other] = [await start({ clock }), await start({ clock })]
    await one.keys.rotate({ atOnce: true })
    expect(await other.tokens.verify(await issue(one))).toMatchObject({ state: 'valid' })
    // and what was withdrawn is not good here either by then
    expect(published(other)).toEqual(published(one))
  })

  it('signs on a node whose clock is behind that of the node that made the first key', async () => {
    const behind = new FrozenClock()
    const ahead = new FrozenClock()
    ahead.advance(4_000)
    const one = await start({ clock: ahead })
    const other = await start({ clock: behind })
    expect(await kidOf(other)).toBe(published(one)[0])
    expect(await other.tokens.verify(await issue(one))).toMatchObject({ state: 'valid' })
    // a key that the node behind makes is the younger one nevertheless
    const made = await other.keys.rotate({ atOnce: true })
    expect(await kidOf(one)).toBe(published(one)[0])
    await one.keys.find('A'.repeat(43))
    expect(await kidOf(one)).toBe('made' in made ? made.made.kid : null)
  })

  it('looks at the database once in three seconds at most, whatever unknown keys come in', async () => {
    const node = await start()
    let looks = 0
    const { queries } = database.database
    const counted = makeKeyNode(
      { database: { ...database.database, queries: countSelects(queries, () => looks++) } },
      { clock: node.clock },
    )
    nodes.push(counted)
    await counted.keys.start()
    looks = 0
    for (let round = 0; round < 3; round++)
      await Promise.all(
        Array.from({ length: 200 }, async (_, index) =>
          expect(await counted.keys.find(String(index).padEnd(43, 'x'))).toBeNull(),
        ),
      )
    expect(looks).toBe(1)
    node.clock.advance(2_999)
    await counted.keys.find('x'.repeat(43))
    expect(looks).toBe(1)
    node.clock.advance(1)
    await counted.keys.find('x'.repeat(43))
    expect(looks).toBe(2)
  })

  it('makes a new key, with the lead, when the algorithm is another at the next start', async () => {
    const before = await start()
    const token = await issue(before)
    const after = await start({ clock: before.clock, policy: { algorithm: 'ES256' } })
    expect((await after.keys.list()).map(({ algorithm, state }) => [algorithm, state])).toEqual([
      ['EdDSA', 'SIGNING'],
      ['ES256', 'PENDING'],
    ])
    after.clock.advance(10 * MINUTE)
    const next = await issue(after)
    expect(decodeProtectedHeader(next)).toMatchObject({ alg: 'ES256' })
    expect(await after.tokens.verify(token)).toMatchObject({ state: 'valid' })
    expect(await before.tokens.verify(next)).toMatchObject({ state: 'valid' })
    // the node that has the old setting goes on looking, and does not bring the old algorithm back
    await after[Symbol.asyncDispose]()
    await passUntil(before.clock, async () => (await rows())[0]?.sealedPrivateKey.length === EMPTY_SEAL)
    expect(await rows()).toHaveLength(2)
  })

  it('forgets the private half of a key that signs no more, and still verifies its tokens', async () => {
    const node = await start()
    const [first = ''] = published(node)
    const seal = keySeal({ current: TEST_SECRET, previous: null })
    const privateHalf = async () => {
      const [row] = await rows()
      const opened = row && (await openKey(row, seal))
      return opened && { kid: opened.kid, there: opened.privateKey !== null }
    }
    await node.keys.rotate({ atOnce: false })
    node.clock.advance(10 * MINUTE - 1)
    const token = await issue(node)
    expect(decodeProtectedHeader(token).kid).toBe(first)
    node.clock.advance(MINUTE)
    expect(await privateHalf()).toEqual({ kid: first, there: true })
    await passUntil(node.clock, async () => !(await privateHalf())?.there)
    expect(await privateHalf()).toEqual({ kid: first, there: false })
    const fresh = await start({ clock: node.clock })
    expect(await fresh.tokens.verify(token)).toMatchObject({ state: 'valid' })
    expect(published(fresh)).toContain(first)
    expect(await kidOf(fresh)).not.toBe(first)
  })

  describe('and the master secret', () => {
    it('are of no use to whoever has the table and not the secret', async () => {
      await start()
      const [row] = await rows()
      if (!row) throw new Error('there is no key')
      const stored = Buffer.from(row.sealedPrivateKey)
      expect(stored.toString('latin1')).not.toContain('"d"')
      expect(JSON.stringify(row.publicJwk)).not.toContain('"d"')
      for (const current of [OTHER_SECRET, THIRD_SECRET]) {
        const seal = keySeal({ current, previous: null })
        expect(await openKey(row, seal)).toBeNull()
        // nor by claiming that it is sealed under the other one
        const under = seal.seal('x', Buffer.alloc(0)).under
        expect(await openKey({ ...row, sealedUnder: under }, seal)).toBeNull()
      }
      for (let index = 0; index < stored.length; index++) {
        const bytes = Buffer.from(stored)
        bytes[index] = (bytes[index] ?? 0) ^ 1
        const changed = { ...row, sealedPrivateKey: bytes }
        expect(await openKey(changed, keySeal({ current: TEST_SECRET, previous: null }))).toBeNull()
      }
    })

    it('let no row in that somebody wrote without the secret, whatever is taken from the others', async () => {
      const node = await start()
      const [row] = await rows()
      if (!row) throw new Error('there is no key')
      const { publicKey } = generateKeyPairSync('ed25519')
      const own = publicKey.export({ format: 'jwk' })
      const kid = await calculateJwkThumbprint(own as JWK)
      const { queries } = database.database
      await queries
        .insert(signingKeys)
        .values({ ...row, id: kid, publicJwk: { ...own, kid, alg: 'EdDSA', use: 'sig' } })
      expect(await node.keys.find(kid)).toBeNull()
      expect(node.logs.join('')).toContain('a signing key does not open')
      await queries.delete(signingKeys).where(sql`id = ${kid}`)
      for (const changed of [{ publicJwk: { ...own, kid: row.id } }, { algorithm: 'ES256' as const }]) {
        await queries.update(signingKeys).set({ ...row, ...changed })
        await expect(startKeyNode(database)).rejects.toThrow('another master secret')
      }
    })

    it('are refused when neither secret opens them, before anything is written', async () => {
      await start()
      const before = await rows()
      const late = new FrozenClock()
      late.advance(100 * DAY)
      for (const previous of [null, THIRD_SECRET]) {
        const node = makeKeyNode(database, {
          clock: late,
          secrets: { current: OTHER_SECRET, previous },
          policy: { algorithm: 'ES256' },
        })
        await expect(node.keys.start()).rejects.toThrow('another master secret')
        await expect(node.keys.rotate({ atOnce: true })).rejects.toThrow('another master secret')
        expect((await node.keys.list()).map(({ sealedUnder }) => sealedUnder)).toEqual([null])
      }
      expect(await rows()).toEqual(before)
    })

    it('follow a change of it over several nodes: first all know both, then all switch', async () => {
      const clock = new FrozenClock()
      const secrets = {
        old: { current: TEST_SECRET, previous: null },
        both: { current: TEST_SECRET, previous: OTHER_SECRET },
        switched: { current: OTHER_SECRET, previous: TEST_SECRET },
        done: { current: OTHER_SECRET, previous: null },
      }
      const old = await start({ clock, secrets: secrets.old })
      const token = await issue(old)
      const [kid] = published(old)
      const sealedUnder = async (node: KeyNode) => (await node.keys.list()).map((key) => key.sealedUnder)
      const staying = await start({ clock, secrets: secrets.both })
      expect(await sealedUnder(staying)).toEqual(['CURRENT'])
      const switched = await start({ clock, secrets: secrets.switched })
      expect(await sealedUnder(switched)).toEqual(['CURRENT'])
      // one that has not switched makes a key, and restarts; all go on
      await staying.keys.rotate({ atOnce: false })
      expect(await sealedUnder(switched)).toEqual(['CURRENT', 'PREVIOUS'])
      await start({ clock, secrets: secrets.both })
      expect(await sealedUnder(switched)).toEqual(['PREVIOUS', 'PREVIOUS'])
      await switched.keys.find('x'.repeat(43))
      expect(published(switched)).toHaveLength(2)
      await start({ clock, secrets: secrets.switched })
      const done = await start({ clock, secrets: secrets.done })
      expect(await sealedUnder(done)).toEqual(['CURRENT', 'CURRENT'])
      expect(published(done)[0]).toBe(kid)
      expect(await done.tokens.verify(token)).toMatchObject({ state: 'valid' })
      expect(await kidOf(done)).toBe(kid)
      await expect(startKeyNode(database, { secrets: secrets.old, clock })).rejects.toThrow()
    })
  })
})

describeOnPostgres('nodes that act at once', (open) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database[Symbol.asyncDispose]())
  beforeEach(() => database.database.queries.delete(signingKeys))
  const count = async () => {
    const [row] = rowsOf<{ n: string }>(
      await database.database.queries.execute(sql`SELECT count(*)::text AS n FROM signing_keys`),
    )
    return Number(row?.n)
  }

  it('make one key at the first start', async () => {
    const nodes = await Promise.all(Array.from({ length: 6 }, () => startKeyNode(database)))
    expect(await count()).toBe(1)
    expect(new Set(nodes.map(({ keys }) => keys.signer().kid)).size).toBe(1)
    for (const node of nodes) await node[Symbol.asyncDispose]()
  })

  it('make one key when it is time for the next', async () => {
    const clock = new FrozenClock()
    const nodes = await Promise.all(Array.from({ length: 6 }, () => startKeyNode(database, { clock })))
    clock.advance(90 * DAY)
    for (const { keys } of nodes)
      await expect.poll(() => keys.publicKeys().length, { timeout: 10_000 }).toBe(2)
    for (const node of nodes) await node[Symbol.asyncDispose]()
    expect(await count()).toBe(2)
  })

  it('make one key when operators rotate on several', async () => {
    const nodes = await Promise.all(Array.from({ length: 4 }, () => startKeyNode(database)))
    const results = await Promise.all(nodes.map(({ keys }) => keys.rotate({ atOnce: false })))
    expect(results.filter((result) => 'made' in result)).toHaveLength(1)
    expect(await count()).toBe(2)
    for (const node of nodes) await node[Symbol.asyncDispose]()
  })
})

describe('the times of keys', () => {
  const at = (minute: number) => new Date(minute * MINUTE)
  const key = (created: number, signs: number, expires: number | null = null) => ({
    createdAt: at(created),
    signsFrom: at(signs),
    expiresAt: expires === null ? null : at(expires),
  })

  it('say which one signs, and where each stands', () => {
    const keys = [key(0, 0, 80), key(10, 20, 120), key(50, 60)]
    const states = (minute: number) => keys.map((each) => stateOf(each, keys, at(minute)))
    expect(states(0)).toEqual(['SIGNING', 'PENDING', 'PENDING'])
    expect(states(19)).toEqual(['SIGNING', 'PENDING', 'PENDING'])
    expect(states(20)).toEqual(['SUPERSEDED', 'SIGNING', 'PENDING'])
    expect(states(79)).toEqual(['SUPERSEDED', 'SUPERSEDED', 'SIGNING'])
    expect(states(80)).toEqual(['EXPIRED', 'SUPERSEDED', 'SIGNING'])
    expect(states(200)).toEqual(['EXPIRED', 'EXPIRED', 'SIGNING'])
    expect(signingKeyOf([], at(0))).toBeNull()
  })
})

/** The same queries, with each read of a table counted. */
function countSelects<Queries extends object>(queries: Queries, count: () => void): Queries {
  return new Proxy(queries, {
    get: (target, name) => {
      if (name === 'select') count()
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
