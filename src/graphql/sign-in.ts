import type { SignedIn } from '../accounts/open-session.ts'
import { signIn } from '../accounts/sign-in.ts'
import { signOut } from '../accounts/sign-out.ts'
import { signUp } from '../accounts/sign-up.ts'
import { Fault } from '../kernel/fault.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { Session as SessionEntity } from '../sessions/session.ts'
import { isEmail } from '../users/email.ts'
import { builder } from './builder.ts'
import { carrySession, dropSession } from './carry.ts'
import { SessionTransport } from './enums.ts'
import {
  EmailTakenError,
  InvalidCredentialsError,
  SessionLimitError,
  SignUpClosedError,
  TooManyAttemptsError,
  WeakPasswordError,
} from './errors.ts'
import { resultOf } from './result-of.ts'
import { Session } from './session-ref.ts'
import { SessionTokens } from './session-tokens.ts'
import { User } from './users.ts'

const SignInInput = builder.inputType('SignInInput', {
  description: 'Who signs in, and how the client will carry the session.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The e-mail address, in any case.' }),
    password: t.string({ required: true, description: 'The password.' }),
    transport: t.field({
      type: SessionTransport,
      required: true,
      defaultValue: 'COOKIE',
      description: 'How the client will carry the session.',
    }),
    rememberMe: t.boolean({
      required: true,
      defaultValue: true,
      description:
        'Whether the browser keeps the cookie when it is closed. Without it, the cookie goes with the browser.',
    }),
  }),
})

const SignUpInput = builder.inputType('SignUpInput', {
  description: 'Who signs up, and how the client will carry the session.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The e-mail address; one account each.' }),
    password: t.string({
      required: true,
      description:
        'The password: 8 to 256 characters, and none that is guessed first: no common one, however disguised, and nothing made of the e-mail address.',
    }),
    transport: t.field({
      type: SessionTransport,
      required: true,
      defaultValue: 'COOKIE',
      description: 'How the client will carry the session.',
    }),
  }),
})

const SignInSuccess = builder.objectRef<SignedIn>('SignInSuccess').implement({
  description: 'Signed in, with a new session.',
  fields: (t) => ({
    viewer: t.field({ type: User, description: 'Who signed in.', resolve: ({ user }) => user }),
    session: t.field({ type: Session, description: 'The new session.', resolve: ({ session }) => session }),
    tokens: t.field({
      type: SessionTokens,
      nullable: true,
      description: 'Null if the transport is COOKIE: the cookie came with the response.',
      resolve: ({ tokens }) => tokens,
    }),
  }),
})

const SignUpSuccess = builder.objectRef<SignedIn>('SignUpSuccess').implement({
  description: 'The account was made, and signed in.',
  fields: (t) => ({
    viewer: t.field({ type: User, description: 'The new user.', resolve: ({ user }) => user }),
    session: t.field({ type: Session, description: 'The new session.', resolve: ({ session }) => session }),
    tokens: t.field({
      type: SessionTokens,
      nullable: true,
      description: 'Null if the transport is COOKIE: the cookie came with the response.',
      resolve: ({ tokens }) => tokens,
    }),
  }),
})

const SignInResult = builder.unionType('SignInResult', {
  description: 'What came of signing in.',
  types: [SignInSuccess, InvalidCredentialsError, TooManyAttemptsError, SessionLimitError],
  resolveType: resultOf('SignInSuccess'),
})

const SignUpResult = builder.unionType('SignUpResult', {
  description: 'What came of signing up.',
  types: [SignUpSuccess, EmailTakenError, WeakPasswordError, SignUpClosedError, TooManyAttemptsError],
  resolveType: resultOf('SignUpSuccess'),
})

/** What signing out ended; null if there was nothing to end. */
interface SignedOut {
  readonly session: SessionEntity | null
}

const SignOutSuccess = builder.objectRef<SignedOut>('SignOutSuccess').implement({
  description: 'Signed out.',
  fields: (t) => ({
    session: t.field({
      type: Session,
      nullable: true,
      description: 'The session that ended. Null if there was none.',
      resolve: ({ session }) => session,
    }),
  }),
})

const SignOutResult = builder.unionType('SignOutResult', {
  description: 'What came of signing out.',
  types: [SignOutSuccess],
  resolveType: resultOf('SignOutSuccess'),
})

builder.queryField('signUpIsOpen', (t) =>
  t.boolean({
    description:
      'Whether anybody may sign up. If not, `signUp` answers with `SignUpClosedError`: a page need not offer it. Needs no session.',
    resolve: (_root, _args, { services }) => services.accounts.settings.signUp === 'open',
  }),
)

builder.mutationFields((t) => ({
  signUp: t.field({
    type: SignUpResult,
    description: 'Makes an account and signs it in. May be closed by the operator.',
    args: { input: t.arg({ type: SignUpInput, required: true, description: 'Who signs up.' }) },
    resolve: async (_root, { input }, context) => {
      if (!isEmail(input.email.trim())) {
        throw new Fault(
          'BAD_USER_INPUT',
          'input.email: this is not an e-mail address; give one such as "ada@example.com".',
        )
      }
      const overwritten = await context.cookieSession()
      const result = await signUp(context.services.accounts, input, context.visitor, overwritten)
      if (!(result instanceof Refusal)) carrySession(context, result, result.user)
      return result
    },
  }),
  signIn: t.field({
    type: SignInResult,
    description:
      'Signs in with a password. Always starts a new session; a session whose cookie came along ends, since its cookie is overwritten.',
    args: { input: t.arg({ type: SignInInput, required: true, description: 'Who signs in.' }) },
    resolve: async (_root, { input }, context) => {
      const overwritten = await context.cookieSession()
      const result = await signIn(context.services.accounts, input, context.visitor, overwritten)
      if (!(result instanceof Refusal)) carrySession(context, result, result.user)
      return result
    },
  }),
  signOut: t.field({
    type: SignOutResult,
    description: 'Ends the session of this request. Succeeds too if there is none.',
    resolve: async (_root, _args, context): Promise<SignedOut> => {
      if (context.tokenRefused && !context.viewer) {
        throw new Fault(
          'INVALID_ACCESS_TOKEN',
          'The access token has expired or is not valid, so nothing was signed out. Refresh it, then sign out.',
        )
      }
      const held = context.viewer?.session ?? context.ended
      const ended = await signOut(context.services.accounts, held)
      dropSession(context)
      // the successor of a session that was replaced is not shown to whoever holds the old cookie
      return { session: ended?.id === held?.id ? ended : null }
    },
  }),
}))
