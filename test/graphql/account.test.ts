import { expect, it } from 'vitest'
import type { AccountParts } from '../../src/accounts/parts.ts'
import { signIn } from '../../src/accounts/sign-in.ts'
import { Passwords } from '../../src/credentials/password.ts'
import { describeDevice } from '../../src/devices/device.ts'
import { NOWHERE } from '../../src/devices/place.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import {
  DeleteAccountDocument,
  MySessionsDocument,
  NodeByIdDocument,
  SignInDocument,
  UpdatePasswordDocument,
} from '../kit/generated/operations.ts'
import { expectNoChange, useApp } from '../kit/use-app.ts'

const NEW_PASSWORD = 'another horse battery'

async function update(
  browser: Browser,
  verificationToken: string,
  { newPassword = NEW_PASSWORD, signOutEverywhere = false } = {},
) {
  const { updatePassword } = await browser.run(UpdatePasswordDocument, {
    input: { newPassword, signOutEverywhere, verificationToken },
  })
  return updatePassword
}

describeEachDatabase('changing the password', (open) => {
  const use = useApp(open)

  async function signedInTwice(app = use.app) {
    const [laptop, elsewhere] = [new Browser(app), new Browser(app)]
    const email = anyEmail()
    await laptop.signUp(email)
    await elsewhere.signIn(email)
    return { email, laptop, elsewhere }
  }

  it('keeps every session if the person says so', async () => {
    const { email, laptop, elsewhere } = await signedInTwice()
    const { token, session } = await laptop.reverify('UPDATE_PASSWORD')
    expect(await update(laptop, token)).toMatchObject({
      revokedCount: 0,
      session: { id: session.id, isCurrent: true },
    })
    expect(await laptop.currentSessionId()).toBe(session.id)
    expect(await elsewhere.currentSessionId()).not.toBeNull()
    const { signIn: refused } = await new Browser(use.app).run(SignInDocument, {
      input: { email, password: 'correct horse battery' },
    })
    expect(refused).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    await new Browser(use.app).signIn(email, NEW_PASSWORD)
  })

  it('signs out everywhere, this device too, if the person says so', async () => {
    const { email, laptop, elsewhere } = await signedInTwice()
    const { token } = await laptop.reverify('UPDATE_PASSWORD')
    const stolen = laptop.copy()
    expect(await update(laptop, token, { signOutEverywhere: true })).toMatchObject({
      revokedCount: 2,
      session: null,
    })
    expect(laptop.cookie).toBeNull()
    for (const browser of [elsewhere, stolen]) expect(await browser.currentSessionId()).toBeNull()
    await laptop.signIn(email, NEW_PASSWORD)
    const { viewer } = await laptop.run(MySessionsDocument, { state: 'ENDED' })
    const reasons = viewer?.sessions.edges.map(({ node }) => node.endReason)
    expect(reasons?.filter((reason) => reason === 'PASSWORD_UPDATED')).toHaveLength(2)
  })

  it.each([
    ['always', false, 2],
    ['never', true, 0],
  ] as const)('goes by the operator who said %s', async (setting, signOutEverywhere, revokedCount) => {
    await using app = await startApp(use.database, {
      environment: { CURFEW_PASSWORD_UPDATE_SIGNS_OUT: setting },
    })
    const { laptop, elsewhere } = await signedInTwice(app)
    const { token } = await laptop.reverify('UPDATE_PASSWORD')
    const result = await update(laptop, token, { signOutEverywhere })
    expect(result).toMatchObject({ revokedCount, session: revokedCount === 0 ? { state: 'ACTIVE' } : null })
    expect((await elsewhere.currentSessionId()) === null).toBe(revokedCount > 0)
  })

  it('keeps the proof when the new password is weak', async () => {
    const { laptop } = await signedInTwice()
    const { token } = await laptop.reverify('UPDATE_PASSWORD')
    for (const newPassword of ['short', 'password1', 'x'.repeat(257)]) {
      const weak = await expectNoChange(use, () => update(laptop, token, { newPassword }))
      expect(weak).toMatchObject({ code: 'WEAK_PASSWORD' })
    }
    expect((await update(laptop, token)).__typename).toBe('UpdatePasswordSuccess')
  })

  it('judges the new password before it asks for a proof, by whose it will be', async () => {
    const { email, laptop } = await signedInTwice()
    for (const newPassword of ['short', 'Password2026!', `${email.split('@', 1)[0]}!`]) {
      const weak = await expectNoChange(use, () => update(laptop, '', { newPassword }))
      expect(weak).toMatchObject({ code: 'WEAK_PASSWORD' })
    }
    expect(await update(new Browser(use.app), '', { newPassword: 'short' })).toMatchObject({
      code: 'NOT_SIGNED_IN',
    })
  })

  it('changes nothing without a proof for it, or with one that was used', async () => {
    const { laptop } = await signedInTwice()
    const { token: wrong } = await laptop.reverify('DELETE_ACCOUNT')
    for (const token of ['', 'garbage', wrong]) {
      expect(await expectNoChange(use, () => update(laptop, token))).toMatchObject({
        code: 'VERIFICATION_REQUIRED',
        action: 'UPDATE_PASSWORD',
        subject: null,
      })
    }
    const { token } = await laptop.reverify('UPDATE_PASSWORD')
    await update(laptop, token)
    expect(await expectNoChange(use, () => update(laptop, token))).toMatchObject({
      code: 'VERIFICATION_REQUIRED',
    })
    expect(await update(new Browser(use.app), token)).toMatchObject({ code: 'NOT_SIGNED_IN' })
  })

  it('lets one of two uses of a proof at once win', async () => {
    const { email, laptop } = await signedInTwice()
    const { token } = await laptop.reverify('UPDATE_PASSWORD')
    const passwords = ['first horse battery', 'second horse battery']
    const results = await Promise.all(
      passwords.map((newPassword) => update(laptop.copy(), token, { newPassword })),
    )
    expect(results.map((each) => each.__typename).sort()).toEqual([
      'UpdatePasswordSuccess',
      'VerificationRequiredError',
    ])
    const winner = passwords[results.findIndex((each) => each.__typename === 'UpdatePasswordSuccess')]
    await new Browser(use.app).signIn(email, winner)
  })

  it('lets no sign-in survive that was under way with the old password', async () => {
    const { email, laptop } = await signedInTwice()
    const checked = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    class SlowPasswords extends Passwords {
      override async check(...args: Parameters<Passwords['check']>) {
        const result = await super.check(...args)
        checked.resolve()
        await goOn.promise
        return result
      }
    }
    const { accounts } = use.app.server.house
    const parts: AccountParts = { ...accounts, passwords: new SlowPasswords({ concurrency: 1 }) }
    const visitor = {
      device: describeDevice(null),
      network: null,
      place: NOWHERE,
      userAgent: null,
      cookie: null,
      background: false,
      bearer: null,
    }
    const signingIn = signIn(
      parts,
      { email, password: 'correct horse battery', rememberMe: true, transport: 'COOKIE' },
      visitor,
      null,
    )
    await checked.promise
    const { token } = await laptop.reverify('UPDATE_PASSWORD')
    expect(await update(laptop, token)).toMatchObject({ revokedCount: 0 })
    await expectNoChange(use, async () => {
      goOn.resolve()
      expect(await signingIn).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    })
  })
})

