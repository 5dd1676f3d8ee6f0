import { z } from 'zod'
import { DEVICE_KINDS } from '../devices/device.ts'
import { SESSION_END_REASONS, SESSION_TRANSPORTS } from '../protocol/sessions.ts'
import { isEmail } from '../users/email.ts'
import { LONGEST_LIST, type OperationRefusal } from './operation-refusal.ts'

const time = z.iso.datetime()

/** Why something was done, as it is stored: PostgreSQL can't hold every text. */
const reason = z.string().refine((text) => text.trim() !== '' && text.length <= 200 && !text.includes('\0'), {
  error: 'reason: say why, in 1 to 200 characters',
})

/** Which sessions, as the API's filter has it but for their state. */
const fitting = {
  user: z.string().nullable(),
  search: z.string().nullable(),
  endReasons: z.array(z.enum(SESSION_END_REASONS)).min(1).nullable(),
  createdAfter: time.nullable(),
  createdBefore: time.nullable(),
  lastActiveAfter: time.nullable(),
  lastActiveBefore: time.nullable(),
  endedAfter: time.nullable(),
  endedBefore: time.nullable(),
  network: z.string().nullable(),
  country: z.string().nullable(),
  deviceKind: z.enum(DEVICE_KINDS).nullable(),
  browser: z.string().nullable(),
  system: z.string().nullable(),
  transport: z.enum(SESSION_TRANSPORTS).nullable(),
  flagged: z.boolean().nullable(),
}

const userSchema = z.object({
  id: z.string(),
  email: z.string(),
  roles: z.array(z.string()),
  createdAt: time,
  disabledAt: time.nullable(),
})

const sessionSchema = z.object({
  id: z.string(),
  user: z.object({ id: z.string(), email: z.string() }),
  state: z.enum(['ACTIVE', 'ENDED']),
  device: z.object({
    label: z.string(),
    kind: z.string(),
    browser: z.string().nullable(),
    system: z.string().nullable(),
  }),
  network: z.string().nullable(),
  createdAt: time,
  lastActiveAt: time,
  idleExpiresAt: time,
  expiresAt: time,
  endedAt: time.nullable(),
  endReason: z.string().nullable(),
})

const signingKeySchema = z.object({
  kid: z.string(),
  algorithm: z.string(),
  state: z.enum(['PENDING', 'SIGNING', 'SUPERSEDED', 'EXPIRED']),
  createdAt: time,
  signsFrom: time,
  expiresAt: time.nullable(),
  sealedUnder: z.enum(['CURRENT', 'PREVIOUS']).nullable(),
})

/** A user as operations give it out: plain JSON, under the ids and names of the API. */
export type UserRecord = z.output<typeof userSchema>
/** A session as operations give it out. */
export type SessionRecord = z.output<typeof sessionSchema>
/** A signing key as operations give it out: never its private half. */
export type SigningKeyRecord = z.output<typeof signingKeySchema>

/**
 * Everything that the command line does to a server: what each operation takes, and what it gives. Apart from how it is done,
 * so that a command that hands its work to a running server loads no database. The server may be of another version: what it does not know
 * it refuses, because a condition that is left out makes an operation one on more than was meant.
 */
export const OPERATIONS = {
  migrate: {
    input: z.strictObject({}),
    output: z.object({ appliedMigrations: z.number() }),
  },
  createUser: {
    input: z.strictObject({
      email: z.string().refine(isEmail, {
        error: ({ input }) => `email: "${input}" is not an e-mail address; write it as name@example.com`,
      }),
      password: z.string(),
      administrator: z.boolean(),
    }),
    output: z.object({ user: userSchema }),
  },
  disableUser: {
    input: z.strictObject({ user: z.string() }),
    output: z.object({ user: userSchema, revokedCount: z.number() }),
  },
  enableUser: {
    input: z.strictObject({ user: z.string() }),
    output: z.object({ user: userSchema }),
  },
  listUsers: {
    input: z.strictObject({ search: z.string().nullable(), limit: z.int().min(1).max(LONGEST_LIST) }),
    output: z.object({ users: z.array(userSchema), hasMore: z.boolean() }),
  },
  listFittingSessions: {
    input: z.strictObject({
      ...fitting,
      state: z.enum(['ACTIVE', 'ENDED']).nullable(),
      limit: z.int().min(1).max(LONGEST_LIST),
    }),
    output: z.object({ sessions: z.array(sessionSchema), hasMore: z.boolean() }),
  },
  revokeSession: {
    input: z.strictObject({ session: z.string() }),
    output: z.object({ session: sessionSchema }),
  },
  revokeFittingSessions: {
    input: z.strictObject({
      ...fitting,
      reason,
    }),
    output: z.object({ revokedCount: z.number(), hasMore: z.boolean() }),
  },
  revokeEverySession: {
    input: z.strictObject({ reason }),
    output: z.object({ endedAt: time }),
  },
  listKeys: {
    input: z.strictObject({}),
    output: z.object({ keys: z.array(signingKeySchema) }),
  },
  rotateKeys: {
    input: z.strictObject({ atOnce: z.boolean() }),
    output: z.object({ key: signingKeySchema }),
  },
} as const

/** Which sessions an operation is about. */
export type FittingSessions = Omit<OperationInput<'revokeFittingSessions'>, 'reason'>

export type OperationName = keyof typeof OPERATIONS
export type OperationInput<Name extends OperationName> = z.output<(typeof OPERATIONS)[Name]['input']>
export type OperationOutput<Name extends OperationName> = z.output<(typeof OPERATIONS)[Name]['output']>

/** The operations of one server, wherever it runs. */
export interface Operations extends AsyncDisposable {
  perform<Name extends OperationName>(
    name: Name,
    input: OperationInput<Name>,
  ): Promise<OperationOutput<Name> | OperationRefusal>
}

/** Whether there is an operation of this name. */
export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name)
}
