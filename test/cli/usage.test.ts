import { join } from 'node:path'
import { expect, it } from 'vitest'
import { layOutTable } from '../../src/cli/table.ts'
import { timeAgo } from '../../src/cli/time-ago.ts'
import { curfew, temporaryFolder } from './curfew.ts'

it('explains itself and each command, with examples, in 80 columns', async () => {
  for (const args of [
    [],
    ['serve'],
    ['user', 'create'],
    ['user', 'disable'],
    ['session', 'list'],
    ['session', 'revoke-matching'],
    ['session', 'revoke-all'],
    ['keys', 'list'],
    ['keys', 'rotate'],
    ['doctor'],
    ['schema'],
  ]) {
    const { code, stdout } = await curfew([...args, '--help'], {})
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: ${['curfew', ...args].join(' ')}`)
    expect(stdout).toContain('Examples:')
    if (args[0] === 'doctor')
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  }
})

it('suggests what was meant, and exits with 2 for what is not a command', async () => {
  for (const [args, suggestion] of [
    [['serv'], 'Did you mean serve?'],
    [['session', 'lst'], 'Did you mean list?'],
    [['session', 'list', '--jsn'], 'Did you mean --json?'],
    [['session', 'list', '--limit', '0'], 'Give a whole number from 1 to 1000.'],
    [['session', 'list', '--state', 'live'], 'Allowed choices are active, ended, all.'],
    [['session', 'revoke-all'], "required option '--reason <text>' not specified"],
    [
      ['session', 'revoke-matching', '--reason', 'x', '--created-after', 'now'],
      'Give a date, or a time with',
    ],
    [['session', 'revoke'], "missing required argument 'session-id'"],
  ] as const) {
    const { code, stdout, stderr } = await curfew(args, {})
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(suggestion)
  }
})

it('prints the schema that it serves', async () => {
  const { code, stdout } = await curfew(['schema'], {})
  expect(code).toBe(0)
  expect(stdout).toContain('type Subscription {')
  const { stdout: json } = await curfew(['schema', '--json'], {})
  expect(JSON.parse(json)).toMatchObject({ __schema: { mutationType: { name: 'Mutation' } } })
})

it('makes no data folder in order to read one', async () => {
  await using folder = await temporaryFolder()
  const missing = join(folder.path, 'nothing')
  const { code, stderr } = await curfew(['session', 'list'], { CURFEW_DATA_DIR: missing })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^CURFEW_DATA_DIR: there is no data in .*; start the server there first, or set .*\n$/,
  )
})

it('colours nothing that is not a terminal', async () => {
  const { stdout } = await curfew(['--help'], {})
  expect(stdout).not.toContain('\u001b')
})

it('aligns columns, and cuts the longest that may shrink when the line is too long', () => {
  const columns = [{ title: 'USER', shrinks: true }, { title: 'STATE' }]
  expect(
    layOutTable(
      columns,
      [
        ['ada', 'live'],
        ['grace', 'ended'],
      ],
      80,
    ),
  ).toEqual(['USER   STATE', 'ada    live', 'grace  ended'])
  expect(layOutTable(columns, [['somebody@example.com', 'live']], 20)).toEqual([
    'USER           STATE',
    'somebody@exa…  live',
  ])
})

it('says how long ago something was', () => {
  const now = new Date('2026-01-10T12:00:00Z')
  expect(timeAgo(new Date('2026-01-10T11:59:01Z'), now)).toBe('just now')
  expect(timeAgo(new Date('2026-01-10T11:59:00Z'), now)).toBe('1 min ago')
  expect(timeAgo(new Date('2026-01-10T10:00:01Z'), now)).toBe('1 h ago')
  expect(timeAgo(new Date('2026-01-01T12:00:00Z'), now)).toBe('9 d ago')
})
