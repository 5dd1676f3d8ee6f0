import { type AccountDeleted, deleteAccount } from '../accounts/delete-account.ts'
import { type Reverified, reverify } from '../accounts/reverify.ts'
import { type PasswordUpdated, updatePassword } from '../accounts/update-password.ts'
import { Fault } from '../kernel/fault.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { SensitiveAction as Action } from '../protocol/sessions.ts'
import { NotSignedIn } from '../sessions/errors.ts'
import type { Verification as Proof, Purpose } from '../verification/verifications.ts'
import { builder } from './builder.ts'
import { carrySession, dropSession } from './carry.ts'
import { SensitiveAction } from './enums.ts'
import {
  InvalidCredentialsError,
  NotSignedInError,
  TooManyAttemptsError,
  VerificationRequiredError,
  WeakPasswordError,
} from './errors.ts'
import { encodeGlobalId, localId } from './global-ids.ts'
import { resultOf } from './result-of.ts'
import { Session } from './session-ref.ts'
import { SessionTokens } from './session-tokens.ts'

const FactorInput = builder.inputType('FactorInput', {
  description: 'A factor, presented now.',
  isOneOf: true,
  fields: (t) => ({ password: t.string({ description: 'The password.' }) }),
})

const ReverifyInput = builder.inputType('ReverifyInput', {
  description: 'What is to be allowed, and the factor that allows it.',
  fields: (t) => ({
    action: t.field({
      type: SensitiveAction,
      required: true,
      description: 'The action that the proof is for.',
    }),
    subject: t.id({
      description:
        'What the action is done to: the id of the session or passkey. Null if the action has no subject.',
    }),
    factor: t.field({ type: FactorInput, required: true, description: 'The factor.' }),
  }),
})

const Verification = builder.objectRef<Proof>('Verification').implement({
  description:
    'A proof that a factor was presented just now: for one action on one subject, once, within ten minutes.',
  fields: (t) => ({
    token: t.exposeString('token', {
      description: 'To be given to the action as `verificationToken`. Shown once.',
    }),
    action: t.field({
      type: SensitiveAction,
      description: 'The action that it is for.',
      resolve: ({ action }) => action,
    }),
    subject: t.id({
      nullable: true,
      description: 'What the action is done to. Null if the action has no subject.',
      resolve: ({ subjectId }) => (subjectId === null ? null : encodeGlobalId('Session', subjectId)),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When it is good for nothing any more.',
    }),
  }),
})

const ReverifySuccess = builder.objectRef<Reverified>('ReverifySuccess').implement({
  description:
    'The factor was right. The session was replaced by a new one, whose cookie came with the response, or whose tokens are here.',
  fields: (t) => ({
    verification: t.field({
      type: Verification,
      description: 'The proof.',
      resolve: ({ verification }) => verification,
    }),
    session: t.field({
      type: Session,
      description: 'The session that takes the place of the old one.',
      resolve: ({ session }) => session,
    }),
    tokens: t.field({
      type: SessionTokens,
      nullable: true,
      description: 'Null if the transport is COOKIE: the cookie came with the response.',
      resolve: ({ tokens }) => tokens,
    }),
  }),
})

const ReverifyResult = builder.unionType('ReverifyResult', {
  description: 'What came of reverifying.',
  types: [ReverifySuccess, InvalidCredentialsError, TooManyAttemptsError, NotSignedInError],
  resolveType: resultOf('ReverifySuccess'),
})

const UpdatePasswordInput = builder.inputType('UpdatePasswordInput', {
  description: 'The new password, and what becomes of the sessions.',
  fields: (t) => ({
    newPassword: t.string({
      required: true,
      description:
        'The new password: 8 to 256 characters, and none that is guessed first: no common one, however disguised, and nothing made of the e-mail address.',
    }),
    signOutEverywhere: t.boolean({
      required: true,
      description:
        'Whether to sign out everywhere, this device too. The operator may decide instead; the result says what happened.',
    }),
    verificationToken: t.string({ required: true, description: 'A proof for UPDATE_PASSWORD.' }),
  }),
})

