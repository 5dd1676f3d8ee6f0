import type { Transaction } from '../../database/database.ts'

/**
 * Wakes nodes when the event log has grown. It carries no events and may lose, repeat or reorder what it does carry: the log
 * is the truth, and whoever is woken reads it.
 */
export interface Bus extends AsyncDisposable {
  /** To be called in a transaction that wrote events: wakes every node soon after it commits, and none if it rolls back. */
  announce(transaction: Transaction): Promise<void>
  /**
   * Calls `wake` after each announcement, and once after each gap in which announcements may have been lost.
   * Resolves when it is listening for the first time, and rejects if it cannot; later it reconnects by itself.
   */
  listen(wake: () => void): Promise<void>
}
