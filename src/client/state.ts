import { SESSION_END_MESSAGES, type SessionEndReason } from '../protocol/sessions.ts'
import type { ClientSession, Viewer } from './results.ts'

/** What is known of this browser's session, the same in all of its tabs. */
export type SessionState = LoadingState | SignedOutState | SignedInState

/** Nothing is known yet: the server has not answered so far. */
export interface LoadingState {
  readonly status: 'loading'
}

/** Nobody is signed in. */
export interface SignedOutState {
  readonly status: 'signedOut'
  /** Why the last session ended. Null if there was none, or nobody can say. */
  readonly reason: SessionEndReason | null
  /** The same as one plain sentence to show. Null likewise. */
  readonly message: string | null
}

/** Somebody is signed in. */
export interface SignedInState {
  readonly status: 'signedIn'
  readonly viewer: Viewer
  /** As it was when it was last read: `idleExpiresAt` moves on as the person goes on. */
  readonly session: ClientSession
}

export const LOADING: LoadingState = { status: 'loading' }

export function signedOut(
  reason: SessionEndReason | null,
  message: string | null = reason && SESSION_END_MESSAGES[reason],
): SignedOutState {
  return { status: 'signedOut', reason, message }
}

export function signedIn(viewer: Viewer, session: ClientSession): SignedInState {
  return { status: 'signedIn', viewer, session }
}

/** Who is signed in; null if nobody, or if it is not known yet. */
export function viewerOf(state: SessionState): Viewer | null {
  return state.status === 'signedIn' ? state.viewer : null
}

/** The id of the session; null likewise. */
export function sessionIdOf(state: SessionState): string | null {
  return state.status === 'signedIn' ? state.session.id : null
}

/** Whether a text is one of the reasons that this client knows. */
export function asReason(text: string | null | undefined): SessionEndReason | null {
  return text != null && Object.hasOwn(SESSION_END_MESSAGES, text) ? (text as SessionEndReason) : null
}
