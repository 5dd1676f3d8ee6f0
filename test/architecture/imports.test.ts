import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  dependenciesAreDeclared,
  driversStayBehindTheirFile,
  filesStandInPlannedRooms,
  type ImportRule,
  importsHaveNoCycle,
  importsLeadSomewhere,
  onlyDoorsHaveAnIndex,
  roomsImportDownwards,
} from './imports.ts'
import { describeFindings, importsOf, parseSource, readSources, root } from './source.ts'

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
const onlyDeclaredDependencies = dependenciesAreDeclared({
  dependencies: Object.keys(manifest.dependencies),
  devDependencies: Object.keys(manifest.devDependencies),
})

const rules: Record<string, ImportRule> = {
  'rooms import only lower rooms': roomsImportDownwards,
  'every file stands in a planned room': filesStandInPlannedRooms,
  'an index.ts stands only at a public door': onlyDoorsHaveAnIndex,
  'no imports go round in a circle': importsHaveNoCycle,
  'a driver is imported only by its own file': driversStayBehindTheirFile,
  'every import leads somewhere': importsLeadSomewhere,
  'every package is declared': onlyDeclaredDependencies,
}

describe('the house', () => {
  const sources = readSources()

  it('is read whole, with its imports', () => {
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(0)
  })

  it.each(Object.entries(rules))('%s', (_, rule) => {
    expect(describeFindings(rule(sources))).toEqual([])
  })
})

describe('an import', () => {
  it.each([
    "import { b } from '../graphql/b.ts'",
    "import '../graphql/b.ts'",
    "import type { B } from '../graphql/b.ts'",
    "import { type B } from '../graphql/b.ts'",
    "export type { B } from '../graphql/b.ts'",
    "export * from '../graphql/b.ts'",
    "const f = async () => { if (a) return [(await import('../graphql/b.ts')).b] }",
    "class A { async a() { await using b = await import('../graphql/b.ts') } }",
    "interface A { b?: Promise<import('../graphql/b.ts').B> }",
    "type A = typeof import('../graphql/b.ts')",
  ])('of a higher room is found in: %s', (text) => {
    expect(read(roomsImportDownwards, { 'src/users/a.ts': `\n${text}`, 'src/graphql/b.ts': '' })).toEqual([
      expect.stringMatching(
        /^src\/users\/a.ts:2 imports src\/graphql\/b.ts, but users\/ may import only users\//,
      ),
    ])
  })

  it.each([
    ['src/protocol/a.ts', '../kernel/b.ts'],
    ['src/users/a.ts', '../sessions/b.ts'],
    ['src/database/a.ts', '../users/b.ts'],
    ['src/demo/a.ts', '../database/b.ts'],
    ['src/client/a.ts', '../kernel/b.ts'],
    ['src/server/a.ts', '../demo/b.ts'],
    ['src/server/a.ts', '../cli/b.ts'],
    ['src/a.ts', './users/b.ts'],
  ])('in %s of %s is refused', (path, module) => {
    expect(read(roomsImportDownwards, { [path]: `import type { B } from '${module}'` })).toHaveLength(1)
  })

  it.each([
    ['src/kernel/a.ts', '../protocol/b.ts'],
    ['src/sessions/a.ts', '../users/b.ts'],
    ['src/accounts/a.ts', './b.ts'],
    ['src/server/a.ts', '../graphql/b.ts'],
    ['src/web/a.ts', '../client/b.ts'],
  ])('in %s of %s is fine', (path, module) => {
    expect(read(roomsImportDownwards, { [path]: `import { b } from '${module}'` })).toEqual([])
  })

  it('that leads nowhere is found', () => {
    expect(read(importsLeadSomewhere, { 'src/users/a.ts': "import './b.ts'" })).toHaveLength(1)
    expect(
      read(importsLeadSomewhere, { 'src/users/a.ts': "import './b'", 'src/users/b.ts': '' }),
    ).toHaveLength(1)
    expect(read(importsLeadSomewhere, { 'src/users/a.ts': "import '../../test/kit/b.ts'" })).toHaveLength(1)
    expect(read(importsLeadSomewhere, { 'src/users/a.ts': 'await import(name)' })).toEqual([])
  })
})

describe('a cycle', () => {
  it('of types alone is found, once', () => {
    const files = {
      'src/users/a.ts': "import type { C } from './c.ts'",
      'src/users/b.ts': "import { type A } from './a.ts'",
      'src/users/c.ts': "interface C { b: import('./b.ts').B }",
      'src/users/d.ts': "import './a.ts'",
    }
    expect(read(importsHaveNoCycle, files)).toEqual([
      'src/users/a.ts:1 imports itself: src/users/a.ts → src/users/c.ts → src/users/b.ts → src/users/a.ts',
    ])
  })

  it('is not two ways to the same file', () => {
    const files = {
      'src/users/a.ts': "import './b.ts'; import './c.ts'",
      'src/users/b.ts': "import './c.ts'",
      'src/users/c.ts': '',
    }
    expect(read(importsHaveNoCycle, files)).toEqual([])
  })
})

describe('a driver', () => {
  it.each([
    ['src/sessions/sessions.ts', 'postgres'],
    ['src/database/postgres.ts', '@electric-sql/pglite'],
    ['src/database/tables.ts', 'drizzle-orm/postgres-js'],
    ['src/graphql/session.ts', 'drizzle-orm'],
    ['src/server/http.ts', 'ws'],
    ['src/sessions/sessions.ts', 'graphql-yoga'],
    ['src/credentials/password.ts', '@node-rs/argon2'],
  ])('is not for %s: %s', (path, driver) => {
    expect(read(driversStayBehindTheirFile, { [path]: `import type { A } from '${driver}'` })).toHaveLength(1)
  })

  it.each([
    ['src/database/postgres.ts', 'postgres'],
    ['src/revocations/bus/postgres.ts', 'postgres'],
    ['src/database/migrate.ts', 'drizzle-orm/postgres-js/migrator'],
    ['src/database/tables.ts', 'drizzle-orm/pg-core'],
    ['src/sessions/queries.ts', 'drizzle-orm'],
    ['src/credentials/argon2.ts', '@node-rs/argon2'],
    ['src/server/websocket.ts', 'ws'],
  ])('is for %s: %s', (path, driver) => {
    expect(read(driversStayBehindTheirFile, { [path]: `import { a } from '${driver}'` })).toEqual([])
  })
})

describe('a file', () => {
  it('is refused in a room without a place on the plan, and beside the rooms', () => {
    expect(
      read(filesStandInPlannedRooms, { 'src/utils/a.ts': '', 'src/a.ts': '', 'src/users/a.ts': '' }),
    ).toHaveLength(2)
  })

  it('is refused as an index, unless at a public door', () => {
    expect(read(onlyDoorsHaveAnIndex, { 'src/users/index.ts': '', 'src/client/index.ts': '' })).toHaveLength(
      1,
    )
  })

  it('may import what package.json declares, and of development dependencies only types', () => {
    const text = [
      "import { a } from 'zod'",
      "import type { b } from 'vitest'",
      "import { c } from 'vitest'",
      "import type { d } from '@undeclared/d/e'",
    ].join('\n')
    expect(read(onlyDeclaredDependencies, { 'src/users/a.ts': text })).toEqual([
      'src/users/a.ts:3 imports vitest, which is a development dependency',
      "src/users/a.ts:4 imports @undeclared/d, which package.json doesn't have",
    ])
  })
})

function read(rule: ImportRule, files: Record<string, string>): string[] {
  return describeFindings(rule(Object.entries(files).map(([path, text]) => parseSource(path, text))))
}
