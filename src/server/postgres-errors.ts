import { Fault } from '../kernel/fault.ts'

/** Longest wait for a connection to PostgreSQL (milliseconds). */
export const CONNECT_TIMEOUT = 5_000

/** One sentence on why a server cannot be used. The password in its URL is not part of it. */
export function explainPostgresError(error: unknown, url: string): string {
  const { hostname, port, pathname, username } = new URL(url)
  const user = decodeURIComponent(username) || '(none)'
  const name = decodeURIComponent(pathname.slice(1)) || user
  const place = `${hostname || 'localhost'}:${port || 5432}`
  const code = codeOf(error)
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing answers at ${place}; start PostgreSQL there, or correct the host and port.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host ${hostname} is not known; correct the host name.`
    case 'CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${place} did not answer within ${CONNECT_TIMEOUT / 1_000} seconds; check the host, the port and the firewall.`
    case '28P01':
      return `PostgreSQL at ${place} does not let user ${user} in; correct the user name and password.`
    case '28000':
      return `PostgreSQL at ${place} does not let user ${user} in from here; correct the user, allow it in pg_hba.conf, or add ?sslmode=require.`
    case '3D000':
      return `there is no database ${name} at ${place}; create it (createdb ${name}), or correct the name.`
    case '42501':
      return `user ${user} may not make tables in ${name}; make it the owner (ALTER DATABASE ${name} OWNER TO ${user}), or grant it CREATE on the schema public.`
    case '25006':
      return `${name} at ${place} is read-only; give the address of the primary, not of a standby.`
    case '53300':
      return `PostgreSQL at ${place} has no connection free; raise its max_connections, or lower DATABASE_POOL_SIZE.`
    case '57P03':
      return `PostgreSQL at ${place} is starting up or shutting down; try again in a moment.`
    default:
      return `PostgreSQL at ${place} cannot be used (${code ?? 'unknown error'}); check the URL and the server's log.`
  }
}

function codeOf(error: unknown): string | null {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string' && !(cause instanceof Fault)) return code
  }
  return null
}
