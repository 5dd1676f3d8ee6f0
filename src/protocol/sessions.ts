/** Why a session ended. */
export const SESSION_END_REASONS = [
  'SIGNED_OUT',
  'SIGNED_OUT_EVERYWHERE',
  'REVOKED_BY_USER',
  'REVOKED_BY_ADMINISTRATOR',
  'REPLACED',
  'PASSWORD_UPDATED',
  'ACCOUNT_DISABLED',
  'ACCOUNT_DELETED',
  'IDLE_TIMEOUT',
  'ABSOLUTE_TIMEOUT',
  'SESSION_LIMIT',
  'REFRESH_TOKEN_REUSED',
  'ANOMALY',
] as const
export type SessionEndReason = (typeof SESSION_END_REASONS)[number]

/** One plain sentence for each reason, fit to be shown to the person whose session ended. */
export const SESSION_END_MESSAGES: Record<SessionEndReason, string> = {
  SIGNED_OUT: 'You signed out.',
  SIGNED_OUT_EVERYWHERE: 'You were signed out everywhere, from one of your devices.',
  REVOKED_BY_USER: 'You were signed out from another of your devices.',
  REVOKED_BY_ADMINISTRATOR: 'An administrator signed you out.',
  REPLACED: 'This session continues under a new one.',
  PASSWORD_UPDATED: 'You were signed out because your password was changed.',
  ACCOUNT_DISABLED: 'You were signed out because your account was disabled.',
  ACCOUNT_DELETED: 'You were signed out because your account was deleted.',
  IDLE_TIMEOUT: 'You were signed out because you had not been active for a while.',
  ABSOLUTE_TIMEOUT: 'You were signed out because it was time to sign in again.',
  SESSION_LIMIT: 'You were signed out because you signed in on too many devices.',
  REFRESH_TOKEN_REUSED:
    'You were signed out because a sign-in token of yours was used twice, which can mean that it was stolen.',
  ANOMALY: 'You were signed out because something unusual was noticed in your session.',
}

/** Who ended a session. */
export const ACTOR_KINDS = ['USER', 'ADMINISTRATOR', 'SYSTEM'] as const
export type ActorKind = (typeof ACTOR_KINDS)[number]

/** What can be noticed in a session that an honest person's session does not show. */
export const ANOMALY_KINDS = [
  'REFRESH_TOKEN_REUSED',
  'DISPLACED_TOKEN_USED',
  'RETRIED_FROM_ANOTHER_COUNTRY',
] as const
export type AnomalyKind = (typeof ANOMALY_KINDS)[number]

/** How a client carries its session. */
export const SESSION_TRANSPORTS = ['COOKIE', 'TOKEN'] as const
export type SessionTransport = (typeof SESSION_TRANSPORTS)[number]

/** What can change of a session while it goes on, as far as a person sees it. */
export const SESSION_CHANGES = ['NEW_PLACE'] as const
export type SessionChange = (typeof SESSION_CHANGES)[number]

/** What can happen to a session, each told as an event. */
export const SESSION_EVENT_TYPES = ['STARTED', 'CHANGED', 'FLAGGED', 'REVOKED'] as const
export type SessionEventType = (typeof SESSION_EVENT_TYPES)[number]

/** What stands in the event log: what is told of single sessions, and that everyone's ended at once. */
export type LogEntryType = SessionEventType | 'EVERY_SESSION_REVOKED'

/** Factors that a person can present. */
export const FACTORS = ['PASSWORD', 'PASSKEY'] as const
export type Factor = (typeof FACTORS)[number]

export const ROLES = ['ADMINISTRATOR'] as const
export type Role = (typeof ROLES)[number]

/** What a proof of step-up can be asked for. */
export const SENSITIVE_ACTIONS = [
  'REVOKE_SESSION',
  'REVOKE_OTHER_SESSIONS',
  'UPDATE_PASSWORD',
  'REGISTER_PASSKEY',
  'REMOVE_PASSKEY',
  'DELETE_ACCOUNT',
  'ADMINISTER',
] as const
export type SensitiveAction = (typeof SENSITIVE_ACTIONS)[number]

/** What access tokens are signed with (RFC 8037 Ed25519, or RFC 7518 P-256). */
export const SIGNING_ALGORITHMS = ['EdDSA', 'ES256'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]
