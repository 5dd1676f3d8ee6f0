export { SessionRequestError } from './errors.ts'
export type { SessionClient, SessionClientOptions, VerificationRequest } from './options.ts'
export type {
  ClientSession,
  DeleteAccountResult,
  Factor,
  ReverifyResult,
  RevokeAllSessionsResult,
  RevokeSessionResult,
  SessionEvent,
  SignInResult,
  SignUpResult,
  UpdatePasswordResult,
  VerificationCancelled,
  Viewer,
} from './results.ts'
export { createSessionClient } from './session-client.ts'
export type { LoadingState, SessionState, SignedInState, SignedOutState } from './state.ts'
