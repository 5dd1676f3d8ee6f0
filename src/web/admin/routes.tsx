import { createBrowserRouter } from 'react-router'
import { EveryonePage } from './everyone/everyone-page.tsx'
import { Crash } from './frame/crash.tsx'
import { Frame } from './frame/frame.tsx'
import { MissingPage } from './frame/missing-page.tsx'
import { LivePage } from './live/live-page.tsx'
import { OverviewPage } from './overview/overview-page.tsx'
import { SessionPage } from './sessions/session-page.tsx'
import { SessionsPage } from './sessions/sessions-page.tsx'
import { UserPage } from './users/user-page.tsx'
import { UsersPage } from './users/users-page.tsx'

export type Router = ReturnType<typeof createBrowserRouter>

/** Which address shows what. */
export function makeRouter(): Router {
  return createBrowserRouter(
    [
      {
        element: <Frame />,
        errorElement: <Crash />,
        children: [
          { index: true, element: <OverviewPage /> },
          { path: 'live', element: <LivePage /> },
          { path: 'sessions', element: <SessionsPage /> },
          { path: 'sessions/:id', element: <SessionPage /> },
          { path: 'users', element: <UsersPage /> },
          { path: 'users/:id', element: <UserPage /> },
          { path: 'everyone', element: <EveryonePage /> },
          { path: '*', element: <MissingPage /> },
        ],
      },
    ],
    { basename: '/admin' },
  )
}
