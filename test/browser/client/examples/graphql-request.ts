import { createSessionClient } from 'curfew/client'
import { GraphQLClient } from 'graphql-request'

export const session = createSessionClient({ url: '/graphql' })

export const client = new GraphQLClient(session.url, { fetch: session.fetch })

export async function readEmail(): Promise<string | null> {
  const { viewer } = await client.request<{ viewer: { email: string } | null }>('{ viewer { email } }')
  return viewer?.email ?? null
}
