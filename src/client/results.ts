import type { Role, SensitiveAction, SessionEndReason } from '../protocol/sessions.ts'

/** Who is signed in. */
export interface Viewer {
  readonly id: string
  readonly email: string
  readonly roles: readonly Role[]
}

/** The session of this browser. Times are RFC 3339. */
export interface ClientSession {
  readonly id: string
  readonly createdAt: string
  readonly verifiedAt: string
  readonly idleExpiresAt: string
  readonly expiresAt: string
  readonly device: { readonly label: string }
}

/** What holds the session where there is no cookie. */
export interface SessionTokens {
  readonly accessToken: string
  readonly accessTokenExpiresAt: string
  readonly refreshToken: string
  readonly refreshTokenExpiresAt: string
}

/** An expected refusal: `message` can be shown. */
export interface Refusal<Name extends string> {
  readonly __typename: Name
  readonly code: string
  readonly message: string
}

/** The delay after too many attempts is over at `retryAt` (RFC 3339). */
export interface TooManyAttempts extends Refusal<'TooManyAttemptsError'> {
  readonly retryAt: string
}

/** Says what to present a factor for. */
export interface VerificationRequired extends Refusal<'VerificationRequiredError'> {
  readonly action: SensitiveAction
  readonly subject: string | null
}

/** The person was asked for a factor and gave none; nothing was done. */
export type VerificationCancelled = Refusal<'VerificationCancelled'>

/** What stands for one sensitive action that cannot be done without a factor. */
export type Unverified = VerificationRequired | VerificationCancelled | TooManyAttempts

export type NotSignedIn = Refusal<'NotSignedInError'>

/** What comes of a mutation that signs in: the person, and the session that began. */
export interface SignedIn<Name extends string = string> {
  readonly __typename: Name
  readonly viewer: Viewer
  readonly session: ClientSession
}

export type SignInResult =
  | SignedIn<'SignInSuccess'>
  | TooManyAttempts
  | Refusal<'InvalidCredentialsError' | 'SessionLimitError'>

export type SignUpResult =
  | SignedIn<'SignUpSuccess'>
  | TooManyAttempts
  | Refusal<'EmailTakenError' | 'WeakPasswordError' | 'SignUpClosedError'>

export interface Verified {
  readonly __typename: 'ReverifySuccess'
  readonly session: ClientSession
  readonly verification: { readonly token: string; readonly expiresAt: string }
}

export type ReverifyResult = Verified | TooManyAttempts | NotSignedIn | Refusal<'InvalidCredentialsError'>

export type RevokeSessionResult =
  | { readonly __typename: 'RevokeSessionSuccess'; readonly session: { readonly id: string } }
  | NotSignedIn
  | Unverified
  | Refusal<'SessionNotFoundError'>

export type RevokeAllSessionsResult =
  | { readonly __typename: 'RevokeAllSessionsSuccess'; readonly revokedCount: number }
  | NotSignedIn
  | Unverified

export type UpdatePasswordResult =
  | {
      readonly __typename: 'UpdatePasswordSuccess'
      readonly revokedCount: number
      readonly session: ClientSession | null
    }
  | NotSignedIn
  | Unverified
  | Refusal<'WeakPasswordError'>

export type DeleteAccountResult =
  | { readonly __typename: 'DeleteAccountSuccess'; readonly revokedCount: number }
  | NotSignedIn
  | Unverified

/** Something that happened to one of the viewer's sessions, as every tab hears of it. */
export interface SessionEvent {
  /** What: `SessionStarted`, `SessionChanged`, `SessionFlagged`, `SessionRevoked`. More may come: pass over what you do not know. */
  readonly __typename: string
  readonly id: string
  readonly cursor: string
  readonly occurredAt: string
  readonly sessionId: string
  /** Why it ended. Missing unless it did. */
  readonly reason?: SessionEndReason
  /** The same as a sentence. Missing unless it ended. */
  readonly message?: string
  /** What was noticed in it. Missing unless something was. */
  readonly anomaly?: { readonly kind: string; readonly occurredAt: string; readonly network: string | null }
  /** What is not as it was: `NEW_PLACE`. Missing unless something changed. */
  readonly changes?: readonly string[]
}

/** A factor that a person presents: a password, or what the passkey of a browser asserts. */
export type Factor = { readonly password: string } | { readonly passkey: unknown }
