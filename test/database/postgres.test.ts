import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Database, isPostgresError, rowsOf } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { listen, openPostgres } from '../../src/database/postgres.ts'
import { describeEachDatabase, describeOnPostgres, type TestDatabase } from '../kit/databases.ts'

describeEachDatabase('a transaction', (open) => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await open()
    await test.database.queries.execute(sql`CREATE TABLE marks (mark text)`)
  })
  afterAll(() => test[Symbol.asyncDispose]())

  const marks = async () =>
    rowsOf<{ mark: string }>(await test.database.queries.execute(sql`SELECT mark FROM marks`)).map(
      ({ mark }) => mark,
    )

  it('keeps all or nothing, and does what is to be done on commit only then, in order', async () => {
    const done: string[] = []
    const refused = new Error('refused')
    const attempt = test.database.transaction(async (transaction) => {
      transaction.onCommit(() => done.push('never'))
      await transaction.queries.execute(sql`INSERT INTO marks VALUES ('never')`)
      throw refused
    })
    await expect(attempt).rejects.toBe(refused)
    const result = await test.database.transaction(async (transaction) => {
      transaction.onCommit(() => done.push('first'))
      transaction.onCommit(() => done.push('second'))
      await transaction.queries.execute(sql`INSERT INTO marks VALUES ('kept')`)
      expect(done).toEqual([])
      return 42
    })
    expect(result).toBe(42)
    expect(done).toEqual(['first', 'second'])
    expect(await marks()).toEqual(['kept'])
  })

  it('answers only when what was begun on commit is done', async () => {
    const gate = Promise.withResolvers<void>()
    const done: string[] = []
    const running = test.database
      .transaction(async (transaction) => {
        transaction.onCommit(() => gate.promise)
        transaction.onCommit(() => done.push('not held up by the one before'))
        await transaction.queries.execute(sql`INSERT INTO marks VALUES ('visible')`)
      })
      .then(() => done.push('answered'))
    await expect.poll(() => done).toEqual(['not held up by the one before'])
    // it is committed, and nobody waits for its locks meanwhile
    expect(await marks()).toContain('visible')
    expect(done).toHaveLength(1)
    gate.resolve()
    await running
    expect(done).toEqual(['not held up by the one before', 'answered'])
  })

  it('is tried again after a serialisation failure, with its commit tasks begun anew, and not for ever', async () => {
    const done: number[] = []
    let tries = 0
    const conflict = (times: number) =>
      test.database.transaction(async (transaction) => {
        tries += 1
        const mine = tries
        transaction.onCommit(() => done.push(mine))
        if (tries <= times)
          await transaction.queries.execute(
            sql`DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$`,
          )
        return tries
      })
    expect(await conflict(3)).toBe(4)
    expect(done).toEqual([4])
    tries = 0
    await expect(conflict(100)).rejects.toSatisfy((error) => isPostgresError(error, '40001'))
    expect(tries).toBe(5)
  })

  it('is not run again for what fails once it has committed, and all that was to be done then is begun', async () => {
    const failure = Object.assign(new Error('elsewhere'), { code: '40001' })
    const done: string[] = []
    const attempt = test.database.transaction(async (transaction) => {
      transaction.onCommit(() => {
        throw failure
      })
      transaction.onCommit(() => done.push('the next one'))
      await transaction.queries.execute(sql`INSERT INTO marks VALUES ('once')`)
    })
    await expect(attempt).rejects.toBe(failure)
    expect((await marks()).filter((mark) => mark === 'once')).toHaveLength(1)
    expect(done).toEqual(['the next one'])
  })

  it('may be migrated again, and changes nothing then', async () => {
    expect(await migrate(test.database)).toBe(0)
  })
})

describeOnPostgres('a server', (open) => {
  it('resolves deadlocks by trying again: both transactions have their way', async () => {
    await using test = await open()
    const { database } = test
    await database.queries.execute(sql`CREATE TABLE pairs (id int PRIMARY KEY, count int NOT NULL)`)
    await database.queries.execute(sql`INSERT INTO pairs VALUES (1, 0), (2, 0)`)
    const both = Promise.withResolvers<void>()
    let holding = 0
    const raise = (one: number, two: number) =>
      database.transaction(async ({ queries }) => {
        await queries.execute(sql`UPDATE pairs SET count = count + 1 WHERE id = ${one}`)
        holding += 1
        if (holding === 2) both.resolve()
        await both.promise
        await queries.execute(sql`UPDATE pairs SET count = count + 1 WHERE id = ${two}`)
      })
    await Promise.all([raise(1, 2), raise(2, 1)])
    expect(rowsOf(await database.queries.execute(sql`SELECT id, count FROM pairs ORDER BY id`))).toEqual([
      { id: 1, count: 2 },
      { id: 2, count: 2 },
    ])
    // one of the two was tried again; if both are found out at the same moment, both are
    expect(holding).toBeGreaterThanOrEqual(3)
  })

  it('is found where the address names it behind others, to ask and to listen', async () => {
    await using test = await open()
    const url = new URL(test.postgres?.url ?? '')
    url.hostname = `127.0.0.2,127.0.0.3,${url.hostname}`
    const postgres = { url: url.href, poolSize: 1, connectTimeout: 5_000 }
    await using database = openPostgres(postgres)
    await database.ping()
    const heard = Promise.withResolvers<string>()
    await using _ = await listen(postgres, 'behind_others', heard.resolve)
    await database.queries.execute(sql`NOTIFY behind_others, 'told'`)
    expect(await heard.promise).toBe('told')
  })

  it('is migrated by one of many nodes that start together', async () => {
    await using test = await open()
    await test.database.queries.execute(sql`DROP SCHEMA public CASCADE`)
    await test.database.queries.execute(sql`CREATE SCHEMA public`)
    const nodes: Database[] = Array.from({ length: 5 }, () =>
      openPostgres({ url: test.postgres?.url ?? '', poolSize: 1, connectTimeout: 5_000 }),
    )
    const applied = await Promise.all(nodes.map((node) => migrate(node)))
    expect(applied.filter((count) => count > 0)).toHaveLength(1)
    await Promise.all(nodes.map((node) => node.close()))
  })
})
