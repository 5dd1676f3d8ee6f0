import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createPubSub } from 'graphql-yoga'
import { WebSocketServer } from 'ws'

// graphql-ws as its documentation sets it up, with the topics of Yoga; it knows of no sessions
const topics = createPubSub<{ [topic: string]: [object] }>()
const event = { sessionRevoked: { reason: 'SIGNED_OUT' } }
let subscribers = 0
const schema = buildSchema(
  'type Query { ok: Boolean } type Revoked { reason: String } type Subscription { sessionRevoked: Revoked }',
)
const roots = { sessionRevoked: () => topics.subscribe(`${subscribers++}`) }
const server = createServer((request, response) => {
  const [, what, index] = (request.url ?? '').split('/')
  if (what === 'all') for (let each = 0; each < subscribers; each++) topics.publish(`${each}`, event)
  else topics.publish(`${index}`, event)
  response.end()
})
useServer({ schema, roots: { subscription: roots } }, new WebSocketServer({ server, path: '/graphql' }))
server.listen(0, '127.0.0.1', () => console.log(`http://localhost:${(server.address() as AddressInfo).port}`))
process.once('SIGTERM', () => process.exit(0))
