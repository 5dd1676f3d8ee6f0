import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Where the server listens while `npm run dev` shows the pages with hot reload. */
const SERVER = process.env['CURFEW_URL'] ?? 'http://localhost:4000'

/** The account page and the administration page, built for the server to serve: `dist/web`. */
export default defineConfig({
  root: 'src/web',
  // each address below /admin is the administration page's own to read
  appType: 'mpa',
  plugins: [react(), administrationAddresses(), compressed()],
  // the server puts a new one in its place with each answer; see src/server/pages.ts
  html: { cspNonce: '%NONCE%' },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // from here on browsers know light-dark() by themselves; rewritten for older ones, it does not follow the pages' switch
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // images and fonts stay files, so that the policy of the pages needs no `data:`
    assetsInlineLimit: 0,
    // charts, which the administration page alone loads
    chunkSizeWarningLimit: 900, // kB
    rolldownOptions: {
      input: { account: page('index.html'), admin: page('admin/index.html') },
    },
  },
  server: {
    port: 5173,
    proxy: { '/graphql': { target: SERVER, ws: true }, '/healthz': SERVER, '/readyz': SERVER },
  },
})

function page(path: string): string {
  return fileURLToPath(new URL(`src/web/${path}`, import.meta.url))
}

/** In development: what the server does for addresses like /admin/users. */
function administrationAddresses(): Plugin {
  return {
    name: 'administration-addresses',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = request.url?.split('?', 1)[0] ?? ''
        if (/^\/admin(\/[^.]*)?$/.test(path)) request.url = '/admin/index.html'
        next()
      })
    },
  }
}

/** Compressed once, when it is built, and not with each answer: `x.js.br` and `x.js.gz` beside each `x.js`. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const assets = join(dir, 'assets')
      for (const name of await readdir(assets)) {
        const content = await readFile(join(assets, name))
        await writeFile(join(assets, `${name}.br`), await promisify(brotliCompress)(content))
        await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(content, { level: 9 }))
      }
    },
  }
}
