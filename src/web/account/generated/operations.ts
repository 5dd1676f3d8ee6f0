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
  | 'REFRESH_TOKEN_REUSED'
  /** A refresh was asked for again from another country than the first time. */
  | 'RETRIED_FROM_ANOTHER_COUNTRY';

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

/** A way of proving who one is. */
export type Factor =
  /** A passkey (WebAuthn). */
  | 'PASSKEY'
  /** A password. */
  | 'PASSWORD';

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

export type SessionShownFragment = { id: string, isCurrent: boolean, createdAt: string, lastActiveAt: string, verifiedAt: string, idleExpiresAt: string, expiresAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, factors: Array<Factor>, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind, occurredAt: string }>, replaces: { id: string } | null };

export type LiveSessionsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type LiveSessionsQuery = { currentSession: { id: string, isCurrent: boolean, createdAt: string, lastActiveAt: string, verifiedAt: string, idleExpiresAt: string, expiresAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, factors: Array<Factor>, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind, occurredAt: string }>, replaces: { id: string } | null } | null, viewer: { id: string, sessions: { edges: Array<{ node: { id: string, isCurrent: boolean, createdAt: string, lastActiveAt: string, verifiedAt: string, idleExpiresAt: string, expiresAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, factors: Array<Factor>, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind, occurredAt: string }>, replaces: { id: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type EndedSessionsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type EndedSessionsQuery = { viewer: { id: string, sessions: { edges: Array<{ node: { id: string, isCurrent: boolean, createdAt: string, lastActiveAt: string, verifiedAt: string, idleExpiresAt: string, expiresAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, factors: Array<Factor>, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind, occurredAt: string }>, replaces: { id: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type SessionPlacesQueryVariables = Exact<{
  id: string | number;
}>;


export type SessionPlacesQuery = { node:
    | { __typename: 'Session', id: string, places: Array<{ network: string | null, lastSeenAt: string, location: { countryCode: string, city: string | null } | null }> }
    | { __typename: 'User' }
   | null };

export type SignUpIsOpenQueryVariables = Exact<{ [key: string]: never; }>;


export type SignUpIsOpenQuery = { signUpIsOpen: boolean };

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
  anomalies {
    kind
    occurredAt
  }
  replaces {
    id
  }
}
    `, {"fragmentName":"SessionShown"}) as unknown as TypedDocumentString<SessionShownFragment, unknown>;
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
  anomalies {
    kind
    occurredAt
  }
  replaces {
    id
  }
}`) as unknown as TypedDocumentString<EndedSessionsQuery, EndedSessionsQueryVariables>;
export const SessionPlacesDocument = new TypedDocumentString(`
    query SessionPlaces($id: ID!) {
  node(id: $id) {
    __typename
    ... on Session {
      id
      places {
        network
        location {
          countryCode
          city
        }
        lastSeenAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SessionPlacesQuery, SessionPlacesQueryVariables>;
export const SignUpIsOpenDocument = new TypedDocumentString(`
    query SignUpIsOpen {
  signUpIsOpen
}
    `) as unknown as TypedDocumentString<SignUpIsOpenQuery, SignUpIsOpenQueryVariables>;