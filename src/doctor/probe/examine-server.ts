import { randomUUID } from 'node:crypto'
import type { Clock } from '../../kernel/clock.ts'
import { type Finding, met, unknown } from '../finding.ts'
import type { Report } from '../report.ts'
import { type Account, attempt, find, inTurn, type Probe, type Subject } from './check.ts'
import { type Fetch, ProbeClient, ProbeFailure } from './client.ts'
import { checkCookieSessions } from './cookie-sessions.ts'
import { operate } from './graphql.ts'
import { checkEnumeration } from './guessing.ts'
import { refuseToSendInClear } from './in-clear.ts'
import { at, nameAt } from './json.ts'
import { checkPages } from './pages.ts'
import { checkSchema, unknownAddress } from './schema.ts'
import { reverify, signIn, signOutEverything, signUp } from './sign-in.ts'
import { checkTokenSessions } from './token-sessions.ts'

/** With whom to look: with nobody, with somebody who gave their password, or with an account made for it. */
export type Examinee = Account | 'sign-up' | null

const SESSIONS: Subject = {
  id: 'sessions',
  clauses: ['ASVS 7.2.4', 'ASVS 7.4.1', 'ASVS 10.4.5'],
  title: 'How sessions begin, are replaced, and end.',
}
const CLEAN_UP: Subject = {
  id: 'clean-up',
  clauses: ['ASVS 7.4.2'],
  title: 'The account that was made for the examination is deleted.',
}

/** Whether a Curfew answers at an address. */
export async function isCurfew(parts: { url: URL; fetch: Fetch; clock: Clock }): Promise<boolean> {
  const client = new ProbeClient({ base: parts.url, fetch: parts.fetch, clock: parts.clock })
  const { data } = await operate(client, '{ __typename currentSession { id } }')
  return at(data, '__typename') === 'Query' && at(data, 'currentSession') === null
}

/**
 * Examines a running Curfew from outside, and leaves nothing behind: sessions that it starts are signed out, an account that it
 * makes is deleted.
 * @throws ProbeFailure if nothing answers there, or it lets nobody in with what was given
 */
export async function examineServer(parts: {
  url: URL
  fetch: Fetch
  clock: Clock
  examinee: Examinee
  /** Ends the examination early; what was started is ended all the same. */
  signal?: AbortSignal
}): Promise<Report> {
  const { url, fetch, clock, examinee, signal } = parts
  if (examinee !== null && examinee !== 'sign-up') refuseToSendInClear(url)
  const client = new ProbeClient({ base: url, fetch, clock, signal: signal ?? null })
  const probe: Probe = { client, clock, started: new Set() }
  const findings = await inTurn([
    () => checkSchema(probe),
    () => (examinee === null ? checkPages(probe, {}) : examineSessions(probe, examinee)),
    ...(examinee === null ? [() => attempt(SESSIONS, () => Promise.resolve(WITHOUT_ACCOUNT))] : []),
  ])
  return { target: url.origin, findings }
}

const WITHOUT_ACCOUNT = unknown(
  'that takes an account.',
  'Give --email with a password, or --sign-up for an account that is made for it and deleted.',
)

async function examineSessions(probe: Probe, examinee: Exclude<Examinee, null>): Promise<readonly Finding[]> {
  const account = examinee === 'sign-up' ? await makeAccount(probe) : await checkAccount(probe, examinee)
  const findings: Finding[] = []
  try {
    findings.push(
      ...(await inTurn([
        () => checkCookieSessions(probe, account),
        () => checkTokenSessions(probe, account),
        () => checkEnumeration(probe, account),
      ])),
    )
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error
    findings.push(find(SESSIONS, unknown(error.message)))
  } finally {
    probe.client.beginCleanUp()
    if (examinee === 'sign-up') findings.push(await deleteAccount(probe, account))
    await signOutEverything(probe)
  }
  return findings
}

async function makeAccount(probe: Probe): Promise<Account> {
  const account = { email: unknownAddress(), password: randomUUID() }
  const made = await signUp(probe, account)
  if ('refusal' in made) throw new ProbeFailure(`Signing up was answered with ${made.refusal}.`)
  return account
}

async function checkAccount(probe: Probe, account: Account): Promise<Account> {
  const started = await signIn(probe, account)
  if ('refusal' in started) throw new ProbeFailure(`Signing in was answered with ${started.refusal}.`)
  return account
}

async function deleteAccount(probe: Probe, account: Account): Promise<Finding> {
  return await attempt(CLEAN_UP, async () => {
    const leftOver = (why: string) =>
      unknown(`${account.email} is there still: ${why}.`, 'Disable it: curfew user disable.')
    const started = await signIn(probe, account)
    if ('refusal' in started) return leftOver(started.refusal)
    const verified = await reverify(probe, started, { password: account.password, action: 'DELETE_ACCOUNT' })
    if ('refusal' in verified) return leftOver(verified.refusal)
    const { data, errors } = await operate(
      probe.client,
      'mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { __typename } }',
      { variables: { input: { verificationToken: verified.proof } }, credential: verified.credential },
    )
    const answer = nameAt(data, 'deleteAccount.__typename') ?? errors[0] ?? 'nothing'
    if (answer !== 'DeleteAccountSuccess') return leftOver(answer)
    // its sessions have ended with it
    probe.started.clear()
    return met('deleted, with all of its sessions.')
  })
}
