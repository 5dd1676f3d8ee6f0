import { defineConfig } from 'vitest/config'

/** Where one failure in a hundred runs is a promise broken: each of these repeats itself often enough, and is never given a second try. */
const RULES = ['test/{races,models,faults,contracts,revocations}/**/*.test.ts']

export default defineConfig({
  // Without `development` among the conditions: graphql has a build of its own under it, which Vite would pick
  // for our files and Node not for Yoga and Pothos, and each refuses the other's types.
  ssr: { resolve: { conditions: ['module', 'node'], externalConditions: ['node', 'module-sync'] } },
  test: {
    globalSetup: ['test/kit/global-setup.ts'],
    reporters: ['default', './test/kit/unsteady-reporter.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000, // ms
    hookTimeout: 30_000, // ms
    // a slow machine is not an error: what is waited for comes within a second, or is given ten
    expect: { poll: { timeout: 10_000 } },
    projects: [
      { extends: true, test: { name: 'rules', include: RULES } },
      {
        extends: true,
        // real servers, sockets and processes on a machine that does other things as well: one more try, and the report names who needed it
        test: {
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: [...RULES, 'test/browser/**'],
          retry: 1,
        },
      },
    ],
  },
})
