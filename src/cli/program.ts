import { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { addDoctorCommand } from './doctor.ts'
import { addKeysListCommand } from './keys-list.ts'
import { addKeysRotateCommand } from './keys-rotate.ts'
import { addMigrateCommand } from './migrate.ts'
import { addSchemaCommand } from './schema.ts'
import { addServeCommand } from './serve.ts'
import { addSessionListCommand } from './session-list.ts'
import { addSessionRevokeCommand } from './session-revoke.ts'
import { addSessionRevokeAllCommand } from './session-revoke-all.ts'
import { addSessionRevokeMatchingCommand } from './session-revoke-matching.ts'
import type { Terminal } from './terminal.ts'
import { addUserCreateCommand } from './user-create.ts'
import { addUserDisableCommand } from './user-disable.ts'
import { addUserEnableCommand } from './user-enable.ts'
import { addUserListCommand } from './user-list.ts'

/** The command line: which commands there are. */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command('curfew')
    .description('The session server that really signs people out.')
    .version(manifest.version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('(--help explains it.)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  curfew serve
  curfew user create ops@example.com --admin
  curfew session list --user ada@example.com
  curfew doctor https://auth.example.com

Settings are environment variables, such as PORT, DATABASE_URL and CURFEW_DATA_DIR; the README lists them.
Commands work beside a running server: on its PostgreSQL, or through it where it has the database embedded.`,
    )
  addServeCommand(program, terminal)
  addMigrateCommand(program, terminal)
  addDoctorCommand(program, terminal)
  const user = program
    .command('user')
    .description('create, list, disable and enable accounts')
    .helpCommand(false)
  addUserCreateCommand(user, terminal)
  addUserListCommand(user, terminal)
  addUserDisableCommand(user, terminal)
  addUserEnableCommand(user, terminal)
  const session = program.command('session').description('list and end sessions').helpCommand(false)
  addSessionListCommand(session, terminal)
  addSessionRevokeCommand(session, terminal)
  addSessionRevokeMatchingCommand(session, terminal)
  addSessionRevokeAllCommand(session, terminal)
  const keys = program
    .command('keys')
    .description('list and rotate the keys that sign access tokens')
    .helpCommand(false)
  addKeysListCommand(keys, terminal)
  addKeysRotateCommand(keys, terminal)
  addSchemaCommand(program, terminal)
  return program
}
