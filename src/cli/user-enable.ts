import type { Command } from 'commander'
import { done } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** `curfew user enable` */
export function addUserEnableCommand(user: Command, terminal: Terminal): void {
  user
    .command('enable')
    .summary('let a disabled account sign in again')
    .description('Lets a disabled account sign in again. Its sessions stay ended.')
    .argument('<email-or-id>', 'the e-mail address or the id of the user')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew user enable ada@example.com
  curfew user enable VXNlcjowMTk0…  --json`,
    )
    .action(async (who: string, { json }: { json?: true }) => {
      const { withOperations } = await import('./operations.ts')
      const result = await withOperations({ made: false }, async (operations) =>
        done(await operations.perform('enableUser', { user: who })),
      )
      if (json) return terminal.printJson(result)
      terminal.print(`Enabled ${result.user.email}.`)
    })
}
