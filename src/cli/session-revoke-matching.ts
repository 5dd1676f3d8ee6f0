import type { Command } from 'commander'
import { done } from './errors.ts'
import { addFilterOptions, type FilterOptions, readFilterOptions } from './session-filter.ts'
import type { Terminal } from './terminal.ts'

interface Options extends FilterOptions {
  readonly reason: string
  readonly json?: true
}

/** `curfew session revoke-matching` */
export function addSessionRevokeMatchingCommand(session: Command, terminal: Terminal): void {
  const command = session
    .command('revoke-matching')
    .summary('end the live sessions of anyone that fit')
    .description(
      'Ends the live sessions of anyone that fit everything that is given, a thousand at a time until there are none. It may be stopped and started again.',
    )
  addFilterOptions(command, { ended: false })
    .requiredOption('--reason <text>', 'why, for the log')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew session revoke-matching --network 203.0.113.0/24 --reason "sign-ins by a stolen list"
  curfew session revoke-matching --country DE --device phone --reason "stolen phones"
  curfew session revoke-matching --created-before 2026-11-01T00:00:00Z --transport token --reason "old app"`,
    )
    .action(async (options: Options) => {
      const { withOperations } = await import('./operations.ts')
      const input = { ...readFilterOptions(options), reason: options.reason }
      const revokedCount = await withOperations({ made: false }, async (operations) => {
        for (let total = 0; ; ) {
          const batch = done(await operations.perform('revokeFittingSessions', input))
          total += batch.revokedCount
          if (!batch.hasMore) return total
          terminal.progress(`${total} sessions ended so far …`)
        }
      })
      terminal.progress(null)
      if (options.json) return terminal.printJson({ revokedCount })
      terminal.print(
        revokedCount === 1
          ? 'Ended 1 session.'
          : `Ended ${revokedCount === 0 ? 'no' : revokedCount} sessions.`,
      )
    })
}
