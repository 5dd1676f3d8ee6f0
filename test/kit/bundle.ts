import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const CLIENT = fileURLToPath(new URL('../../src/client/', import.meta.url))

/** Bundles an entry for the browser, as a page's own tools would; `curfew/client` is the client of this tree. */
export async function bundle(
  entry: string,
  options: { readonly minify?: boolean; readonly external?: readonly string[] } = {},
): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    mode: 'production',
    define: { 'process.env.NODE_ENV': '"production"' },
    // what a page of production has, whatever runs this
    oxc: { jsx: { runtime: 'automatic', development: false } },
    resolve: {
      alias: [
        { find: /^curfew\/client$/, replacement: `${CLIENT}index.ts` },
        { find: /^curfew\/client\/(.*)$/, replacement: `${CLIENT}$1.ts` },
      ],
    },
    build: {
      write: false,
      target: 'es2023',
      minify: options.minify ?? false,
      modulePreload: false,
      // a library keeps its white space, for the tools of pages to take it away: what is measured is what such a tool makes
      ...(options.external
        ? {
            rolldownOptions: {
              input: entry,
              preserveEntrySignatures: 'strict',
              external: [...options.external],
            },
          }
        : { lib: { entry, formats: ['iife'], name: 'page' } }),
    },
  })
  const [output] = Array.isArray(result) ? result : [result]
  if (!output || !('output' in output)) throw new Error('nothing was built')
  return output.output[0].code
}
