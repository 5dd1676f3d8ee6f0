import type { Command } from 'commander'
import { readConfig } from '../server/config.ts'
import { checkPort } from '../server/listen.ts'
import type { Terminal } from './terminal.ts'

/** `curfew serve` */
export function addServeCommand(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .summary('start the server')
    .description(
      'Starts the server, on an embedded database unless DATABASE_URL names a PostgreSQL. The first start creates an administrator and prints the password, once.',
    )
    .addHelpText(
      'after',
      `
Examples:
  curfew serve
  PORT=8080 CURFEW_DATA_DIR=/var/lib/curfew curfew serve
  DATABASE_URL=postgres://curfew:password@localhost/curfew curfew serve`,
    )
    .action(async () => {
      const config = readConfig(process.env)
      await checkPort(config)
      // loaded now, so that what cannot work is said before all that a server is made of has been read
      const { serve } = await import('./run-server.ts')
      await serve(config, terminal)
    })
}
