import type { Command } from 'commander'
import type { SigningKeyRecord } from '../server/control-operations.ts'
import { done } from './errors.ts'
import { layOutTable } from './table.ts'
import type { Terminal } from './terminal.ts'

/** `curfew keys list` */
export function addKeysListCommand(keys: Command, terminal: Terminal): void {
  keys
    .command('list')
    .summary('list the keys that sign access tokens')
    .description(
      'Lists the keys that sign access tokens, the oldest first, and which of the master secrets each is kept under.',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew keys list
  curfew keys list --json | jq -r '.keys[] | select(.state == "SIGNING").kid'`,
    )
    .action(async ({ json }: { json?: true }) => {
      const { withOperations } = await import('./operations.ts')
      const result = await withOperations({ made: false }, async (operations) =>
        done(await operations.perform('listKeys', {})),
      )
      if (json) return terminal.printJson(result)
      if (result.keys.length === 0)
        return terminal.print('There is no key yet; the server makes one when it starts.')
      for (const line of describeKeys(result.keys, terminal)) terminal.print(line)
    })
}

/** A table with the id of each key on a line of its own: it is long, and what people come for is the rest. */
export function describeKeys(
  keys: readonly SigningKeyRecord[],
  { columns, colors }: Pick<Terminal, 'columns' | 'colors'>,
): readonly string[] {
  const [titles = '', ...rows] = layOutTable(
    [
      { title: 'STATE' },
      { title: 'ALGORITHM' },
      { title: 'SIGNS FROM' },
      { title: 'EXPIRES' },
      { title: 'SECRET', shrinks: true },
    ],
    keys.map(({ state, algorithm, signsFrom, expiresAt, sealedUnder }) => [
      state.toLowerCase(),
      algorithm,
      briefly(signsFrom),
      expiresAt === null ? '' : briefly(expiresAt),
      (sealedUnder ?? 'UNKNOWN').toLowerCase(),
    ]),
    columns,
  )
  return [
    colors.bold(titles),
    ...rows.flatMap((row, index) => [row, `  ${colors.dim(keys[index]?.kid ?? '')}`]),
  ]
}

/** A moment (RFC 3339) to the minute, in UTC: what the other nodes go by. */
export function briefly(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')}Z`
}
