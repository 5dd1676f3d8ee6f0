/** Name of the session cookie. `__Host-` makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis §4.1.3.2). */
export const SESSION_COOKIE = '__Host-curfew'

/** Prefixes of our secrets, so that secret scanners find one that leaked. */
export const TOKEN_PREFIX = { session: 'cfs_', refresh: 'cfr_', verification: 'cfv_' } as const
