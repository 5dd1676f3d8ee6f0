import type { Reporter, TestModule } from 'vitest/node'

/** Names the tests that passed only at their second try, so that nobody gets used to them. */
export default class UnsteadyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const unsteady = modules.flatMap((module) =>
      [...module.children.allTests('passed')]
        .filter((test) => test.diagnostic()?.flaky)
        .map((test) => `  ${module.relativeModuleId} > ${test.fullName}`),
    )
    if (unsteady.length === 0) return
    console.log(`\nPassed only at the second try (${unsteady.length}):\n${unsteady.join('\n')}\n`)
  }
}
