import type { RefreshToken } from '../tokens/refresh-token.ts'
import type { SessionToken } from './session-token.ts'

/** What a client holds to come back to its session, by its transport. */
export type Credential =
  | { readonly transport: 'COOKIE'; readonly token: SessionToken }
  | { readonly transport: 'TOKEN'; readonly refreshToken: RefreshToken }

/** What a genuine access token stands for. Whether the session lives is still to be asked. */
export interface AccessGrant {
  readonly sessionId: string
  readonly userId: string
  readonly generation: number
}

/** What a request or connection presents to be known by. */
export type Presented = SessionToken | AccessGrant
