import type { Birth, Ending, Failure, Subscription, Trouble, Use } from './history.ts'

/** What is written while a run goes on. */
export class Recorder {
  readonly births: Birth[] = []
  readonly uses: Use[] = []
  readonly endings: Ending[] = []
  readonly failures: Failure[] = []
  readonly troubles: Trouble[] = []
  readonly subscriptions: Subscription[] = []

  /** Milliseconds of the one clock that everything is dated by. */
  now(): number {
    return performance.now()
  }

  /** From this moment somebody may be let into the account again, that was shut until then. */
  openAgain(userId: string): void {
    const now = this.now()
    this.endings.forEach((ending, index) => {
      const { covers } = ending
      if ('userId' in covers && covers.userId === userId && covers.shutUntil === null)
        this.endings[index] = { ...ending, covers: { ...covers, shutUntil: now } }
    })
  }
}
