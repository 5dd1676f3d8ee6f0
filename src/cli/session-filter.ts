import { type Command, InvalidArgumentError, Option } from 'commander'
import { DEVICE_KINDS, type DeviceKind } from '../devices/device.ts'
import {
  SESSION_END_REASONS,
  SESSION_TRANSPORTS,
  type SessionEndReason,
  type SessionTransport,
} from '../protocol/sessions.ts'
import type { FittingSessions } from '../server/control-operations.ts'

/** What commands about several sessions take to say which ones. */
export interface FilterOptions {
  readonly user?: string
  readonly search?: string
  readonly endReason?: readonly string[]
  readonly createdAfter?: string
  readonly createdBefore?: string
  readonly lastActiveAfter?: string
  readonly lastActiveBefore?: string
  readonly endedAfter?: string
  readonly endedBefore?: string
  readonly network?: string
  readonly country?: string
  readonly device?: Lowercase<DeviceKind>
  readonly browser?: string
  readonly system?: string
  readonly transport?: Lowercase<SessionTransport>
  readonly flagged?: true
}

/** Adds the options that say which sessions a command is about, all of which have to fit. */
export function addFilterOptions(command: Command, { ended }: { ended: boolean }): Command {
  command
    .option('--user <email-or-id>', 'only those of this user')
    .option('--search <prefix>', 'only those of users whose e-mail address begins so')
    .option('--network <network>', 'only those of this network, or of that of this address')
    .option('--country <code>', 'only those of this country, by its two letters')
    .option('--created-after <time>', 'only those that began then or later', readTime)
    .option('--created-before <time>', 'only those that began earlier', readTime)
    .option('--last-active-after <time>', 'only those last used then or later', readTime)
    .option('--last-active-before <time>', 'only those last used earlier', readTime)
  if (ended)
    command
      .option('--ended-after <time>', 'only those that ended then or later', readTime)
      .option('--ended-before <time>', 'only those that ended earlier', readTime)
      .addOption(
        new Option('--end-reason <reason...>', 'only those that ended for one of these').choices(
          SESSION_END_REASONS.map(toOption),
        ),
      )
  return command
    .addOption(
      new Option('--device <kind>', 'only those on such a device').choices(DEVICE_KINDS.map(toOption)),
    )
    .option('--browser <name>', 'only those in this browser or app')
    .option('--system <name>', 'only those on this operating system')
    .addOption(
      new Option('--transport <transport>', 'only those carried so').choices(
        SESSION_TRANSPORTS.map(toOption),
      ),
    )
    .option('--flagged', 'only those in which something was noticed')
}

/** The options as operations take them. */
export function readFilterOptions(options: FilterOptions): FittingSessions {
  const { endReason, device, transport } = options
  const endReasons: readonly SessionEndReason[] = SESSION_END_REASONS.filter((reason) =>
    endReason?.includes(toOption(reason)),
  )
  return {
    user: options.user ?? null,
    search: options.search ?? null,
    endReasons: endReason === undefined ? null : [...endReasons],
    createdAfter: options.createdAfter ?? null,
    createdBefore: options.createdBefore ?? null,
    lastActiveAfter: options.lastActiveAfter ?? null,
    lastActiveBefore: options.lastActiveBefore ?? null,
    endedAfter: options.endedAfter ?? null,
    endedBefore: options.endedBefore ?? null,
    network: options.network ?? null,
    country: options.country ?? null,
    deviceKind: DEVICE_KINDS.find((kind) => toOption(kind) === device) ?? null,
    browser: options.browser ?? null,
    system: options.system ?? null,
    transport: SESSION_TRANSPORTS.find((each) => toOption(each) === transport) ?? null,
    flagged: options.flagged ?? null,
  }
}

/** How a name of the API is written at the command line. */
function toOption(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}

/** Reads a moment: an hour has to come with its zone, or it would be another one on another machine. */
function readTime(text: string): string {
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(time.getTime()))
    return time.toISOString()
  throw new InvalidArgumentError('Give a date, or a time with its zone, such as 2026-11-21T08:00:00Z.')
}
