import { afterAll, beforeAll, expect } from 'vitest'
import { sessionEras, sessions, users, verifications } from '../../src/database/tables.ts'
import { startApp, type TestApp } from './app.ts'
import type { TestDatabase } from './databases.ts'

/** The node of a suite, and its database. */
export interface Use {
  readonly app: TestApp
  readonly database: TestDatabase
}

/** Starts one node for all tests of a suite, and ends it behind them. */
export function useApp(open: () => Promise<TestDatabase>, options: Parameters<typeof startApp>[1] = {}): Use {
  const use: { app?: TestApp; database?: TestDatabase } = {}
  beforeAll(async () => {
    use.database = await open()
    use.app = await startApp(use.database, options)
  })
  afterAll(async () => {
    await use.app?.[Symbol.asyncDispose]()
    await use.database?.[Symbol.asyncDispose]()
  })
  // filled before the first test runs
  return use as Use
}

/** Runs the work and fails the test if it changed any session, proof or user, or began an era. */
export async function expectNoChange<T>({ database }: Use, work: () => Promise<T>): Promise<T> {
  const before = await read(database)
  const result = await work()
  expect(await read(database)).toEqual(before)
  return result
}

async function read({ database: { queries } }: TestDatabase): Promise<unknown> {
  return [
    await queries.select().from(sessions).orderBy(sessions.id),
    await queries.select().from(verifications).orderBy(verifications.secretHash),
    await queries.select().from(users).orderBy(users.id),
    await queries.select().from(sessionEras).orderBy(sessionEras.era),
  ]
}
