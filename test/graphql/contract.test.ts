import { readFile } from 'node:fs/promises'
import {
  buildSchema as buildFromText,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  print,
} from 'graphql'
import { expect, it } from 'vitest'
import { buildSchema, printSortedSchema } from '../../src/graphql/schema.ts'
import { ERROR_CODES } from '../../src/protocol/error-codes.ts'
import { SESSION_END_REASONS } from '../../src/protocol/sessions.ts'

/** What clients and other services rely on, word for word. The schema may hold more, and never less or something else. */
const CONTRACT = buildFromText(`
  scalar DateTime
  scalar EventCursor
  interface Node { id: ID! }
  interface Error { code: ErrorCode!, message: String! }

  type Query {
    viewer: User
    currentSession: Session
    signUpIsOpen: Boolean!
    node(id: ID!): Node
    users(search: String, state: UserState, orderBy: UserOrder! = CREATED_AT_DESC, first: Int, after: String): UserConnection!
    sessions(filter: SessionFilter, orderBy: SessionOrder! = CREATED_AT_DESC, first: Int, after: String): SessionConnection!
  }
  type Mutation {
    signUp(input: SignUpInput!): SignUpResult!
    signIn(input: SignInInput!): SignInResult!
    reverify(input: ReverifyInput!): ReverifyResult!
    signOut: SignOutResult!
    revokeAllSessions(input: RevokeAllSessionsInput): RevokeAllSessionsResult!
    revokeSession(input: RevokeSessionInput!): RevokeSessionResult!
    updatePassword(input: UpdatePasswordInput!): UpdatePasswordResult!
    deleteAccount(input: DeleteAccountInput!): DeleteAccountResult!
    disableUser(input: DisableUserInput!): DisableUserResult!
    enableUser(input: EnableUserInput!): EnableUserResult!
    revokeUserSessions(input: RevokeUserSessionsInput!): RevokeUserSessionsResult!
    revokeSessions(input: RevokeSessionsInput!): RevokeSessionsResult!
    revokeEverySession(input: RevokeEverySessionInput!): RevokeEverySessionResult!
  }
  type Subscription {
    sessionRevoked(scope: RevocationScope! = THIS_SESSION, after: EventCursor): SessionRevoked!
    sessionEvents(scope: RevocationScope! = MY_SESSIONS, after: EventCursor): SessionEvent!
  }

  input SignInInput { email: String!, password: String!, transport: SessionTransport! = COOKIE, rememberMe: Boolean! = true }
  input SignUpInput { email: String!, password: String!, transport: SessionTransport! = COOKIE }
  enum SessionTransport { COOKIE TOKEN }
  type SignUpSuccess { viewer: User!, session: Session!, tokens: SessionTokens }
  union SignUpResult = SignUpSuccess | EmailTakenError | WeakPasswordError | SignUpClosedError | TooManyAttemptsError
  type SignInSuccess { viewer: User!, session: Session!, tokens: SessionTokens }
  type SessionTokens { accessToken: String!, accessTokenExpiresAt: DateTime!, refreshToken: String!, refreshTokenExpiresAt: DateTime! }
  union SignInResult = SignInSuccess | InvalidCredentialsError | TooManyAttemptsError | SessionLimitError
  union SignOutResult = SignOutSuccess
  type SignOutSuccess { session: Session }

  input ReverifyInput { action: SensitiveAction!, subject: ID, factor: FactorInput! }
  input FactorInput @oneOf { password: String }
  enum SensitiveAction { REVOKE_SESSION REVOKE_OTHER_SESSIONS UPDATE_PASSWORD REGISTER_PASSKEY REMOVE_PASSKEY DELETE_ACCOUNT ADMINISTER }
  type ReverifySuccess { verification: Verification!, session: Session!, tokens: SessionTokens }
  union ReverifyResult = ReverifySuccess | InvalidCredentialsError | TooManyAttemptsError | NotSignedInError
  type Verification { token: String!, action: SensitiveAction!, subject: ID, expiresAt: DateTime! }

  input RevokeAllSessionsInput { keepCurrent: Boolean! = false, verificationToken: String }
  type RevokeAllSessionsSuccess { revokedCount: Int! }
  union RevokeAllSessionsResult = RevokeAllSessionsSuccess | VerificationRequiredError | NotSignedInError
  input RevokeSessionInput { sessionId: ID!, verificationToken: String! }
  type RevokeSessionSuccess { session: Session! }
  union RevokeSessionResult = RevokeSessionSuccess | SessionNotFoundError | VerificationRequiredError | NotSignedInError
  input UpdatePasswordInput { newPassword: String!, signOutEverywhere: Boolean!, verificationToken: String! }
  type UpdatePasswordSuccess { revokedCount: Int!, session: Session, tokens: SessionTokens }
  union UpdatePasswordResult = UpdatePasswordSuccess | WeakPasswordError | VerificationRequiredError | NotSignedInError
  input DeleteAccountInput { verificationToken: String! }
  type DeleteAccountSuccess { revokedCount: Int! }
  union DeleteAccountResult = DeleteAccountSuccess | VerificationRequiredError | NotSignedInError

  input SessionFilter {
    userId: ID
    state: SessionState
    createdAfter: DateTime
    createdBefore: DateTime
    lastActiveAfter: DateTime
    lastActiveBefore: DateTime
    network: String
    deviceKind: DeviceKind
    transport: SessionTransport
  }
  input DisableUserInput { userId: ID!, reason: String }
  type DisableUserSuccess { user: User!, revokedCount: Int! }
  union DisableUserResult = DisableUserSuccess | UserNotFoundError | OwnAccountError | ForbiddenError | VerificationRequiredError | NotSignedInError
  input EnableUserInput { userId: ID! }
  type EnableUserSuccess { user: User! }
  union EnableUserResult = EnableUserSuccess | UserNotFoundError | ForbiddenError | VerificationRequiredError | NotSignedInError
  input RevokeUserSessionsInput { userId: ID!, reason: String }
  type RevokeUserSessionsSuccess { user: User!, revokedCount: Int! }
  union RevokeUserSessionsResult = RevokeUserSessionsSuccess | UserNotFoundError | ForbiddenError | VerificationRequiredError | NotSignedInError
  input RevokeSessionsInput { filter: SessionFilter!, reason: String!, keepCurrent: Boolean! = false }
  type RevokeSessionsSuccess { revokedCount: Int!, hasMore: Boolean! }
  union RevokeSessionsResult = RevokeSessionsSuccess | ForbiddenError | VerificationRequiredError | NotSignedInError
  input RevokeEverySessionInput { reason: String!, keepCurrent: Boolean! = false }
  type RevokeEverySessionSuccess { endedAt: DateTime!, session: Session }
  union RevokeEverySessionResult = RevokeEverySessionSuccess | ForbiddenError | VerificationRequiredError | NotSignedInError

  enum ErrorCode {
    INVALID_CREDENTIALS TOO_MANY_ATTEMPTS EMAIL_TAKEN WEAK_PASSWORD SIGN_UP_CLOSED SESSION_LIMIT SESSION_NOT_FOUND VERIFICATION_REQUIRED
    NOT_SIGNED_IN FORBIDDEN USER_NOT_FOUND OWN_ACCOUNT
  }
  type InvalidCredentialsError implements Error { code: ErrorCode!, message: String! }
  type TooManyAttemptsError implements Error { code: ErrorCode!, message: String!, retryAt: DateTime! }
  type EmailTakenError implements Error { code: ErrorCode!, message: String! }
  type WeakPasswordError implements Error { code: ErrorCode!, message: String! }
  type SignUpClosedError implements Error { code: ErrorCode!, message: String! }
  type NotSignedInError implements Error { code: ErrorCode!, message: String! }
  type SessionLimitError implements Error { code: ErrorCode!, message: String! }
  type SessionNotFoundError implements Error { code: ErrorCode!, message: String! }
  type ForbiddenError implements Error { code: ErrorCode!, message: String! }
  type UserNotFoundError implements Error { code: ErrorCode!, message: String! }
  type OwnAccountError implements Error { code: ErrorCode!, message: String! }
  type VerificationRequiredError implements Error { code: ErrorCode!, message: String!, action: SensitiveAction!, subject: ID }

  type Session implements Node {
    id: ID!
    user: User!
    isCurrent: Boolean!
    state: SessionState!
    createdAt: DateTime!
    lastActiveAt: DateTime!
    verifiedAt: DateTime!
    idleExpiresAt: DateTime!
    expiresAt: DateTime!
    endedAt: DateTime
    endReason: SessionEndReason
    device: Device!
    location: Location
    network: String
    factors: [Factor!]!
    replaces: Session
  }
  enum SessionState { ACTIVE ENDED }
  enum Factor { PASSWORD PASSKEY }
  type Location { countryCode: String!, city: String }
  type Device { label: String!, kind: DeviceKind!, browser: String, system: String }
  enum DeviceKind { DESKTOP PHONE TABLET OTHER }
  type User implements Node {
    id: ID!
    email: String!
    roles: [Role!]!
    createdAt: DateTime!
    disabledAt: DateTime
    sessions(state: SessionState, first: Int, after: String): SessionConnection!
  }
  enum Role { ADMINISTRATOR }
  type SessionConnection { edges: [SessionEdge!]!, pageInfo: PageInfo! }
  type SessionEdge { node: Session!, cursor: String! }
  type UserConnection { edges: [UserEdge!]!, pageInfo: PageInfo! }
  type UserEdge { node: User!, cursor: String! }
  type PageInfo { hasNextPage: Boolean!, hasPreviousPage: Boolean!, startCursor: String, endCursor: String }

  enum SessionEndReason {
    SIGNED_OUT SIGNED_OUT_EVERYWHERE REVOKED_BY_USER REVOKED_BY_ADMINISTRATOR REPLACED PASSWORD_UPDATED
    ACCOUNT_DISABLED ACCOUNT_DELETED IDLE_TIMEOUT ABSOLUTE_TIMEOUT SESSION_LIMIT REFRESH_TOKEN_REUSED ANOMALY
  }
  interface SessionEvent { id: ID!, cursor: EventCursor!, occurredAt: DateTime!, sessionId: ID! }
  type SessionRevoked implements SessionEvent {
    id: ID!, cursor: EventCursor!, occurredAt: DateTime!, sessionId: ID!
    reason: SessionEndReason!, actor: Actor!, message: String!, replacedBy: ID
  }
  type Actor { kind: ActorKind!, sessionId: ID }
  enum ActorKind { USER ADMINISTRATOR SYSTEM }
  enum RevocationScope { THIS_SESSION MY_SESSIONS ALL }
  enum UserState { ENABLED DISABLED }
  enum UserOrder { CREATED_AT_DESC CREATED_AT_ASC EMAIL_ASC EMAIL_DESC }
  enum SessionOrder { CREATED_AT_DESC CREATED_AT_ASC LAST_ACTIVE_AT_DESC LAST_ACTIVE_AT_ASC ENDED_AT_DESC ENDED_AT_ASC }
`)

