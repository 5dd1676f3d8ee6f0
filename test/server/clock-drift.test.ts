import { expect, it } from 'vitest'
import { startApp } from '../kit/app.ts'
import { MovableClock } from '../kit/clock.ts'
import { describeEachDatabase } from '../kit/databases.ts'

const DIFFERS = "this machine's clock and the database server's differ"

describeEachDatabase('a node whose clock', (open) => {
  it.each([
    ['goes with the database server’s says nothing', 0, false],
    ['is a minute ahead says so at its start, if there is a server', 60_000, true],
    ['is a minute behind says so at its start, if there is a server', -60_000, true],
  ])('%s', async (_name, milliseconds, differs) => {
    await using database = await open()
    const clock = new MovableClock()
    clock.advance(milliseconds)
    await using app = await startApp(database, { clock })
    const told = app.logs.filter((line) => line.includes(DIFFERS))
    // the embedded database has this process's clock
    expect(told).toHaveLength(differs && database.postgres ? 1 : 0)
  })
})
