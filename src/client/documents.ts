// The operations of the client. A test holds them to the schema.

const VIEWER = 'id email roles'
const SESSION = 'id createdAt verifiedAt idleExpiresAt expiresAt device { label }'
const TOKENS = 'tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }'
const REFUSED = '... on Error { code message }'
const SLOWED = '... on TooManyAttemptsError { retryAt }'
const UNVERIFIED = '... on VerificationRequiredError { action subject }'

/** Who and which session this is, and up to where the events are known by that. */
export const IDENTIFY = `query { viewer { ${VIEWER} } currentSession { ${SESSION} } eventCursor }`

export const SIGN_IN = `mutation ($input: SignInInput!) { result: signIn(input: $input) {
  __typename ... on SignInSuccess { viewer { ${VIEWER} } session { ${SESSION} } ${TOKENS} } ${REFUSED} ${SLOWED} } }`

export const SIGN_UP = `mutation ($input: SignUpInput!) { result: signUp(input: $input) {
  __typename ... on SignUpSuccess { viewer { ${VIEWER} } session { ${SESSION} } ${TOKENS} } ${REFUSED} ${SLOWED} } }`

export const SIGN_OUT = 'mutation { result: signOut { __typename } }'

export const REFRESH = `mutation ($input: RefreshSessionInput!) { result: refreshSession(input: $input) {
  __typename ... on RefreshSessionSuccess { session { ${SESSION} } ${TOKENS} } ... on SessionEndedError { reason } ${REFUSED} } }`

export const REVERIFY = `mutation ($input: ReverifyInput!) { result: reverify(input: $input) {
  __typename ... on ReverifySuccess { session { ${SESSION} } verification { token expiresAt } ${TOKENS} } ${REFUSED} ${SLOWED} } }`

export const REVOKE_SESSION = `mutation ($input: RevokeSessionInput!) { result: revokeSession(input: $input) {
  __typename ... on RevokeSessionSuccess { session { id } } ${REFUSED} ${UNVERIFIED} } }`

export const REVOKE_ALL_SESSIONS = `mutation ($input: RevokeAllSessionsInput) { result: revokeAllSessions(input: $input) {
  __typename ... on RevokeAllSessionsSuccess { revokedCount } ${REFUSED} ${UNVERIFIED} } }`

export const UPDATE_PASSWORD = `mutation ($input: UpdatePasswordInput!) { result: updatePassword(input: $input) {
  __typename ... on UpdatePasswordSuccess { revokedCount session { ${SESSION} } ${TOKENS} } ${REFUSED} ${UNVERIFIED} } }`

export const DELETE_ACCOUNT = `mutation ($input: DeleteAccountInput!) { result: deleteAccount(input: $input) {
  __typename ... on DeleteAccountSuccess { revokedCount } ${REFUSED} ${UNVERIFIED} } }`

/** All that happens to the viewer's sessions, this one's end among it. */
export const EVENTS = `subscription ($after: EventCursor) { sessionEvents(after: $after) {
  __typename id cursor occurredAt sessionId ... on SessionRevoked { reason message } } }`

/** Asked with a credential that is good no more, it says why. */
export const WHY = 'subscription { sessionRevoked { id } }'
