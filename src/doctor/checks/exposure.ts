import { BlockList, isIPv4 } from 'node:net'
import type { Config } from '../../server/config.ts'
import { doubtful, met, operators, unsafe, type Verdict, worstOf } from '../finding.ts'

/** ASVS 4.3.2: no introspection in production. */
export function schemaIsNotShown({ production, introspection, graphiql, host }: Config): Verdict {
  if (!introspection && !graphiql) return met('introspection, suggestions and GraphiQL are off.')
  if (production)
    return doubtful(
      'introspection is on in production.',
      'Leave GRAPHQL_INTROSPECTION out, unless the API is a public one.',
    )
  if (isLocal(host))
    return met(
      `introspection is ${introspection ? 'on' : 'off'} and GraphiQL on, for development on ${host} alone; NODE_ENV=production turns them off.`,
    )
  return doubtful(
    `this is development (NODE_ENV), with GraphiQL on, on ${host}, which others can reach.`,
    'Set NODE_ENV to production, or HOST to 127.0.0.1.',
  )
}

/** ASVS 4.4.1, NIST SP 800-63B-4 §5.1: TLS, which ends in front of us. */
export function isEncrypted({ host, production, trustedProxies }: Config): Verdict {
  if (isLocal(host) && !production) return met(`it listens on ${host}, which this machine alone can reach.`)
  const proxies = trustedProxies.length > 0 ? trustedProxies.join(', ') : 'none is named'
  return operators(
    `it listens on ${host} and speaks plain HTTP; TLS ends in front of it (CURFEW_TRUSTED_PROXIES: ${proxies}).`,
    'See that nobody reaches it but through TLS, with HSTS for a year, and try `curfew doctor https://…` from outside.',
  )
}

/** ASVS 4.1.3: nobody can say that they come from elsewhere. */
export function proxiesAreNarrow({ trustedProxies }: Config): Verdict {
  const wide = trustedProxies.filter(isWideAndPublic)
  if (wide.length > 0)
    return unsafe(
      `CURFEW_TRUSTED_PROXIES names ${wide.join(', ')}: whoever connects from there can claim any address, and so guess passwords without being slowed down.`,
      'Name the addresses of your proxies alone.',
    )
  return met(
    trustedProxies.length === 0
      ? 'X-Forwarded-For is believed of nobody.'
      : `X-Forwarded-For is believed of ${trustedProxies.join(', ')} alone.`,
  )
}

/** ASVS 3.4.2, 3.5.1, 3.5.2: which pages may use the API. */
export function originsAreListed({ origins }: Config): Verdict {
  return met(
    origins.length === 0
      ? 'pages of its own origin alone may use it.'
      : `beside its own origin, pages of ${origins.join(', ')} may use it.`,
  )
}

/** ASVS 12.3.1: the way to the database. */
export function databaseIsEncrypted({ postgres }: Config): Verdict {
  if (!postgres) return met('the database is embedded: nothing crosses a network.')
  const { hostname, searchParams } = new URL(postgres.url)
  const mode = searchParams.get('sslmode') ?? searchParams.get('ssl')
  if (hostname === '' || isLocal(hostname)) return met('the database is on this machine.')
  if (mode === 'verify-full')
    return met('the connection to PostgreSQL is encrypted, and its certificate is checked.')
  return doubtful(
    mode === 'require'
      ? `the connection to PostgreSQL at ${hostname} is encrypted, and nobody checks to whom.`
      : `the connection to PostgreSQL at ${hostname} is not encrypted: e-mail addresses and fingerprints cross the network in clear.`,
    'Add ?sslmode=verify-full to DATABASE_URL, unless the network is yours alone.',
  )
}

/** Spaces, or letters of one case for longer than any random text has them. */
const WORDS = /\s|[a-z]{20}|[A-Z]{20}/

/** ASVS 11.5.1: the master secret cannot be guessed. One that plainly can is a hazard of its own: a server refuses it in production. */
export function secretIsRandom({ secret, dataDir }: Config): Verdict {
  if (secret === null) return met(`256 random bits, made at the first start, in ${dataDir}.`)
  if (WORDS.test(secret))
    return doubtful(
      'CURFEW_SECRET looks as if a person had thought of it.',
      'Set CURFEW_SECRET to the output of `openssl rand -base64 32`.',
    )
  return met(`${Buffer.byteLength(secret)} bytes, which look random.`)
}

/** ASVS 16.3.1: who signed in is written down. */
export function signInsAreLogged({ logLevel }: Config): Verdict {
  switch (logLevel) {
    case 'debug':
    case 'info':
      return met(`at level ${logLevel} every sign-in, sign-out and failure is logged, with its factor.`)
    case 'silent':
      return unsafe('LOG_LEVEL is silent: an attack leaves no trace.', 'Set LOG_LEVEL to info.')
    default:
      return doubtful(
        `LOG_LEVEL is ${logLevel}: who signed in and out is not logged.`,
        'Set LOG_LEVEL to info.',
      )
  }
}

/** The worse of two checks. */
export function both(
  one: (config: Config) => Verdict,
  other: (config: Config) => Verdict,
): (config: Config) => Verdict {
  return (config) => {
    const first = one(config)
    return worstOf([first, other(config)]) ?? first
  }
}

function isLocal(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host)
}

/** Public networks of more than 256 addresses (a /24), or of more than a site (a /48). */
function isWideAndPublic(network: string): boolean {
  const [address = '', bits] = network.split('/')
  const four = isIPv4(address)
  const width = bits === undefined ? (four ? 32 : 128) : Number(bits)
  // a network that is as wide as a private one, or wider, holds others too
  if (width >= (four ? 24 : 48)) return false
  const isPrivate = privateNetworks().some(
    ({ list, least }) => list.check(address, four ? 'ipv4' : 'ipv6') && width >= least,
  )
  return !isPrivate
}

/** RFC 1918, RFC 6598, loopback and RFC 4193. */
function privateNetworks(): readonly { list: BlockList; least: number }[] {
  const networks = [
    ['10.0.0.0', 8, 'ipv4'],
    ['172.16.0.0', 12, 'ipv4'],
    ['192.168.0.0', 16, 'ipv4'],
    ['100.64.0.0', 10, 'ipv4'],
    ['127.0.0.0', 8, 'ipv4'],
    ['fc00::', 7, 'ipv6'],
  ] as const
  return networks.map(([address, least, family]) => {
    const list = new BlockList()
    list.addSubnet(address, least, family)
    return { list, least }
  })
}
