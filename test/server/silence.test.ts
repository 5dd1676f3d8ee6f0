import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { openPostgres } from '../../src/database/postgres.ts'
import { memoryBus } from '../../src/revocations/bus/memory.ts'
import { EventLog } from '../../src/revocations/event-log.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { MovableClock } from '../kit/clock.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { SignOutDocument } from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { startProxy } from '../kit/tcp-proxy.ts'
import { untilQueued } from '../races/kit.ts'
import { Collector, DAY, startStage, write } from '../revocations/kit.ts'

const REVOKED = 'subscription { sessionRevoked { reason } }'

describeOnPostgres('a database that falls silent', (open) => {
  it('keeps the feed waiting for as long as a read may take, and then it reads over another connection', async () => {
    await using test = await open()
    await using proxy = await startProxy(test.postgres?.url ?? '')
    await using database = openPostgres({ url: proxy.url, poolSize: 4, connectTimeout: 2_000 })
    const clock = new MovableClock()
    await using stage = await startStage(database, { clock, pollInterval: 60_000 })
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    await proxy.set('silent')
    // connections from now on are as good as any
    await proxy.set('open')
    const elsewhere = new EventLog({ database: test.database, bus: memoryBus(), clock, retention: 30 * DAY })
    const written = await write(test.database, elsewhere, 2)
    clock.advance(60_000)
    expect(stage.messages).toEqual([])
    // goes red when a read has no end
    clock.advance(20_000)
    await expect.poll(() => stage.messages).toEqual(['the event log could not be read; trying again'])
    await live.hasExactly(written)
    await proxy[Symbol.asyncDispose]()
  })

  it('makes a node say that it is not ready, instead of saying nothing', async () => {
    await using test = await open()
    await using proxy = await startProxy(test.postgres?.url ?? '')
    const database = openPostgres({ url: proxy.url, poolSize: 4, connectTimeout: 2_000 })
    const app = await startApp({ ...test, database })
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200)
    await proxy.set('silent')
    expect((await fetch(`${app.url}/readyz`)).status).toBe(503)
    await proxy.set('refused')
    await app[Symbol.asyncDispose]()
    await database.close()
  })

  it('keeps no reason from a client whose session ends while an operation of its connection hangs', async () => {
    await using test = await open()
    await using app = await startApp(test)
    await using beside = openPostgres({ url: test.postgres?.url ?? '', poolSize: 2, connectTimeout: 5_000 })
    const [phone, laptop] = [new Browser(app), new Browser(app)]
    const email = anyEmail()
    await phone.signUp(email)
    await laptop.signIn(email)
    using socket = await Socket.subscribed(app.url, phone.cookie, REVOKED)
    const [held, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    await beside.queries.execute(
      sql`UPDATE sessions SET last_active_at = created_at - interval '30 days' WHERE id = (SELECT max(id::text)::uuid FROM sessions)`,
    )
    const holding = beside.transaction(async ({ queries }) => {
      await queries.execute(sql`SELECT 1 FROM sessions WHERE last_active_at < created_at FOR NO KEY UPDATE`)
      held.resolve()
      await gate.promise
    })
    await held.promise
    // a list ends what is over, and waits for whoever holds it
    socket.subscribe('hangs', '{ viewer { sessions { edges { node { id } } } } }')
    await untilQueued(beside, 1)
    await phone.run(SignOutDocument, {})
    expect(await socket.data()).toEqual({ sessionRevoked: { reason: 'SIGNED_OUT' } })
    // goes red when the connection waits for it too: then it is cut without a word
    expect(await socket.closed()).toEqual({ code: 4401, reason: 'SIGNED_OUT' })
    gate.resolve()
    await holding
  })
})
