/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Who made something happen. */
export type ActorKind =
  /** An administrator. */
  | 'ADMINISTRATOR'
  /** The server itself, as when a limit is reached. */
  | 'SYSTEM'
  /** The user whose session it is. */
  | 'USER';

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

/** Whose account to disable. */
export type DisableUserInput = {
  /** Why, for the log; at most 200 characters. Null if there is nothing to say. */
  reason?: string | null | undefined;
  /** The user. */
  userId: string | number;
};

/** Whose account to enable. */
export type EnableUserInput = {
  /** The user. */
  userId: string | number;
};

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

/** How to end everyone's sessions. */
export type RevokeEverySessionInput = {
  /** Whether to keep the session of this request. */
  keepCurrent?: boolean;
  /** Why, for the log and the record; 1 to 200 characters. */
  reason: string;
};

/** Which sessions to end. */
export type RevokeSessionsInput = {
  /** Which ones. It has to say something: for all sessions there is `revokeEverySession`. */
  filter: SessionFilter;
  /** Whether to keep the session of this request, if it is one of them. */
  keepCurrent?: boolean;
  /** Why, for the log and the record; 1 to 200 characters. */
  reason: string;
};

/** Whose sessions to end. */
export type RevokeUserSessionsInput = {
  /** Why, for the log; at most 200 characters. Null if there is nothing to say. */
  reason?: string | null | undefined;
  /** The user. */
  userId: string | number;
};

/** What a user may do beyond their own account. */
export type Role =
  /** May find and end any session and manage users. */
  | 'ADMINISTRATOR';

/** What can change of a session while it goes on. More may come. */
export type SessionChange =
  /** It was seen where it had not been seen before, or not lately: `Session.places` begins with that. At most once a minute where there are many. */
  | 'NEW_PLACE';

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

/** Which sessions. All that is given has to fit. */
export type SessionFilter = {
  /** Only those in this browser or app, as `Device.browser` shows it. */
  browser?: string | null | undefined;
  /** Only those of this country, as `Location.countryCode` shows it. */
  countryCode?: string | null | undefined;
  /** Only those that began then or later. */
  createdAfter?: string | null | undefined;
  /** Only those that began earlier. */
  createdBefore?: string | null | undefined;
  /** Only those on this sort of device. */
  deviceKind?: DeviceKind | null | undefined;
  /** Only those that ended for one of these reasons, of which there has to be one. Null for all. */
  endReasons?: Array<SessionEndReason> | null | undefined;
  /** Only those that ended then or later. */
  endedAfter?: string | null | undefined;
  /** Only those that ended earlier. */
  endedBefore?: string | null | undefined;
  /** Only those in which something was noticed (true), or nothing (false). Null for all. */
  flagged?: boolean | null | undefined;
  /** Only those last used then or later. */
  lastActiveAfter?: string | null | undefined;
  /** Only those last used earlier. */
  lastActiveBefore?: string | null | undefined;
  /** Only those of this network, as `Session.network` shows it, or of that of this address. */
  network?: string | null | undefined;
  /** Only those of users whose e-mail address begins so, in any spelling. Null for all. */
  search?: string | null | undefined;
  /** Only this one, and the one that continues it now. Null for all. */
  sessionId?: string | number | null | undefined;
  /** Only those in this state. Null for all. */
  state?: SessionState | null | undefined;
  /** Only those on this system, as `Device.system` shows it. */
  system?: string | null | undefined;
  /** Only those that are carried so. */
  transport?: SessionTransport | null | undefined;
  /** Only those of this user. Null for those of everyone. */
  userId?: string | number | null | undefined;
};

/** In which order sessions come. */
export type SessionOrder =
  /** The oldest first. */
  | 'CREATED_AT_ASC'
  /** The newest first. */
  | 'CREATED_AT_DESC'
  /** What ended first first. Sessions that go on are left out, and not counted. */
  | 'ENDED_AT_ASC'
  /** What ended last first. Sessions that go on are left out, and not counted. */
  | 'ENDED_AT_DESC'
  /** What was not used for longest first. */
  | 'LAST_ACTIVE_AT_ASC'
  /** What was used last first. */
  | 'LAST_ACTIVE_AT_DESC';

