import { createClient } from 'graphql-ws'
import type { SessionClient } from './index.ts'

/** What makes an urql client speak with the session. */
export interface SessionClientArguments {
  readonly url: string
  readonly fetch: typeof fetch
  /** Queries go by POST, where no proxy keeps them. */
  readonly preferGetMethod: false
}

/** What urql's `Client` is given beside its exchanges. */
export function sessionArguments({ url, fetch }: SessionClient): SessionClientArguments {
  return { url, fetch, preferGetMethod: false }
}

/**
 * Another client for each person: urql's caches cannot be emptied, and what one person was shown is not for the next.
 * @returns what gives the client of whoever is signed in now
 */
export function clientPerViewer<Client>(session: SessionClient, make: () => Client): () => Client {
  let client = make()
  session.onViewerChange(() => {
    client = make()
  })
  return () => client
}

/** Who hears what comes of a subscription. */
export interface SubscriptionSink {
  next(result: object): void
  error(error: unknown): void
  complete(): void
}

/** What urql's `subscriptionExchange` forwards to: one socket that the session opens, while there is somebody who listens. */
export function forwardSubscription(session: SessionClient) {
  const { url, connectionParams } = session
  const client = createClient({ url: url.replace(/^http/, 'ws'), connectionParams, retryAttempts: Infinity })
  return ({ query = '', variables }: { query?: string | undefined; variables?: object | undefined }) => ({
    subscribe: (sink: SubscriptionSink) => ({
      unsubscribe: client.subscribe({ query, variables: { ...variables } }, sink),
    }),
  })
}
