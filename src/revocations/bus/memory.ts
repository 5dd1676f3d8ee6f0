import type { Bus } from './bus.ts'

/** The bus of a single node: announcements stay in the process. */
export function memoryBus(): Bus {
  const wakes = new Set<() => void>()
  return {
    announce: async (transaction) => {
      transaction.onCommit(() => {
        for (const wake of wakes) wake()
      })
    },
    listen: async (wake) => {
      wakes.add(wake)
    },
    [Symbol.asyncDispose]: async () => wakes.clear(),
  }
}
