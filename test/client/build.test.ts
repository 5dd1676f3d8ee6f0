import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { buildSchema, parse, validate } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import * as documents from '../../src/client/documents.ts'
import { bundle } from '../kit/bundle.ts'

const ROOT = new URL('../../', import.meta.url)

/** Bytes of the client in a page of production, beside graphql-ws. */
const LARGEST = 10_000

describe('the client', () => {
  test('is small', async () => {
    const entry = fileURLToPath(new URL('src/client/index.ts', ROOT))
    const code = await bundle(entry, { minify: true, external: ['graphql-ws'] })
    expect(code).toContain('createSessionClient')
    expect(code.match(/from\s*["'][^"']+["']/g)).toEqual([expect.stringContaining('graphql-ws')])
    expect(gzipSync(code).length).toBeLessThan(LARGEST)
  })

  test.each(Object.entries(documents))('asks only for what there is: %s', async (_, document) => {
    const schema = buildSchema(await readFile(new URL('schema.graphql', ROOT), 'utf8'))
    expect(validate(schema, parse(document))).toEqual([])
  })
})

describe('the client as it is built', () => {
  const run = promisify(execFile)
  beforeAll(async () => {
    await run('tsc', ['-p', 'src/client/tsconfig.build.json'], { cwd: ROOT })
  }, 120_000)

  test.each(['curfew/client', 'curfew/client/react', 'curfew/client/urql', 'curfew/client/apollo'])(
    'is a door of the package: %s',
    async (door) => {
      const { stdout } = await run(
        process.execPath,
        ['--input-type=module', '--eval', `console.log(Object.keys(await import('${door}')).join(' '))`],
        { cwd: ROOT },
      )
      expect(stdout.trim()).toBe(DOORS[door])
    },
  )

  test('has types that a page of others is checked against, to the letter', async () => {
    const consumer = new URL('dist/consumer/', ROOT)
    await mkdir(consumer, { recursive: true })
    await writeFile(new URL('tsconfig.json', consumer), JSON.stringify(CONSUMER))
    const check = async (code: string): Promise<string> => {
      await writeFile(new URL('page.ts', consumer), code)
      const { stdout } = await run('tsc', ['-p', 'dist/consumer'], { cwd: ROOT }).catch(
        (error: { stdout: string }) => error,
      )
      return stdout
    }
    expect(await check(PAGE)).toBe('')
    expect(await check(PAGE.replace('state.viewer.email', 'state.viewer.name'))).toMatch(
      /Property 'name' does not exist on type 'Viewer'/,
    )
  })
})

/** What each door exports beside types. */
const DOORS: Readonly<Record<string, string>> = {
  'curfew/client': 'SessionRequestError createSessionClient',
  'curfew/client/react': 'useSession useSessionConnected',
  'curfew/client/urql': 'clientPerViewer forwardSubscription sessionArguments',
  'curfew/client/apollo': 'clearOnViewerChange sessionLinkOptions',
}

const CONSUMER = {
  compilerOptions: {
    module: 'nodenext',
    strict: true,
    noEmit: true,
    types: [],
    lib: ['es2024', 'dom', 'dom.iterable'],
  },
  files: ['page.ts'],
}

const PAGE = `import { createSessionClient, type SessionState } from 'curfew/client'
import { clearOnViewerChange } from 'curfew/client/apollo'
import { useSession } from 'curfew/client/react'
import { sessionArguments } from 'curfew/client/urql'
const session = createSessionClient({ url: '/graphql' })
const state: SessionState = session.state
export const email: string = state.status === 'signedIn' ? state.viewer.email : state.status
export { clearOnViewerChange, sessionArguments, useSession }
`
