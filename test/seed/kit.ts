import type { Database } from '../../src/database/database.ts'
import { type Seed, seedDatabase } from '../../src/seed/seed.ts'
import { readConfig } from '../../src/server/config.ts'

/** Fills a database with a few made-up people, whom nobody can sign in as. */
export function seedFew(database: Database, now: Date, seed: Partial<Seed> = {}): Promise<void> {
  return seedDatabase(database, {
    users: 40,
    sessions: 600,
    days: 60,
    seed: 1,
    now,
    policy: readConfig({ NODE_ENV: 'test' }).sessions,
    placeRetention: 30 * 86_400_000, // ms
    passwordHash: 'nobody’s',
    onProgress: () => {},
    ...seed,
  })
}
