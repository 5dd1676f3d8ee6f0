import { describe, expect, it } from 'vitest'
import {
  type Habit,
  importingHasNoEffect,
  onlyComposersBuildOtherRooms,
  onlyConfigReadsTheEnvironment,
  onlyTheClockReadsTime,
  reexportsAreNamed,
} from './habits.ts'
import { sessionsAreAskedForTheirEra } from './session-writes.ts'
import { describeFindings, parseSource, readSources } from './source.ts'

const habits: Record<string, Habit> = {
  'only the clock reads the time or sets a timer': onlyTheClockReadsTime,
  'only the configuration and the command line read the environment': onlyConfigReadsTheEnvironment,
  'only the composer builds the parts of other rooms': onlyComposersBuildOtherRooms,
  'importing a file has no effect': importingHasNoEffect,
  're-exports are named': reexportsAreNamed,
  'whoever asks whether a session goes on asks for its era': sessionsAreAskedForTheirEra,
}

describe('the house', () => {
  const sources = readSources()

  it('is read whole', () => {
    expect(sources.length).toBeGreaterThan(0)
  })

  it.each(Object.entries(habits))('%s', (_, habit) => {
    expect(describeFindings(sources.flatMap(habit))).toEqual([])
  })
})

describe('the clock', () => {
  it.each([
    'Date.now()',
    'new Date()',
    'new Date',
    'Date()',
    'globalThis.Date.now()',
    'performance.now()',
    'process.hrtime.bigint()',
    'setTimeout(f, 1)',
    'globalThis.setInterval(f, 1)',
    'promisify(setTimeout)',
    "import { setTimeout as wait } from 'node:timers/promises'",
  ])('is gone around by %s', (text) => {
    expect(read(onlyTheClockReadsTime, `// é\nexport {}\n${text}`)).toMatchObject([{ line: 3 }])
    expect(read(onlyTheClockReadsTime, text, 'src/kernel/clock.ts')).toEqual([])
  })

  it.each([
    'new Date(now)',
    'clock.setTimeout(f, 1)',
    'clock.now()',
    'interface Clock { setTimeout(): void; at: Date }',
    'let timer: ReturnType<typeof setTimeout>',
    'Date.parse(text)',
  ])('is respected by %s', (text) => {
    expect(read(onlyTheClockReadsTime, text)).toEqual([])
  })
})

describe('the environment', () => {
  it.each([
    'process.env',
    "process.env['HOME']",
    'globalThis.process.env.HOME',
    'const { env } = process',
    "import { env as vars } from 'node:process'",
  ])('is read by %s', (text) => {
    expect(read(onlyConfigReadsTheEnvironment, text)).toHaveLength(1)
    expect(read(onlyConfigReadsTheEnvironment, text, 'src/cli/serve.ts')).toEqual([])
    expect(read(onlyConfigReadsTheEnvironment, text, 'src/server/config.ts')).toEqual([])
  })

  it('is not read by whoever is given one', () => {
    expect(
      read(onlyConfigReadsTheEnvironment, 'export const read = (env) => env.HOME; process.exitCode = 1'),
    ).toEqual([])
  })
})

describe('another room', () => {
  it.each([
    "import { Sessions as S } from '../sessions/sessions.ts'; export const f = () => new S()",
    "import * as sessions from '../sessions/sessions.ts'; export const f = () => new sessions.Sessions()",
  ])('is built by %s', (text) => {
    expect(read(onlyComposersBuildOtherRooms, text)).toHaveLength(1)
    expect(read(onlyComposersBuildOtherRooms, text, 'src/server/compose.ts')).toEqual([])
  })

  it.each([
    "import { startSession } from '../sessions/sessions.ts'; export const f = () => startSession()",
    "import { Cache } from './cache.ts'; export const f = () => new Cache()",
    "import { Fault } from '../kernel/fault.ts'; export const f = () => new Fault()",
    "import { WebSocketServer } from 'ws'; export const f = () => new WebSocketServer()",
    "import { NotFound } from '../sessions/errors.ts'; export const f = () => new NotFound()",
  ])('is not built by %s', (text) => {
    expect(read(onlyComposersBuildOtherRooms, text)).toEqual([])
  })
})

describe('an import', () => {
  it.each(['start()', 'await start()', 'const a = await start()', 'if (a) start()'])(
    'has an effect: %s',
    (text) => {
      expect(read(importingHasNoEffect, text)).toHaveLength(1)
      expect(read(importingHasNoEffect, text, 'src/cli/main.ts')).toEqual([])
    },
  )

  it('has none where a file only defines', () => {
    expect(
      read(
        importingHasNoEffect,
        'export const a = async () => await start()\nexport class B { async c() { await start() } }',
      ),
    ).toEqual([])
  })

  it('is named where it is passed on', () => {
    expect(read(reexportsAreNamed, "export * from './a.ts'")).toHaveLength(1)
    expect(read(reexportsAreNamed, "export { a } from './a.ts'")).toEqual([])
  })
})

describe('the era of a session', () => {
  it.each([
    'and(eq(sessions.id, id), isNull(sessions.endedAt))',
    'isNotNull(sessions.endedAt)',
    'isNull(sessions.endReason)',
    'sql`SELECT id FROM sessions WHERE ended_at IS NULL`',
    'sql`UPDATE sessions SET last_active_at = now() WHERE id = 1`',
    'queries.update(sessions).set({ lastActiveAt }).where(eq(sessions.id, id)).returning(columns)',
    'queries.update(sessions).set({ lastActiveAt })',
    'queries.update(sessions).set({ lastActiveAt }).where(and(eq(sessions.id, id), rowIsOpen()))',
    'hasNotEnded(); queries.update(sessions).set({ endedAt }).from(users).where(eq(users.id, sessions.userId))',
  ])('is forgotten by %s', (text) => {
    expect(read(sessionsAreAskedForTheirEra, text)).toHaveLength(1)
    expect(read(sessionsAreAskedForTheirEra, text, 'src/sessions/eras.ts')).toEqual([])
  })

  it.each([
    'queries.update(sessions).set({ lastActiveAt }).where(and(eq(sessions.id, id), hasNotEnded())).returning(columns)',
    'queries.update(sessions).set({ endedAt }).from(users).where(and(isOfPastEra(), eq(users.id, id)))',
    'queries.update(users).set({ disabledAt }).where(isNull(users.disabledAt))',
    'queries.select(columns).from(sessions).where(hasNotEnded())',
  ])('is asked for by %s', (text) => {
    expect(read(sessionsAreAskedForTheirEra, text)).toEqual([])
  })

  it('has been asked for where a row is written that is held', () => {
    const text = 'queries.update(sessions).set({ era }).where(rowIsOpen())'
    expect(read(sessionsAreAskedForTheirEra, text, 'src/sessions/endings.ts')).toEqual([])
  })
})

function read(habit: Habit, text: string, path = 'src/users/users.ts') {
  return habit(parseSource(path, text))
}
