import type { Clock } from '../kernel/clock.ts'
import type { DeviceName, DeviceProfile } from './cast.ts'
import type { Device } from './device.ts'
import type { Screen } from './screen.ts'
import { type Noticed, type SessionEvent, Witness } from './witness.ts'

/** Puts into words what the devices notice, measures it, and counts what came out otherwise than promised. */
export class Narrator {
  readonly #screen: Screen
  readonly #clock: Clock
  /** When the last request was sent (milliseconds since 1970). */
  #sentAt = 0
  /** Session id → whose it is. */
  readonly #owners = new Map<string, DeviceName>()
  /** From sending the mutation to the end of a session being told, at each device (milliseconds). */
  readonly pushTimes: number[] = []
  deviations = 0
  #silent = false

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen
    this.#clock = clock
  }

  /** The story is over: that connections end with it is not part of it. */
  silence(): void {
    this.#silent = true
  }

  /** A mutation leaves now: pushes are measured from here. */
  sending(): void {
    this.#sentAt = this.#clock.now().getTime()
  }

  signedIn({ profile, sessionId }: Device, text: string): void {
    this.#owners.set(sessionId, profile.name)
    this.#screen.tell({ kind: 'signedIn', device: profile.name, mark: 'start', text, data: { sessionId } })
  }

  says({ profile }: Device, text: string): void {
    this.#screen.tell({ kind: 'does', device: profile.name, text })
  }

  answered({ profile }: Device, text: string): void {
    const { words, milliseconds } = this.#passed(this.#clock.now().getTime())
    const line = `${text} (${words})`
    this.#screen.tell({ kind: 'answered', device: profile.name, text: line, data: { milliseconds } })
  }

  /** Shows a check that failed; one that held only if there is something to say about it. */
  check(
    holds: boolean,
    words: { kind: string; device?: DeviceName; success?: string; failure: string },
  ): void {
    if (!holds) this.deviations++
    const text = holds ? words.success : words.failure
    if (text === undefined) return
    const who = words.device ? { device: words.device } : {}
    this.#screen.tell({ kind: words.kind, ...who, text, mark: holds ? 'refused' : 'failed', data: { holds } })
  }

  /** Shows what a device notices of its subscription. */
  show(device: DeviceProfile, noticed: Noticed): void {
    if (this.#silent) return
    const { name } = device
    switch (noticed.type) {
      case 'connected': {
        const text = noticed.again
          ? 'reconnects by itself, with the new cookie'
          : `listens, over ${device.transport}`
        this.#screen.tell({ kind: 'connected', device: name, text, at: noticed.at })
        break
      }
      case 'told':
        this.#told(device, noticed.event, noticed.at)
        break
      case 'closed': {
        const { code, reason, completed, at } = noticed
        const over = code !== 4403
        const stream = completed ? 'its stream is completed' : 'its stream breaks off'
        const text =
          code === null
            ? `is cut: ${stream}`
            : over
              ? `is cut: \`${code}\` ${reason}`
              : `is closed with \`${code}\``
        const mark = over ? 'end' : 'event'
        const data = { code, reason, completed }
        this.#screen.tell({ kind: 'closed', device: name, mark, text, data, at })
        break
      }
      case 'failed':
        this.check(false, { kind: 'failed', device: name, failure: noticed.message })
    }
  }

  /** Sends each cookie that a device ever had: all must be refused. */
  async tryCookies(device: Device): Promise<void> {
    const { name } = device.profile
    let accepted = 0
    for (const cookie of device.cookies) if (await device.isAccepted(cookie)) accepted++
    const one = device.cookies.length === 1
    this.check(accepted === 0 && device.cookies.length > 0, {
      kind: 'cookieTried',
      device: name,
      success: `sends ${one ? 'its cookie' : `its cookies, old and new`}: \`refused\``,
      failure: `sends ${one ? 'its cookie' : `its ${device.cookies.length} cookies`}: ${accepted} STILL ACCEPTED`,
    })
  }

  /** Sends the cookie that a device has: it must be accepted. Says so only if there is something to say. */
  async expectSignedIn(device: Device, success?: string): Promise<void> {
    const { name } = device.profile
    const holds = await device.isAccepted(device.cookies.at(-1) ?? '')
    this.check(holds, { kind: 'signedInStill', device: name, failure: 'sends its cookie: refused' })
    if (holds && success) this.says(device, success)
  }

  /** Opens a socket with the last cookie that a device had: it must be closed with 4401 and the reason. */
  async trySocket(device: Device, reason: string): Promise<void> {
    const witness = new Witness(this.#clock, () => {})
    using _ = device.listenWith(device.cookies.at(-1) ?? '', witness)
    const closed = await witness.saw('the socket with the old cookie is closed', 'closed')
    this.check(closed.code === 4401 && closed.reason === reason, {
      kind: 'socketTried',
      device: device.profile.name,
      success: `opens a socket with it: \`${closed.code}\` ${closed.reason}`,
      failure: `opens a socket with it: ${closed.code} ${closed.reason}, not 4401 ${reason}`,
    })
  }

  #told({ name }: DeviceProfile, event: SessionEvent, at: number): void {
    const { words, milliseconds } = this.#passed(at)
    const { sessionId } = event
    const details = { type: event.__typename, sessionId, milliseconds }
    if (event.__typename === 'SessionStarted') {
      const text = this.#describeStart(event)
      this.#screen.tell({ kind: 'told', device: name, text, data: details, at })
      return
    }
    // nothing else happens in the story
    if (event.__typename !== 'SessionRevoked') return
    const { reason, message } = event
    const replaced = reason === 'REPLACED'
    // a password is hashed before a session is replaced, so that says nothing about the push
    if (!replaced) this.pushTimes.push(milliseconds)
    const time = replaced ? '' : ` in \`${words}\``
    const owner = this.#owners.get(sessionId)
    const about = owner === name || owner === undefined ? '' : `, of the ${owner}`
    const text = about ? `is told${time}${about}: ${reason}` : `is told${time}: ${reason}, “${message}”`
    this.#screen.tell({ kind: 'told', device: name, text, data: { ...details, reason, message }, at })
  }

  #describeStart(event: Extract<SessionEvent, { __typename: 'SessionStarted' }>): string {
    const { session, sessionId } = event
    const owner = this.#owners.get(session?.replaces?.id ?? '')
    if (owner === undefined) return `is told of a new sign-in: ${session?.device.label ?? 'unknown'}`
    this.#owners.set(sessionId, owner)
    return `is told of the ${owner}'s new session`
  }

  #passed(at: number): { words: string; milliseconds: number } {
    const milliseconds = Math.max(0, at - this.#sentAt)
    return { milliseconds, words: milliseconds < 1 ? 'less than 1 ms' : `${milliseconds} ms` }
  }
}
