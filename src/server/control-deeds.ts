import {
  createAccount,
  disableAccount,
  enableAccount,
  revokeSessionAsAdministrator,
} from '../accounts/administer.ts'
import { listOwnedSessions } from '../accounts/list-sessions.ts'
import type { AccountParts } from '../accounts/parts.ts'
import { revokeEverySessionAsOperator } from '../accounts/revoke-every-session.ts'
import { revokeSessionsAsOperator } from '../accounts/revoke-sessions.ts'
import { WeakPassword } from '../credentials/errors.ts'
import { migrate } from '../database/migrate.ts'
import { encodeGlobalId, localId, type NodeName } from '../graphql/global-ids.ts'
import { isId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { fitsEverySession, readCountry, readNetwork, type SessionFilter } from '../sessions/filter.ts'
import { idleLimit } from '../sessions/lifetime.ts'
import type { OwnedSession } from '../sessions/listing.ts'
import type { KeyRecord } from '../tokens/key-store.ts'
import { UnopenableKeys } from '../tokens/unopenable-keys.ts'
import { isEmail } from '../users/email.ts'
import { listUsers } from '../users/queries.ts'
import type { User } from '../users/user.ts'
import { findUser, findUserByEmail } from '../users/users.ts'
import {
  type FittingSessions,
  OPERATIONS,
  type OperationInput,
  type OperationName,
  type OperationOutput,
  type SessionRecord,
  type SigningKeyRecord,
  type UserRecord,
} from './control-operations.ts'
import { OperationRefusal } from './operation-refusal.ts'
import { OTHER_SECRET } from './signing-key-secret.ts'

type Deed<Name extends OperationName> = (
  accounts: AccountParts,
  input: OperationInput<Name>,
) => Promise<OperationOutput<Name> | OperationRefusal>

/** How each operation is done, on the rooms of this process. */
const DEEDS: { readonly [Name in OperationName]: Deed<Name> } = {
  migrate: async ({ database }) => ({ appliedMigrations: await migrate(database) }),

  createUser: async (accounts, { email, password, administrator }) => {
    const roles = administrator ? (['ADMINISTRATOR'] as const) : []
    const created = await createAccount(accounts, { email, password, roles })
    if (created instanceof WeakPassword)
      return new OperationRefusal(created.code, `password: ${created.message}`)
    if (created instanceof Refusal)
      return new OperationRefusal(created.code, `email: there is an account for ${email} already.`)
    return { user: toUserRecord(created) }
  },

  disableUser: async (accounts, input) => {
    const user = await resolveUser(accounts, input.user)
    if (user instanceof OperationRefusal) return user
    const revokedCount = await disableAccount(accounts, user.id)
    const disabled = await findUser(accounts.database.queries, user.id)
    if (revokedCount === null || !disabled)
      return new OperationRefusal('USER_DISABLED', `user: ${input.user} is disabled already.`)
    return { user: toUserRecord(disabled), revokedCount }
  },

  enableUser: async (accounts, input) => {
    const user = await resolveUser(accounts, input.user)
    if (user instanceof OperationRefusal) return user
    const enabled = await enableAccount(accounts, user.id)
    return enabled
      ? { user: toUserRecord(enabled) }
      : new OperationRefusal('USER_ENABLED', `user: ${input.user} is not disabled.`)
  },

  listUsers: async ({ database }, { search, limit }) => {
    const first = { size: limit, after: null, order: 'CREATED_AT_DESC' } as const
    const page = await listUsers(database.queries, { search }, first)
    return { users: page.items.map(toUserRecord), hasMore: page.hasMore }
  },

  listFittingSessions: async (accounts, { state, limit, ...fitting }) => {
    const filter = await readFilter(accounts, fitting)
    if (filter instanceof OperationRefusal) return filter
    const first = { size: limit, after: null, order: 'CREATED_AT_DESC' } as const
    const page = await listOwnedSessions(accounts, { ...filter, state }, first)
    return { sessions: page.items.map((item) => toSessionRecord(accounts, item)), hasMore: page.hasMore }
  },

  revokeSession: async (accounts, input) => {
    const sessionId = readId(input.session, 'Session')
    if (sessionId === null)
      return new OperationRefusal(
        'BAD_USER_INPUT',
        `session-id: "${input.session}" is not the id of a session; \`curfew session list\` shows them.`,
      )
    const session = await revokeSessionAsAdministrator(accounts, sessionId)
    if (session instanceof Refusal)
      return new OperationRefusal(
        session.code,
        'session-id: no live session has this id; it may have ended already, as `curfew session list --state all` would show.',
      )
    const user = await findUser(accounts.database.queries, session.userId)
    if (!user) throw new Error('a session has no user')
    return { session: toSessionRecord(accounts, { session, user }) }
  },

  revokeFittingSessions: async (accounts, { reason, ...fitting }) => {
    const filter = await readFilter(accounts, fitting)
    if (filter instanceof OperationRefusal) return filter
    if (fitsEverySession(filter))
      return new OperationRefusal(
        'BAD_USER_INPUT',
        'sessions: say which ones to end; `curfew session revoke-all` ends those of everyone.',
      )
    return revokeSessionsAsOperator(accounts, { filter, reason })
  },

  revokeEverySession: async (accounts, { reason }) => {
    const { endedAt } = await revokeEverySessionAsOperator(accounts, { reason })
    return { endedAt: endedAt.toISOString() }
  },

  listKeys: async ({ signingKeys }) => ({ keys: (await signingKeys.list()).map(toSigningKeyRecord) }),

  rotateKeys: async ({ signingKeys }, { atOnce }) => {
    try {
      const result = await signingKeys.rotate({ atOnce })
      if ('made' in result) return { key: toSigningKeyRecord(result.made) }
      const since = result.waiting.signsFrom.toISOString()
      return new OperationRefusal(
        'KEY_PENDING',
        `keys: a new key was made already, and signs from ${since}; wait for it, or give --now to withdraw all keys and sign with another at once.`,
      )
    } catch (error) {
      if (error instanceof UnopenableKeys) return new OperationRefusal('OTHER_SECRET', OTHER_SECRET)
      throw error
    }
  },
}

/** Checks the input, and runs the operation on the rooms of this process. */
export async function performHere<Name extends OperationName>(
  accounts: AccountParts,
  name: Name,
  input: unknown,
): Promise<OperationOutput<Name> | OperationRefusal> {
  const parsed = OPERATIONS[name].input.safeParse(input)
  // each deed takes exactly what its own schema lets through, which TypeScript cannot follow through a union
  if (parsed.success) return DEEDS[name](accounts, parsed.data as OperationInput<Name>)
  const message = parsed.error.issues.map((issue) => issue.message).join('; ')
  return new OperationRefusal('BAD_USER_INPUT', `${message}.`)
}

async function resolveUser({ database }: AccountParts, text: string): Promise<User | OperationRefusal> {
  const id = readId(text, 'User')
  const user = id
    ? await findUser(database.queries, id)
    : isEmail(text.trim())
      ? await findUserByEmail(database.queries, text)
      : null
  if (user && user.deletedAt === null) return user
  return new OperationRefusal(
    'USER_NOT_FOUND',
    `user: there is no account for "${text}"; give its e-mail address or its id.`,
  )
}

/** The filter as the rooms know it. */
async function readFilter(
  accounts: AccountParts,
  { user, network, country, ...rest }: FittingSessions,
): Promise<SessionFilter | OperationRefusal> {
  const owner = user === null ? null : await resolveUser(accounts, user)
  if (owner instanceof OperationRefusal) return owner
  const where = network === null ? null : readNetwork(network)
  if (network !== null && where === null)
    return new OperationRefusal(
      'BAD_USER_INPUT',
      `network: "${network}" is none; give one as \`curfew session list --json\` shows it, such as 203.0.113.0/24, or an address.`,
    )
  const countryCode = country === null ? null : readCountry(country)
  if (country !== null && countryCode === null)
    return new OperationRefusal(
      'BAD_USER_INPUT',
      `country: "${country}" is none; give its two letters, such as DE.`,
    )
  return {
    ...rest,
    userId: owner?.id ?? null,
    network: where,
    countryCode,
    createdAfter: toDate(rest.createdAfter),
    createdBefore: toDate(rest.createdBefore),
    lastActiveAfter: toDate(rest.lastActiveAfter),
    lastActiveBefore: toDate(rest.lastActiveBefore),
    endedAfter: toDate(rest.endedAfter),
    endedBefore: toDate(rest.endedBefore),
  }
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}

/** An id as the API gives it out, or as it stands in the database and in logs. */
function readId(text: string, typename: NodeName): string | null {
  const plain = text.toLowerCase()
  return isId(plain) ? plain : localId(text, typename)
}

function toUserRecord(user: User): UserRecord {
  return {
    id: encodeGlobalId('User', user.id),
    email: user.email,
    roles: [...user.roles],
    createdAt: user.createdAt.toISOString(),
    disabledAt: user.disabledAt?.toISOString() ?? null,
  }
}

function toSessionRecord({ sessions }: AccountParts, { session, user }: OwnedSession): SessionRecord {
  return {
    id: encodeGlobalId('Session', session.id),
    user: { id: encodeGlobalId('User', user.id), email: user.email },
    state: session.endedAt === null ? 'ACTIVE' : 'ENDED',
    device: { ...session.device },
    network: session.network,
    createdAt: session.createdAt.toISOString(),
    lastActiveAt: session.lastActiveAt.toISOString(),
    idleExpiresAt: idleLimit(session, sessions.policy).toISOString(),
    expiresAt: session.expiresAt.toISOString(),
    endedAt: session.endedAt?.toISOString() ?? null,
    endReason: session.endReason,
  }
}

function toSigningKeyRecord({ createdAt, signsFrom, expiresAt, ...key }: KeyRecord): SigningKeyRecord {
  return {
    ...key,
    createdAt: createdAt.toISOString(),
    signsFrom: signsFrom.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  }
}
