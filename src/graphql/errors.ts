import { GraphQLError } from 'graphql'
import { Forbidden, OwnAccount, SignUpClosed, UserNotFound } from '../accounts/errors.ts'
import { InvalidCredentials, WeakPassword } from '../credentials/errors.ts'
import { Fault } from '../kernel/fault.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { TooManyAttempts } from '../limits/attempts.ts'
import type { ErrorCode as Code } from '../protocol/error-codes.ts'
import { NotSignedIn, SessionEnded, SessionLimit, SessionNotFound } from '../sessions/errors.ts'
import { InvalidToken } from '../tokens/errors.ts'
import { EmailTaken } from '../users/errors.ts'
import { VerificationRequired } from '../verification/errors.ts'
import { builder } from './builder.ts'
import { describedEnum } from './described-enum.ts'
import { SensitiveAction, SessionEndReason } from './enums.ts'
import { encodeGlobalId } from './global-ids.ts'

const ErrorCode = describedEnum<Code>(
  'ErrorCode',
  'What went wrong, in a form that a program can branch on.',
  {
    INVALID_CREDENTIALS: 'The e-mail address or a presented factor is not right.',
    TOO_MANY_ATTEMPTS: 'Too many attempts in too short a time.',
    EMAIL_TAKEN: 'There is an account with this e-mail address already.',
    WEAK_PASSWORD: 'The new password may not be used.',
    SIGN_UP_CLOSED: 'Signing up is closed on this server.',
    SESSION_LIMIT: 'The user has as many sessions as are allowed.',
    SESSION_NOT_FOUND: 'The user has no live session with this id.',
    SESSION_ENDED: 'The session of the token has ended.',
    INVALID_TOKEN: 'The token was not written by this server.',
    VERIFICATION_REQUIRED: 'The action needs a fresh proof for exactly this action and subject.',
    NOT_SIGNED_IN: 'No live session came with the request.',
    FORBIDDEN: 'The viewer may not do this.',
    USER_NOT_FOUND: 'There is no user with this id.',
    OWN_ACCOUNT: 'This cannot be done to one’s own account.',
  },
)

export const ErrorInterface = builder.interfaceRef<Refusal>('Error').implement({
  description:
    'An expected failure: the operation changed nothing, but for a reused refresh token, which ends its session.',
  fields: (t) => ({
    code: t.field({ type: ErrorCode, description: 'What went wrong.', resolve: ({ code }) => code }),
    message: t.exposeString('message', {
      description: 'What went wrong and what to do, in a plain sentence.',
    }),
  }),
})

const interfaces = [ErrorInterface]

export const InvalidCredentialsError = builder.objectType(InvalidCredentials, {
  name: 'InvalidCredentialsError',
  description:
    'The e-mail address or the presented factor is not right. Unknown and disabled accounts get the same answer.',
  interfaces,
})

export const TooManyAttemptsError = builder.objectType(TooManyAttempts, {
  name: 'TooManyAttemptsError',
  description: 'Too many attempts in too short a time. Nothing was checked.',
  interfaces,
  fields: (t) => ({
    retryAt: t.expose('retryAt', {
      type: 'DateTime',
      description: 'When the next attempt will be let through, at the earliest.',
    }),
  }),
})

export const EmailTakenError = builder.objectType(EmailTaken, {
  name: 'EmailTakenError',
  description: 'There is an account with this e-mail address already.',
  interfaces,
})

export const WeakPasswordError = builder.objectType(WeakPassword, {
  name: 'WeakPasswordError',
  description:
    'The new password is too short, too long, or among those that are guessed first. The message says which.',
  interfaces,
})

export const SignUpClosedError = builder.objectType(SignUpClosed, {
  name: 'SignUpClosedError',
  description: 'The operator has closed signing up.',
  interfaces,
})

export const NotSignedInError = builder.objectType(NotSignedIn, {
  name: 'NotSignedInError',
  description: 'No live session came with the request.',
  interfaces,
})

export const SessionLimitError = builder.objectType(SessionLimit, {
  name: 'SessionLimitError',
  description: 'The user has as many live sessions as are allowed, and the operator refuses more.',
  interfaces,
})

export const SessionNotFoundError = builder.objectType(SessionNotFound, {
  name: 'SessionNotFoundError',
  description: 'The user has no live session with this id; it may have ended already.',
  interfaces,
})

export const ForbiddenError = builder.objectType(Forbidden, {
  name: 'ForbiddenError',
  description: 'The viewer may not do this. The same whether what it was about exists or not.',
  interfaces,
})

export const UserNotFoundError = builder.objectType(UserNotFound, {
  name: 'UserNotFoundError',
  description: 'There is no user with this id; the account may have been deleted.',
  interfaces,
})

export const OwnAccountError = builder.objectType(OwnAccount, {
  name: 'OwnAccountError',
  description: 'Administrators cannot disable themselves, so that one is always left.',
  interfaces,
})

export const SessionEndedError = builder.objectType(SessionEnded, {
  name: 'SessionEndedError',
  description: 'The session of the token has ended: sign in again.',
  interfaces,
  fields: (t) => ({
    reason: t.field({
      type: SessionEndReason,
      description: 'Why it ended.',
      resolve: ({ reason }) => reason,
    }),
  }),
})

export const InvalidTokenError = builder.objectType(InvalidToken, {
  name: 'InvalidTokenError',
  description: 'The token was not written by this server, or its session is forgotten: sign in again.',
  interfaces,
})

export const VerificationRequiredError = builder.objectType(VerificationRequired, {
  name: 'VerificationRequiredError',
  description:
    'The action needs a fresh proof. Call `reverify` with this action and subject, and repeat the call with its token; for ADMINISTER just repeat it.',
  interfaces,
  fields: (t) => ({
    action: t.field({
      type: SensitiveAction,
      description: 'The action to reverify for.',
      resolve: ({ action }) => action,
    }),
    subject: t.id({
      nullable: true,
      description: 'The subject to reverify for. Null if the action has none.',
      resolve: ({ subjectId }) => (subjectId === null ? null : encodeGlobalId('Session', subjectId)),
    }),
  }),
})

/** The fault behind a thrown error, through the wrappers that execution puts around it. */
export function faultOf(error: unknown): Fault | null {
  let cause = error
  for (let depth = 0; depth < 5; depth++) {
    if (cause instanceof Fault) return cause
    if (!(cause instanceof Error)) return null
    cause = (cause instanceof GraphQLError ? cause.originalError : undefined) ?? cause.cause
  }
  return null
}
