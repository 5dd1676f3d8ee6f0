import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Builds the pages once before all tests, if they are older than what they are made of. */
export default function setup(): void {
  const sources = globSync(['src/{web,client,protocol}/**/*.*', 'vite.config.ts'], { cwd: root })
  const newest = Math.max(...sources.map((path) => writtenAt(path)))
  const built = ['dist/web/index.html', 'dist/web/admin/index.html'].map((path) => writtenAt(path))
  if (Math.min(...built) >= newest) return
  const { status } = spawnSync(process.execPath, ['bin/build.cjs'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error('the pages could not be built')
}

/** In milliseconds since 1970; 0 if there is no such file. */
function writtenAt(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
