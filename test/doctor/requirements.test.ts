import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { examineConfig } from '../../src/doctor/examine.ts'
import { REQUIREMENTS } from '../../src/doctor/requirements.ts'
import { requirementsTable } from '../../src/doctor/requirements-table.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { readConfig } from '../../src/server/config.ts'

const ROOT = new URL('../../', import.meta.url)
const DOCUMENT = new URL('docs/requirements.md', ROOT)
const TABLE = /(<!-- requirements -->\n)[\s\S]*(<!-- \/requirements -->)/

/** As somebody runs it who has set what has to be set, and nothing else. */
const DEFAULTS = {
  NODE_ENV: 'production',
  CURFEW_SECRET: 'dGhpcyBpcyBub3QgYSBzZWNyZXQgYW55d2hlcmUh',
  CURFEW_DATA_DIR: '/var/lib/curfew',
}

it('docs/requirements.md holds the catalogue as it is (UPDATE_DOCUMENTS=1 writes it)', async () => {
  const text = await readFile(DOCUMENT, 'utf8')
  const current = text.replace(
    TABLE,
    (_all, begin: string, end: string) => `${begin}\n${requirementsTable(readConfig(DEFAULTS))}\n\n${end}`,
  )
  if (process.env['UPDATE_DOCUMENTS'] === '1') await writeFile(DOCUMENT, current)
  else expect(text).toBe(current)
  expect(TABLE.test(text)).toBe(true)
})

describe('every test that a requirement names', () => {
  const proofs = new Map(
    REQUIREMENTS.flatMap(({ proofs: each }) => each).map((proof) => [`${proof.file}: ${proof.test}`, proof]),
  )
  it.each([...proofs])('is there: %s', async (_, { file, test }) => {
    expect(existsSync(new URL(file, ROOT))).toBe(true)
    const titles = titlesIn(await readFile(new URL(file, ROOT), 'utf8'))
    expect(titles).toContain(test)
  })

  it('is looked for by the whole title, of a test that is run', () => {
    const source = `it('is run', f)\n  it.each([1])('is run (%s)', f)\nit.skip('is not', f)\nit.runIf(x)("it's run", f)\n// it('was run')`
    expect(titlesIn(source)).toEqual(['is run', 'is run (%s)', "it's run"])
  })
})

describe('the catalogue', () => {
  it('has every requirement of chapter V7, in order', () => {
    const chapter = REQUIREMENTS.map(({ id }) => id).filter((id) => id.startsWith('ASVS 7.'))
    expect(chapter).toEqual(
      ['1.1', '1.2', '1.3', '2.1', '2.2', '2.3', '2.4', '3.1', '3.2', '4.1', '4.2', '4.3', '4.4', '4.5']
        .concat(['5.1', '5.2', '5.3', '6.1', '6.2'])
        .map((number) => `ASVS 7.${number}`),
    )
  })

  it('has each once, and a test for each but those that nothing of ours decides', () => {
    const ids = REQUIREMENTS.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)])
    const states = new Map(examineConfig(readConfig(DEFAULTS)).map(({ id, state }) => [id, state]))
    const bare = REQUIREMENTS.filter(({ proofs }) => proofs.length === 0).map(({ id }) => id)
    expect(bare.map((id) => states.get(id))).toEqual(bare.map(() => 'operator'))
  })

  it('knows whether administrators can end everyone’s sessions at once (7.4.5)', () => {
    const offered = Object.keys(buildSchema().getMutationType()?.getFields() ?? {}).includes(
      'revokeEverySession',
    )
    const requirement = REQUIREMENTS.find(({ id }) => id === 'ASVS 7.4.5')
    expect(requirement?.does.includes('revokeEverySession')).toBe(offered)
  })
})

/** The titles of tests in a source: the first text behind `it(`, or behind the arguments of what makes several or some. */
function titlesIn(source: string): readonly string[] {
  const lines = source.split('\n').filter((line) => !line.trimStart().startsWith('//'))
  const start = /^\s*it(?:\.(?:each|runIf)\b[\s\S]*?\))?\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/gm
  return [...lines.join('\n').matchAll(start)].map(([, , title = '']) => title.replace(/\\(['"`\\])/g, '$1'))
}
