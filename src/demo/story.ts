import { type Clock, sleep } from '../kernel/clock.ts'
import { newSecret } from '../kernel/secret.ts'
import { CAST, type DeviceName } from './cast.ts'
import { Deviation } from './deviation.ts'
import { Device } from './device.ts'
import {
  DeleteAccountDocument,
  MyDevicesDocument,
  ReverifyDocument,
  RevokeAllSessionsDocument,
  RevokeSessionDocument,
  SignInDocument,
  SignUpDocument,
} from './generated/operations.ts'
import { Narrator } from './narrator.ts'
import type { Screen } from './screen.ts'
import { Witness } from './witness.ts'

const DAY = 86_400_000

/** The story: one person, three devices, two ways of ending a session, and the proof that it ended. */
export class Story implements Disposable {
  readonly #screen: Screen
  readonly #narrator: Narrator
  readonly #clock: Clock
  /** Between acts, for reading (milliseconds). */
  readonly #pause: number
  readonly #devices: Readonly<Record<DeviceName, Device>>
  readonly #email = `ada-${newSecret()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 4)}@example.com`
  readonly #password = newSecret()

  constructor(parts: { url: string; screen: Screen; clock: Clock; pause: number }) {
    const { url, screen, clock } = parts
    this.#screen = screen
    this.#clock = clock
    this.#pause = parts.pause
    this.#narrator = new Narrator(screen, clock)
    const devices = CAST.map((profile) => {
      const witness = new Witness(clock, (noticed) => this.#narrator.show(profile, noticed))
      return [profile.name, new Device({ url, profile, clock, witness })] as const
    })
    // one of each name, by the type of the cast
    this.#devices = Object.fromEntries(devices) as Record<DeviceName, Device>
  }

  /**
   * Tells it all.
   * @returns how many milliseconds each push took, and how many things came out otherwise than promised
   * @throws Deviation if it cannot go on
   */
  async tell(): Promise<{ pushTimes: readonly number[]; deviations: number }> {
    this.#screen.startClock()
    await this.#signIn()
    await this.#listDevices()
    await this.#endThePc()
    await this.#signOutEverywhere()
    return this.#narrator
  }

  /** Removes the account, so that a server that is not the demo's own is left as it was. */
  async cleanUp(): Promise<void> {
    const { laptop } = this.#devices
    const credentials = { email: this.#email, password: this.#password }
    succeeded('SignInSuccess', (await laptop.run(SignInDocument, { input: credentials })).signIn)
    const { verification } = await this.#reverify('DELETE_ACCOUNT', null)
    const { deleteAccount } = await laptop.run(DeleteAccountDocument, {
      input: { verificationToken: verification.token },
    })
    succeeded('DeleteAccountSuccess', deleteAccount)
  }

  [Symbol.dispose](): void {
    this.#narrator.silence()
    for (const device of Object.values(this.#devices)) device[Symbol.dispose]()
  }

  async #signIn(): Promise<void> {
    const { laptop, phone, PC } = this.#devices
    this.#screen.act(1, 'One person signs in on three devices')
    const input = { email: this.#email, password: this.#password }
    const { session } = succeeded('SignUpSuccess', (await laptop.run(SignUpDocument, { input })).signUp)
    laptop.sessionId = session.id
    this.#narrator.signedIn(laptop, `signs up as ${this.#email}: \`${session.device.label}\``)
    await laptop.listen()
    for (const device of [phone, PC]) {
      this.#narrator.sending()
      const { session } = succeeded('SignInSuccess', (await device.run(SignInDocument, { input })).signIn)
      device.sessionId = session.id
      this.#narrator.signedIn(device, `signs in: \`${session.device.label}\``)
      await device.listen()
    }
    for (const device of [laptop, phone, PC]) await this.#narrator.expectSignedIn(device)
    await phone.witness.saw(
      'the phone is told of the new sign-in',
      'told',
      ({ event }) => event.__typename === 'SessionStarted' && event.sessionId === PC.sessionId,
    )
  }

  async #listDevices(): Promise<void> {
    await this.#rest()
    this.#screen.act(2, 'Where they are signed in, as the laptop lists it')
    const { viewer } = await this.#devices.laptop.run(MyDevicesDocument, {})
    const sessions = viewer?.sessions.edges.map(({ node }) => node) ?? []
    const listed = CAST.flatMap(({ name }) => {
      const session = sessions.find(({ id }) => id === this.#devices[name].sessionId)
      return session ? [{ name, session }] : []
    })
    this.#narrator.check(
      listed.length === 3 && sessions.length === 3 && listed[0]?.session.isCurrent === true,
      {
        kind: 'listed',
        failure: `the laptop lists ${sessions.length} sessions, and not just the three that there are`,
      },
    )
    const now = this.#clock.now().getTime()
    const inDays = (date: string) => `in ${Math.round((Date.parse(date) - now) / DAY)} days`
    this.#screen.table(
      ['session', 'device', 'network', 'ends if idle', 'at the latest'],
      listed.map(({ name, session }) => [
        name,
        session.device.label,
        session.network ?? 'unknown',
        inDays(session.idleExpiresAt),
        inDays(session.expiresAt),
      ]),
    )
  }

  async #endThePc(): Promise<void> {
    await this.#rest()
    const { laptop, phone, PC } = this.#devices
    this.#screen.act(3, 'The PC at work was left open: the laptop ends its session')
    const replaced = laptop.sessionId
    this.#narrator.says(laptop, 'gives the password again, to end `exactly that session`')
    this.#narrator.sending()
    const { verification, session } = await this.#reverify('REVOKE_SESSION', PC.sessionId)
    laptop.sessionId = session.id
    this.#narrator.check(verification.subject === PC.sessionId && session.replaces?.id === replaced, {
      kind: 'verified',
      device: 'laptop',
      failure: 'did not get the proof that it asked for',
    })
    await laptop.witness.saw('the laptop is told of its successor', 'told', ({ event }) =>
      isEnd(event, replaced, 'REPLACED'),
    )
    await this.#closed(laptop, 4403)
    await laptop.witness.saw('the laptop reconnects', 'connected', ({ again }) => again)

