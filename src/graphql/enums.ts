import type { DeviceKind as DeviceKinds } from '../devices/device.ts'
import type {
  ActorKind as ActorKinds,
  AnomalyKind as AnomalyKinds,
  Factor as Factors,
  Role as Roles,
  SensitiveAction as SensitiveActions,
  SessionChange as SessionChanges,
  SessionEndReason as SessionEndReasons,
  SessionTransport as SessionTransports,
} from '../protocol/sessions.ts'
import type { SessionOrder as SessionOrders } from '../sessions/listing.ts'
import type { SessionState as SessionStates } from '../sessions/queries.ts'
import type { StatisticsPeriod as StatisticsPeriods } from '../sessions/statistics-steps.ts'
import type { UserOrder as UserOrders, UserState as UserStates } from '../users/queries.ts'
import { describedEnum } from './described-enum.ts'

export const SessionTransport = describedEnum<SessionTransports>(
  'SessionTransport',
  'How a client carries its session.',
  {
    COOKIE: 'An opaque token in a `__Host-` cookie that scripts cannot read. For browsers.',
    TOKEN: 'A short-lived access token and a rotating refresh token. For everything else.',
  },
)

export const SessionState = describedEnum<SessionStates>(
  'SessionState',
  'Whether a session can still be used.',
  {
    ACTIVE: 'It can be used.',
    ENDED: 'It has ended, and stays ended.',
  },
)

export const SessionEndReason = describedEnum<SessionEndReasons>('SessionEndReason', 'Why a session ended.', {
  SIGNED_OUT: 'Its user signed out of it.',
  SIGNED_OUT_EVERYWHERE: 'Its user signed out of all sessions, or of all others.',
  REVOKED_BY_USER: 'Its user ended it from another session.',
  REVOKED_BY_ADMINISTRATOR: 'An administrator ended it.',
  REPLACED: 'It continues under a new session, after a reverification or a new sign-in in the same browser.',
  PASSWORD_UPDATED: 'The password was changed, and everything was signed out with it.',
  ACCOUNT_DISABLED: 'The account was disabled.',
  ACCOUNT_DELETED: 'The account was deleted.',
  IDLE_TIMEOUT: 'Nobody used it for longer than the idle timeout.',
  ABSOLUTE_TIMEOUT: 'It reached its absolute limit.',
  SESSION_LIMIT: 'A newer session went past the number that is allowed.',
  REFRESH_TOKEN_REUSED: 'One of its refresh tokens was used in a way that no honest client would.',
  ANOMALY: 'Something unusual was noticed in it.',
})

export const AnomalyKind = describedEnum<AnomalyKinds>('AnomalyKind', 'What was noticed in a session.', {
  REFRESH_TOKEN_REUSED: 'A refresh token was presented in a way that no honest client would.',
  DISPLACED_TOKEN_USED: 'An access token was used that only somebody can hold who refreshed in secret.',
  RETRIED_FROM_ANOTHER_COUNTRY: 'A refresh was asked for again from another country than the first time.',
})

export const SessionChange = describedEnum<SessionChanges>(
  'SessionChange',
  'What can change of a session while it goes on. More may come.',
  {
    NEW_PLACE:
      'It was seen where it had not been seen before, or not lately: `Session.places` begins with that. At most once a minute where there are many.',
  },
)

export const ActorKind = describedEnum<ActorKinds>('ActorKind', 'Who made something happen.', {
  USER: 'The user whose session it is.',
  ADMINISTRATOR: 'An administrator.',
  SYSTEM: 'The server itself, as when a limit is reached.',
})

export const Role = describedEnum<Roles>('Role', 'What a user may do beyond their own account.', {
  ADMINISTRATOR: 'May find and end any session and manage users.',
})

export const Factor = describedEnum<Factors>('Factor', 'A way of proving who one is.', {
  PASSWORD: 'A password.',
  PASSKEY: 'A passkey (WebAuthn).',
})

export const DeviceKind = describedEnum<DeviceKinds>(
  'DeviceKind',
  'What sort of device a session was started on.',
  {
    DESKTOP: 'A desktop or laptop computer.',
    PHONE: 'A phone.',
    TABLET: 'A tablet.',
    TV: 'A television set or console.',
    BOT: 'A program that says so.',
    OTHER: 'Anything else, or unknown.',
  },
)

export const SensitiveAction = describedEnum<SensitiveActions>(
  'SensitiveAction',
  'What needs a factor presented just now. A proof is for one action on one subject.',
  {
    REVOKE_SESSION: 'Ending a specific session. The subject is its id.',
    REVOKE_OTHER_SESSIONS: 'Ending all sessions but this one. No subject.',
    UPDATE_PASSWORD: 'Changing the password. No subject.',
    REGISTER_PASSKEY: 'Adding a passkey. No subject.',
    REMOVE_PASSKEY: 'Removing a passkey. The subject is its id.',
    DELETE_ACCOUNT: 'Deleting the account. No subject.',
    ADMINISTER: "Administrators' operations. No subject and nothing to hand over: it renews `verifiedAt`.",
  },
)

export const SessionOrder = describedEnum<SessionOrders>('SessionOrder', 'In which order sessions come.', {
  CREATED_AT_DESC: 'The newest first.',
  CREATED_AT_ASC: 'The oldest first.',
  LAST_ACTIVE_AT_DESC: 'What was used last first.',
  LAST_ACTIVE_AT_ASC: 'What was not used for longest first.',
  ENDED_AT_DESC: 'What ended last first. Sessions that go on are left out, and not counted.',
  ENDED_AT_ASC: 'What ended first first. Sessions that go on are left out, and not counted.',
})

export const UserState = describedEnum<UserStates>('UserState', 'Whether a user can sign in.', {
  ENABLED: 'The account is enabled.',
  DISABLED: 'The account is disabled, and nobody can sign in to it.',
})

export const UserOrder = describedEnum<UserOrders>('UserOrder', 'In which order users come.', {
  CREATED_AT_DESC: 'The newest account first.',
  CREATED_AT_ASC: 'The oldest account first.',
  EMAIL_ASC: 'By their e-mail addresses, in lower case and by the numbers of their characters.',
  EMAIL_DESC: 'The same the other way around.',
})

export const StatisticsPeriod = describedEnum<StatisticsPeriods>(
  'StatisticsPeriod',
  'How far back statistics go, and in which steps.',
  {
    HOUR: 'Twelve steps of five minutes, and the one that has begun.',
    DAY: 'Twenty-four hours, and the one that has begun.',
    WEEK: 'Seven days in quarters of a day, and the one that has begun.',
    MONTH: 'Thirty days, and the one that has begun.',
  },
)