// by way of its text, so that both are read alike
const schema = buildFromText(printSortedSchema(buildSchema()))

it('schema.graphql holds the schema as it is', async () => {
  expect(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8')).toBe(
    printSortedSchema(buildSchema()),
  )
})

it.each(ownTypes(CONTRACT).map((type) => [type.name, type] as const))(
  '%s is as clients were promised',
  (name, promised) => {
    const actual = schema.getType(name)
    expect(actual?.constructor.name, `${name} exists`).toBe(promised.constructor.name)
    const [offered, expected] = [partsOf(actual), partsOf(promised)]
    expect(expected.filter((part) => !offered.includes(part))).toEqual([])
  },
)

it('an error is a member of exactly the results that were promised, and of no other', () => {
  for (const promised of ownTypes(CONTRACT).filter(isUnionType)) {
    const actual = schema.getType(promised.name)
    expect(isUnionType(actual) && names(actual.getTypes())).toEqual(names(promised.getTypes()))
  }
})

it.each(ownTypes(schema).map((type) => [type.name, type] as const))(
  '%s and all of its parts have a description',
  (name, type) => {
    const parts: [string, { description?: string | null | undefined }][] = [[name, type]]
    if (isEnumType(type)) for (const value of type.getValues()) parts.push([value.name, value])
    for (const field of fieldsOf(type)) {
      parts.push([field.name, field])
      if ('args' in field)
        for (const argument of field.args) parts.push([`${field.name}(${argument.name})`, argument])
    }
    expect(parts.filter(([, { description }]) => !description?.trim()).map(([part]) => part)).toEqual([])
  },
)

