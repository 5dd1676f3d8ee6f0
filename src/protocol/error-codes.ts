/** Codes of expected refusals: members of a mutation's result union, as `Error.code`. Stable; clients branch on them. */
export const ERROR_CODES = [
  'INVALID_CREDENTIALS',
  'TOO_MANY_ATTEMPTS',
  'EMAIL_TAKEN',
  'WEAK_PASSWORD',
  'SIGN_UP_CLOSED',
  'SESSION_LIMIT',
  'SESSION_NOT_FOUND',
  'SESSION_ENDED',
  'INVALID_TOKEN',
  'VERIFICATION_REQUIRED',
  'NOT_SIGNED_IN',
  'FORBIDDEN',
  'USER_NOT_FOUND',
  'OWN_ACCOUNT',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** Codes of faults: thrown, and sent as `extensions.code`. */
export const FAULT_CODES = [
  /** The request or one of its inputs is malformed; the message names the field and the fix. */
  'BAD_USER_INPUT',
  /** A document went past one of the limits on size, depth, aliases or cost. */
  'OPERATION_TOO_COMPLEX',
  /** More than one mutation that checks a credential in one operation. */
  'ONE_CREDENTIAL_CHECK_PER_OPERATION',
  /** A cookie-bearing or cross-origin request from an origin that is not allowed. */
  'FORBIDDEN_ORIGIN',
  /** A subscription, or an administrators' query, without a live session. */
  'NOT_SIGNED_IN',
  /** Signing out with an access token that has expired or is none: refresh first, so that the session really ends. */
  'INVALID_ACCESS_TOKEN',
  /** The viewer may not see or do this. */
  'FORBIDDEN',
  /** The viewer may see this, and has to reverify first: `action` says for what. */
  'VERIFICATION_REQUIRED',
  /** The `after` cursor is older than the retention, or from another event log: reload the state, then subscribe without it. */
  'CURSOR_EXPIRED',
  /** This session or user has too many connections or subscriptions. */
  'TOO_MANY_CONNECTIONS',
  /** The server is full right now: try again in a moment. */
  'SERVER_BUSY',
  /** Anything unexpected; the details are in the server's log under a reference only. */
  'INTERNAL_SERVER_ERROR',
] as const
export type FaultCode = (typeof FAULT_CODES)[number]
