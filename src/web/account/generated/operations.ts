/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What was noticed in a session. */
export type AnomalyKind =
  /** An access token was used that only somebody can hold who refreshed in secret. */
  | 'DISPLACED_TOKEN_USED'
  /** A refresh token was presented in a way that no honest client would. */
  | 'REFRESH_TOKEN_REUSED';

/** What sort of device a session was started on. */
export type DeviceKind =
  /** A program that says so. */
  | 'BOT'
  /** A desktop or laptop computer. */
  | 'DESKTOP'
  /** Anything else, or unknown. */
  | 'OTHER'
  /** A phone. */
  | 'PHONE'
  /** A tablet. */
  | 'TABLET'
  /** A television set or console. */
  | 'TV';

/** What went wrong, in a form that a program can branch on. */
export type ErrorCode =
  /** There is an account with this e-mail address already. */
  | 'EMAIL_TAKEN'
  /** The viewer may not do this. */
  | 'FORBIDDEN'
  /** The e-mail address or a presented factor is not right. */
  | 'INVALID_CREDENTIALS'
  /** The token was not written by this server. */
  | 'INVALID_TOKEN'
  /** No live session came with the request. */
  | 'NOT_SIGNED_IN'
  /** This cannot be done to one’s own account. */
  | 'OWN_ACCOUNT'
  /** The session of the token has ended. */
  | 'SESSION_ENDED'
  /** The user has as many sessions as are allowed. */
  | 'SESSION_LIMIT'
  /** The user has no live session with this id. */
  | 'SESSION_NOT_FOUND'
  /** Signing up is closed on this server. */
  | 'SIGN_UP_CLOSED'
  /** Too many attempts in too short a time. */
  | 'TOO_MANY_ATTEMPTS'
  /** There is no user with this id. */
  | 'USER_NOT_FOUND'
  /** The action needs a fresh proof for exactly this action and subject. */
  | 'VERIFICATION_REQUIRED'
  /** The new password may not be used. */
  | 'WEAK_PASSWORD';

/** A way of proving who one is. */
export type Factor =
  /** A passkey (WebAuthn). */
  | 'PASSKEY'
  /** A password. */
  | 'PASSWORD';

/** What needs a factor presented just now. A proof is for one action on one subject. */
export type SensitiveAction =
  /** Administrators' operations. No subject and nothing to hand over: it renews `verifiedAt`. */
  | 'ADMINISTER'
  /** Deleting the account. No subject. */
  | 'DELETE_ACCOUNT'
  /** Adding a passkey. No subject. */
  | 'REGISTER_PASSKEY'
  /** Removing a passkey. The subject is its id. */
  | 'REMOVE_PASSKEY'
  /** Ending all sessions but this one. No subject. */
  | 'REVOKE_OTHER_SESSIONS'
  /** Ending a specific session. The subject is its id. */
  | 'REVOKE_SESSION'
  /** Changing the password. No subject. */
  | 'UPDATE_PASSWORD';

/** Why a session ended. */
export type SessionEndReason =
  /** It reached its absolute limit. */
  | 'ABSOLUTE_TIMEOUT'
  /** The account was deleted. */
  | 'ACCOUNT_DELETED'
  /** The account was disabled. */
  | 'ACCOUNT_DISABLED'
  /** Something unusual was noticed in it. */
  | 'ANOMALY'
  /** Nobody used it for longer than the idle timeout. */
  | 'IDLE_TIMEOUT'
  /** The password was changed, and everything was signed out with it. */
  | 'PASSWORD_UPDATED'
  /** One of its refresh tokens was used in a way that no honest client would. */
  | 'REFRESH_TOKEN_REUSED'
  /** It continues under a new session, after a reverification or a new sign-in in the same browser. */
  | 'REPLACED'
  /** An administrator ended it. */
  | 'REVOKED_BY_ADMINISTRATOR'
  /** Its user ended it from another session. */
  | 'REVOKED_BY_USER'
  /** A newer session went past the number that is allowed. */
  | 'SESSION_LIMIT'
  /** Its user signed out of it. */
  | 'SIGNED_OUT'
  /** Its user signed out of all sessions, or of all others. */
  | 'SIGNED_OUT_EVERYWHERE';

export type SessionShownFragment = { id: string, isCurrent: boolean, createdAt: string, lastActiveAt: string, verifiedAt: string, idleExpiresAt: string, expiresAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, factors: Array<Factor>, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, places: Array<{ network: string | null, lastSeenAt: string, location: { countryCode: string, city: string | null } | null }>, anomalies: Array<{ kind: AnomalyKind, occurredAt: string }>, replaces: { id: string } | null };

type Failure_EmailTakenError_Fragment = { __typename: 'EmailTakenError', code: ErrorCode, message: string };

type Failure_ForbiddenError_Fragment = { __typename: 'ForbiddenError', code: ErrorCode, message: string };

type Failure_InvalidCredentialsError_Fragment = { __typename: 'InvalidCredentialsError', code: ErrorCode, message: string };

type Failure_InvalidTokenError_Fragment = { __typename: 'InvalidTokenError', code: ErrorCode, message: string };

type Failure_NotSignedInError_Fragment = { __typename: 'NotSignedInError', code: ErrorCode, message: string };

type Failure_OwnAccountError_Fragment = { __typename: 'OwnAccountError', code: ErrorCode, message: string };

type Failure_SessionEndedError_Fragment = { __typename: 'SessionEndedError', code: ErrorCode, message: string };

type Failure_SessionLimitError_Fragment = { __typename: 'SessionLimitError', code: ErrorCode, message: string };

