import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * What the way to a server does with connections. Silent: those that there are stay, and nothing comes through them any more, whatever
 * the way is later; new ones are accepted, and hear nothing either. Slow: everything takes so many milliseconds longer, each way.
 */
export type Way = 'open' | 'refused' | 'silent' | { readonly slow: number }

/** A way to a server that a test can close and open. */
export interface Proxy extends AsyncDisposable {
  /** The address through the proxy. */
  readonly url: string
  /** How many connections were attempted so far. */
  readonly attempts: number
  /** The ports that those of its connections come from that carry something, by which the server knows them. */
  readonly ports: readonly number[]
  /** Changes what happens to connections; those that there are break if it is refused. */
  set(way: Way): Promise<void>
}

/** Starts a proxy before a server of any kind. */
export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const farther = new Set<Socket>()
  let attempts = 0
  let way: Way = 'open'
  let silence = new AbortController()
  /** Passes on in order what comes, as late as the way is slow in that moment. */
  const relay = (from: Socket, to: Socket, muted: AbortSignal): void => {
    let due = 0
    const later = (task: () => void): void => {
      if (muted.aborted) return
      due = Math.max(due, performance.now() + (typeof way === 'object' ? way.slow : 0))
      const delay = due - performance.now()
      if (delay <= 0) task()
      else setTimeout(() => !to.destroyed && !muted.aborted && task(), delay)
    }
    from.on('data', (data) => later(() => to.write(data)))
    from.on('end', () => later(() => to.end()))
  }
  const server = createServer({ allowHalfOpen: true }, (near) => {
    attempts += 1
    near.on('error', () => {})
    if (way === 'refused') {
      near.end()
      return
    }
    sockets.add(near)
    near.once('close', () => sockets.delete(near))
    if (way === 'silent') return
    const far = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    far.on('error', () => near.destroy())
    sockets.add(far)
    farther.add(far)
    far.once('close', () => {
      sockets.delete(far)
      farther.delete(far)
    })
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.once('close', () => {
        near.destroy()
        far.destroy()
      })
    }
    relay(near, far, silence.signal)
    relay(far, near, silence.signal)
  })
  const listen = async (at: number): Promise<void> => {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port: own } = server.address() as AddressInfo
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(own)
  return {
    url: url.href,
    get attempts() {
      return attempts
    },
    get ports() {
      return [...farther].flatMap(({ localPort }) => localPort ?? [])
    },
    set: async (next) => {
      way = next
      if (next === 'refused' && server.listening) server.close()
      if (next !== 'refused' && !server.listening) await listen(own)
      if (next === 'refused') for (const socket of sockets) socket.destroy()
      if (next !== 'silent') return
      silence.abort()
      farther.clear()
      silence = new AbortController()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      if (server.listening) server.close()
    },
  }
}
