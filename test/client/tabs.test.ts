import { describe, expect, test } from 'vitest'
import { makeClock } from '../../src/client/clock.ts'
import { joinTabs } from '../../src/client/tabs.ts'
import { Turn } from '../../src/client/turn.ts'

/** Two clients of one browser. */
function twoClients() {
  const name = `curfew:${crypto.randomUUID()}`
  const make = () => {
    const clock = makeClock()
    const tabs = joinTabs(name, clock)
    return { clock, tabs, turn: new Turn({ name: `${name}:turn`, tabs, clock }) }
  }
  return [make(), make()] as const
}

describe('a client that was closed', () => {
  test('says nothing any more, and is not troubled by that', () => {
    const [one, other] = twoClients()
    one.tabs.close()
    expect(one.tabs.post({ type: 'tokens' })).toBe(false)
    expect(other.tabs.post({ type: 'tokens' })).toBe(true)
    other.tabs.close()
  })

  test('while it waited for a turn, takes it from nobody whose answers it cannot hear', async () => {
    const [holder, waiter] = twoClients()
    const done = Promise.withResolvers<void>()
    let isLost = false
    const held = holder.turn.hold(async (lost) => {
      lost.addEventListener('abort', () => {
        isLost = true
      })
      await done.promise
      return 'done'
    })
    const waited = waiter.turn.hold(async () => 'later')
    waiter.tabs.close()
    // longer than a holder may be silent
    await new Promise((resolve) => setTimeout(resolve, 12_000))
    expect(isLost).toBe(false)
    done.resolve()
    expect(await held).toBe('done')
    expect(await waited).toBe('later')
    holder.tabs.close()
  })
})