type Failure_SessionNotFoundError_Fragment = { __typename: 'SessionNotFoundError', code: ErrorCode, message: string };

type Failure_SignUpClosedError_Fragment = { __typename: 'SignUpClosedError', code: ErrorCode, message: string };

type Failure_TooManyAttemptsError_Fragment = { __typename: 'TooManyAttemptsError', retryAt: string, code: ErrorCode, message: string };

type Failure_UserNotFoundError_Fragment = { __typename: 'UserNotFoundError', code: ErrorCode, message: string };

type Failure_VerificationRequiredError_Fragment = { __typename: 'VerificationRequiredError', action: SensitiveAction, subject: string | null, code: ErrorCode, message: string };

type Failure_WeakPasswordError_Fragment = { __typename: 'WeakPasswordError', code: ErrorCode, message: string };

export type FailureFragment =
  | Failure_EmailTakenError_Fragment
  | Failure_ForbiddenError_Fragment
  | Failure_InvalidCredentialsError_Fragment
  | Failure_InvalidTokenError_Fragment
  | Failure_NotSignedInError_Fragment
  | Failure_OwnAccountError_Fragment
  | Failure_SessionEndedError_Fragment
  | Failure_SessionLimitError_Fragment
  | Failure_SessionNotFoundError_Fragment
  | Failure_SignUpClosedError_Fragment
  | Failure_TooManyAttemptsError_Fragment
  | Failure_UserNotFoundError_Fragment
  | Failure_VerificationRequiredError_Fragment
  | Failure_WeakPasswordError_Fragment
;

export type LiveSessionsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type LiveSessionsQuery = { currentSession: { id: string, isCurrent: boolean, createdAt: string, lastActiveAt: string, verifiedAt: string, idleExpiresAt: string, expiresAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, factors: Array<Factor>, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, places: Array<{ network: string | null, lastSeenAt: string, location: { countryCode: string, city: string | null } | null }>, anomalies: Array<{ kind: AnomalyKind, occurredAt: string }>, replaces: { id: string } | null } | null, viewer: { id: string, sessions: { edges: Array<{ node: { id: string, isCurrent: boolean, createdAt: string, lastActiveAt: string, verifiedAt: string, idleExpiresAt: string, expiresAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, factors: Array<Factor>, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, places: Array<{ network: string | null, lastSeenAt: string, location: { countryCode: string, city: string | null } | null }>, anomalies: Array<{ kind: AnomalyKind, occurredAt: string }>, replaces: { id: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type EndedSessionsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type EndedSessionsQuery = { viewer: { id: string, sessions: { edges: Array<{ node: { id: string, isCurrent: boolean, createdAt: string, lastActiveAt: string, verifiedAt: string, idleExpiresAt: string, expiresAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, factors: Array<Factor>, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, places: Array<{ network: string | null, lastSeenAt: string, location: { countryCode: string, city: string | null } | null }>, anomalies: Array<{ kind: AnomalyKind, occurredAt: string }>, replaces: { id: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const SessionShownFragmentDoc = new TypedDocumentString(`
    fragment SessionShown on Session {
  id
  isCurrent
  createdAt
  lastActiveAt
  verifiedAt
  idleExpiresAt
  expiresAt
  endedAt
  endReason
  network
  factors
  device {
    label
    kind
  }
  location {
    countryCode
    city
  }
  places {
    network
    location {
      countryCode
      city
    }
    lastSeenAt
  }
  anomalies {
    kind
    occurredAt
  }
  replaces {
    id
  }
}
    `, {"fragmentName":"SessionShown"}) as unknown as TypedDocumentString<SessionShownFragment, unknown>;
export const FailureFragmentDoc = new TypedDocumentString(`
    fragment Failure on Error {
  __typename
  code
  message
  ... on TooManyAttemptsError {
    retryAt
  }
  ... on VerificationRequiredError {
    action
    subject
  }
}
    `, {"fragmentName":"Failure"}) as unknown as TypedDocumentString<FailureFragment, unknown>;
export const LiveSessionsDocument = new TypedDocumentString(`
    query LiveSessions($first: Int!, $after: String) {
  currentSession {
    ...SessionShown
  }
  viewer {
    id
    sessions(state: ACTIVE, first: $first, after: $after) {
      edges {
        node {
          ...SessionShown
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment SessionShown on Session {
  id
  isCurrent
  createdAt
  lastActiveAt
  verifiedAt
  idleExpiresAt
  expiresAt
  endedAt
  endReason
  network
  factors
  device {
    label
    kind
  }
  location {
    countryCode
    city
  }
  places {
    network
    location {
      countryCode
      city
    }
    lastSeenAt
  }
  anomalies {
    kind
    occurredAt
  }
  replaces {
    id
  }
}`) as unknown as TypedDocumentString<LiveSessionsQuery, LiveSessionsQueryVariables>;
export const EndedSessionsDocument = new TypedDocumentString(`
    query EndedSessions($first: Int!, $after: String) {
  viewer {
    id
    sessions(state: ENDED, first: $first, after: $after) {
      edges {
        node {
          ...SessionShown
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment SessionShown on Session {
  id
  isCurrent
  createdAt
  lastActiveAt
  verifiedAt
  idleExpiresAt
  expiresAt
  endedAt
  endReason
  network
  factors
  device {
    label
    kind
  }
  location {
    countryCode
    city
  }
  places {
    network
    location {
      countryCode
      city
    }
    lastSeenAt
  }
  anomalies {
    kind
    occurredAt
  }
  replaces {
    id
  }
}`) as unknown as TypedDocumentString<EndedSessionsQuery, EndedSessionsQueryVariables>;