/** Whether a session can still be used. */
export type SessionState =
  /** It can be used. */
  | 'ACTIVE'
  /** It has ended, and stays ended. */
  | 'ENDED';

/** How a client carries its session. */
export type SessionTransport =
  /** An opaque token in a `__Host-` cookie that scripts cannot read. For browsers. */
  | 'COOKIE'
  /** A short-lived access token and a rotating refresh token. For everything else. */
  | 'TOKEN';

/** How far back statistics go, and in which steps. */
export type StatisticsPeriod =
  /** Twenty-four hours, and the one that has begun. */
  | 'DAY'
  /** Twelve steps of five minutes, and the one that has begun. */
  | 'HOUR'
  /** Thirty days, and the one that has begun. */
  | 'MONTH'
  /** Seven days in quarters of a day, and the one that has begun. */
  | 'WEEK';

/** In which order users come. */
export type UserOrder =
  /** The oldest account first. */
  | 'CREATED_AT_ASC'
  /** The newest account first. */
  | 'CREATED_AT_DESC'
  /** By their e-mail addresses, in lower case and by the numbers of their characters. */
  | 'EMAIL_ASC'
  /** The same the other way around. */
  | 'EMAIL_DESC';

/** Whether a user can sign in. */
export type UserState =
  /** The account is disabled, and nobody can sign in to it. */
  | 'DISABLED'
  /** The account is enabled. */
  | 'ENABLED';

export type UserShownFragment = { id: string, email: string, roles: Array<Role>, createdAt: string, disabledAt: string | null };

export type SessionRowFragment = { id: string, isCurrent: boolean, state: SessionState, createdAt: string, lastActiveAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind }>, user: { id: string, email: string } };

type Refused_EmailTakenError_Fragment = { __typename: 'EmailTakenError', code: ErrorCode, message: string };

type Refused_ForbiddenError_Fragment = { __typename: 'ForbiddenError', code: ErrorCode, message: string };

type Refused_InvalidCredentialsError_Fragment = { __typename: 'InvalidCredentialsError', code: ErrorCode, message: string };

type Refused_InvalidTokenError_Fragment = { __typename: 'InvalidTokenError', code: ErrorCode, message: string };

type Refused_NotSignedInError_Fragment = { __typename: 'NotSignedInError', code: ErrorCode, message: string };

type Refused_OwnAccountError_Fragment = { __typename: 'OwnAccountError', code: ErrorCode, message: string };

type Refused_SessionEndedError_Fragment = { __typename: 'SessionEndedError', code: ErrorCode, message: string };

type Refused_SessionLimitError_Fragment = { __typename: 'SessionLimitError', code: ErrorCode, message: string };

type Refused_SessionNotFoundError_Fragment = { __typename: 'SessionNotFoundError', code: ErrorCode, message: string };

type Refused_SignUpClosedError_Fragment = { __typename: 'SignUpClosedError', code: ErrorCode, message: string };

type Refused_TooManyAttemptsError_Fragment = { __typename: 'TooManyAttemptsError', code: ErrorCode, message: string };

type Refused_UserNotFoundError_Fragment = { __typename: 'UserNotFoundError', code: ErrorCode, message: string };

type Refused_VerificationRequiredError_Fragment = { __typename: 'VerificationRequiredError', code: ErrorCode, message: string };

type Refused_WeakPasswordError_Fragment = { __typename: 'WeakPasswordError', code: ErrorCode, message: string };

