import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A folder that this process alone may use, until the lock is disposed or the process ends. */
export interface FolderLock extends Disposable {}

/**
 * Takes the folder for this process, or returns null if another one has it.
 *
 * SQLite's exclusive lock serves as the lock: the operating system releases it with the process, also after `kill -9`, which
 * a file with a process id in it does not, and it works alike on Linux, macOS and Windows without a native module.
 */
export function lockFolder(folder: string): FolderLock | null {
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    const SQLITE_BUSY = 5
    if ((error as { errcode?: unknown }).errcode === SQLITE_BUSY) return null
    throw error
  }
  return { [Symbol.dispose]: () => database.close() }
}
