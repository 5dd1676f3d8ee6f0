import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from '@urql/core'
import { createSessionClient } from 'curfew/client'
import { clientPerViewer, forwardSubscription, sessionArguments } from 'curfew/client/urql'

export const session = createSessionClient({ url: '/graphql' })

export const currentClient = clientPerViewer(
  session,
  () =>
    new Client({
      ...sessionArguments(session),
      exchanges: [
        cacheExchange,
        fetchExchange,
        subscriptionExchange({ forwardSubscription: forwardSubscription(session) }),
      ],
    }),
)

export async function readEmail(): Promise<string | null> {
  const { data } = await currentClient().query(gql`{ viewer { id email } }`, {}).toPromise()
  return data?.viewer?.email ?? null
}

export function onSessionStarted(listener: (sessionId: string) => void): () => void {
  const events = gql`subscription { sessionEvents { id sessionId } }`
  return currentClient()
    .subscription(events, {})
    .subscribe(({ data }) => data && listener(data.sessionEvents.sessionId)).unsubscribe
}
