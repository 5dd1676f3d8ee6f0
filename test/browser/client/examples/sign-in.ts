import { createSessionClient } from 'curfew/client'

export const session = createSessionClient({ url: '/graphql' })

session.subscribe(() => {
  const { state } = session
  if (state.status === 'signedIn') document.title = state.viewer.email
  if (state.status === 'signedOut') document.title = state.message ?? 'Sign in'
})

export async function signIn(email: string, password: string): Promise<string> {
  const result = await session.signIn({ email, password })
  return result.__typename === 'SignInSuccess' ? 'Welcome.' : result.message
}
