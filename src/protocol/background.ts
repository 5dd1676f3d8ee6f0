/**
 * The header with which an HTTP request says that no person is behind it, a structured field (RFC 9651 §3.3.6): `Curfew-Background: ?1`.
 * It is served like any other, and the session counts as idle all the same.
 */
export const BACKGROUND_HEADER = 'Curfew-Background'
