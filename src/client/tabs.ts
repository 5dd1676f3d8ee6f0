import type { Clock } from './clock.ts'
import { makeListeners } from './listeners.ts'
import type { SessionEvent } from './results.ts'
import type { SessionState } from './state.ts'

/** What the tabs of one browser tell each other. */
export type TabMessage =
  /** Is whoever holds this lock alive? And is whoever leads connected? */
  | { readonly type: 'ask'; readonly lock: string }
  /** Yes. */
  | { readonly type: 'held'; readonly lock: string }
  /** What holds for all from now on, unless they have heard of something newer. */
  | { readonly type: 'state'; readonly version: number; readonly state: SessionState }
  /** Who leads is connected for this session; null if for none. */
  | { readonly type: 'connected'; readonly sessionId: string | null }
  /** There are newer tokens in the store. */
  | { readonly type: 'tokens' }
  | PersonalMessage

/** What is for the tabs of one person alone. One may come late, when somebody else is signed in. */
export type PersonalMessage = { readonly userId: string | undefined } & (
  | /** The server told of something. */
  { readonly type: 'event'; readonly event: SessionEvent }
  /** Up to here it is known what happened. */
  | { readonly type: 'cursor'; readonly cursor: string }
  /** The server cannot tell all that happened meanwhile. */
  | { readonly type: 'missed' }
)

/** The other tabs that share this one's session. */
export interface Tabs {
  /** @returns whether an answer can be heard: false when it is closed, or where there is no channel */
  post(message: TabMessage): boolean
  on(listener: (message: TabMessage) => void): () => void
  close(): void
}

/** Joins the tabs of this origin that use the same server. Each message also wakes what is overdue here. */
export function joinTabs(name: string, clock: Clock): Tabs {
  const { add: on, tell, clear } = makeListeners<[TabMessage]>()
  let channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name)
  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      clock.check()
      tell(data)
    }
  }
  return {
    post: (message) => {
      channel?.postMessage(message)
      return !!channel
    },
    on,
    close: () => {
      clear()
      channel?.close()
      channel = null
    },
  }
}
