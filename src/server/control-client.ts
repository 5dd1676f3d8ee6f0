import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { findControlAddress } from './control-address.ts'
import { OPERATIONS, type OperationName, type Operations } from './control-operations.ts'
import { responseSchema } from './control-response.ts'
import { StartupError } from './data-folder.ts'
import { OperationRefusal } from './operation-refusal.ts'

/** The operations of the server that has this data folder; null if none listens there (now). */
export async function findRunningServer(folder: string): Promise<Operations | null> {
  const first = await connect(folder)
  if (!first) return null
  first.destroy()
  return {
    perform: async (name, input) => {
      const caller = await connect(folder)
      if (!caller) throw new StartupError('The running server has stopped; run the command again.')
      return call(caller, name, input)
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

async function call<Name extends OperationName>(caller: Socket, name: Name, input: unknown) {
  caller.write(`${JSON.stringify({ operation: name, input })}\n`)
  const answer = await text(caller).catch(() => '')
  if (!answer.endsWith('\n'))
    throw new StartupError(
      'The running server stopped before it answered; look whether the command took effect, and run it again.',
    )
  const response = responseSchema.parse(JSON.parse(answer))
  if ('fault' in response) throw new StartupError(response.fault)
  if ('refusal' in response) return new OperationRefusal(response.refusal.code, response.refusal.message)
  return OPERATIONS[name].output.parse(response.result) as never
}

/** Nothing lies at the address, nobody listens there, or nobody can: it is too long for a socket. */
const NOBODY = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'EINVAL', 'ENAMETOOLONG']

/** A connection to the server; null if nobody listens. */
async function connect(folder: string): Promise<Socket | null> {
  const address = await findControlAddress(folder)
  let caller: Socket | null = null
  try {
    caller = createConnection(address)
    await once(caller, 'connect')
    return caller
  } catch (error) {
    caller?.destroy()
    const { code } = error as NodeJS.ErrnoException
    if (NOBODY.includes(code ?? '')) return null
    if (code === 'EACCES' || code === 'EPERM')
      throw new StartupError(
        `CURFEW_DATA_DIR: only the user who runs the server may control it through ${folder}; run this as that user.`,
      )
    throw error
  }
}
