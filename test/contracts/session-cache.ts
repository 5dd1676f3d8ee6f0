import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Looked, ReadSession, SessionCache } from '../../src/sessions/cache/session-cache.ts'

/** A cache under test. */
export interface CacheUnderTest extends AsyncDisposable {
  readonly cache: SessionCache
  /** Whether it holds anything at all. */
  readonly holds: boolean
}

/** How long caches hold an entry where nothing waits for its end (milliseconds). */
const LONG = 600_000

/**
 * What every cache does: whatever is filled, dropped and ended in whichever order, it never says of a session that it goes on once its
 * end was acknowledged.
 */
export function itIsASessionCache(open: (options: { timeToLive: number }) => Promise<CacheUnderTest>): void {
  let test: CacheUnderTest
  beforeAll(async () => {
    test = await open({ timeToLive: LONG })
  })
  afterAll(() => test[Symbol.asyncDispose]())

  const look = async (id: string): Promise<Looked> => test.cache.look(id)
  const held = async (id: string): Promise<ReadSession | null> => (await look(id)).held
  /** What a look-up that finds nothing is given to fill in with. */
  const miss = async (id: string) => {
    const looked = await look(id)
    if (looked.held) throw new Error('it is held already')
    return looked.fill
  }

  it('gives back what it was given, to the letter, for as long as it holds it', async () => {
    for (const read of [anyRead(), anyRead({ transport: 'TOKEN' })]) {
      await (await miss(read.session.id))(read)
      expect(await held(read.session.id)).toEqual(test.holds ? read : null)
    }
  })

  it('knows nothing of a session that it was not given', async () => {
    const read = anyRead()
    await (await miss(read.session.id))(read)
    expect(await held(randomUUID())).toBeNull()
  })

  it('does not hold a session any more once its end was acknowledged', async () => {
    const read = anyRead()
    await (await miss(read.session.id))(read)
    await test.cache.end([read.session.id])
    expect(await held(read.session.id)).toBeNull()
  })

  it('takes nothing of a session that has ended, however often it is offered', async () => {
    const read = anyRead()
    await test.cache.end([read.session.id])
    for (let time = 0; time < 3; time++) await (await miss(read.session.id))(read)
    expect(await held(read.session.id)).toBeNull()
  })

  // red in each cache without tombstones
  it('takes no fill that the end overtook: it was read before, and offered after', async () => {
    const read = anyRead()
    const fill = await miss(read.session.id)
    await test.cache.end([read.session.id])
    await fill(read)
    expect(await held(read.session.id)).toBeNull()
  })

  it('takes no fill that an end overtook of which the feed told', async () => {
    const read = anyRead()
    const fill = await miss(read.session.id)
    test.cache.hear([read.session.id])
    await fill(read)
    expect(await held(read.session.id)).toBeNull()
  })

  it('drops what it holds at once when the feed tells of the end', async () => {
    const read = anyRead()
    await (await miss(read.session.id))(read)
    test.cache.hear([read.session.id])
    expect(await held(read.session.id)).toBeNull()
  })

  it('keeps the tombstone of a session that is dropped behind its end', async () => {
    const read = anyRead()
    const fill = await miss(read.session.id)
    await test.cache.end([read.session.id])
    await test.cache.forget(read.session.id)
    await fill(read)
    expect(await held(read.session.id)).toBeNull()
  })

  it('takes the first of two fills, and not the second over it', async () => {
    const read = anyRead()
    const [first, second] = [await miss(read.session.id), await miss(read.session.id)]
    await first(read)
    await second({ ...read, session: { ...read.session, lastActiveAt: new Date(0) } })
    expect(await held(read.session.id)).toEqual(test.holds ? read : null)
  })

  it('takes what has changed once the former was dropped', async () => {
    const read = anyRead()
    await (await miss(read.session.id))(read)
    await test.cache.forget(read.session.id)
    const changed = { ...read, session: { ...read.session, lastActiveAt: new Date(1_800_000_000_000) } }
    await (await miss(read.session.id))(changed)
    expect(await held(read.session.id)).toEqual(test.holds ? changed : null)
  })

  it('holds others when one has ended', async () => {
    const [ended, other] = [anyRead(), anyRead()]
    for (const read of [ended, other]) await (await miss(read.session.id))(read)
    await test.cache.end([ended.session.id])
    expect(await held(other.session.id)).toEqual(test.holds ? other : null)
  })

  it('holds nothing of an older era once the end of everyone was acknowledged, whenever it was offered', async () => {
    const [before, under, after] = [anyRead(), anyRead(), anyRead()]
    await (await miss(before.session.id))(before)
    const fill = await miss(under.session.id)
    await test.cache.endBefore(1)
    await fill(under)
    for (const { session } of [before, under]) expect(await held(session.id)).toBeNull()
    const kept = { ...after, session: { ...after.session, era: 1 }, currentEra: 1 }
    await (await miss(after.session.id))(kept)
    expect(await held(after.session.id)).toEqual(test.holds ? kept : null)
    // an era that it heard of by what it was given
    const older = { ...anyRead(), currentEra: 1 }
    await (await miss(older.session.id))(older)
    expect(await held(older.session.id)).toBeNull()
  })

  it('lets go of a session when its time is up', async () => {
    await using brief = await open({ timeToLive: 500 })
    const read = anyRead()
    const looked = await brief.cache.look(read.session.id)
    if (!looked.held) await looked.fill(read)
    await expect.poll(async () => (await brief.cache.look(read.session.id)).held).toBeNull()
  })

  it('never holds an ended session in three hundred races of looks, fills and ends', async () => {
    const reads = Array.from({ length: 300 }, () => inEra(anyRead(), 1))
    const broken: string[] = []
    await Promise.all(
      reads.map(async (read, index) => {
        const { id } = read.session
        const state = { committed: false, acknowledged: false }
        const user = async (): Promise<void> => {
          for (let time = 0; time < 3; time++) {
            const { acknowledged } = state
            const looked = await look(id)
            if (looked.held && acknowledged) broken.push(id)
            // what the database says; the end may be committed and acknowledged before that is offered
            if (looked.held || state.committed) continue
            await turn()
            await looked.fill(read)
          }
        }
        const revoker = async (): Promise<void> => {
          for (let turns = index % 4; turns > 0; turns--) await turn()
          state.committed = true
          await test.cache.end([id])
          state.acknowledged = true
        }
        await Promise.all([user(), revoker(), user()])
        if (await held(id)) broken.push(id)
      }),
    )
    expect(broken).toEqual([])
  })
}