it('whatever may be null says when it is', () => {
  const silent = ownTypes(schema).flatMap((type) =>
    fieldsOf(type)
      .filter(
        (field) =>
          !isInputObjectType(type) &&
          !isNonNullType(field.type) &&
          !/\bNull (if|unless)\b/.test(field.description ?? ''),
      )
      .map((field) => `${type.name}.${field.name}`),
  )
  expect(silent).toEqual([])
})

it('every error type implements Error, and every result but signing out has one', () => {
  const members = ownTypes(schema)
    .filter(isUnionType)
    .map((union) => union.getTypes())
  const errors = members.flat().filter((type) => !type.name.endsWith('Success'))
  expect(errors.length).toBeGreaterThan(0)
  for (const type of errors) {
    expect(type.name).toMatch(/Error$/)
    expect(type.getInterfaces().map(({ name }) => name)).toContain('Error')
  }
})

it('the enums of the API are the words that the code knows', () => {
  expect(valuesOf('ErrorCode')).toEqual([...ERROR_CODES].sort())
  expect(valuesOf('SessionEndReason')).toEqual([...SESSION_END_REASONS].sort())
})

function valuesOf(name: string): string[] {
  const type = schema.getType(name)
  return isEnumType(type)
    ? type
        .getValues()
        .map((value) => value.name)
        .sort()
    : []
}

