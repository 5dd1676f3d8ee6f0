import type { SessionEndReason } from '../protocol/sessions.ts'

/** What every tab can read at once, without waiting for a message. Nothing of it is a secret. */
export interface Mark {
  /** How often it was decided whose session this is. */
  readonly version: number
  /** The session's id; null if nobody is signed in. */
  readonly sessionId: string | null
  /** Why the last one ended. */
  readonly reason: SessionEndReason | null
  /** When that is told no more, as it was told to a page that was opened later (milliseconds since 1970). Null as long as it was not. */
  readonly reasonUntil: number | null
}

/** The mark of one server on this origin. */
export interface Marks {
  read(): Mark
  write(mark: Mark): void
}

const NONE: Mark = { version: 0, sessionId: null, reason: null, reasonUntil: null }

/** Keeps the mark in local storage; where that is shut, or without a key, each tab has its own. */
export function openMarks(key: string | null): Marks {
  let own = NONE
  return {
    read: () => {
      try {
        const text = key === null ? null : localStorage.getItem(key)
        return text === null ? own : { ...NONE, ...(JSON.parse(text) as Partial<Mark>) }
      } catch {
        return own
      }
    },
    write: (mark) => {
      own = mark
      try {
        if (key !== null) localStorage.setItem(key, JSON.stringify(mark))
      } catch {
        // full, or shut: the other tabs hear of it by message, and what was stored is not true any more
        try {
          if (key !== null) localStorage.removeItem(key)
        } catch {
          // shut
        }
      }
    },
  }
}
