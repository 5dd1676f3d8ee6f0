import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sleep, systemClock } from '../../src/kernel/clock.ts'
import { Curfew, curfewJson, serve, temporaryFolder } from '../cli/curfew.ts'
import { anyEmail, Browser } from '../kit/browser.ts'

/** Signs people up, and in again on a second device, until the server is gone. */
async function signInUntilKilled(url: string, acknowledged: { email: string; cookies: string[] }[]) {
  try {
    for (;;) {
      const [phone, laptop] = [new Browser({ url }), new Browser({ url })]
      const email = anyEmail()
      await phone.signUp(email)
      const person = { email, cookies: [phone.cookie ?? ''] }
      acknowledged.push(person)
      await laptop.signIn(email)
      person.cookies.push(laptop.cookie ?? '')
    }
  } catch (error) {
    // fetch fails when the server is killed; a refusal or an error of the server would be another matter
    expect(error).toBeInstanceOf(TypeError)
  }
}

/** How many files the database has so far, made or in the making. */
async function filesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  return names.filter((name) => /^database(\.new)?\//.test(name)).length
}

it('kill -9 in the middle of sign-ins loses nothing that was acknowledged, and the next start works at once', async () => {
  await using folder = await temporaryFolder()
  const environment = { CURFEW_DATA_DIR: join(folder.path, 'data') }
  await curfewJson(['migrate'], environment)
  const acknowledged: { email: string; cookies: string[] }[] = []
  for (const many of [6, 15]) {
    const { server, url } = await serve(environment)
    const loops = [1, 2, 3].map(() => signInUntilKilled(url, acknowledged))
    await expect.poll(() => acknowledged.length, { timeout: 30_000, interval: 5 }).toBeGreaterThan(many)
    server.kill('SIGKILL')
    expect(await server.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
    await Promise.all(loops)
  }
  const { server, url } = await serve(environment)
  await using running = server
  for (const { email, cookies } of acknowledged) {
    for (const cookie of cookies) {
      const browser = new Browser({ url })
      browser.cookie = cookie
      expect(await browser.currentSessionId(), email).not.toBeNull()
    }
    await new Browser({ url }).signIn(email)
  }
  expect(running.stderr).toBe('')
}, 120_000)

it('kill -9 in the middle of a first start leaves nothing that the next one stumbles over', async () => {
  await using folder = await temporaryFolder()
  const environment = { CURFEW_DATA_DIR: join(folder.path, 'data') }
  for (const delay of [0, 400, 800]) {
    await using first = new Curfew(['migrate'], environment)
    // from here on the files of the database are being made
    await expect.poll(() => filesIn(environment.CURFEW_DATA_DIR), { timeout: 20_000 }).toBeGreaterThan(0)
    await sleep(systemClock, delay)
    first.kill('SIGKILL')
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' })
  }
  await using server = (await serve(environment)).server
  expect(server.stdout).toContain('Administrator created')
}, 120_000)
