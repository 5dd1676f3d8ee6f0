import { defineConfig } from 'vitest/config'

/** What only a browser can show: `npm run test:browser`. */
export default defineConfig({
  // see vitest.config.ts
  ssr: { resolve: { conditions: ['module', 'node'], externalConditions: ['node', 'module-sync'] } },
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/kit/global-setup.ts', 'test/kit/built-pages.ts'],
    reporters: ['default', './test/kit/unsteady-reporter.ts'],
    pool: 'forks',
    // one browser at a time
    maxWorkers: 1,
    retry: 1,
    testTimeout: 30_000, // ms
    hookTimeout: 60_000, // ms
    expect: { poll: { timeout: 10_000 } },
  },
})
