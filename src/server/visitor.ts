import type { IncomingMessage } from 'node:http'
import proxyAddress from 'proxy-addr'
import type { Visitor } from '../accounts/parts.ts'
import { readClientHints } from '../devices/client-hints.ts'
import { describeDevice } from '../devices/device.ts'
import { networkOf } from '../devices/network.ts'
import type { Logger } from '../kernel/logger.ts'
import { BACKGROUND_HEADER } from '../protocol/background.ts'
import { readBearer } from './bearer.ts'
import { readSessionCookie } from './cookies.ts'
import type { PlaceReader } from './places.ts'

/** Characters of a user agent that are looked at. */
const LONGEST_USER_AGENT = 500

/** Reads from a request whom it comes from; addresses that proxies report are believed of trusted ones alone. */
export function visitorReader(
  trustedProxies: readonly string[],
  placeOf: PlaceReader,
  logger: Logger,
): (request: IncomingMessage) => Visitor {
  const trusted = proxyAddress.compile([...trustedProxies])
  let warned = false
  /** Behind a proxy that is not trusted everybody has the proxy's address, and uses up everybody's attempts. */
  function warnOnce({ headers, socket }: IncomingMessage): void {
    if (warned || headers['x-forwarded-for'] === undefined || trusted(socket.remoteAddress ?? '', 0)) return
    warned = true
    const address = socket.remoteAddress ?? null
    // as far as the log may have it: what is taken for a proxy may be a client
    const { network } = placeOf({ address, network: networkOf(address ?? ''), headers, fromProxy: false })
    logger.warn(
      { peer: network },
      'requests come with X-Forwarded-For from a peer that is not trusted; if it is your proxy, name it in CURFEW_TRUSTED_PROXIES',
    )
  }
  return (request) => {
    warnOnce(request)
    const { headers, socket } = request
    const address = addressOf(request, trusted)
    const network = networkOf(address ?? '')
    return {
      // only signing in asks for it, and every request would pay
      get device() {
        return describeDevice(headers['user-agent'] ?? null, readClientHints(headers))
      },
      network,
      // of no use to requests without a session
      get place() {
        const fromProxy = trusted(socket.remoteAddress ?? '', 0)
        return placeOf({ address: address ?? null, network, headers, fromProxy })
      },
      userAgent: headers['user-agent']?.slice(0, LONGEST_USER_AGENT) ?? null,
      cookie: readSessionCookie(headers.cookie),
      background: isTrue(headers[BACKGROUND_HEADER.toLowerCase()]),
      bearer: readBearer(headers.authorization),
    }
  }
}

/** Whether a structured field is true. One that is no boolean is not there (RFC 9651 §4.2). */
function isTrue(field: string | string[] | undefined): boolean {
  return typeof field === 'string' && /^ *\?1 *(;|$)/.test(field)
}

function addressOf(
  request: IncomingMessage,
  trusted: ReturnType<typeof proxyAddress.compile>,
): string | undefined {
  // a connection that is gone already has no address
  return request.socket.remoteAddress === undefined ? undefined : proxyAddress(request, trusted)
}
