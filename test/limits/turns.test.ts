import { expect, it } from 'vitest'
import { Turns } from '../../src/limits/turns.ts'

it('lets so many of one subject run at once, the others in turn, and forgets subjects that are done', async () => {
  const turns = new Turns()
  const [running, gates] = [new Set<number>(), Array.from({ length: 6 }, () => Promise.withResolvers<void>())]
  const tasks = gates.map(({ promise }, index) =>
    turns.take('one', 2, async () => {
      running.add(index)
      await promise
      running.delete(index)
    }),
  )
  const other = turns.take('other', 2, async () => 'at once')
  expect(await other).toBe('at once')
  for (let index = 0; index < 6; index++) {
    await expect.poll(() => [...running]).toEqual([index, index + 1].filter((each) => each < 6))
    gates[index]?.resolve()
    await tasks[index]
  }
  await expect.poll(() => turns.size).toBe(0)
})

it('forgets a subject also when its task fails, and refuses when too many wait', async () => {
  const turns = new Turns()
  await expect(turns.take('one', 1, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect.poll(() => turns.size).toBe(0)
  const gate = Promise.withResolvers<void>()
  const waiting = Array.from({ length: 301 }, () => turns.take('one', 1, () => gate.promise))
  await expect(turns.take('one', 1, async () => {})).rejects.toMatchObject({ code: 'SERVER_BUSY' })
  gate.resolve()
  await Promise.all(waiting)
  await expect.poll(() => turns.size).toBe(0)
})
