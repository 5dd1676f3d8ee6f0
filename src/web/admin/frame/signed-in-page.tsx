import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { RouterProvider } from 'react-router/dom'
import type { SessionClient, Viewer } from '../../../client/index.ts'
import { useAnnounce } from '../../shared/announcements.tsx'
import { Attendance } from '../attendance.ts'
import { EventFeed } from '../live/feed.ts'
import { streamOver } from '../live/open-stream.ts'
import { type Parts, PartsProvider } from '../parts.ts'
import type { Router } from '../routes.tsx'
import { failureOf } from '../server/failures.ts'
import { makeQueryClient } from '../server/query-client.ts'
import { Requests } from '../server/requests.ts'
import { Verification } from '../server/verification.ts'
import { makeWriting } from '../writing.ts'
import { VerifyQuestion } from './verify-dialog.tsx'

/** Everything that an administrator sees. What it has read goes with it. */
export function SignedInPage({
  client,
  viewer,
  router,
}: {
  client: SessionClient
  viewer: Viewer
  router: Router
}) {
  const announce = useAnnounce()
  const [parts] = useState(() =>
    makeParts(client, viewer, (error) => announce(failureOf(error, { isChange: true }).message, 'warning')),
  )
  const [store] = useState(() => makeQueryClient(() => parts.attendance.isAttended))
  useEffect(() => {
    const { attendance, feed, verification } = parts
    const tell = () => {
      feed.allow(attendance.isAttended)
      // what is shown is brought up to date for whoever comes back to it; what was refused is left to them
      if (attendance.isAttended) {
        void store.refetchQueries({
          type: 'active',
          stale: true,
          predicate: ({ state }) => state.data !== undefined,
        })
      }
    }
    const endTelling = attendance.subscribe(tell)
    const endLooking = attendance.start()
    tell()
    return () => {
      feed.allow(false)
      endTelling()
      endLooking()
      verification.answer(false)
      store.clear()
    }
  }, [parts, store])
  return (
    <PartsProvider value={parts}>
      <QueryClientProvider client={store}>
        <RouterProvider router={router} />
        <VerifyQuestion client={client} />
      </QueryClientProvider>
    </PartsProvider>
  )
}

function makeParts(client: SessionClient, viewer: Viewer, onFailure: (error: unknown) => void): Parts {
  const attendance = new Attendance()
  const feed = new EventFeed(streamOver(client.url, client.connectionParams))
  const verification = new Verification(attendance, () => feed.verified())
  return {
    viewer,
    attendance,
    verification,
    requests: new Requests((query, variables) => client.request(query, variables), verification),
    feed,
    writing: makeWriting(),
    signOut: () => void client.signOut().catch(onFailure),
  }
}
