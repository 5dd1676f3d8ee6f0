import { Fault } from '../kernel/fault.ts'
import { CloseCode, NOT_SIGNED_IN } from '../protocol/close-codes.ts'
import { wasJustReplaced } from '../sessions/replacement.ts'
import type { EndedSession } from '../sessions/session.ts'

/** Why a connection is not, or no longer, served: the WebSocket close code and reason. */
export interface Closing {
  readonly code: CloseCode
  readonly reason: string
}

/**
 * How a connection of an ended session is closed. One that was replaced a moment ago is told to reconnect: it is another tab
 * of the same browser, which may have been quicker than the new cookie.
 */
export function closingOf(session: Pick<EndedSession, 'endReason' | 'endedAt'>, now: Date): Closing {
  const code = wasJustReplaced(session, now) ? CloseCode.sessionReplaced : CloseCode.sessionEnded
  return { code, reason: session.endReason }
}

/** The fault that stands for a closing where there is no close code: over server-sent events. */
export function faultOf({ code, reason }: Closing): Fault {
  if (code === CloseCode.tooManyConnections) {
    return new Fault(
      'TOO_MANY_CONNECTIONS',
      'This session or user has too many live connections. Close some and try again.',
    )
  }
  if (code === CloseCode.tryAgainLater)
    return new Fault('SERVER_BUSY', 'This server is full. Try again in a moment.')
  if (code === CloseCode.goingAway)
    return new Fault('SERVER_BUSY', 'This server is shutting down. Try again in a moment.')
  return new Fault(
    'NOT_SIGNED_IN',
    'A subscription needs a live session: sign in first.',
    reason === NOT_SIGNED_IN ? {} : { reason },
  )
}