/** A session that lives, with everything that one can have. */
export function anyRead({ transport = 'COOKIE' }: { transport?: 'COOKIE' | 'TOKEN' } = {}): ReadSession {
  const now = new Date(1_700_000_000_123)
  const [id, userId] = [randomUUID(), randomUUID()]
  return {
    session: {
      id,
      userId,
      transport,
      factors: ['PASSWORD'],
      remembered: true,
      createdAt: now,
      lastActiveAt: now,
      verifiedAt: now,
      expiresAt: new Date(4_000_000_000_000),
      endedAt: null,
      endReason: null,
      replacesId: null,
      lineageId: id,
      device: { label: 'Firefox on “macOS” 🦊', kind: 'DESKTOP', browser: 'Firefox', system: null },
      network: '203.0.113.0/24',
      location: { countryCode: 'DE', city: 'Köln' },
      places: [
        { network: null, location: { countryCode: 'DE', city: null }, firstSeenAt: now, lastSeenAt: now },
        { network: '203.0.113.0/24', location: null, firstSeenAt: now, lastSeenAt: now },
      ],
      anomalies: [{ kind: 'REFRESH_TOKEN_REUSED', occurredAt: now, network: null }],
      era: 0,
    },
    user: {
      id: userId,
      email: 'ada@example.com',
      roles: ['ADMINISTRATOR'],
      createdAt: now,
      disabledAt: null,
      deletedAt: null,
      credentialVersion: 3,
    },
    secretHash: transport === 'COOKIE' ? randomBytes(32) : null,
    rotation:
      transport === 'COOKIE'
        ? null
        : { current: 4, retry: 3, seen: 4, rotatedAt: now, agent: null, country: null, displaced: [2] },
    currentEra: 0,
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function inEra(read: ReadSession, era: number): ReadSession {
  return { ...read, session: { ...read.session, era }, currentEra: era }
}