    const proof = { verificationToken: verification.token }
    const { revokeSession: refused } = await laptop.run(RevokeSessionDocument, {
      input: { sessionId: phone.sessionId, ...proof },
    })
    this.#narrator.check(refused.__typename === 'VerificationRequiredError', {
      kind: 'proofRefused',
      device: 'laptop',
      success: `tries the proof on the phone: refused, \`VERIFICATION_REQUIRED\``,
      failure: `was answered ${refused.__typename} for the proof of another session`,
    })
    await this.#rest()
    this.#narrator.says(laptop, 'ends the session of the PC with it')
    this.#narrator.sending()
    const { revokeSession } = await laptop.run(RevokeSessionDocument, {
      input: { sessionId: PC.sessionId, ...proof },
    })
    succeeded('RevokeSessionSuccess', revokeSession)
    this.#narrator.answered(laptop, 'has its answer')
    for (const device of [PC, phone]) {
      await device.witness.saw(`the ${device.profile.name} is told`, 'told', ({ event }) =>
        isEnd(event, PC.sessionId, 'REVOKED_BY_USER'),
      )
    }
    await this.#closed(PC, 4401)
    await this.#narrator.tryCookies(PC)
    await this.#narrator.trySocket(PC, 'REVOKED_BY_USER')
    for (const device of [laptop, phone]) await this.#narrator.expectSignedIn(device, 'is still signed in')
  }

  async #signOutEverywhere(): Promise<void> {
    await this.#rest()
    const { laptop, phone, PC } = this.#devices
    this.#screen.act(4, 'The phone signs out everywhere')
    this.#narrator.says(phone, 'presses “sign out everywhere”')
    this.#narrator.sending()
    const { revokeAllSessions } = await phone.run(RevokeAllSessionsDocument, {})
    const { revokedCount } = succeeded('RevokeAllSessionsSuccess', revokeAllSessions)
    this.#narrator.answered(phone, `has its answer: ${revokedCount} sessions ended`)
    this.#narrator.check(revokedCount === 2, {
      kind: 'counted',
      failure: `${revokedCount} sessions ended, not 2`,
    })
    for (const device of [laptop, phone]) {
      await device.witness.saw(`the ${device.profile.name} is told`, 'told', ({ event }) =>
        isEnd(event, device.sessionId, 'SIGNED_OUT_EVERYWHERE'),
      )
    }
    await this.#closed(laptop, 4401)
    await this.#closed(phone, null)
    await this.#rest()
    for (const device of [laptop, phone, PC]) await this.#narrator.tryCookies(device)
  }

  async #reverify(action: 'REVOKE_SESSION' | 'DELETE_ACCOUNT', subject: string | null) {
    const factor = { password: this.#password }
    const { reverify } = await this.#devices.laptop.run(ReverifyDocument, {
      input: { action, subject, factor },
    })
    return succeeded('ReverifySuccess', reverify)
  }

  /** Waits until a device is cut, and checks how: the code of a socket, the completion of a stream; 4403 completes nothing. */
  async #closed(device: Device, code: 4401 | 4403 | null): Promise<void> {
    const { name } = device.profile
    const fits = (closed: { code: number | null; completed: boolean }) =>
      closed.code === code && closed.completed === (code !== 4403)
    const how = code === null ? 'its stream is completed' : `its socket is closed with ${code}`
    await device.witness.saw(`the ${name} is cut, and ${how}`, 'closed', fits)
  }

  async #rest(): Promise<void> {
    await sleep(this.#clock, this.#pause)
  }
}

function isEnd(event: { __typename: string; sessionId: string }, sessionId: string, reason: string): boolean {
  return 'reason' in event && event.sessionId === sessionId && event.reason === reason
}

/**
 * The success of a result union.
 * @throws Deviation with the server's own words, if it is an error
 */
function succeeded<R extends { readonly __typename: string }, Name extends R['__typename']>(
  name: Name,
  result: R,
): Extract<R, { __typename: Name }> {
  // what has the name has the type
  if (result.__typename === name) return result as Extract<R, { __typename: Name }>
  const { code, message } = result as { code?: string; message?: string }
  throw new Deviation(`${code ?? result.__typename}: ${message ?? 'not what was expected'}`)
}