function ownTypes(of: typeof schema): GraphQLNamedType[] {
  return Object.values(of.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  )
}

function fieldsOf(type: GraphQLNamedType): (GraphQLField<unknown, unknown> | GraphQLInputField)[] {
  return isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
    ? Object.values(type.getFields())
    : []
}

/** A type as single lines that can be looked for one by one: fields with arguments and defaults, interfaces, members, values. */
function partsOf(type: GraphQLNamedType | undefined): string[] {
  if (!type) return []
  if (isUnionType(type)) return names(type.getTypes())
  if (isEnumType(type)) return type.getValues().map(({ name }) => name)
  const interfaces = isObjectType(type) ? names(type.getInterfaces()) : []
  const fields = fieldsOf(type).map((field) =>
    'args' in field
      ? `${field.name}(${field.args.map(describeInput).sort().join(', ')}): ${field.type}`
      : describeInput(field),
  )
  const oneOf = isInputObjectType(type) && type.isOneOf ? ['@oneOf'] : []
  return [...interfaces, ...fields, ...oneOf]
}

/** `keepCurrent: Boolean! = false`, as it is printed. */
function describeInput(input: GraphQLArgument | GraphQLInputField): string {
  const fallback = input.default?.literal ? ` = ${print(input.default.literal)}` : ''
  return `${input.name}: ${input.type}${fallback}`
}

function names(types: readonly { readonly name: string }[]): string[] {
  return types.map(({ name }) => name).sort()
}