export type RefusedFragment =
  | Refused_EmailTakenError_Fragment
  | Refused_ForbiddenError_Fragment
  | Refused_InvalidCredentialsError_Fragment
  | Refused_InvalidTokenError_Fragment
  | Refused_NotSignedInError_Fragment
  | Refused_OwnAccountError_Fragment
  | Refused_SessionEndedError_Fragment
  | Refused_SessionLimitError_Fragment
  | Refused_SessionNotFoundError_Fragment
  | Refused_SignUpClosedError_Fragment
  | Refused_TooManyAttemptsError_Fragment
  | Refused_UserNotFoundError_Fragment
  | Refused_VerificationRequiredError_Fragment
  | Refused_WeakPasswordError_Fragment
;

export type SessionsQueryVariables = Exact<{
  filter?: SessionFilter | null | undefined;
  orderBy: SessionOrder;
  first: number;
  after?: string | null | undefined;
}>;


export type SessionsQuery = { sessions: { edges: Array<{ node: { id: string, isCurrent: boolean, state: SessionState, createdAt: string, lastActiveAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind }>, user: { id: string, email: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SessionCountQueryVariables = Exact<{
  filter?: SessionFilter | null | undefined;
  orderBy: SessionOrder;
}>;


export type SessionCountQuery = { sessions: { count: { value: number, isExact: boolean } } };

export type SessionQueryVariables = Exact<{
  id: string | number;
}>;


export type SessionQuery = { node:
    | { __typename: 'Session', verifiedAt: string, idleExpiresAt: string, expiresAt: string, factors: Array<Factor>, id: string, isCurrent: boolean, state: SessionState, createdAt: string, lastActiveAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, device: { browser: string | null, system: string | null, label: string, kind: DeviceKind }, places: Array<{ network: string | null, firstSeenAt: string, lastSeenAt: string, location: { countryCode: string, city: string | null } | null }>, anomalies: Array<{ kind: AnomalyKind, occurredAt: string, network: string | null }>, replaces: { id: string } | null, user: { id: string, email: string, roles: Array<Role>, createdAt: string, disabledAt: string | null }, location: { countryCode: string, city: string | null } | null }
    | { __typename: 'User' }
   | null };

export type UsersQueryVariables = Exact<{
  search?: string | null | undefined;
  state?: UserState | null | undefined;
  orderBy: UserOrder;
  first: number;
  after?: string | null | undefined;
}>;


export type UsersQuery = { users: { edges: Array<{ node: { id: string, email: string, roles: Array<Role>, createdAt: string, disabledAt: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type UserCountQueryVariables = Exact<{
  search?: string | null | undefined;
  state?: UserState | null | undefined;
}>;


export type UserCountQuery = { users: { count: { value: number, isExact: boolean } } };

export type UserQueryVariables = Exact<{
  id: string | number;
}>;


export type UserQuery = { node:
    | { __typename: 'Session' }
    | { __typename: 'User', id: string, email: string, roles: Array<Role>, createdAt: string, disabledAt: string | null, active: { edges: Array<{ node: { id: string, isCurrent: boolean, state: SessionState, createdAt: string, lastActiveAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind }>, user: { id: string, email: string } } }>, pageInfo: { hasNextPage: boolean } }, ended: { edges: Array<{ node: { id: string, isCurrent: boolean, state: SessionState, createdAt: string, lastActiveAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind }>, user: { id: string, email: string } } }>, pageInfo: { hasNextPage: boolean } } }
   | null };

export type StatisticsQueryVariables = Exact<{
  period: StatisticsPeriod;
  timeZone: string;
}>;


export type StatisticsQuery = { sessionStatistics: { countedAt: string, activeSessions: number, flaggedSessions: number, users: number, disabledUsers: number, steps: Array<{ startsAt: string, endsAt: string, active: number, signIns: number, ended: number, endings: Array<{ reason: SessionEndReason, count: number }> }> } };

export type RevokeSessionsMutationVariables = Exact<{
  input: RevokeSessionsInput;
}>;


export type RevokeSessionsMutation = { revokeSessions:
    | { __typename: 'ForbiddenError', code: ErrorCode, message: string }
    | { __typename: 'NotSignedInError', code: ErrorCode, message: string }
    | { __typename: 'RevokeSessionsSuccess', revokedCount: number, hasMore: boolean }
    | { __typename: 'VerificationRequiredError', code: ErrorCode, message: string }
   };

export type RevokeUserSessionsMutationVariables = Exact<{
  input: RevokeUserSessionsInput;
}>;


export type RevokeUserSessionsMutation = { revokeUserSessions:
    | { __typename: 'ForbiddenError', code: ErrorCode, message: string }
    | { __typename: 'NotSignedInError', code: ErrorCode, message: string }
    | { __typename: 'RevokeUserSessionsSuccess', revokedCount: number }
    | { __typename: 'UserNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'VerificationRequiredError', code: ErrorCode, message: string }
   };

export type DisableUserMutationVariables = Exact<{
  input: DisableUserInput;
}>;


export type DisableUserMutation = { disableUser:
    | { __typename: 'DisableUserSuccess', revokedCount: number }
    | { __typename: 'ForbiddenError', code: ErrorCode, message: string }
    | { __typename: 'NotSignedInError', code: ErrorCode, message: string }
    | { __typename: 'OwnAccountError', code: ErrorCode, message: string }
    | { __typename: 'UserNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'VerificationRequiredError', code: ErrorCode, message: string }
   };

export type EnableUserMutationVariables = Exact<{
  input: EnableUserInput;
}>;


export type EnableUserMutation = { enableUser:
    | { __typename: 'EnableUserSuccess', user: { id: string } }
    | { __typename: 'ForbiddenError', code: ErrorCode, message: string }
    | { __typename: 'NotSignedInError', code: ErrorCode, message: string }
    | { __typename: 'UserNotFoundError', code: ErrorCode, message: string }
    | { __typename: 'VerificationRequiredError', code: ErrorCode, message: string }
   };

export type RevokeEverySessionMutationVariables = Exact<{
  input: RevokeEverySessionInput;
}>;


export type RevokeEverySessionMutation = { revokeEverySession:
    | { __typename: 'ForbiddenError', code: ErrorCode, message: string }
    | { __typename: 'NotSignedInError', code: ErrorCode, message: string }
    | { __typename: 'RevokeEverySessionSuccess', endedAt: string, session: { id: string } | null }
    | { __typename: 'VerificationRequiredError', code: ErrorCode, message: string }
   };

export type EventCursorQueryVariables = Exact<{ [key: string]: never; }>;


export type EventCursorQuery = { eventCursor: string | null };

export type EverySessionEventSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type EverySessionEventSubscription = { sessionEvents:
    | { __typename: 'SessionChanged', changes: Array<SessionChange>, id: string, cursor: string, occurredAt: string, sessionId: string, session: { id: string, isCurrent: boolean, state: SessionState, createdAt: string, lastActiveAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, replaces: { id: string } | null, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind }>, user: { id: string, email: string } } | null }
    | { __typename: 'SessionFlagged', id: string, cursor: string, occurredAt: string, sessionId: string, anomaly: { kind: AnomalyKind }, session: { id: string, isCurrent: boolean, state: SessionState, createdAt: string, lastActiveAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, replaces: { id: string } | null, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind }>, user: { id: string, email: string } } | null }
    | { __typename: 'SessionRevoked', reason: SessionEndReason, id: string, cursor: string, occurredAt: string, sessionId: string, actor: { kind: ActorKind, sessionId: string | null }, session: { id: string, isCurrent: boolean, state: SessionState, createdAt: string, lastActiveAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, replaces: { id: string } | null, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind }>, user: { id: string, email: string } } | null }
    | { __typename: 'SessionStarted', id: string, cursor: string, occurredAt: string, sessionId: string, session: { id: string, isCurrent: boolean, state: SessionState, createdAt: string, lastActiveAt: string, endedAt: string | null, endReason: SessionEndReason | null, network: string | null, replaces: { id: string } | null, device: { label: string, kind: DeviceKind }, location: { countryCode: string, city: string | null } | null, anomalies: Array<{ kind: AnomalyKind }>, user: { id: string, email: string } } | null }
   };

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
export const UserShownFragmentDoc = new TypedDocumentString(`
    fragment UserShown on User {
  id
  email
  roles
  createdAt
  disabledAt
}
    `, {"fragmentName":"UserShown"}) as unknown as TypedDocumentString<UserShownFragment, unknown>;
export const SessionRowFragmentDoc = new TypedDocumentString(`
    fragment SessionRow on Session {
  id
  isCurrent
  state
  createdAt
  lastActiveAt
  endedAt
  endReason
  network
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
  }
  user {
    id
    email
  }
}
    `, {"fragmentName":"SessionRow"}) as unknown as TypedDocumentString<SessionRowFragment, unknown>;
export const RefusedFragmentDoc = new TypedDocumentString(`
    fragment Refused on Error {
  __typename
  code
  message
}
    `, {"fragmentName":"Refused"}) as unknown as TypedDocumentString<RefusedFragment, unknown>;
export const SessionsDocument = new TypedDocumentString(`
    query Sessions($filter: SessionFilter, $orderBy: SessionOrder!, $first: Int!, $after: String) {
  sessions(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    edges {
      node {
        ...SessionRow
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment SessionRow on Session {
  id
  isCurrent
  state
  createdAt
  lastActiveAt
  endedAt
  endReason
  network
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
  }
  user {
    id
    email
  }
}`) as unknown as TypedDocumentString<SessionsQuery, SessionsQueryVariables>;
export const SessionCountDocument = new TypedDocumentString(`
    query SessionCount($filter: SessionFilter, $orderBy: SessionOrder!) {
  sessions(filter: $filter, orderBy: $orderBy, first: 0) {
    count {
      value
      isExact
    }
  }
}
    `) as unknown as TypedDocumentString<SessionCountQuery, SessionCountQueryVariables>;
export const SessionDocument = new TypedDocumentString(`
    query Session($id: ID!) {
  node(id: $id) {
    __typename
    ... on Session {
      ...SessionRow
      verifiedAt
      idleExpiresAt
      expiresAt
      factors
      device {
        browser
        system
      }
      places {
        network
        location {
          countryCode
          city
        }
        firstSeenAt
        lastSeenAt
      }
      anomalies {
        kind
        occurredAt
        network
      }
      replaces {
        id
      }
      user {
        ...UserShown
      }
    }
  }
}
    fragment UserShown on User {
  id
  email
  roles
  createdAt
  disabledAt
}
fragment SessionRow on Session {
  id
  isCurrent
  state
  createdAt
  lastActiveAt
  endedAt
  endReason
  network
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
  }
  user {
    id
    email
  }
}`) as unknown as TypedDocumentString<SessionQuery, SessionQueryVariables>;
export const UsersDocument = new TypedDocumentString(`
    query Users($search: String, $state: UserState, $orderBy: UserOrder!, $first: Int!, $after: String) {
  users(
    search: $search
    state: $state
    orderBy: $orderBy
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...UserShown
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment UserShown on User {
  id
  email
  roles
  createdAt
  disabledAt
}`) as unknown as TypedDocumentString<UsersQuery, UsersQueryVariables>;
export const UserCountDocument = new TypedDocumentString(`
    query UserCount($search: String, $state: UserState) {
  users(search: $search, state: $state, first: 0) {
    count {
      value
      isExact
    }
  }
}
    `) as unknown as TypedDocumentString<UserCountQuery, UserCountQueryVariables>;
export const UserDocument = new TypedDocumentString(`
    query User($id: ID!) {
  node(id: $id) {
    __typename
    ... on User {
      ...UserShown
      active: sessions(state: ACTIVE, first: 10) {
        edges {
          node {
            ...SessionRow
          }
        }
        pageInfo {
          hasNextPage
        }
      }
      ended: sessions(state: ENDED, first: 10) {
        edges {
          node {
            ...SessionRow
          }
        }
        pageInfo {
          hasNextPage
        }
      }
    }
  }
}
    fragment UserShown on User {
  id
  email
  roles
  createdAt
  disabledAt
}
fragment SessionRow on Session {
  id
  isCurrent
  state
  createdAt
  lastActiveAt
  endedAt
  endReason
  network
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
  }
  user {
    id
    email
  }
}`) as unknown as TypedDocumentString<UserQuery, UserQueryVariables>;
export const StatisticsDocument = new TypedDocumentString(`
    query Statistics($period: StatisticsPeriod!, $timeZone: String!) {
  sessionStatistics(period: $period, timeZone: $timeZone) {
    countedAt
    activeSessions
    flaggedSessions
    users
    disabledUsers
    steps {
      startsAt
      endsAt
      active
      signIns
      ended
      endings {
        reason
        count
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StatisticsQuery, StatisticsQueryVariables>;
export const RevokeSessionsDocument = new TypedDocumentString(`
    mutation RevokeSessions($input: RevokeSessionsInput!) {
  revokeSessions(input: $input) {
    __typename
    ... on RevokeSessionsSuccess {
      revokedCount
      hasMore
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
}`) as unknown as TypedDocumentString<RevokeSessionsMutation, RevokeSessionsMutationVariables>;
export const RevokeUserSessionsDocument = new TypedDocumentString(`
    mutation RevokeUserSessions($input: RevokeUserSessionsInput!) {
  revokeUserSessions(input: $input) {
    __typename
    ... on RevokeUserSessionsSuccess {
      revokedCount
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
}`) as unknown as TypedDocumentString<RevokeUserSessionsMutation, RevokeUserSessionsMutationVariables>;
export const DisableUserDocument = new TypedDocumentString(`
    mutation DisableUser($input: DisableUserInput!) {
  disableUser(input: $input) {
    __typename
    ... on DisableUserSuccess {
      revokedCount
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
}`) as unknown as TypedDocumentString<DisableUserMutation, DisableUserMutationVariables>;
export const EnableUserDocument = new TypedDocumentString(`
    mutation EnableUser($input: EnableUserInput!) {
  enableUser(input: $input) {
    __typename
    ... on EnableUserSuccess {
      user {
        id
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
}`) as unknown as TypedDocumentString<EnableUserMutation, EnableUserMutationVariables>;
export const RevokeEverySessionDocument = new TypedDocumentString(`
    mutation RevokeEverySession($input: RevokeEverySessionInput!) {
  revokeEverySession(input: $input) {
    __typename
    ... on RevokeEverySessionSuccess {
      endedAt
      session {
        id
      }
    }
    ...Refused
  }
}
    fragment Refused on Error {
  __typename
  code
  message
}`) as unknown as TypedDocumentString<RevokeEverySessionMutation, RevokeEverySessionMutationVariables>;
export const EventCursorDocument = new TypedDocumentString(`
    query EventCursor {
  eventCursor
}
    `) as unknown as TypedDocumentString<EventCursorQuery, EventCursorQueryVariables>;
export const EverySessionEventDocument = new TypedDocumentString(`
    subscription EverySessionEvent($after: EventCursor) {
  sessionEvents(scope: ALL, after: $after) {
    __typename
    id
    cursor
    occurredAt
    sessionId
    session {
      ...SessionRow
      replaces {
        id
      }
    }
    ... on SessionRevoked {
      reason
      actor {
        kind
        sessionId
      }
    }
    ... on SessionFlagged {
      anomaly {
        kind
      }
    }
    ... on SessionChanged {
      changes
    }
  }
}
    fragment SessionRow on Session {
  id
  isCurrent
  state
  createdAt
  lastActiveAt
  endedAt
  endReason
  network
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
  }
  user {
    id
    email
  }
}`) as unknown as TypedDocumentString<EverySessionEventSubscription, EverySessionEventSubscriptionVariables>;