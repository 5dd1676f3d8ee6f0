import { createSessionClient } from 'curfew/client'

export const session = createSessionClient({
  url: '/graphql',
  onVerificationRequired: async ({ refusal }) => {
    // a dialog of yours; the prompt of browsers shows what is typed
    const password = prompt(refusal ? refusal.message : 'Your password, please')
    return password === null ? null : { password }
  },
})

export async function signOutOthers(): Promise<string> {
  const result = await session.revokeAllSessions({ keepCurrent: true })
  return result.__typename === 'RevokeAllSessionsSuccess'
    ? `${result.revokedCount} signed out.`
    : result.message
}
