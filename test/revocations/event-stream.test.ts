import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SessionEvent, SYSTEM } from '../../src/revocations/event.ts'
import { EventStream, LONGEST_BACKLOG } from '../../src/revocations/event-stream.ts'

function eventOf(xid: number): SessionEvent {
  return {
    type: 'STARTED',
    id: randomUUID(),
    occurredAt: new Date(0),
    cursor: '',
    xid: BigInt(xid),
    userId: randomUUID(),
    sessionId: String(xid),
    actor: SYSTEM,
  }
}

/** A replay whose batches are given one at a time, and that may be left or fail. */
function scriptedReplay() {
  const batches: (readonly SessionEvent[] | Error | null)[] = []
  let wake = (): void => {}
  let left = false
  const generator = (async function* () {
    try {
      for (;;) {
        while (batches.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        const batch = batches.shift()
        if (batch instanceof Error) throw batch
        if (!batch) return
        yield batch
      }
    } finally {
      left = true
    }
  })()
  return {
    generator,
    /** Null ends it. */
    give: (batch: readonly SessionEvent[] | Error | null) => {
      batches.push(batch)
      wake()
    },
    get left() {
      return left
    },
  }
}

function streamOf(options: { replay?: ReturnType<typeof scriptedReplay>; handedOutBelow?: number } = {}) {
  const heard = { overflows: 0, returns: 0 }
  const stream = new EventStream({
    replay: options.replay?.generator ?? null,
    handedOut: (xid) => xid < BigInt(options.handedOutBelow ?? 0),
    onOverflow: () => {
      heard.overflows += 1
    },
    onReturn: () => {
      heard.returns += 1
    },
  })
  return { stream, heard }
}

async function readAll(stream: EventStream): Promise<readonly string[]> {
  const read: string[] = []
  for await (const { sessionId } of stream) read.push(sessionId)
  return read
}

describe('an event stream', () => {
  it('brings what was missed and then what comes, each once and in order, however the two interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        // the log: how many events there are, how many of them the feed brought before the stream began, how many the replay sees
        fc
          .tuple(fc.nat(40), fc.nat(40), fc.nat(40))
          .map(([a, b, c]) => ({ before: a, seen: a + b, all: a + b + c })),
        // in which order the replay's batches and the feed's events arrive
        fc.array(fc.record({ live: fc.boolean(), size: fc.integer({ min: 1, max: 7 }) }), { maxLength: 60 }),
        fc.boolean(),
        async ({ before, seen, all }, steps, readsMeanwhile) => {
          const log = Array.from({ length: all }, (_, index) => eventOf(index))
          const replay = scriptedReplay()
          const { stream, heard } = streamOf({ replay, handedOutBelow: before })
          const reading = readsMeanwhile ? readAll(stream) : null
          let [replayed, pushed] = [0, before]
          for (const { live, size } of steps) {
            if (live) {
              for (const event of log.slice(pushed, pushed + size)) stream.push(event)
              pushed = Math.min(pushed + size, all)
            } else {
              if (replayed < seen) replay.give(log.slice(replayed, Math.min(replayed + size, seen)))
              replayed = Math.min(replayed + size, seen)
            }
            await Promise.resolve()
          }
          replay.give(log.slice(replayed, seen))
          for (const event of log.slice(pushed)) stream.push(event)
          stream.finish()
          stream.push(eventOf(9_999))
          replay.give(null)
          // goes red when an event that both bring is not recognised, and when `finish` cuts the replay short
          expect(await (reading ?? readAll(stream))).toEqual(log.map(({ sessionId }) => sessionId))
          expect(heard).toEqual({ overflows: 0, returns: 1 })
          expect(await stream.next()).toEqual({ done: true, value: undefined })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('never holds more than its limit: it drops what waits, brings nothing more, and does not complete', async () => {
    const { stream, heard } = streamOf()
    for (let xid = 0; xid < 3 * LONGEST_BACKLOG; xid++) stream.push(eventOf(xid))
    expect(heard.overflows).toBe(1)
    const next = stream.next()
    await stream.drained()
    stream.push(eventOf(1))
    stream.finish()
    const early = await Promise.race([next, Promise.resolve('still waiting')])
    expect(early).toBe('still waiting')
    await stream.return()
    expect((await next).done).toBe(true)
    expect(heard).toEqual({ overflows: 1, returns: 1 })
  })

  it('counts live events that wait for the replay towards the limit, and leaves the replay', async () => {
    const replay = scriptedReplay()
    const { stream, heard } = streamOf({ replay })
    const next = stream.next()
    for (let xid = 0; xid <= LONGEST_BACKLOG; xid++) stream.push(eventOf(xid))
    expect(heard.overflows).toBe(1)
    replay.give([eventOf(1)])
    await stream.drained()
    await stream.return()
    expect((await next).done).toBe(true)
    expect(replay.left).toBe(true)
  })

  it('takes a whole page of events at once without being cut', () => {
    const { stream, heard } = streamOf()
    for (let xid = 0; xid < LONGEST_BACKLOG; xid++) stream.push(eventOf(xid))
    expect(heard.overflows).toBe(0)
  })

  it('ends with the error of a replay that breaks off, and is over for everybody', async () => {
    const replay = scriptedReplay()
    const { stream, heard } = streamOf({ replay })
    replay.give([eventOf(1)])
    await stream.start()
    expect((await stream.next()).value?.sessionId).toBe('1')
    replay.give(new Error('the database went away'))
    await expect(stream.next()).rejects.toThrow('the database went away')
    // whoever iterates does not come back after an error: goes red when the stream waits for that
    expect(heard.returns).toBe(1)
    expect((await stream.next()).done).toBe(true)
  })

  it('ends with an error after what is queued, and completes after it', async () => {
    const { stream } = streamOf()
    stream.push(eventOf(1))
    stream.fail(new Error('expired'))
    stream.push(eventOf(2))
    expect((await stream.next()).value?.sessionId).toBe('1')
    await expect(stream.next()).rejects.toThrow('expired')
    expect((await stream.next()).done).toBe(true)
    const waiting = streamOf().stream
    const next = waiting.next()
    waiting.fail(new Error('expired'))
    await expect(next).rejects.toThrow('expired')
  })

  it('says that it is drained only when its reader has come back for more', async () => {
    const { stream } = streamOf()
    let drained = false
    stream.push(eventOf(1))
    void stream.drained().then(() => {
      drained = true
    })
    await stream.next()
    await Promise.resolve()
    expect(drained).toBe(false)
    const next = stream.next()
    await stream.drained()
    expect(drained).toBe(true)
    await stream.return()
    await next
  })
})
