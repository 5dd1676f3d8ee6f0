import type { SensitiveAction, SessionTransport } from '../protocol/sessions.ts'
import type {
  DeleteAccountResult,
  Factor,
  Refusal,
  ReverifyResult,
  RevokeAllSessionsResult,
  RevokeSessionResult,
  SessionEvent,
  SignedIn,
  SignInResult,
  SignUpResult,
  UpdatePasswordResult,
  VerificationCancelled,
  Viewer,
} from './results.ts'
import type { SessionState, SignedInState, SignedOutState } from './state.ts'

/** What a person is asked for. */
export interface VerificationRequest {
  readonly action: SensitiveAction
  /** What the action is done to: a session's id. Null if it has no subject. */
  readonly subject: string | null
  /** Why the factor that was given before was not taken. Null the first time. */
  readonly refusal: Refusal<string> | null
}

/** How a client is made. */
export interface SessionClientOptions {
  /** The API, such as `https://sessions.example.com/graphql`, or `/graphql` where Curfew serves the page itself. */
  readonly url: string
  /** `COOKIE` unless the API is on another site than the page. */
  readonly transport?: SessionTransport
  /** With `TOKEN`: where the tokens are kept. `memory` is this page alone, and a reload signs out. By default IndexedDB. */
  readonly tokenStore?: 'indexeddb' | 'memory'
  /** With `TOKEN`: origins beside the API's that `fetch` sends the access token to. Nobody else ever gets it. */
  readonly tokenOrigins?: readonly string[]
  /**
   * Asks the person for a factor; null if they would rather not. Is asked again, with a `refusal`, if it was not right.
   * Without it, actions that need one answer with VerificationRequiredError.
   */
  readonly onVerificationRequired?: (request: VerificationRequest) => Promise<Factor | null>
}

/** The session of this browser. All tabs of an origin that use the same API share one. */
export interface SessionClient {
  /** The API, as an absolute URL. */
  readonly url: string
  /** What is known now. Another object whenever it changes, and only then. */
  readonly state: SessionState
  /**
   * Whether revocations are pushed to this browser right now: the socket of whichever tab leads is open, and the server has taken it. False
   * while nobody is signed in, and from when the connection notices that the server or the network is gone (some 20 seconds at most).
   */
  readonly connected: boolean
  /** Calls back after each change of {@link state} or {@link connected}. What comes back ends that. */
  subscribe(listener: () => void): () => void
  /** Resolves when it is known whether somebody is signed in. */
  ready(): Promise<SignedInState | SignedOutState>

  signIn(input: { email: string; password: string; rememberMe?: boolean }): Promise<SignInResult>
  signUp(input: { email: string; password: string }): Promise<SignUpResult>
  /** Signs in by any mutation whose aliased field `result` gives `__typename viewer { id email roles } session { … } tokens { … }`. */
  signInWith<Result extends { readonly __typename: string }>(
    mutation: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<Result | SignedIn>
  /**
   * Ends the session on the server, and then here.
   * @throws SessionRequestError if no answer came: then nobody is signed out here. It is asked again whose session this is
   */
  signOut(): Promise<void>
  /** Presents a factor; the session is replaced by a new one. */
  reverify(input: {
    action: SensitiveAction
    subject?: string | null
    factor: Factor
  }): Promise<ReverifyResult>
  revokeSession(sessionId: string): Promise<RevokeSessionResult>
  /** Ends all sessions of this person, or all others. */
  revokeAllSessions(input?: { keepCurrent?: boolean }): Promise<RevokeAllSessionsResult>
  updatePassword(input: { newPassword: string; signOutEverywhere: boolean }): Promise<UpdatePasswordResult>
  deleteAccount(): Promise<DeleteAccountResult>
  /**
   * Does something that may need a factor: if so, asks for it and does it again.
   * @param call is given the proof; an empty one the first time
   */
  withVerification<Result extends { readonly __typename: string }>(
    call: (verificationToken: string) => Promise<Result>,
  ): Promise<Result | VerificationCancelled | Refusal<string>>

  /**
   * Sends an operation to the API and returns its data. With `background`, the session counts as idle all the same: for what a page reads
   * again by itself.
   * @throws SessionRequestError
   */
  request<Data>(
    query: string,
    variables?: Readonly<Record<string, unknown>>,
    options?: { readonly background?: boolean },
  ): Promise<Data>
  /** `fetch` with the session. For other GraphQL clients, and for services that verify access tokens. */
  readonly fetch: typeof fetch
  /** What other graphql-ws clients send when they connect. */
  readonly connectionParams: () => Promise<Record<string, unknown>>

  /** Tells in every tab that the session ended, and why. */
  onSignedOut(listener: (state: SignedOutState) => void): () => void
  /** Tells that somebody else is signed in, or nobody: drop whatever belongs to the one before. */
  onViewerChange(listener: (viewer: Viewer | null, before: Viewer | null) => void): () => void
  /** Tells what happens to the viewer's sessions, in every tab, each event once. */
  onEvent(listener: (event: SessionEvent) => void): () => void
  /** Tells that events were missed that nobody can tell any more: load again what was made of them. */
  onEventsMissed(listener: () => void): () => void
  /** Ends everything that the client does by itself. */
  close(): void
}
