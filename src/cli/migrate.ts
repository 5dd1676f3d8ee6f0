import type { Command } from 'commander'
import { done } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** `curfew migrate` */
export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .summary('bring the database to the newest schema')
    .description(
      'Brings the database to the newest schema. `serve` does that too; run it apart where a deployment migrates once, before its nodes start.',
    )
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const { withOperations } = await import('./operations.ts')
      const result = await withOperations({ migrated: false }, async (operations) =>
        done(await operations.perform('migrate', {})),
      )
      if (json) return terminal.printJson(result)
      const { appliedMigrations: count } = result
      terminal.print(
        count === 0
          ? 'The database has the newest schema already.'
          : `Applied ${count} ${count === 1 ? 'migration' : 'migrations'}. The database has the newest schema now.`,
      )
    })
}
