import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { generatePassword } from '../server/generated-password.ts'
import { CommandError, done } from './errors.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  readonly admin?: true
  readonly passwordStdin?: true
  readonly json?: true
}

/** `curfew user create` */
export function addUserCreateCommand(user: Command, terminal: Terminal): void {
  user
    .command('create')
    .summary('create an account')
    .description(
      'Creates an account, with a strong generated password that is printed once, or with your own.',
    )
    .argument('<email>', 'the e-mail address to sign in with')
    .option('--admin', 'make it an administrator')
    .option('--password-stdin', 'read the password from standard input instead of generating one')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew user create ada@example.com
  curfew user create ops@example.com --admin
  pass show curfew/ops | curfew user create ops@example.com --admin --password-stdin`,
    )
    .action(async (email: string, { admin, passwordStdin, json }: Options) => {
      const password = passwordStdin ? await readPassword(terminal) : generatePassword()
      const { withOperations } = await import('./operations.ts')
      const { user: created } = await withOperations({}, async (operations) =>
        done(await operations.perform('createUser', { email, password, administrator: admin === true })),
      )
      const generated = passwordStdin ? null : password
      if (json) return terminal.printJson({ user: created, password: generated })
      const { colors } = terminal
      terminal.print(`Created ${created.email}${admin ? ', an administrator' : ''}.`)
      if (generated === null) return
      terminal.print(`\n  Password  ${colors.bold(generated)}\n`)
      terminal.print('It is not shown again: keep it now.')
    })
}

/** What came in, without the end of its last line, as `echo` and password managers write one. */
async function readPassword(terminal: Terminal): Promise<string> {
  if (process.stdin.isTTY) terminal.note('Type the password, press Enter, then Ctrl+D.')
  const password = (await text(process.stdin)).replace(/\r?\n$/, '')
  if (password !== '') return password
  throw new CommandError(
    'password-stdin: nothing came on standard input; pipe the password in, or leave the option out to have one generated.',
  )
}
