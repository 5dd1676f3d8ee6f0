import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Database } from '../database/database.ts'
import { type Clock, within } from '../kernel/clock.ts'
import { JWKS_PATH } from '../protocol/access-tokens.ts'
import type { FaultCode } from '../protocol/error-codes.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import type { Config } from './config.ts'
import { answerJwks } from './jwks.ts'
import { landingPage } from './landing-page.ts'
import { isAllowedOrigin } from './origin.ts'
import type { Pages } from './pages.ts'
import type { Yoga } from './yoga.ts'

/** How long a client may take to send a whole request (milliseconds). */
const REQUEST_TIMEOUT = 30_000

/** A database that takes longer is not there (milliseconds). */
const PING_TIMEOUT = 3_000

/** What tells load balancers whether to send requests here. */
export interface Readiness {
  /** False once the server is shutting down. */
  accepting: boolean
}

/** Makes the HTTP server; it does not listen yet. */
export function makeHttpServer(parts: {
  config: Config
  yoga: Yoga
  database: Database
  signingKeys: SigningKeys
  readiness: Readiness
  /** Null if they are not built. */
  pages: Pages | null
  clock: Clock
}): Server {
  const { config, yoga, database, signingKeys, readiness, pages, clock } = parts
  return createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
    setSecurityHeaders(response)
    // whoever comes over a connection that stays open is to come over another one, to another node
    if (!readiness.accepting) response.setHeader('Connection', 'close')
    const path = request.url?.split('?', 1)[0] ?? '/'
    if (!URL.canParse(`http://${request.headers.host ?? 'localhost'}${path}`)) {
      return void refuseWith(response, 400, 'BAD_USER_INPUT', 'The Host header or the path is malformed.')
    }
    if (path === '/graphql') {
      if (!refuse(request, response, config))
        void yoga.handle(request, response, { req: request, res: response, connection: null })
      return
    }
    const get = request.method === 'GET' || request.method === 'HEAD'
    if (get && path === '/healthz') return sendJson(response, 200, { status: 'ok' })
    if (get && path === '/readyz') return void answerReadiness(response, database, readiness, clock)
    if (get && path === JWKS_PATH) return answerJwks(request, response, signingKeys)
    if (get && pages?.answer(path, request, response)) return
    if (get && path === '/') return landingPage(response, config)
    sendJson(response, 404, { error: 'There is nothing here. The API is at /graphql.' })
  })
}

/** Answers requests that must not reach the API: from other pages, or in forms that a page can send without being asked. */
function refuse(request: IncomingMessage, response: ServerResponse, config: Config): boolean {
  const { headers, method } = request
  response.setHeader('Cache-Control', 'no-store')
  const page =
    config.graphiql &&
    method === 'GET' &&
    headers['sec-fetch-dest'] === 'document' &&
    acceptsHtml(headers.accept)
  if (!page && !isAllowedOrigin(headers, { allowed: config.origins })) {
    return refuseWith(
      response,
      403,
      'FORBIDDEN_ORIGIN',
      'This page may not use the API. Add its origin to CURFEW_ORIGINS to allow it.',
    )
  }
  if (
    method === 'POST' &&
    !/^application\/(json|graphql\+json)\s*(;|$)/i.test(headers['content-type'] ?? '')
  ) {
    return refuseWith(
      response,
      415,
      'BAD_USER_INPUT',
      'Send the body as JSON, with `Content-Type: application/json`.',
    )
  }
  if (method === 'POST' && !canAnswer(headers.accept)) {
    return refuseWith(
      response,
      406,
      'BAD_USER_INPUT',
      'Answers are JSON: ask for them with `Accept: application/json`, or leave it out.',
    )
  }
  return false
}

const ANSWERS = /^(\*\/\*|application\/(\*|json|graphql-response\+json)|text\/event-stream|multipart\/mixed)$/

/** Whether there is an answer that the client would read. The engine asks only when the work is done, and a token is lost with it. */
function canAnswer(accept: string | undefined): boolean {
  const types = (accept || '*/*').toLowerCase().replaceAll(/\s/g, '').split(',')
  return types.some((each) => {
    const [type = '', ...parameters] = each.split(';')
    const charset = parameters.find((parameter) => parameter.includes('charset='))
    return ANSWERS.test(type) && (charset === undefined || charset === 'charset=utf-8')
  })
}

function refuseWith(response: ServerResponse, status: number, code: FaultCode, message: string): true {
  // what is still to be sent is not wanted
  response.setHeader('Connection', 'close')
  sendJson(response, status, { errors: [{ message, extensions: { code } }] })
  return true
}

async function answerReadiness(
  response: ServerResponse,
  database: Database,
  readiness: Readiness,
  clock: Clock,
): Promise<void> {
  if (!readiness.accepting) return sendJson(response, 503, { status: 'shutting down' })
  try {
    await within(clock, PING_TIMEOUT, database.ping())
    sendJson(response, 200, { status: 'ok' })
  } catch {
    sendJson(response, 503, { status: 'the database cannot be reached' })
  }
}

/** ASVS 3.4.3 and 3.4.6, and nothing that GraphiQL needs; pages of ours have a stricter one. */
const BASE_POLICY = "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('Content-Security-Policy', BASE_POLICY)
}

function acceptsHtml(accept: string | undefined): boolean {
  return accept?.includes('text/html') ?? false
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(`${JSON.stringify(body)}\n`)
}
