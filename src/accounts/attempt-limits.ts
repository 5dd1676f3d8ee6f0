import { type AttemptLimit, type Reservation, TooManyAttempts } from '../limits/attempts.ts'
import { isKnownNetwork } from '../sessions/queries.ts'
import { emailKey } from '../users/email.ts'
import type { AccountParts, Visitor } from './parts.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Guesses at one account from one network. */
const ACCOUNT_AND_NETWORK: AttemptLimit = {
  purpose: 'password/account+network',
  free: 5,
  freeAfterLoss: 1,
  firstDelay: SECOND,
  longestDelay: 15 * MINUTE,
  forgetAfter: HOUR,
}

/** Guesses at one account from anywhere (NIST SP 800-63B-4 §3.2.2: at most 100 consecutive failures). */
const ACCOUNT: AttemptLimit = {
  purpose: 'password/account',
  free: 20,
  freeAfterLoss: 1,
  firstDelay: SECOND,
  longestDelay: 15 * MINUTE,
  forgetAfter: 24 * HOUR,
}

/** First guesses of networks at an account whose own counter is used up. */
const NEWCOMERS: AttemptLimit = {
  purpose: 'password/account+newcomers',
  free: 30,
  freeAfterLoss: 5,
  firstDelay: 15 * MINUTE,
  longestDelay: 15 * MINUTE,
  forgetAfter: 24 * HOUR,
}

/** Guesses at any account from one network; wide, because many people can share one. */
const NETWORK: AttemptLimit = {
  purpose: 'password/network',
  free: 100,
  freeAfterLoss: 64,
  firstDelay: SECOND,
  longestDelay: 5 * MINUTE,
  forgetAfter: 15 * MINUTE,
}

/** Accounts created from one network. */
const SIGN_UPS: AttemptLimit = {
  purpose: 'sign-up/network',
  free: 300,
  freeAfterLoss: 64,
  firstDelay: 10 * SECOND,
  longestDelay: 15 * MINUTE,
  forgetAfter: HOUR,
}

/** Stands for requests whose address is not known: all of them share one counter. */
const UNKNOWN_NETWORK = 'unknown'
const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Takes one attempt at the account's password. Strangers who use up the account's own counter slow down each other, but not
 * its owner on a network that the account was signed in from before: that one is counted by its network alone. On a network that
 * has not tried within the hour, the first attempt has a counter of its own: whoever polls from a few networks takes every turn
 * of the account's, and would otherwise keep an owner who travels out for ever.
 */
export async function reservePasswordAttempt(
  { attempts, database }: AccountParts,
  visitor: Visitor,
  account: { email: string; userId: string | null },
): Promise<Reservation | TooManyAttempts> {
  const network = visitor.network ?? UNKNOWN_NETWORK
  const email = emailKey(account.email)
  const near = await attempts.reserve([
    { limit: NETWORK, subject: network },
    { limit: ACCOUNT_AND_NETWORK, subject: `${email} ${network}` },
  ])
  if (near instanceof TooManyAttempts) return near
  const far = await attempts.reserve([{ limit: ACCOUNT, subject: email }])
  if (far instanceof TooManyAttempts) {
    // asked for unknown accounts too, so that both take the same time
    const known = await isKnownNetwork(database.queries, account.userId ?? NOBODY, network)
    if (known) return near
    const newcomer =
      near.counts.at(-1) === 1 ? await attempts.reserve([{ limit: NEWCOMERS, subject: email }]) : far
    if (newcomer instanceof TooManyAttempts) {
      await near.giveBack()
      return far
    }
    return both(near, newcomer)
  }
  return both(near, far)
}

function both(one: Reservation, other: Reservation): Reservation {
  return {
    counts: [...one.counts, ...other.counts],
    giveBack: async () => {
      await one.giveBack()
      await other.giveBack()
    },
  }
}

/**
 * How many sign-ins of one network, and of one account from there, are checked at once on a node: fewer than their free attempts, so
 * that people who sign in at the same moment don't use up each other's.
 */
const TURNS_PER_NETWORK = 64
const TURNS_PER_ACCOUNT = 4

/** Waits until it is the turn of an attempt at the account's password, then makes it. */
export function inTurn<T>(
  { turns }: AccountParts,
  visitor: Visitor,
  email: string,
  attempt: () => Promise<T>,
): Promise<T> {
  const network = visitor.network ?? UNKNOWN_NETWORK
  return turns.take(network, TURNS_PER_NETWORK, () =>
    turns.take(`${emailKey(email)} ${network}`, TURNS_PER_ACCOUNT, attempt),
  )
}

/** Does the work that an attempt was let through for. If that could not be done, nothing was checked and nothing counts. */
export async function onReservation<T>(reservation: Reservation, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // the first error is the one to tell of
    await reservation.giveBack().catch(() => {})
    throw error
  }
}

/**
 * Does what is left to do once a transaction has committed. If that fails the commit stands, and the caller must have their answer:
 * the cookie of the new session is in it.
 */
export async function afterCommit({ logger }: AccountParts, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    logger.warn({ error }, 'what follows a commit could not be done')
  }
}

/** Takes one sign-up from the visitor's network. */
export function reserveSignUp(
  { attempts }: AccountParts,
  visitor: Visitor,
): Promise<Reservation | TooManyAttempts> {
  return attempts.reserve([{ limit: SIGN_UPS, subject: visitor.network ?? UNKNOWN_NETWORK }])
}
