import type { Command } from 'commander'
import { done } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** `curfew session revoke-all` */
export function addSessionRevokeAllCommand(session: Command, terminal: Terminal): void {
  session
    .command('revoke-all')
    .summary("end everyone's sessions at once")
    .description(
      "Ends everyone's sessions at once, however many there are: all tabs and sockets are told, and cut off. Whoever was signed in has to sign in again.",
    )
    .requiredOption('--reason <text>', 'why, for the log and the record')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew session revoke-all --reason "a backup of the database was stolen"`,
    )
    .action(async ({ reason, json }: { reason: string; json?: true }) => {
      const { withOperations } = await import('./operations.ts')
      const result = await withOperations({ made: false }, async (operations) =>
        done(await operations.perform('revokeEverySession', { reason })),
      )
      if (json) return terminal.printJson(result)
      terminal.print(`Ended everyone's sessions. Those that began before ${result.endedAt} are over.`)
    })
}
