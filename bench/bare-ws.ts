import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

// the least that pushing can cost in Node: sockets in a list, and one text for those that are told
const TEXT = JSON.stringify({
  id: '1',
  type: 'next',
  payload: { data: { sessionRevoked: { reason: 'SIGNED_OUT' } } },
})
const sockets: WebSocket[] = []
const server = createServer((request, response) => {
  const [, what, index] = (request.url ?? '').split('/')
  for (const socket of what === 'all' ? sockets : sockets.slice(Number(index), Number(index) + 1))
    socket.send(TEXT)
  response.end()
})
new WebSocketServer({ server, path: '/graphql' }).on('connection', (socket) => {
  sockets.push(socket)
  socket.on('message', (data) => {
    const { type } = JSON.parse(String(data)) as { type: string }
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
    if (type === 'ping') socket.send('{"type":"pong"}')
  })
})
server.listen(0, '127.0.0.1', () => console.log(`http://localhost:${(server.address() as AddressInfo).port}`))
process.once('SIGTERM', () => process.exit(0))
