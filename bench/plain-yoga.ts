import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSchema, createYoga } from 'graphql-yoga'

// Yoga as its documentation shows it, with a session in a Map: what the engine itself costs
const sessions = new Map([['session=cfs_one', { id: 'one', user: { id: 'ada', email: 'ada@example.com' } }]])
const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: `type Query { currentSession: Session } type Session { id: ID! user: User! } type User { id: ID! email: String! }`,
    resolvers: {
      Query: {
        currentSession: (_root, _args, { request }: { request: Request }) =>
          sessions.get(request.headers.get('cookie') ?? '') ?? null,
      },
    },
  }),
})
const server = createServer(yoga)
server.listen(0, '127.0.0.1', () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`)
})
process.once('SIGTERM', () => process.exit(0))
