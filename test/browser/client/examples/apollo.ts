import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client/core'
import { createSessionClient } from 'curfew/client'
import { clearOnViewerChange, sessionLinkOptions } from 'curfew/client/apollo'

export const session = createSessionClient({ url: '/graphql' })

export const client = new ApolloClient({
  link: new HttpLink(sessionLinkOptions(session)),
  cache: new InMemoryCache(),
})

clearOnViewerChange(client, session)

export async function readEmail(): Promise<string | null> {
  const { data } = await client.query<{ viewer: { email: string } | null }>({
    query: gql`{ viewer { id email } }`,
  })
  return data?.viewer?.email ?? null
}
