import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { RevokeAllSessionsDocument, SignOutDocument } from '../kit/generated/operations.ts'
import { type PostgresServer, startPostgres } from '../kit/postgres-server.ts'
import { Socket } from '../kit/socket.ts'
import { Collector, replayAll, startStage, write } from './kit.ts'

const REVOKED = 'subscription { sessionRevoked { reason } }'

function optionsOf(server: PostgresServer) {
  return { url: server.url(), poolSize: 5, connectTimeout: 5_000 }
}

/** As an operator makes a backup, and plays one back. */
async function dump(server: PostgresServer): Promise<string> {
  const running = promisify(execFile)('pg_dump', ['--dbname', server.url()], { maxBuffer: 100_000_000 })
  return (await running).stdout
}

/** Not a wait that stops this process: a statement of a node in it could hold a lock meanwhile, and never come to its end. */
async function restore(server: PostgresServer, backup: string): Promise<void> {
  const running = promisify(execFile)('psql', [
    ...['--quiet', '--set', 'ON_ERROR_STOP=1', '--output', '/dev/null'],
    ...['--dbname', server.url()],
  ])
  running.child.stdin?.end(backup)
  await running
}

async function transactionNumber(database: Database): Promise<number> {
  const [row] = rowsOf<{ xid: string }>(
    await database.queries.execute(sql`SELECT pg_current_xact_id()::text AS xid`),
  )
  return Number(row?.xid)
}

function hasTools(): boolean {
  try {
    for (const tool of ['pg_dump', 'psql']) execFileSync(tool, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.runIf(hasTools())('a dump', () => {
  it('restored into a new cluster, whose transactions begin anew, hides nothing, and old cursors are refused', async (context) => {
    const [former, latter] = [await startPostgres(), await startPostgres()]
    if ('unavailable' in former || 'unavailable' in latter) return context.skip('there is no PostgreSQL here')
    await using _former = former
    await using _latter = latter
    await using before = openPostgres(optionsOf(former))
    await using after = openPostgres(optionsOf(latter))
    await migrate(before)
    await using old = await startStage(before)
    const early = new Collector()
    using _early = old.feed.followAll(early)
    await write(before, old.log, 300)
    await expect.poll(() => early.events.length).toBe(300)
    const cursors = [await old.log.currentCursor(), early.events.at(0)?.cursor, early.events.at(-1)?.cursor]
    await restore(latter, await dump(former))
    expect(await migrate(after)).toBe(0)
    expect(await transactionNumber(after)).toBeLessThan(await transactionNumber(before))
    await using stage = await startStage(after)
    for (const cursor of cursors)
      await expect(replayAll(stage.log, cursor ?? '')).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    const start = await stage.log.currentCursor()
    const live = new Collector()
    using _live = stage.feed.followAll(live)
    // goes red without the cluster in the order: the old events' larger numbers would hide the new ones from every reader
    const written = await write(after, stage.log, 10)
    await live.hasExactly(written)
    expect((await replayAll(stage.log, start)).map(({ sessionId }) => sessionId)).toEqual(written)
    expect((await replayAll(stage.log, live.events[4]?.cursor ?? '')).length).toBeGreaterThanOrEqual(5)
  })

  it('put back in place under a running node: ended sessions are cut, others told to reload, and it goes on', async (context) => {
    const server = await startPostgres()
    if ('unavailable' in server) return context.skip(server.unavailable)
    await using _ = server
    const postgres = optionsOf(server)
    await using database = openPostgres(postgres)
    await migrate(database)
    await using app = await startApp({ database, postgres, [Symbol.asyncDispose]: async () => {} })
    const [stays, goes] = [new Browser(app), new Browser(app)]
    await stays.signUp(anyEmail())
    const backup = await dump(server)
    await goes.signUp(anyEmail())
    using staying = await Socket.subscribed(app.url, stays.cookie, REVOKED)
    using going = await Socket.subscribed(app.url, goes.cookie, REVOKED)
    const drop = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public;'
    await restore(server, `BEGIN; ${drop}${backup}\nCOMMIT;`)
    // what wakes it is any event, or the poll: goes red when a table that was put back passes for the one before
    app.clock.advance(5_000)
    for (const socket of [staying, going]) {
      const { payload } = await socket.expect('error')
      expect(payload).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }])
    }
    expect(await going.closed()).toEqual({ code: 4401, reason: 'NOT_SIGNED_IN' })
    expect(await goes.currentSessionId()).toBeNull()
    expect(await stays.currentSessionId()).not.toBeNull()
    staying.subscribe('2', REVOKED)
    await staying.settled()
    await stays.copy().run(RevokeAllSessionsDocument, {})
    expect(await staying.data()).toMatchObject({ sessionRevoked: { reason: 'SIGNED_OUT_EVERYWHERE' } })
    await staying.expect('complete')
    expect(await staying.closed()).toMatchObject({ code: 4401 })
    await stays.run(SignOutDocument, {})
    expect(app.server.house.connections.followers).toBe(0)
  })
})
