import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { SessionEndReason } from '../../protocol/sessions.ts'
import { Announcements } from '../shared/announcements.tsx'
import { SignedInPage } from './frame/signed-in-page.tsx'
import { queries } from './server/query-client.ts'
import { client, useSession } from './server/session.ts'
import { SignedOutPage } from './sign-in/signed-out-page.tsx'
import { Opening } from './states/opening.tsx'
import { texts } from './texts.ts'

/** Whoever ends their session themselves may leave the computer to somebody else, or have left it there already. */
const LEFT: readonly (SessionEndReason | null)[] = ['SIGNED_OUT', 'SIGNED_OUT_EVERYWHERE', 'ACCOUNT_DELETED']

/** The account page: of whoever is signed in, or the way in. */
export function AccountPage() {
  return (
    <QueryClientProvider client={queries}>
      <Page />
    </QueryClientProvider>
  )
}

function Page() {
  const session = useSession()
  // nothing that was read for one person is there for the next one
  useEffect(() => client.onViewerChange(() => queries.clear()), [])
  const [email, setEmail] = useState<string | null>(null)
  const [arrived, setArrived] = useState(false)
  const viewer = session.status === 'signedIn' ? session.viewer : null
  const reason = session.status === 'signedOut' ? session.reason : null
  useEffect(() => {
    if (viewer) setEmail(viewer.email)
    else if (LEFT.includes(reason)) setEmail(null)
  }, [viewer, reason])
  useEffect(() => {
    if (session.status === 'signedOut') setArrived(true)
  }, [session.status])
  switch (session.status) {
    case 'loading':
      return <Opening />
    case 'signedOut':
      return (
        <SignedOutPage
          reason={session.reason}
          notice={session.reason === null ? session.message : texts.ended[session.reason]}
          email={LEFT.includes(session.reason) ? null : email}
        />
      )
    case 'signedIn':
      // nothing that one person has typed, opened or been told is there for the next one
      return (
        <Announcements key={session.viewer.id} label={texts.frame.notices} dismissLabel={texts.frame.dismiss}>
          <SignedInPage viewer={session.viewer} sessionId={session.session.id} arrived={arrived} />
        </Announcements>
      )
  }
}
