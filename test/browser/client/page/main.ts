// What the pages of these tests run: a client, and a record of all that it tells.
import {
  createSessionClient,
  type SessionClient,
  type SessionClientOptions,
  type SessionState,
} from 'curfew/client'

/** What a page has seen, in order, with the moment at which it did. */
export interface Seen {
  readonly what: 'state' | 'viewer' | 'signedOut' | 'event' | 'missed'
  readonly detail: unknown
  readonly at: number
}

declare global {
  var session: SessionClient
  var seen: Seen[]
  var factors: string[]
  /** Makes the client of this page. With `factors`, it answers requests for a factor with these passwords, one after the other. */
  var note: (what: Seen['what'], detail: unknown) => void
  /** What other tabs say is lost on this page from now on, as on one that is frozen. */
  var deafen: () => void
  /** With `later`, its clock is so much ahead (milliseconds). */
  var start: (
    options: Omit<SessionClientOptions, 'url'> & { url?: string; factors?: string[]; later?: number },
  ) => void
}

globalThis.seen = []
globalThis.note = record
const channels: BroadcastChannel[] = []
const Channel = globalThis.BroadcastChannel
if (Channel)
  globalThis.BroadcastChannel = class extends Channel {
    constructor(name: string) {
      super(name)
      channels.push(this)
    }
  }
globalThis.deafen = () => {
  for (const channel of channels) channel.onmessage = null
}

globalThis.start = ({ factors, later = 0, ...options }) => {
  const now = Date.now
  if (later > 0) Date.now = () => now() + later
  const session = createSessionClient({
    url: '/graphql',
    ...options,
    ...(factors
      ? {
          onVerificationRequired: async ({ action, subject, refusal }) => {
            record('event', { asked: action, subject, refusal: refusal?.code ?? null })
            const password = factors.shift()
            return password === undefined ? null : { password }
          },
        }
      : {}),
  })
  globalThis.session = session
  session.subscribe(() => record('state', session.state satisfies SessionState))
  session.onViewerChange((viewer, before) =>
    record('viewer', { is: viewer?.email ?? null, was: before?.email ?? null }),
  )
  session.onSignedOut(({ reason, message }) => record('signedOut', { reason, message }))
  session.onEvent((event) => record('event', event))
  session.onEventsMissed(() => record('missed', null))
}

function record(what: Seen['what'], detail: unknown): void {
  globalThis.seen.push({ what, detail, at: Date.now() })
}
