import type { Command } from 'commander'
import { done } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** `curfew session revoke` */
export function addSessionRevokeCommand(session: Command, terminal: Terminal): void {
  session
    .command('revoke')
    .summary('end a session at once')
    .description(
      'Ends a session at once, or the one that has replaced it since. Its tabs and sockets are told, and cut off.',
    )
    .argument('<session-id>', 'the id as `curfew session list` or the API shows it, or as it stands in logs')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew session list --user ada@example.com
  curfew session revoke U2Vzc2lvbjowMTk0…`,
    )
    .action(async (id: string, { json }: { json?: true }) => {
      const { withOperations } = await import('./operations.ts')
      const result = await withOperations({ made: false }, async (operations) =>
        done(await operations.perform('revokeSession', { session: id })),
      )
      if (json) return terminal.printJson(result)
      const { user, device } = result.session
      terminal.print(`Ended the session of ${user.email} on ${device.label}.`)
    })
}
