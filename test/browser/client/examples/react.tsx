import { createSessionClient } from 'curfew/client'
import { useSession } from 'curfew/client/react'

export const session = createSessionClient({ url: '/graphql' })

export function Account() {
  const state = useSession(session)
  if (state.status === 'loading') return <p>One moment …</p>
  if (state.status === 'signedOut') return <p role="alert">{state.message ?? 'Sign in, please.'}</p>
  return (
    <p>
      {state.viewer.email}{' '}
      <button type="button" onClick={() => session.signOut()}>
        Sign out
      </button>
    </p>
  )
}
