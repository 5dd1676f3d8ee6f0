/** Chance that can be repeated: the same seed gives the same numbers in the same order (mulberry32). Nothing of it is a secret. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to 1, without 1. */
  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to one less than the limit. */
  below(limit: number): number {
    return Math.floor(this.number() * limit)
  }

  chance(probability: number): boolean {
    return this.number() < probability
  }

  /** What waiting takes if it can be over at any moment alike, with this mean. */
  wait(mean: number): number {
    return -Math.log(1 - this.number()) * mean
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('there is nothing to pick from')
    return item
  }

  /** One of them, each as often as its weight says. */
  weighed<T extends { readonly weight: number }>(items: readonly T[]): T {
    let left = this.number() * items.reduce((sum, { weight }) => sum + weight, 0)
    for (const item of items) {
      left -= item.weight
      if (left < 0) return item
    }
    return this.pick(items)
  }

  /** So many bytes, as hexadecimal digits. */
  hex(bytes: number): string {
    let text = ''
    while (text.length < bytes * 2)
      text += this.below(2 ** 32)
        .toString(16)
        .padStart(8, '0')
    return text.slice(0, bytes * 2)
  }

  /** An identifier as `kernel/ids.ts` makes them, of that time (milliseconds). */
  id(time: number): string {
    const bits = this.hex(10)
    const at = Math.floor(time).toString(16).padStart(12, '0')
    const variant = (8 + (Number.parseInt(bits[3] ?? '0', 16) & 3)).toString(16)
    return `${at.slice(0, 8)}-${at.slice(8)}-7${bits.slice(0, 3)}-${variant}${bits.slice(4, 7)}-${bits.slice(7, 19)}`
  }
}
