import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** What becomes of one request on its way. */
export interface Fate {
  /** How much later it reaches the server (milliseconds). */
  readonly delay?: number
  /** Whether the server does it, and the answer never arrives. */
  readonly lost?: boolean
}

/** What a browser has before a server: it serves a page, passes all else on, and can lose it. */
export interface Front extends AsyncDisposable {
  /** By the name `localhost`, where browsers take Secure cookies without TLS. */
  readonly url: string
  /** Bodies of the requests that came, in order. */
  readonly requests: readonly string[]
  /** How many sockets are open. */
  readonly sockets: number
  /** How many sockets were ever opened. */
  readonly opened: number
  /** Decides what becomes of each request from now on. */
  fate: (body: string) => Fate
  /** The sockets that there are stay, and nothing comes through them any more. */
  silence(): void
  /** The connections that there are stay, and no new one is taken until `cut(false)`. */
  refuse(): void
  /** Breaks every connection, and refuses new ones until it is set to false. */
  cut(closed: boolean): Promise<void>
}

/** Starts a front that serves these files, by path, or says where they are now. */
export async function startFront(
  target: string,
  files: Readonly<Record<string, { type: string; body: string } | { location: string }>>,
): Promise<Front> {
  const { hostname, port } = new URL(target)
  const requests: string[] = []
  const connections = new Set<Socket>()
  const upgraded = new Set<Socket>()
  const farther = new Set<Socket>()
  const silent = new WeakSet<Socket>()
  let opened = 0
  const front: { fate: (body: string) => Fate } = { fate: () => ({}) }

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = files[incoming.url?.split('?', 1)[0] ?? '']
    if (file && 'location' in file) {
      response.writeHead(307, { Location: file.location })
      response.end()
      return
    }
    if (file) {
      response.writeHead(200, { 'Content-Type': file.type, 'Cache-Control': 'no-store' })
      response.end(file.body)
      return
    }
    const body = Buffer.concat(await incoming.toArray())
    requests.push(String(body))
    const { delay = 0, lost = false } = front.fate(String(body))
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    const { method, url: path, headers } = incoming
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      if (lost) {
        answer.resume()
        answer.on('end', () => incoming.socket.destroy())
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    response.on('close', () => outgoing.destroy())
    outgoing.on('error', () => incoming.socket.destroy())
    outgoing.end(body)
  }

  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => incoming.socket.destroy())
  })
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  server.on('upgrade', (incoming: IncomingMessage, near: Socket, head: Buffer) => {
    opened += 1
    const far = connect({ host: hostname, port: Number(port) })
    upgraded.add(near)
    farther.add(far)
    for (const socket of [near, far]) {
      socket.on('error', () => {})
      socket.once('close', () => {
        // what became silent does not tell that the other end is gone
        if (!silent.has(near)) near.destroy()
        far.destroy()
        upgraded.delete(near)
        farther.delete(far)
      })
    }
    const lines = [`GET ${incoming.url} HTTP/1.1`]
    for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
      lines.push(`${incoming.rawHeaders[index]}: ${incoming.rawHeaders[index + 1]}`)
    }
    far.write(`${lines.join('\r\n')}\r\n\r\n`)
    if (head.length > 0) far.write(head)
    near.pipe(far)
    far.pipe(near)
  })
  const listen = async (at: number): Promise<void> => {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const own = (server.address() as AddressInfo).port

  return {
    url: `http://localhost:${own}`,
    requests,
    get sockets() {
      return upgraded.size
    },
    get opened() {
      return opened
    },
    get fate() {
      return front.fate
    },
    set fate(fate) {
      front.fate = fate
    },
    silence: () => {
      for (const near of upgraded) {
        silent.add(near)
        near.unpipe()
        near.resume()
      }
      for (const far of farther) {
        far.unpipe()
        far.resume()
      }
    },
    refuse: () => {
      if (server.listening) server.close()
    },
    cut: async (closed) => {
      if (closed && server.listening) server.close()
      if (closed) for (const socket of connections) socket.destroy()
      if (!closed && !server.listening) await listen(own)
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy()
      if (server.listening) {
        server.close()
        await once(server, 'close')
      }
    },
  }
}
