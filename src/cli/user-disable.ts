import type { Command } from 'commander'
import { done } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** `curfew user disable` */
export function addUserDisableCommand(user: Command, terminal: Terminal): void {
  user
    .command('disable')
    .summary('disable an account and end all of its sessions at once')
    .description(
      'Disables an account: nobody can sign in to it any more, and all of its sessions end at once.',
    )
    .argument('<email-or-id>', 'the e-mail address or the id of the user')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew user disable ada@example.com
  curfew user disable VXNlcjowMTk0…  --json`,
    )
    .action(async (who: string, { json }: { json?: true }) => {
      const { withOperations } = await import('./operations.ts')
      const result = await withOperations({ made: false }, async (operations) =>
        done(await operations.perform('disableUser', { user: who })),
      )
      if (json) return terminal.printJson(result)
      const { revokedCount: count } = result
      const ended =
        count === 0 ? 'It had no live session' : `${count} live ${count === 1 ? 'session' : 'sessions'} ended`
      terminal.print(`Disabled ${result.user.email}. ${ended}.`)
    })
}
