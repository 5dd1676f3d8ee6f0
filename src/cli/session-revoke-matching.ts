import { type Command, InvalidArgumentError, Option } from 'commander'
import { DEVICE_KINDS, type DeviceKind } from '../devices/device.ts'
import { SESSION_TRANSPORTS, type SessionTransport } from '../protocol/sessions.ts'
import { done } from './errors.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  readonly user?: string
  readonly network?: string
  readonly createdAfter?: string
  readonly createdBefore?: string
  readonly lastActiveAfter?: string
  readonly lastActiveBefore?: string
  readonly device?: Lowercase<DeviceKind>
  readonly transport?: Lowercase<SessionTransport>
  readonly reason: string
  readonly json?: true
}

/** `curfew session revoke-matching` */
export function addSessionRevokeMatchingCommand(session: Command, terminal: Terminal): void {
  session
    .command('revoke-matching')
    .summary('end the live sessions of anyone that fit')
    .description(
      'Ends the live sessions of anyone that fit everything that is given, a thousand at a time until there are none. It may be stopped and started again.',
    )
    .option('--user <email-or-id>', 'only those of this user')
    .option('--network <network>', 'only those of this network, or of that of this address')
    .option('--created-after <time>', 'only those that began then or later', readTime)
    .option('--created-before <time>', 'only those that began earlier', readTime)
    .option('--last-active-after <time>', 'only those last used then or later', readTime)
    .option('--last-active-before <time>', 'only those last used earlier', readTime)
    .addOption(new Option('--device <kind>', 'only those on such a device').choices(lower(DEVICE_KINDS)))
    .addOption(
      new Option('--transport <transport>', 'only those carried so').choices(lower(SESSION_TRANSPORTS)),
    )
    .requiredOption('--reason <text>', 'why, for the log')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew session revoke-matching --network 203.0.113.0/24 --reason "sign-ins by a stolen list"
  curfew session revoke-matching --created-before 2026-11-01T00:00:00Z --transport token --reason "old app"`,
    )
    .action(async (options: Options) => {
      const { withOperations } = await import('./operations.ts')
      const filter = {
        user: options.user ?? null,
        network: options.network ?? null,
        createdAfter: options.createdAfter ?? null,
        createdBefore: options.createdBefore ?? null,
        lastActiveAfter: options.lastActiveAfter ?? null,
        lastActiveBefore: options.lastActiveBefore ?? null,
        deviceKind: DEVICE_KINDS.find((kind) => kind.toLowerCase() === options.device) ?? null,
        transport:
          SESSION_TRANSPORTS.find((transport) => transport.toLowerCase() === options.transport) ?? null,
        reason: options.reason,
      }
      const revokedCount = await withOperations({ made: false }, async (operations) => {
        for (let total = 0; ; ) {
          const batch = done(await operations.perform('revokeSessions', filter))
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

/** Reads a moment: an hour has to come with its zone, or it would be another one on another machine. */
function readTime(text: string): string {
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(time.getTime()))
    return time.toISOString()
  throw new InvalidArgumentError('Give a date, or a time with its zone, such as 2026-11-21T08:00:00Z.')
}

function lower(names: readonly string[]): readonly string[] {
  return names.map((name) => name.toLowerCase())
}
