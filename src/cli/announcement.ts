import manifest from '../../package.json' with { type: 'json' }
import { formatDuration } from '../kernel/duration.ts'
import type { Config } from '../server/config.ts'
import type { FirstAdministrator } from '../server/first-start.ts'
import type { Terminal } from './terminal.ts'

type Colors = Terminal['colors']
type Served = Pick<
  Config,
  'graphiql' | 'postgres' | 'dataDir' | 'production' | 'bus' | 'sessionCache' | 'redis'
>

/** Where everything is, for a person at a terminal. */
export function describeServer(
  url: string,
  config: Served,
  { colors, took }: { colors: Colors; took: number },
): string {
  const seconds = `${(took / 1_000).toFixed(1)} s`
  const rows: [string, string, string][] = [
    ['Account', `${url}/`, 'sign in, and see where you are signed in'],
    ['Admin', `${url}/admin`, 'for administrators'],
    ['API', `${url}/graphql`, 'HTTP, WebSocket, server-sent events'],
    ...(config.graphiql
      ? [['GraphiQL', `${url}/graphql`, 'in a browser; development only'] as [string, string, string]]
      : []),
    ['Health', `${url}/healthz`, 'and /readyz'],
  ]
  const width = Math.max(...rows.map(([, place]) => place.length))
  const lines = rows.map(
    ([name, place, remark]) =>
      `  ${colors.dim(name.padEnd(9))} ${colors.cyan(place.padEnd(width))}  ${colors.dim(remark)}`,
  )
  return [
    '',
    `  ${colors.bold(colors.green(`Curfew ${manifest.version}`))} ${colors.dim(`is ready, after ${seconds}`)}`,
    '',
    ...lines,
    `  ${colors.dim('Database'.padEnd(9))} ${describeDatabase(config)}`,
    ...(config.postgres
      ? [
          `  ${colors.dim('Nodes'.padEnd(9))} are woken by ${describeBus(config)}`,
          `  ${colors.dim('Sessions'.padEnd(9))} ${describeCache(config)}`,
        ]
      : []),
    '',
    `  ${colors.dim('Press Ctrl+C to stop.')}`,
    '',
  ].join('\n')
}

/** The same for a pipe or a file, in one line. */
export function describeServerBriefly(url: string, config: Served): string {
  return [
    `Curfew ${manifest.version} is ready: API ${url}/graphql`,
    `account page ${url}/`,
    `administration ${url}/admin`,
    ...(config.graphiql ? [`GraphiQL ${url}/graphql`] : []),
    `health ${url}/healthz`,
    `database ${describeDatabase(config)}`,
    ...(config.postgres
      ? [`nodes woken by ${describeBus(config)}`, `sessions ${describeCache(config)}`]
      : []),
  ].join(', ')
}

/** The administrator of the first start: the only time that the password can be seen. */
export function describeAdministrator(
  { email, password }: FirstAdministrator,
  { isTerminal, colors }: Pick<Terminal, 'isTerminal' | 'colors'>,
): string {
  const once = 'This password is not shown again: keep it now.'
  if (!isTerminal) return `Administrator created: e-mail ${email}, password ${password}. ${once}`
  const rows = [
    ['E-mail', email],
    ['Password', password],
  ] as const
  const width = Math.max(once.length, ...rows.map(([, value]) => value.length + 10))
  const line = (text: string, shown: string) =>
    `  ${colors.yellow('│')} ${shown}${' '.repeat(width - text.length)} ${colors.yellow('│')}`
  const title = ' Administrator '
  return [
    '',
    `  ${colors.yellow(`┌─${title}${'─'.repeat(width + 1 - title.length)}┐`)}`,
    ...rows.map(([name, value]) =>
      line(`${name.padEnd(9)} ${value}`, `${colors.dim(name.padEnd(9))} ${colors.bold(value)}`),
    ),
    line('', ''),
    line(once, once),
    `  ${colors.yellow(`└${'─'.repeat(width + 2)}┘`)}`,
  ].join('\n')
}

/** What to do where a generated password would end up in a log. */
export const NO_ADMINISTRATOR =
  'There is no administrator yet, and a password must not go into a log: run `bin/curfew user create <email> --admin` at a terminal.'

function describeDatabase({ postgres, dataDir }: Served): string {
  if (!postgres) return `embedded, in ${dataDir}`
  const { hostname, port, pathname } = new URL(postgres.url)
  return `PostgreSQL, ${pathname.slice(1) || 'default'} at ${hostname || 'localhost'}:${port || 5432}`
}

function describeBus({ bus: { kind, natsUrl }, redis }: Served): string {
  if (kind === 'nats' && natsUrl !== null) return `NATS at ${placeOf(natsUrl)}`
  if (kind === 'redis' && redis) return `Redis at ${placeOf(redis.url)}`
  return 'PostgreSQL'
}

function describeCache({ sessionCache: { kind, lease }, redis }: Served): string {
  if (kind === 'redis' && redis) return `cached in Redis at ${placeOf(redis.url)}`
  if (kind === 'memory') return `cached in memory, believed for ${formatDuration(lease)}`
  return 'read from the database each time'
}

/** Servers without what signs in there. */
function placeOf(urls: string): string {
  return urls
    .split(',')
    .map((url) => (URL.canParse(url.trim()) ? new URL(url.trim()).host : '…'))
    .join(', ')
}
