import { expect, it } from 'vitest'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { EventSourceReader } from '../kit/event-source.ts'
import { CursorDocument, RevokeAllSessionsDocument, SignOutDocument } from '../kit/generated/operations.ts'
import { useApp } from '../kit/use-app.ts'

const REVOKED =
  'subscription ($after: EventCursor) { sessionRevoked(after: $after) { id reason message cursor } }'
const EVENTS = 'subscription ($after: EventCursor) { sessionEvents(after: $after) { __typename sessionId } }'

describeEachDatabase('server-sent events', (open) => {
  const use = useApp(open)

  it('tell why a session ended, complete, and end', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    await using stream = await EventSourceReader.open(use.app.url, browser.cookie, REVOKED)
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
    await browser.run(RevokeAllSessionsDocument, {})
    const event = await stream.next()
    expect(event?.event).toBe('next')
    expect(JSON.parse(event?.data ?? '')).toMatchObject({
      data: { sessionRevoked: { reason: 'SIGNED_OUT_EVERYWHERE' } },
    })
    expect(await stream.next()).toEqual({ event: 'complete', data: '' })
    expect(await stream.next()).toBeNull()
  })

  it('are not completed when the session was replaced, so that clients come back', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    await using stream = await EventSourceReader.open(use.app.url, browser.cookie, REVOKED)
    await browser.reverify('DELETE_ACCOUNT')
    expect(JSON.parse((await stream.next())?.data ?? '')).toMatchObject({
      data: { sessionRevoked: { reason: 'REPLACED' } },
    })
    expect(await stream.next()).toBeNull()
    await using again = await EventSourceReader.open(use.app.url, browser.cookie, REVOKED)
    await browser.run(SignOutDocument, {})
    expect(JSON.parse((await again.next())?.data ?? '')).toMatchObject({
      data: { sessionRevoked: { reason: 'SIGNED_OUT' } },
    })
  })

  it('resume behind a cursor', async () => {
    const [phone, laptop] = [new Browser(use.app), new Browser(use.app)]
    const email = anyEmail()
    await phone.signUp(email)
    const { eventCursor } = await phone.run(CursorDocument, {})
    const { session } = await laptop.signIn(email)
    await using stream = await EventSourceReader.open(use.app.url, phone.cookie, EVENTS, {
      after: eventCursor,
    })
    // a cursor stands behind the oldest open transaction of the cluster: what came before it may come once more
    const nextOfLaptop = async () => {
      for (;;) {
        const event = await stream.next()
        if (!event) return null
        const { sessionEvents } = JSON.parse(event.data).data
        if (sessionEvents.sessionId === session.id) return sessionEvents.__typename
      }
    }
    expect(await nextOfLaptop()).toBe('SessionStarted')
    await laptop.run(SignOutDocument, {})
    expect(await nextOfLaptop()).toBe('SessionRevoked')
  })

  it('need a live session, and say why there is none', async () => {
    await using nobody = await EventSourceReader.open(use.app.url, null, REVOKED)
    expect(JSON.parse((await nobody.next())?.data ?? '')).toMatchObject({
      errors: [{ extensions: { code: 'NOT_SIGNED_IN' } }],
    })
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const old = browser.cookie
    await browser.run(SignOutDocument, {})
    await using ended = await EventSourceReader.open(use.app.url, old, REVOKED)
    expect(JSON.parse((await ended.next())?.data ?? '')).toMatchObject({
      errors: [{ extensions: { code: 'NOT_SIGNED_IN', reason: 'SIGNED_OUT' } }],
    })
  })

  it('are forgotten when the reader leaves', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const before = use.app.server.house.connections.size
    const stream = await EventSourceReader.open(use.app.url, browser.cookie, REVOKED)
    await expect.poll(() => use.app.server.house.connections.size).toBe(before + 1)
    await stream[Symbol.asyncDispose]()
    await expect.poll(() => use.app.server.house.connections.size).toBe(before)
  })

  it('are cut when the node goes away, without being completed', async () => {
    const other = await startApp(use.database)
    const browser = new Browser(other)
    await browser.signUp(anyEmail())
    await using stream = await EventSourceReader.open(other.url, browser.cookie, REVOKED)
    await expect.poll(() => other.server.house.connections.size).toBe(1)
    await other[Symbol.asyncDispose]()
    expect(await stream.next()).toBeNull()
  })
})
