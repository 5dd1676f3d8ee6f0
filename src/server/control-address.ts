import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { newSecret } from '../kernel/secret.ts'

/** Longest path of a Unix domain socket, in bytes, on every system that has them (macOS: 104 with the final zero). */
const LONGEST_SOCKET_PATH = 103
const SOCKET = 'control.sock'
/** Holds the address where the socket cannot lie in the data folder itself. */
const RECORD = 'control.path'

/**
 * Where the server of this data folder listens for the command line: a socket in the folder, which its owner alone may enter.
 * Where the path would be too long, or on Windows, an address that nobody can guess, recorded in the folder.
 *
 * To be called only while holding the folder's lock: what an earlier server left is removed.
 */
export async function claimControlAddress(folder: string): Promise<string> {
  await releaseControlAddress(folder)
  const address = join(folder, SOCKET)
  if (!isWindows() && Buffer.byteLength(address) <= LONGEST_SOCKET_PATH) return address
  const elsewhere = await makeAddressElsewhere()
  await writeFile(join(folder, RECORD), `${elsewhere}\n`, { mode: 0o600 })
  return elsewhere
}

/** The address that the server of this data folder claimed; whether anybody listens there shows when connecting. */
export async function findControlAddress(folder: string): Promise<string> {
  return (await readRecord(folder)) ?? join(folder, SOCKET)
}

/** Removes what lies at the address, and its record. Only while holding the folder's lock. */
export async function releaseControlAddress(folder: string): Promise<void> {
  const recorded = await readRecord(folder)
  // a folder of our own making, with nothing but the socket in it
  if (recorded && !isWindows()) await rm(dirname(recorded), { recursive: true, force: true })
  await rm(join(folder, RECORD), { force: true })
  if (!isWindows()) await rm(join(folder, SOCKET), { force: true })
}

/** Lets nobody but the owner connect. */
export async function protectControlAddress(address: string): Promise<void> {
  if (!isWindows()) await chmod(address, 0o600)
}

async function makeAddressElsewhere(): Promise<string> {
  if (isWindows()) return `\\\\.\\pipe\\curfew-${newSecret()}`
  const temporary = Buffer.byteLength(tmpdir()) <= 64 ? tmpdir() : '/tmp'
  return join(await mkdtemp(join(temporary, 'curfew-')), SOCKET)
}

async function readRecord(folder: string): Promise<string | null> {
  try {
    const recorded = (await readFile(join(folder, RECORD), 'utf8')).trim()
    const ours = isWindows() ? recorded.startsWith('\\\\.\\pipe\\curfew-') : OURS.test(recorded)
    return ours ? recorded : null
  } catch (error) {
    // no such folder, none at all, or not ours: whoever connects will be told
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** What {@link makeAddressElsewhere} makes: nothing else is ever connected to or removed because a file says so. */
const OURS = /^\/(?:[^/]+\/)*curfew-\w{6}\/control\.sock$/

function isWindows(): boolean {
  return process.platform === 'win32'
}
