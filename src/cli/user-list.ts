import type { Command } from 'commander'
import { systemClock } from '../kernel/clock.ts'
import type { UserRecord } from '../server/control-operations.ts'
import { LONGEST_LIST } from '../server/operation-refusal.ts'
import { done } from './errors.ts'
import { DEFAULT_LIMIT, readLimit } from './limit.ts'
import { layOutTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { timeAgo } from './time-ago.ts'

interface Options {
  readonly search?: string
  readonly limit: number
  readonly json?: true
}

/** `curfew user list` */
export function addUserListCommand(user: Command, terminal: Terminal): void {
  user
    .command('list')
    .summary('list accounts, newest first')
    .description('Lists accounts, newest first. The line under each one is its id.')
    .option('--search <prefix>', 'only those whose e-mail address begins so')
    .option('--limit <n>', `how many at most, up to ${LONGEST_LIST}`, readLimit, DEFAULT_LIMIT)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew user list
  curfew user list --search ada
  curfew user list --limit 1000 --json | jq -r '.users[] | select(.disabledAt) | .email'`,
    )
    .action(async ({ search, limit, json }: Options) => {
      const { withOperations } = await import('./operations.ts')
      const result = await withOperations({ made: false }, async (operations) =>
        done(await operations.perform('listUsers', { search: search ?? null, limit })),
      )
      if (json) return terminal.printJson(result)
      const { users, hasMore } = result
      if (users.length === 0)
        return terminal.print(
          search === undefined ? 'There are no accounts.' : `No address begins with "${search}".`,
        )
      for (const line of describeUsers(users, systemClock.now(), terminal)) terminal.print(line)
      if (hasMore)
        terminal.note(
          `\nThese are the newest ${users.length}; --limit ${Math.min(limit * 5, LONGEST_LIST)} shows more.`,
        )
    })
}

/** A table with the id of each user on a line of its own: it is longer than a terminal has room for beside the rest. */
function describeUsers(
  users: readonly UserRecord[],
  now: Date,
  { columns, colors }: Pick<Terminal, 'columns' | 'colors'>,
): readonly string[] {
  const [titles = '', ...rows] = layOutTable(
    [{ title: 'USER', shrinks: true }, { title: 'ROLE' }, { title: 'CREATED' }, { title: 'STATE' }],
    users.map((user) => [
      user.email,
      user.roles.join(', ').toLowerCase() || '–',
      timeAgo(new Date(user.createdAt), now),
      user.disabledAt === null ? 'enabled' : 'disabled',
    ]),
    columns,
  )
  return [
    colors.bold(titles),
    ...rows.flatMap((row, index) => [row, `  ${colors.dim(users[index]?.id ?? '')}`]),
  ]
}
