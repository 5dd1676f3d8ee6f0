import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { startApp } from '../kit/app.ts'
import { MovableClock } from '../kit/clock.ts'
import { describeEachDatabase } from '../kit/databases.ts'

describeEachDatabase('a server that cannot listen', (open) => {
  it('says so, and leaves nothing behind that would go on', async () => {
    await using test = await open()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const clock = new MovableClock()
    const starting = startApp(test, { environment: { PORT: String(port), HOST: '127.0.0.1' }, clock })
    await expect(starting).rejects.toThrow(`PORT: port ${port} is taken`)
    // goes red when the side of the WebSockets goes on pinging
    expect(clock.timers).toBe(0)
    other.close()
    // the database is as good as before
    await using app = await startApp(test, { clock })
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200)
    await app[Symbol.asyncDispose]()
    expect(clock.timers).toBe(0)
  })
})
