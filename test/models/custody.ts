import type { World } from './rules.ts'

interface Holdings {
  /** Generations that this party was given, or has copied. */
  readonly holds: Set<number>
  /** Those that the server took from them. */
  readonly used: Set<number>
}

/**
 * Who holds what of each session, whatever the rules say. What must never be: a session that lives, and two parties who have gone
 * their own ways in it, each using what only they hold; and a session found reused that nobody ever copied.
 */
export class Custody {
  readonly #sessions = new Map<string, Map<string, Holdings>>()
  /** Of each session that was copied the newest generation that was. */
  readonly #copied = new Map<string, number>()

  gave(party: string, session: string, generation: number): void {
    this.#of(session, party).holds.add(generation)
  }

  took(party: string, session: string, generation: number): void {
    this.#of(session, party).used.add(generation)
  }

  copied(thief: string, session: string, generation: number): void {
    this.gave(thief, session, generation)
    this.#copied.set(session, Math.max(generation, this.#copied.get(session) ?? 0))
  }

  /** @throws Error if what must never be is so */
  check({ sessions }: World): void {
    for (const [id, { ended }] of Object.entries(sessions)) {
      const copied = this.#copied.get(id)
      if (ended?.reason === 'REFRESH_TOKEN_REUSED' && copied === undefined)
        throw new Error(`${id} ended as reused, and nobody has copied anything of it`)
      if (ended || copied === undefined) continue
      const apart = [...(this.#sessions.get(id) ?? [])].filter(([party, { used }]) =>
        used.values().some((generation) => generation > copied && this.#isAlone(id, party, generation)),
      )
      if (apart.length > 1)
        throw new Error(
          `${id} lives, and ${apart.map(([party]) => party).join(' and ')} both use it, each in their own way`,
        )
    }
  }

  #isAlone(session: string, party: string, generation: number): boolean {
    const parties = this.#sessions.get(session) ?? new Map<string, Holdings>()
    return parties.entries().every(([other, { holds }]) => other === party || !holds.has(generation))
  }

  #of(session: string, party: string): Holdings {
    const parties = this.#sessions.get(session) ?? new Map<string, Holdings>()
    const holdings = parties.get(party) ?? { holds: new Set(), used: new Set() }
    this.#sessions.set(session, parties.set(party, holdings))
    return holdings
  }
}
