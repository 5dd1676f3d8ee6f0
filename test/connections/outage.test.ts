import { expect, it } from 'vitest'
import { anyEmail, Browser } from '../kit/browser.ts'
import { openTestDatabase } from '../kit/databases.ts'
import { Socket } from '../kit/socket.ts'
import { useApp } from '../kit/use-app.ts'

const REVOKED = 'subscription { sessionRevoked { reason } }'

const use = useApp(() => openTestDatabase('embedded'), { environment: { MAX_SUBSCRIPTIONS: '25' } })

it('as many subscriptions as are allowed leave room for other operations', async () => {
  const browser = new Browser(use.app)
  await browser.signUp(anyEmail())
  using socket = await Socket.subscribed(use.app.url, browser.cookie, REVOKED)
  for (let id = 2; id <= 25; id++) socket.subscribe(String(id), REVOKED)
  await socket.settled()
  socket.subscribe('more', '{ currentSession { isCurrent } }')
  expect(await socket.data()).toEqual({ currentSession: { isCurrent: true } })
})

it('a connection that cannot be looked up is told to come back, and not that it broke the protocol', async () => {
  const browser = new Browser(use.app)
  await browser.signUp(anyEmail())
  await use.database.database.close()
  using socket = await Socket.open(use.app.url, { cookie: browser.cookie })
  expect(await socket.closed()).toEqual({ code: 1013, reason: 'SERVER_BUSY' })
  const { errors } = await browser.send({ query: '{ viewer { email } }' })
  expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
})
