import { type Command, Option } from 'commander'
import { systemClock } from '../kernel/clock.ts'
import type { SessionRecord } from '../server/control-operations.ts'
import { LONGEST_LIST } from '../server/operation-refusal.ts'
import { done } from './errors.ts'
import { DEFAULT_LIMIT, readLimit } from './limit.ts'
import { addFilterOptions, type FilterOptions, readFilterOptions } from './session-filter.ts'
import { layOutTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { timeAgo } from './time-ago.ts'

interface Options extends FilterOptions {
  readonly state: 'active' | 'ended' | 'all'
  readonly limit: number
  readonly json?: true
}

const STATES = { active: 'ACTIVE', ended: 'ENDED', all: null } as const

/** `curfew session list` */
export function addSessionListCommand(session: Command, terminal: Terminal): void {
  const command = session
    .command('list')
    .summary('list sessions, newest first')
    .description('Lists sessions, newest first. The line under each one is its id.')
  addFilterOptions(command, { ended: true })
    .addOption(new Option('--state <state>', 'which ones').choices(Object.keys(STATES)).default('active'))
    .option('--limit <n>', `how many at most, up to ${LONGEST_LIST}`, readLimit, DEFAULT_LIMIT)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew session list
  curfew session list --user ada@example.com --state all
  curfew session list --end-reason refresh-token-reused anomaly --ended-after 2026-11-01
  curfew session list --limit 1000 --json | jq -r '.sessions[].id'`,
    )
    .action(async ({ state: given, limit, json, ...options }: Options) => {
      const saysHowEnded = [options.endReason, options.endedAfter, options.endedBefore].some(Boolean)
      // who asks how sessions ended means those that have, unless they say otherwise
      const state = saysHowEnded && command.getOptionValueSource('state') === 'default' ? 'ended' : given
      const { withOperations } = await import('./operations.ts')
      const result = await withOperations({ made: false }, async (operations) =>
        done(
          await operations.perform('listFittingSessions', {
            ...readFilterOptions(options),
            state: STATES[state],
            limit,
          }),
        ),
      )
      if (json) return terminal.printJson(result)
      const { sessions, hasMore } = result
      if (sessions.length === 0) return terminal.print(emptySentence(options, state))
      for (const line of describeSessions(sessions, systemClock.now(), terminal)) terminal.print(line)
      if (hasMore)
        terminal.note(
          `\nThese are the newest ${sessions.length}; --limit ${Math.min(limit * 5, LONGEST_LIST)} shows more.`,
        )
    })
}

/** A table with the id of each session on a line of its own: it is longer than a terminal has room for beside the rest. */
export function describeSessions(
  sessions: readonly SessionRecord[],
  now: Date,
  { columns, colors }: Pick<Terminal, 'columns' | 'colors'>,
): readonly string[] {
  const [titles = '', ...rows] = layOutTable(
    [
      { title: 'USER', shrinks: true },
      { title: 'DEVICE', shrinks: true },
      { title: 'ACTIVE' },
      { title: 'STATE' },
    ],
    sessions.map((session) => [
      session.user.email || '(deleted)',
      session.device.label,
      timeAgo(new Date(session.lastActiveAt), now),
      (session.endReason ?? 'live').toLowerCase().replaceAll('_', ' '),
    ]),
    columns,
  )
  return [
    colors.bold(titles),
    ...rows.flatMap((row, index) => [row, `  ${colors.dim(sessions[index]?.id ?? '')}`]),
  ]
}

function emptySentence({ user, ...others }: FilterOptions, state: Options['state']): string {
  const kind = { active: 'live sessions', ended: 'sessions that have ended', all: 'sessions' }[state]
  const which = Object.keys(others).length === 0 ? kind : `such ${kind}`
  return user === undefined ? `There are no ${which}.` : `${user} has no ${which}.`
}
