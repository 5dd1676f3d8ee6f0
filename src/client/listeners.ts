/** Those who want to be told of something. */
export interface Listeners<Args extends readonly unknown[]> {
  add(listener: (...args: Args) => void): () => void
  /** Tells all of them; one that throws keeps it from nobody else. */
  tell(...args: Args): void
  clear(): void
}

export function makeListeners<Args extends readonly unknown[]>(): Listeners<Args> {
  const listeners = new Set<[(...args: Args) => void]>()
  return {
    add: (call) => {
      // the same function twice is told twice
      const entry: [typeof call] = [call]
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
    tell: (...args) => {
      for (const [call] of [...listeners]) {
        try {
          call(...args)
        } catch (error) {
          reportError(error)
        }
      }
    },
    clear: () => listeners.clear(),
  }
}
