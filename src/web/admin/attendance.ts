import { after } from '../shared/clock.ts'

/** Whoever does nothing for so long is taken to be away (milliseconds). */
export const AWAY_AFTER = 120_000

/** What a person does with a page that they use. */
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'scroll', 'focus'] as const

/**
 * Whether somebody uses the page: it shows, they did something with it lately, and no question is open that has to be answered first.
 * While nobody does, the page asks the server for nothing: an administrator's session has to be able to become idle.
 */
export class Attendance {
  readonly #listeners = new Set<() => void>()
  #isAttended = true
  #isUsed = true
  #questions = 0
  #endWait = () => {}

  /** Begins to look. @returns how to end it */
  start(): () => void {
    const used = () => this.#use()
    const changed = () => {
      if (document.visibilityState === 'visible') this.#use()
      else this.#update()
    }
    for (const sign of SIGNS) window.addEventListener(sign, used, { capture: true, passive: true })
    document.addEventListener('visibilitychange', changed)
    this.#use()
    return () => {
      for (const sign of SIGNS) window.removeEventListener(sign, used, { capture: true })
      document.removeEventListener('visibilitychange', changed)
      this.#endWait()
    }
  }

  get isAttended(): boolean {
    return this.#isAttended
  }

  /** A question has opened. @returns to be called when it has closed */
  ask(): () => void {
    this.#questions++
    this.#update()
    let isOpen = true
    return () => {
      if (!isOpen) return
      isOpen = false
      this.#questions--
      this.#update()
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #use(): void {
    this.#isUsed = true
    this.#endWait()
    this.#endWait = after(AWAY_AFTER, () => {
      this.#isUsed = false
      this.#update()
    })
    this.#update()
  }

  #update(): void {
    const isAttended = this.#isUsed && this.#questions === 0 && document.visibilityState === 'visible'
    if (isAttended === this.#isAttended) return
    this.#isAttended = isAttended
    for (const listener of [...this.#listeners]) listener()
  }
}
