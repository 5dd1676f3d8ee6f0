import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// the least that an answer to "who is this?" can cost in Node: parse the body, look in a Map, write JSON
const sessions = new Map([['cfs_one', { id: 'one', user: { id: 'ada', email: 'ada@example.com' } }]])

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
  })
  request.on('end', () => {
    JSON.parse(body)
    const session = sessions.get(request.headers.cookie?.slice('session='.length) ?? '') ?? null
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ data: { currentSession: session } }))
  })
})
server.listen(0, '127.0.0.1', () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`)
})
process.once('SIGTERM', () => process.exit(0))
