import { expect, it } from 'vitest'
import { users } from '../../src/database/tables.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import {
  DeleteAccountDocument,
  RevokeAllSessionsDocument,
  RevokeSessionDocument,
  SignInDocument,
  SignOutDocument,
  UpdatePasswordDocument,
} from '../kit/generated/operations.ts'
import { useApp } from '../kit/use-app.ts'

describeEachDatabase('the log', (open) => {
  const use = useApp(open)

  it('tells what happened, and holds nothing that signs anyone in or says who they are', async () => {
    const email = anyEmail()
    const newPassword = 'another horse battery'
    const wrong = 'wrong horse battery'
    const secrets: (string | null)[] = [email, PASSWORD, newPassword, wrong]
    const browser = new Browser(use.app)
    const remember = () => secrets.push(browser.cookie?.split('.')[1] ?? null)
    await browser.signUp(email)
    remember()
    await browser.run(SignInDocument, { input: { email, password: wrong } })
    await browser.run(SignInDocument, { input: { email: wrong, password: email } })
    await browser.signIn(email)
    remember()
    const other = await new Browser(use.app).signIn(email)
    const { token: first } = await browser.reverify('REVOKE_SESSION', other.session.id)
    remember()
    await browser.run(RevokeSessionDocument, {
      input: { sessionId: other.session.id, verificationToken: first },
    })
    const { token: second } = await browser.reverify('REVOKE_OTHER_SESSIONS')
    remember()
    await browser.run(RevokeAllSessionsDocument, { input: { keepCurrent: true, verificationToken: second } })
    const { token: third } = await browser.reverify('UPDATE_PASSWORD')
    remember()
    await browser.run(UpdatePasswordDocument, {
      input: { newPassword, signOutEverywhere: true, verificationToken: third },
    })
    await browser.signIn(email, newPassword)
    remember()
    await browser.run(SignOutDocument, {})
    await browser.signIn(email, newPassword)
    remember()
    const { token: fourth } = await browser.reverify('DELETE_ACCOUNT', undefined, newPassword)
    remember()
    const rows = await use.database.database.queries.select({ hash: users.passwordHash }).from(users)
    await browser.run(DeleteAccountDocument, { input: { verificationToken: fourth } })
    for (let count = 0; count < 7; count++)
      await browser.run(SignInDocument, { input: { email, password: wrong } })
    secrets.push(first, second, third, fourth, ...rows.map(({ hash }) => hash))
    const log = use.app.logs.join('')
    for (const message of [
      'signed up',
      'signed in',
      'sign-in failed',
      'sign-in slowed down',
      'reverified',
      'session revoked',
      'sessions revoked',
      'password updated',
      'signed out',
      'account deleted',
    ]) {
      expect(log).toContain(`"msg":"${message}"`)
    }
    for (const secret of secrets) {
      if (!secret) expect.fail('a secret is missing from the list')
      expect(log.includes(secret), secret).toBe(false)
      expect(log.includes(encodeURIComponent(secret)), secret).toBe(false)
    }
    expect(log).not.toMatch(/cf[svrk]_|argon2|@/)
  })

  it('has the details of what went wrong unexpectedly, under the reference that the client was given', async () => {
    const { sessions } = use.app.server.house.accounts
    const find = sessions.find.bind(sessions)
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    sessions.find = () => Promise.reject(new Error('the disk of host db-7 is full'))
    try {
      const { errors, data } = await browser.send({ query: '{ viewer { id } }' })
      expect(data ?? null).toBeNull()
      expect(JSON.stringify(errors)).not.toMatch(/disk|db-7|at /)
      const [error] = errors ?? []
      expect(error?.extensions?.code).toBe('INTERNAL_SERVER_ERROR')
      const reference = /under (\S+)\.$/.exec(error?.message ?? '')?.[1] ?? 'none'
      const [line = '', ...others] = use.app.logs.filter((each) => each.includes(reference))
      expect(others).toEqual([])
      expect(line).toContain('the disk of host db-7 is full')
    } finally {
      sessions.find = find
    }
    expect(await browser.currentSessionId()).not.toBeNull()
  })
})
