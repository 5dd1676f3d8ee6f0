import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { AccountParts } from '../accounts/parts.ts'
import type { Logger } from '../kernel/logger.ts'
import { claimControlAddress, protectControlAddress, releaseControlAddress } from './control-address.ts'
import { performHere } from './control-deeds.ts'
import { isOperationName } from './control-operations.ts'
import type { responseSchema } from './control-response.ts'
import { OperationRefusal } from './operation-refusal.ts'

/** Longest request, in bytes: an operation and its arguments. */
const LONGEST_REQUEST = 100_000
/** How long a caller may take to say what it wants (milliseconds). */
const PATIENCE = 10_000

const requestSchema = z.object({ operation: z.string(), input: z.unknown() })

type Response = z.input<typeof responseSchema>

/**
 * Lets the command line work on the embedded database while this process has it: operations come in over a socket that only
 * the owner of the data folder can open, one line of JSON each, and run in this process, so that what they end is pushed.
 *
 * To be called while holding the folder's lock. Disposing finishes what runs, and takes nothing new.
 */
export async function serveControl(parts: {
  folder: string
  accounts: AccountParts
  logger: Logger
}): Promise<AsyncDisposable> {
  const { folder, logger } = parts
  const callers = new Set<Socket>()
  const running = new Set<Promise<void>>()
  const server = createServer((caller) => {
    callers.add(caller)
    caller.once('close', () => callers.delete(caller))
    caller.on('error', (error) => logger.debug({ error }, 'a command line left'))
    caller.setTimeout(PATIENCE, () => caller.destroy())
    const lines = createInterface({ input: limited(caller), crlfDelay: Number.POSITIVE_INFINITY })
    lines.once('line', (line) => {
      caller.setTimeout(0)
      const task = answer(line, parts).then((response) => {
        caller.end(`${JSON.stringify(response)}\n`)
        running.delete(task)
      })
      running.add(task)
    })
  })
  const address = await claimControlAddress(folder)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, resolve)
  })
  await protectControlAddress(address)
  server.on('error', (error) => logger.warn({ error }, 'the control socket failed'))
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      await Promise.all(running)
      for (const caller of callers) caller.destroySoon()
      await closed
      await releaseControlAddress(folder)
    },
  }
}

async function answer(
  line: string,
  { accounts, logger }: { accounts: AccountParts; logger: Logger },
): Promise<Response> {
  try {
    const { operation, input } = requestSchema.parse(JSON.parse(line))
    if (!isOperationName(operation)) return { fault: UNKNOWN_OPERATION }
    const result = await performHere(accounts, operation, input)
    return result instanceof OperationRefusal ? { refusal: { ...result } } : { result }
  } catch (error) {
    logger.error({ error }, 'an operation of the command line failed')
    return { fault: 'The running server failed at this; its log says why.' }
  }
}

const UNKNOWN_OPERATION =
  'The running server does not know this operation: it is of another version; restart it.'

/** The stream, cut off when it has carried more than a request may be long. */
function limited(caller: Socket): Socket {
  caller.on('data', () => {
    if (caller.bytesRead > LONGEST_REQUEST) caller.destroy()
  })
  return caller
}
