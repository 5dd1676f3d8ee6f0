import { useEffect, useState, useSyncExternalStore } from 'react'
import type { SessionClient } from '../../client/index.ts'
import { Announcements } from '../shared/announcements.tsx'
import { NoRightsPage } from './frame/no-rights-page.tsx'
import { Opening } from './frame/opening.tsx'
import { SignInPage } from './frame/sign-in-page.tsx'
import { SignedInPage } from './frame/signed-in-page.tsx'
import { makeRouter } from './routes.tsx'
import { texts } from './texts.ts'

/** The administration page: of the administrator who is signed in, or the way in. */
export function AdministrationPage({ client }: { client: SessionClient }) {
  const session = useSyncExternalStore(client.subscribe, () => client.state)
  const [router] = useState(makeRouter)
  const [email, setEmail] = useState('')
  const viewer = session.status === 'signedIn' ? session.viewer : null
  const reason = session.status === 'signedOut' ? session.reason : null
  // who leaves by themselves may leave the computer to somebody else
  const hasLeft = reason === 'SIGNED_OUT' || reason === 'ACCOUNT_DELETED'
  useEffect(() => {
    if (viewer) setEmail(viewer.email)
    else if (hasLeft) setEmail('')
  }, [viewer, hasLeft])
  switch (session.status) {
    case 'loading':
      return <Opening />
    case 'signedOut':
      return (
        <SignInPage client={client} email={hasLeft ? '' : email} message={hasLeft ? null : session.message} />
      )
    case 'signedIn':
      return session.viewer.roles.includes('ADMINISTRATOR') ? (
        // nothing that one person has read, typed, opened or been told is there for the next one
        <Announcements key={session.viewer.id} label={texts.frame.notices} dismissLabel={texts.frame.dismiss}>
          <SignedInPage client={client} viewer={session.viewer} router={router} />
        </Announcements>
      ) : (
        <NoRightsPage client={client} email={session.viewer.email} />
      )
  }
}
