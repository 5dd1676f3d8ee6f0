import { createServer, type Server } from 'node:net'
import type { Config } from './config.ts'
import { StartupError } from './data-folder.ts'

type Place = Pick<Config, 'host' | 'port'>

/**
 * Listens where the settings say.
 * @throws StartupError that names the setting and the fix
 */
export function listenOn(server: Server, { host, port }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new StartupError(explain(error, host, port))),
    )
    server.listen({ host, port }, resolve)
  })
}

/**
 * Finds out whether the port can be had, before anything is made that a failed start would leave behind.
 * @throws StartupError if not
 */
export async function checkPort(place: Place): Promise<void> {
  const server = createServer()
  await listenOn(server, place)
  await new Promise((resolve) => server.close(resolve))
}

function explain({ code }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `PORT: port ${port} is taken by another process; stop that one, or set PORT to a free port (0 takes any).`
    case 'EACCES':
      return `PORT: this user may not listen on port ${port}; set PORT to 1024 or higher.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST: this machine has no address ${host}; set HOST to one that it has, or to 0.0.0.0 for all.`
    default:
      return `HOST and PORT: cannot listen on ${host}:${port} (${code}); set them to an address and port that are free.`
  }
}