const UpdatePasswordSuccess = builder.objectRef<PasswordUpdated>('UpdatePasswordSuccess').implement({
  description: 'The password was changed.',
  fields: (t) => ({
    revokedCount: t.exposeInt('revokedCount', {
      description: 'How many sessions ended, this one included if it did.',
    }),
    session: t.field({
      type: Session,
      nullable: true,
      description: 'The session of this request. Null if it was signed out with all the others.',
      resolve: ({ session }) => session,
    }),
    tokens: t.field({
      type: SessionTokens,
      nullable: true,
      description:
        'The next tokens of the session. Null if the transport is COOKIE, or the session was signed out.',
      resolve: ({ tokens }) => tokens,
    }),
  }),
})

const UpdatePasswordResult = builder.unionType('UpdatePasswordResult', {
  description: 'What came of changing the password.',
  types: [UpdatePasswordSuccess, WeakPasswordError, VerificationRequiredError, NotSignedInError],
  resolveType: resultOf('UpdatePasswordSuccess'),
})

const DeleteAccountInput = builder.inputType('DeleteAccountInput', {
  description: 'The proof for deleting the account.',
  fields: (t) => ({
    verificationToken: t.string({ required: true, description: 'A proof for DELETE_ACCOUNT.' }),
  }),
})

const DeleteAccountSuccess = builder.objectRef<AccountDeleted>('DeleteAccountSuccess').implement({
  description: 'The account was deleted, and all of its sessions ended.',
  fields: (t) => ({
    deletedUserId: t.id({
      description: 'The id of what was the user.',
      resolve: ({ userId }) => encodeGlobalId('User', userId),
    }),
    revokedCount: t.exposeInt('revokedCount', { description: 'How many sessions ended.' }),
  }),
})

const DeleteAccountResult = builder.unionType('DeleteAccountResult', {
  description: 'What came of deleting the account.',
  types: [DeleteAccountSuccess, VerificationRequiredError, NotSignedInError],
  resolveType: resultOf('DeleteAccountSuccess'),
})

builder.mutationFields((t) => ({
  reverify: t.field({
    type: ReverifyResult,
    description:
      'Presents a factor again, for a proof that a sensitive action asks for. Replaces the session. Needs a live session.',
    args: { input: t.arg({ type: ReverifyInput, required: true, description: 'What is to be allowed.' }) },
    resolve: async (_root, { input }, context) => {
      const { viewer, visitor, services } = context
      if (!viewer) return new NotSignedIn()
      const purpose = readPurpose(input.action, input.subject ?? null)
      const { password } = input.factor
      if (password == null) throw new Fault('BAD_USER_INPUT', 'input.factor: give a password.')
      const result = await reverify(services.accounts, viewer, { password, purpose }, visitor)
      if (result instanceof Refusal) return result
      carrySession(context, result, viewer.user)
      return result
    },
  }),
  updatePassword: t.field({
    type: UpdatePasswordResult,
    description:
      'Changes the password. Needs a live session and a proof for UPDATE_PASSWORD. The new password is judged before the proof is asked for.',
    args: { input: t.arg({ type: UpdatePasswordInput, required: true, description: 'The new password.' }) },
    resolve: async (_root, { input }, context) => {
      if (!context.viewer) return new NotSignedIn()
      const result = await updatePassword(context.services.accounts, context.viewer, input, context.visitor)
      if (!(result instanceof Refusal) && !result.session) dropSession(context)
      return result
    },
  }),
  deleteAccount: t.field({
    type: DeleteAccountResult,
    description:
      'Deletes the account and ends all of its sessions. Needs a live session and a proof for DELETE_ACCOUNT.',
    args: { input: t.arg({ type: DeleteAccountInput, required: true, description: 'The proof.' }) },
    resolve: async (_root, { input }, context) => {
      if (!context.viewer) return new NotSignedIn()
      const result = await deleteAccount(context.services.accounts, context.viewer, input)
      if (!(result instanceof Refusal)) dropSession(context)
      return result
    },
  }),
}))

const WITH_SUBJECT: readonly Action[] = ['REVOKE_SESSION', 'REMOVE_PASSKEY']

/** @throws Fault BAD_USER_INPUT if the subject is missing, malformed, or one too many */
function readPurpose(action: Action, subject: string | null): Purpose {
  if (!WITH_SUBJECT.includes(action)) {
    if (subject !== null)
      throw new Fault('BAD_USER_INPUT', `input.subject: ${action} has no subject; leave it out.`)
    return { action, subjectId: null }
  }
  const subjectId = subject === null ? null : localId(subject, 'Session')
  if (!subjectId)
    throw new Fault('BAD_USER_INPUT', `input.subject: ${action} needs the id of what it is done to.`)
  return { action, subjectId }
}
