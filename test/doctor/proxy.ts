import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request on its way to the server. */
export interface Passing {
  method: string
  path: string
  headers: OutgoingHttpHeaders
  body: string
}

/** An answer on its way back. */
export interface Answer {
  status: number
  headers: OutgoingHttpHeaders
  body: string
}

/** What spoils a server: it may change requests, answer them itself, and change answers. */
export interface Spoiler {
  /** Returns an answer to give instead of the server's. */
  readonly onRequest?: (passing: Passing) => Answer | undefined
  readonly onAnswer?: (answer: Answer, passing: Passing) => void
}

/** A proxy that spoils what it passes on, WebSockets too. */
export interface SpoilingProxy extends AsyncDisposable {
  readonly url: string
}

/** Starts a proxy in front of a server. */
export async function spoil(target: string, { onRequest, onAnswer }: Spoiler): Promise<SpoilingProxy> {
  const { hostname, port } = new URL(target)
  const read = async (incoming: IncomingMessage): Promise<Passing> => ({
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: { ...incoming.headers },
    body: await text(incoming),
  })
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const passing = await read(incoming)
    const answer = onRequest?.(passing) ?? (await ask({ hostname, port }, passing))
    onAnswer?.(answer, passing)
    delete answer.headers['transfer-encoding']
    outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) })
    outgoing.end(answer.body)
  }
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error))
  })
  server.on('upgrade', (incoming: IncomingMessage, socket, head) => {
    const passing: Passing = {
      method: 'GET',
      path: incoming.url ?? '/',
      headers: { ...incoming.headers },
      body: '',
    }
    onRequest?.(passing)
    const upstream = connect(Number(port), hostname, () => {
      const lines = Object.entries(passing.headers).map(([name, value]) => `${name}: ${value}`)
      upstream.write(`GET ${passing.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  // a listening TCP server has an address and a port
  const address = server.address() as AddressInfo
  return {
    url: `http://localhost:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Asks the server with the very headers of the passing request. */
async function ask(target: { hostname: string; port: string }, passing: Passing): Promise<Answer> {
  const { method, path, headers, body } = passing
  delete headers['transfer-encoding']
  const outgoing = request({
    ...target,
    method,
    path,
    headers: { ...headers, 'content-length': Buffer.byteLength(body), 'accept-encoding': 'identity' },
  })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: incoming.statusCode ?? 0, headers: { ...incoming.headers }, body: await text(incoming) }
}