describeEachDatabase('deleting the account', (open) => {
  const use = useApp(open)

  it('ends every session, forgets who it was, and frees the address', async () => {
    const [laptop, elsewhere] = [new Browser(use.app), new Browser(use.app)]
    const email = anyEmail()
    const { viewer, session } = await laptop.signUp(email)
    await elsewhere.signIn(email)
    const { token } = await laptop.reverify('DELETE_ACCOUNT')
    const stolen = laptop.copy()
    const { deleteAccount } = await laptop.run(DeleteAccountDocument, { input: { verificationToken: token } })
    expect(deleteAccount).toEqual({
      __typename: 'DeleteAccountSuccess',
      deletedUserId: viewer.id,
      revokedCount: 2,
    })
    expect(laptop.cookie).toBeNull()
    for (const browser of [elsewhere, stolen]) expect(await browser.currentSessionId()).toBeNull()
    const { signIn: refused } = await laptop.run(SignInDocument, {
      input: { email, password: 'correct horse battery' },
    })
    expect(refused).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    const again = await laptop.signUp(email)
    expect(again.viewer.id).not.toBe(viewer.id)
    for (const id of [viewer.id, session.id]) {
      expect((await laptop.run(NodeByIdDocument, { id })).node).toBeNull()
    }
    const { viewer: now } = await laptop.run(MySessionsDocument, {})
    expect(now?.sessions.edges).toHaveLength(1)
  })

  it('changes nothing without a proof for it', async () => {
    const laptop = new Browser(use.app)
    await laptop.signUp(anyEmail())
    const { token: wrong } = await laptop.reverify('UPDATE_PASSWORD')
    for (const verificationToken of ['', 'garbage', wrong]) {
      const { deleteAccount } = await expectNoChange(use, () =>
        laptop.run(DeleteAccountDocument, { input: { verificationToken } }),
      )
      expect(deleteAccount).toMatchObject({ code: 'VERIFICATION_REQUIRED', action: 'DELETE_ACCOUNT' })
    }
    const { deleteAccount } = await new Browser(use.app).run(DeleteAccountDocument, {
      input: { verificationToken: wrong },
    })
    expect(deleteAccount).toMatchObject({ code: 'NOT_SIGNED_IN' })
  })
})
