import { access, chmod, constants, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { newSecret } from '../kernel/secret.ts'

/** A start that cannot succeed; the message is one sentence that names the setting and the fix. */
export class StartupError extends Error {
  override readonly name = 'StartupError'
}

/** What we keep in the data folder, and what may lie in an empty one without being anybody's. */
const OURS = ['secret', 'secret.new', 'lock', 'lock-journal', 'database', 'database.new']
const NOBODYS = ['lost+found', '.gitkeep', '.gitignore', '.DS_Store']

/**
 * Makes the data folder if it is missing, readable by its owner alone.
 * @throws StartupError if it cannot be used, or is somebody else's: making `/tmp` or a project private would break it
 */
export async function prepareDataFolder(folder: string): Promise<void> {
  try {
    const made = await makeFolder(folder)
    if (!made && process.platform !== 'win32') await makePrivate(folder)
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw error instanceof StartupError ? error : new StartupError(explain(folder, error))
  }
}

/**
 * Makes a folder and those above it. Node's own way of doing so never ends where the system says that a folder is missing that is
 * there, as Linux does below `/proc`.
 * @returns whether the folder was missing
 */
async function makeFolder(folder: string, { above = true } = {}): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 })
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return false
    if (code !== 'ENOENT' || !above || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    return makeFolder(folder, { above: false })
  }
}

/** Whether there is a data folder with a database in it, or the beginnings of one. */
export async function hasData(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).some((name) => OURS.includes(name))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    throw new StartupError(explain(folder, error))
  }
}

async function makePrivate(folder: string): Promise<void> {
  const { mode } = await stat(folder)
  if ((mode & 0o077) === 0) return
  const names = (await readdir(folder)).filter((name) => !NOBODYS.includes(name))
  if (names.length > 0 && !names.some((name) => OURS.includes(name))) {
    throw new StartupError(
      `CURFEW_DATA_DIR: ${folder} holds other files and others may read it; give a folder of its own, such as ${join(folder, 'curfew')}.`,
    )
  }
  await chmod(folder, 0o700)
}

function explain(folder: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `CURFEW_DATA_DIR: this user may not write to ${folder}; give a folder that it owns.`
    case 'EROFS':
      return `CURFEW_DATA_DIR: ${folder} is on a file system that is read-only; give a folder that can be written to.`
    case 'ENOTDIR':
    case 'EEXIST':
      return `CURFEW_DATA_DIR: ${folder} is not a folder, or runs through a file; give the path of a folder.`
    case 'ENOSPC':
      return `CURFEW_DATA_DIR: there is no space left for ${folder}; make room, or give a folder on another disk.`
    default:
      return `CURFEW_DATA_DIR: ${folder} cannot be used as a folder (${code}); give one that this user may write to.`
  }
}

/**
 * The master secret of this data folder, made at the first start, readable by its owner alone.
 * @throws StartupError if the file is there but cannot be a secret, rather than replacing what data may depend on
 */
export async function dataFolderSecret(folder: string): Promise<string> {
  const file = join(folder, 'secret')
  try {
    const secret = (await readFile(file, 'utf8')).trim()
    if (Buffer.byteLength(secret) >= 32) return secret
    throw new StartupError(
      `CURFEW_SECRET: ${file} is too short to be a secret; restore it from a backup, or set CURFEW_SECRET.`,
    )
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof StartupError) throw error
    if (code !== 'ENOENT')
      throw new StartupError(`CURFEW_SECRET: ${file} cannot be read (${code}); make it this user's own.`)
  }
  const secret = newSecret()
  // written beside and moved into place: a start that is killed in between leaves no half of a secret
  const draft = `${file}.new`
  await writeFile(draft, `${secret}\n`, { mode: 0o600, flush: true })
  await rename(draft, file)
  return secret
}
