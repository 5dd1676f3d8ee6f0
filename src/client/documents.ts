// The operations of the client. A test holds them to the schema.

const VIEWER = 'id email roles'
const FIELDS = 'id createdAt verifiedAt idleExpiresAt expiresAt device{label}'
const SESSION = `session{${FIELDS}}`
const TOKENS = 'tokens{accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt}'
const ENTERED = `viewer{${VIEWER}}${SESSION}${TOKENS}`
const SLOWED = '...on TooManyAttemptsError{retryAt}'
const UNVERIFIED = '...on VerificationRequiredError{action subject}'

/** Whoever reads the client's code over the network reads these too: what they share is written once. */
function mutation(name: string, success: string, refusals = ''): string {
  const type = name.replace(/./, (first) => first.toUpperCase())
  return `mutation($input:${type}Input!){result:${name}(input:$input){__typename...on ${type}Success{${success}}...on Error{code message}${refusals}}}`
}

/** Who and which session this is, and up to where the events are known by that. */
export const IDENTIFY = `{viewer{${VIEWER}}currentSession{${FIELDS}}eventCursor}`

export const SIGN_IN = mutation('signIn', ENTERED, SLOWED)

export const SIGN_UP = mutation('signUp', ENTERED, SLOWED)

export const SIGN_OUT = 'mutation{result:signOut{__typename}}'

export const REFRESH = mutation('refreshSession', SESSION + TOKENS, '...on SessionEndedError{reason}')

export const REVERIFY = mutation('reverify', `${SESSION}verification{token expiresAt}${TOKENS}`, SLOWED)

export const REVOKE_SESSION = mutation('revokeSession', 'session{id}', UNVERIFIED)

export const REVOKE_ALL_SESSIONS = mutation('revokeAllSessions', 'revokedCount', UNVERIFIED)

export const UPDATE_PASSWORD = mutation('updatePassword', `revokedCount ${SESSION}${TOKENS}`, UNVERIFIED)

export const DELETE_ACCOUNT = mutation('deleteAccount', 'revokedCount', UNVERIFIED)

/** All that happens to the viewer's sessions, this one's end among it. */
export const EVENTS =
  'subscription($after:EventCursor){sessionEvents(after:$after){__typename id cursor occurredAt sessionId...on SessionRevoked{reason message}...on SessionFlagged{anomaly{kind occurredAt network}}...on SessionChanged{changes}}}'

/** Asked with a credential that is good no more, it says why. */
export const WHY = 'subscription{sessionRevoked{id}}'
