import { expect, it } from 'vitest'
import { reverify } from '../../src/accounts/reverify.ts'
import { signIn } from '../../src/accounts/sign-in.ts'
import { Passwords } from '../../src/credentials/password.ts'
import { describeDevice } from '../../src/devices/device.ts'
import { NOWHERE } from '../../src/devices/place.ts'
import { Fault } from '../../src/kernel/fault.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'

class BusyPasswords extends Passwords {
  override check(): Promise<never> {
    return Promise.reject(new Fault('SERVER_BUSY', 'Too many sign-ins are being checked right now.'))
  }
}

describeEachDatabase('a sign-in that finds the queue full', (open) => {
  const use = useApp(open)

  it('is told to come back, and has not used up an attempt', async () => {
    const email = anyEmail()
    const browser = new Browser(use.app)
    await browser.signUp(email)
    const { accounts } = use.app.server.house
    const busy = { ...accounts, passwords: new BusyPasswords({ concurrency: 1 }) }
    const visitor = {
      device: describeDevice(null),
      network: '192.0.2.0/24',
      place: NOWHERE,
      userAgent: null,
      cookie: null,
      background: false,
      bearer: null,
    }
    const input = { email, password: PASSWORD, transport: 'COOKIE' as const, rememberMe: true }
    for (let count = 0; count < 30; count++) {
      await expect(signIn(busy, input, visitor, null)).rejects.toMatchObject({ code: 'SERVER_BUSY' })
    }
    const signedIn = await signIn(accounts, input, visitor, null)
    if (!('session' in signedIn)) expect.fail(JSON.stringify(signedIn))
    const purpose = { action: 'UPDATE_PASSWORD', subjectId: null } as const
    for (let count = 0; count < 30; count++) {
      const again = reverify(busy, signedIn, { password: PASSWORD, purpose }, visitor)
      await expect(again).rejects.toMatchObject({ code: 'SERVER_BUSY' })
    }
    expect(await reverify(accounts, signedIn, { password: PASSWORD, purpose }, visitor)).toHaveProperty(
      'verification',
    )
  })
})
