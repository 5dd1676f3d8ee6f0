import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { Balancer, type Change } from '../kit/cluster/balancer.ts'

type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/** What stands behind the balancer: says whether it is ready, and answers as the test wants. */
class Behind implements AsyncDisposable {
  readonly name: string
  readonly server: Server
  ready = true
  #port = 0

  constructor(name: string, answer: Answer = (_, outgoing) => void outgoing.end(name)) {
    this.name = name
    this.server = createServer((incoming, outgoing) => {
      if (incoming.url !== '/readyz') return answer(incoming, outgoing)
      outgoing.statusCode = this.ready ? 200 : 503
      outgoing.end(JSON.stringify({ status: this.ready ? 'ok' : 'shutting down' }))
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<this> {
    this.server.listen(this.#port, '127.0.0.1')
    await once(this.server, 'listening')
    this.#port = (this.server.address() as AddressInfo).port
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.server.listening) return
    const closed = once(this.server, 'close')
    this.server.close()
    this.server.closeAllConnections()
    await closed
  }
}

describe('the balancer', () => {
  let stack = new AsyncDisposableStack()
  afterEach(async () => {
    await stack.disposeAsync()
    stack = new AsyncDisposableStack()
  })

  async function balance(...behind: Behind[]): Promise<{ balancer: Balancer; changes: Change[] }> {
    for (const each of behind) stack.use(await each.start())
    const changes: Change[] = []
    const notice = (change: Change) => void changes.push(change)
    const balancer = stack.use(await Balancer.start({ targets: behind, port: 0, notice }))
    await expect.poll(() => balancer.ready).toBe(behind.length)
    return { balancer, changes }
  }

  const get = async (url: string) => (await fetch(url)).text()

  it('gives each request to the next node', async () => {
    const { balancer } = await balance(new Behind('one'), new Behind('two'), new Behind('three'))
    const answers: string[] = []
    for (let count = 0; count < 6; count++) answers.push(await get(balancer.url))
    expect(answers).toEqual([...answers.slice(0, 3), ...answers.slice(0, 3)])
    expect(new Set(answers).size).toBe(3)
  })

  it('takes a node out that is not ready, and in again', async () => {
    const [one, two] = [new Behind('one'), new Behind('two')]
    const { balancer, changes } = await balance(one, two)
    one.ready = false
    await expect.poll(() => balancer.ready).toBe(1)
    for (let count = 0; count < 4; count++) expect(await get(balancer.url)).toBe('two')
    one.ready = true
    await expect.poll(() => balancer.ready).toBe(2)
    expect(changes).toEqual([
      { target: one, ready: false, why: 'shutting down' },
      { target: one, ready: true, why: 'ok' },
    ])
  })

  it('goes on to the next node when one is gone all at once, and says so when all are', async () => {
    const [one, two] = [new Behind('one'), new Behind('two')]
    const { balancer } = await balance(one, two)
    await one[Symbol.asyncDispose]()
    for (let count = 0; count < 4; count++) expect(await get(balancer.url)).toBe('two')
    await two[Symbol.asyncDispose]()
    const answer = await fetch(balancer.url)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ error: 'No node is ready.' })
  })

  it('passes bodies on as they come, with a length and without', async () => {
    const echo: Answer = (incoming, outgoing) => {
      outgoing.setHeader('X-Framing', incoming.headers['transfer-encoding'] ?? 'length')
      incoming.pipe(outgoing)
    }
    const { balancer } = await balance(new Behind('one', echo))
    const body = 'x'.repeat(300_000)
    const whole = await fetch(balancer.url, { method: 'POST', body })
    expect(whole.headers.get('x-framing')).toBe('length')
    expect(await whole.text()).toBe(body)

    const outgoing = request(balancer.url, { method: 'DELETE', headers: { 'Transfer-Encoding': 'chunked' } })
    outgoing.write('first ')
    const [answer] = (await once(outgoing.flushHeaders() ?? outgoing, 'response')) as [IncomingMessage]
    expect(answer.headers['x-framing']).toBe('chunked')
    outgoing.end('second')
    expect(await text(answer)).toBe('first second')
  })

  it('tells the node whom a request comes from, whatever the client claims', async () => {
    const show: Answer = ({ headers }, outgoing) => void outgoing.end(JSON.stringify(headers))
    const { balancer } = await balance(new Behind('one', show))
    const answer = await fetch(balancer.url, {
      headers: { 'X-Forwarded-For': '203.0.113.7', Forwarded: 'for=203.0.113.7', Cookie: 'a=1; b=2' },
    })
    expect(await answer.json()).toMatchObject({
      host: new URL(balancer.url).host,
      'x-forwarded-for': expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/),
      'x-forwarded-proto': 'http',
      cookie: 'a=1; b=2',
    })
    expect(JSON.stringify(await (await fetch(balancer.url)).json())).not.toContain('203.0.113.7')
  })

  it('keeps every cookie of an answer apart', async () => {
    const cookies: Answer = (_, outgoing) => {
      outgoing.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; Path=/'])
      outgoing.end()
    }
    const { balancer } = await balance(new Behind('one', cookies))
    expect((await fetch(balancer.url)).headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/'])
  })

  it('lets an event stream through at once, and the node know when its reader has left', async () => {
    const left = Promise.withResolvers<void>()
    let write: (text: string) => void = () => {}
    const stream: Answer = (_, outgoing) => {
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' })
      outgoing.flushHeaders()
      outgoing.on('close', () => left.resolve())
      write = (chunk) => void outgoing.write(chunk)
    }
    const { balancer } = await balance(new Behind('one', stream))
    const leaving = new AbortController()
    const answer = await fetch(balancer.url, { signal: leaving.signal })
    const reader = answer.body?.getReader()
    write('data: first\n\n')
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: first\n\n')
    write('data: second\n\n')
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: second\n\n')
    leaving.abort()
    await left.promise
  })

  it('lets the node know when somebody leaves who has no answer yet', async () => {
    const [asked, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const think: Answer = (_, outgoing) => {
      outgoing.on('close', () => left.resolve())
      asked.resolve()
    }
    const { balancer } = await balance(new Behind('one', think))
    const leaving = new AbortController()
    const answer = fetch(balancer.url, { signal: leaving.signal })
    await asked.promise
    leaving.abort()
    await expect(answer).rejects.toThrow()
    await left.promise
  })

  it('breaks an answer off that the node broke off, rather than end it', async () => {
    const half: Answer = (_, outgoing) => {
      outgoing.write('half of it')
      setTimeout(() => outgoing.destroy(), 20)
    }
    const { balancer } = await balance(new Behind('one', half))
    await expect(get(balancer.url)).rejects.toThrow()
  })

  it('says that the node ended before it answered, and does not ask another one', async () => {
    let asked = 0
    const end: Answer = ({ socket }) => {
      asked++
      socket.destroy()
    }
    const { balancer } = await balance(new Behind('one', end), new Behind('two', end))
    const answer = await fetch(balancer.url, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(502)
    expect(asked).toBe(1)
  })

  it('joins sockets: words both ways, the way of closing, and an end without one', async () => {
    const one = new Behind('one')
    const sockets = new WebSocketServer({ server: one.server, handleProtocols: () => 'a-protocol' })
    sockets.on('connection', (socket) => {
      socket.send('welcome')
      socket.on('message', (data) => {
        if (String(data) === 'close') socket.close(4401, 'SIGNED_OUT')
        else if (String(data) === 'end') socket.terminate()
        else socket.send(`heard ${data}`)
      })
    })
    const { balancer } = await balance(one)
    const open = async () => {
      const socket = new WebSocket(balancer.url.replace('http', 'ws'), 'a-protocol')
      const [first] = await once(socket, 'message')
      expect(String(first)).toBe('welcome')
      return socket
    }
    const socket = await open()
    expect(socket.protocol).toBe('a-protocol')
    socket.send('hello')
    expect(String((await once(socket, 'message'))[0])).toBe('heard hello')
    socket.send('close')
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
    expect([code, String(reason)]).toEqual([4401, 'SIGNED_OUT'])

    const other = await open()
    other.send('end')
    expect((await once(other, 'close'))[0]).toBe(1006)

    const third = await open()
    third.terminate()
    await expect.poll(() => sockets.clients.size).toBe(0)
  })

  it('passes the refusal of a socket on', async () => {
    const one = new Behind('one')
    one.server.on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 3\r\n\r\nNo.')
    })
    const { balancer } = await balance(one)
    const socket = new WebSocket(balancer.url.replace('http', 'ws'))
    const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    expect(answer.statusCode).toBe(403)
    expect(await text(answer)).toBe('No.')
  })

  it('is not brought down by what is no HTTP', async () => {
    const { balancer } = await balance(new Behind('one'))
    const socket = connect(Number(new URL(balancer.url).port), '127.0.0.1')
    socket.end('nonsense\r\n\r\n')
    await once(socket.resume(), 'close')
    expect(await get(balancer.url)).toBe('one')
  })
})
