import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { settingsTable } from '../../src/server/settings-table.ts'

const README = new URL('../../README.md', import.meta.url)
const TABLE = /(<!-- settings -->\n)[\s\S]*(<!-- \/settings -->)/

it('the settings in the README are the ones that the code reads (UPDATE_DOCUMENTS=1 writes them)', async () => {
  const text = await readFile(README, 'utf8')
  const current = text.replace(
    TABLE,
    (_all, begin: string, end: string) => `${begin}\n${settingsTable()}\n\n${end}`,
  )
  if (process.env['UPDATE_DOCUMENTS'] === '1') await writeFile(README, current)
  else expect(text).toBe(current)
  expect(TABLE.test(text)).toBe(true)
})
