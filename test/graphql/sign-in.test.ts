import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { disableAccount } from '../../src/accounts/administer.ts'
import { Passwords } from '../../src/credentials/password.ts'
import { users } from '../../src/database/tables.ts'
import { localId } from '../../src/graphql/global-ids.ts'
import { encodeId, newId } from '../../src/kernel/ids.ts'
import { newSecret } from '../../src/kernel/secret.ts'
import { SESSION_COOKIE } from '../../src/protocol/credentials.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import {
  NodeByIdDocument,
  SignInDocument,
  SignOutDocument,
  SignUpDocument,
  SignUpIsOpenDocument,
} from '../kit/generated/operations.ts'
import { expectNoChange, useApp } from '../kit/use-app.ts'

describeEachDatabase('signing up', (open) => {
  const use = useApp(open)

  it('makes an account and signs it in', async () => {
    const browser = new Browser(use.app)
    const email = anyEmail()
    const { viewer, session } = await browser.signUp(email)
    expect(viewer.email).toBe(email)
    expect(session).toMatchObject({ isCurrent: true, state: 'ACTIVE', factors: ['PASSWORD'], replaces: null })
    expect(await browser.currentSessionId()).toBe(session.id)
  })

  it.each([
    ['the same', (email: string) => email],
    ['another case', (email: string) => email.toUpperCase()],
    ['spaces around it', (email: string) => `  ${email}\t`],
    ['decomposed characters', (email: string) => email.normalize('NFD')],
    ['compatibility characters', (email: string) => email.replace('p', '\uff50')],
  ])('refuses an address that is taken, spelled with %s', async (_name, spell) => {
    const email = `é${anyEmail()}`
    await new Browser(use.app).signUp(email)
    const stranger = new Browser(use.app)
    const { signUp } = await expectNoChange(use, () =>
      stranger.run(SignUpDocument, { input: { email: spell(email), password: PASSWORD } }),
    )
    expect(signUp).toMatchObject({ __typename: 'EmailTakenError', code: 'EMAIL_TAKEN' })
    expect(stranger.cookie).toBeNull()
    expect((await stranger.signIn(spell(email))).viewer.email).toBe(email)
  })

  it.each([
    ['7 characters', 'xkcd936'],
    ['257 characters', `${'xk9 '.repeat(64)}x`],
    ['far more than can be', 'x'.repeat(20_000)],
    ['one that everybody takes', 'password1'],
    ['one that everybody takes, in capitals', 'PASSWORD1'],
    ['7 emoji, which are 14 units', '🦊🐢🦉🐙🦔🐝🦀'],
  ])('refuses a password of %s', async (_name, password) => {
    const browser = new Browser(use.app)
    const { signUp } = await expectNoChange(use, () =>
      browser.run(SignUpDocument, { input: { email: anyEmail(), password } }),
    )
    expect(signUp).toMatchObject({ __typename: 'WeakPasswordError', code: 'WEAK_PASSWORD' })
    expect(browser.cookie).toBeNull()
  })

  it.each([
    ['8 characters', 'xkcd936!'],
    ['256 characters', 'xk9 '.repeat(64)],
    ['8 emoji', '🦊🐢🦉🐙🦔🐝🦀🐡'],
  ])('takes a password of %s', async (_name, password) => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email, password)
    await new Browser(use.app).signIn(email, password)
  })

  it('takes a password typed in another Unicode form', async () => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email, 'crème brûlée'.normalize('NFC'))
    await new Browser(use.app).signIn(email, 'crème brûlée'.normalize('NFD'))
  })

  it.each([
    '',
    'ada',
    'ada@',
    '@example.com',
    'ada@exa mple.com',
    'a\0da@example.com',
    `${'a'.repeat(300)}@example.com`,
  ])('refuses %j as no address', async (email) => {
    const { errors } = await expectNoChange(use, () =>
      new Browser(use.app).send({
        query: 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }',
        variables: { input: { email, password: PASSWORD } },
      }),
    )
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
    expect(errors?.[0]?.message).toMatch(/^input\.email: /)
  })

  it('is refused where the operator has closed it', async () => {
    await using app = await startApp(use.database, { environment: { CURFEW_SIGN_UP: 'closed' } })
    const { signUp } = await expectNoChange(use, () =>
      new Browser(app).run(SignUpDocument, { input: { email: anyEmail(), password: PASSWORD } }),
    )
    expect(signUp).toMatchObject({ __typename: 'SignUpClosedError', code: 'SIGN_UP_CLOSED' })
  })

  it('says whether it is open, to everybody', async () => {
    await using closed = await startApp(use.database, { environment: { CURFEW_SIGN_UP: 'closed' } })
    const somebody = new Browser(use.app)
    await somebody.signUp(anyEmail())
    for (const browser of [new Browser(use.app), somebody])
      expect(await browser.run(SignUpIsOpenDocument, {})).toEqual({ signUpIsOpen: true })
    expect(await new Browser(closed).run(SignUpIsOpenDocument, {})).toEqual({ signUpIsOpen: false })
  })

  it.each([
    ['in disguise', 'P4ssword2026!'],
    ['made of the address', 'person-with-a-name!'],
  ])('refuses a password %s', async (_name, password) => {
    const email = `person.with-a-name@${anyEmail().replace('@', '.')}`
    const { signUp } = await expectNoChange(use, () =>
      new Browser(use.app).run(SignUpDocument, { input: { email, password } }),
    )
    expect(signUp).toMatchObject({ code: 'WEAK_PASSWORD' })
  })

  it('ends the session whose cookie it overwrites', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const before = browser.copy()
    await browser.signUp(anyEmail())
    expect(await before.currentSessionId()).toBeNull()
  })
})

describeEachDatabase('signing in', (open) => {
  const use = useApp(open)

  it('gives the same answer for a wrong password, an unknown, a disabled and an impossible address', async () => {
    const [email, disabled] = [anyEmail(), anyEmail()]
    await new Browser(use.app).signUp(email)
    const { viewer } = await new Browser(use.app).signUp(disabled)
    await disableAccount(use.app.server.house.accounts, localId(viewer.id, 'User') ?? '')
    const answers = []
    for (const input of [
      { email, password: 'wrong horse battery' },
      { email: anyEmail(), password: PASSWORD },
      { email: disabled, password: PASSWORD },
      { email: 'no address', password: PASSWORD },
      { email: '\0', password: PASSWORD },
      { email, password: '' },
      { email, password: 'x'.repeat(50_000) },
    ]) {
      const browser = new Browser(use.app)
      answers.push(await expectNoChange(use, () => browser.run(SignInDocument, { input })))
      expect(browser.cookie).toBeNull()
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.signIn).toMatchObject({
      __typename: 'InvalidCredentialsError',
      code: 'INVALID_CREDENTIALS',
    })
  })

  it('starts a session with a new id and a new secret every time', async () => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    const seen = new Set<string>()
    for (let round = 0; round < 4; round++) {
      const browser = new Browser(use.app)
      const { session, tokens } = await browser.signIn(email)
      expect(tokens).toBeNull()
      const [id = '', secret = ''] = browser.cookie?.slice(`${SESSION_COOKIE}=cfs_`.length).split('.') ?? []
      for (const each of [session.id, id, secret]) seen.add(each)
    }
    expect(seen.size).toBe(12)
  })

  it('never adopts the session that came along, and ends it as replaced if it is of the same user', async () => {
    const email = anyEmail()
    const browser = new Browser(use.app)
    const { session: first } = await browser.signUp(email)
    const planted = browser.copy()
    const { session: second } = await browser.signIn(email)
    expect(second.id).not.toBe(first.id)
    expect(second.replaces).toBeNull()
    expect(browser.cookie).not.toBe(planted.cookie)
    expect(await planted.currentSessionId()).toBeNull()
    const { node } = await browser.run(NodeByIdDocument, { id: first.id })
    expect(node).toMatchObject({ state: 'ENDED', endReason: 'REPLACED' })
  })

  it('signs out the session that came along if it is of another user', async () => {
    const [ada, bob] = [anyEmail(), anyEmail()]
    const browser = new Browser(use.app)
    const elsewhere = new Browser(use.app)
    const { session } = await browser.signUp(ada)
    await elsewhere.signIn(ada)
    await new Browser(use.app).signUp(bob)
    const planted = browser.copy()
    expect((await browser.signIn(bob)).viewer.email).toBe(bob)
    expect(await planted.currentSessionId()).toBeNull()
    const { node } = await elsewhere.run(NodeByIdDocument, { id: session.id })
    expect(node).toMatchObject({ state: 'ENDED', endReason: 'SIGNED_OUT' })
    expect(await elsewhere.currentSessionId()).not.toBeNull()
  })

  it('ends the successor too, when the cookie that came along was replaced a moment ago in another tab', async () => {
    const email = anyEmail()
    const tab = new Browser(use.app)
    await tab.signUp(email)
    const other = tab.copy()
    await tab.reverify('UPDATE_PASSWORD')
    expect(await tab.currentSessionId()).not.toBeNull()
    await other.signIn(email)
    expect(await tab.currentSessionId()).toBeNull()
    expect(await other.currentSessionId()).not.toBeNull()
  })

  it('leaves nothing behind when one operation signs in and out again', async () => {
    const email = anyEmail()
    const elsewhere = new Browser(use.app)
    await elsewhere.signUp(email)
    for (const browser of [new Browser(use.app), elsewhere.copy()]) {
      const { data, errors } = await browser.send<{ signOut: { session: { state: string } | null } }>({
        query:
          'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } signOut { ... on SignOutSuccess { session { state } } } }',
        variables: { input: { email, password: PASSWORD } },
      })
      expect(errors).toBeUndefined()
      expect(data.signOut.session).toEqual({ state: 'ENDED' })
      expect(browser.cookie).toBeNull()
    }
  })

  describe('with a cookie that is none of ours', () => {
    const id = encodeId(newId(new Date(0)))
    it.each([
      ['made up', `cfs_${id}.${newSecret()}`],
      ['empty', ''],
      ['without a secret', `cfs_${id}`],
      ['with a short secret', `cfs_${id}.abc`],
      ['with another prefix', `cfv_${id}.${newSecret()}`],
      ['with characters that are not base64url', `cfs_${id}.${newSecret().slice(1)}!`],
      ['with something behind it', `cfs_${id}.${newSecret()}.x`],
      ['very long', `cfs_${'a'.repeat(4_000)}.${'b'.repeat(4_000)}`],
    ])('ignores one that is %s', async (_name, value) => {
      const browser = new Browser(use.app)
      browser.cookie = `${SESSION_COOKIE}=${value}`
      const anonymous = await browser.send({ query: '{ viewer { id } currentSession { id } }' })
      expect(anonymous.data).toEqual({ viewer: null, currentSession: null })
      expect(anonymous.headers.getSetCookie()).toEqual([])
      await browser.signUp(anyEmail())
      expect(await browser.currentSessionId()).not.toBeNull()
    })

    it('ignores the right session with another secret', async () => {
      const browser = new Browser(use.app)
      await browser.signUp(anyEmail())
      const forged = browser.copy()
      forged.cookie = `${browser.cookie?.slice(0, -43)}${newSecret()}`
      expect(await forged.currentSessionId()).toBeNull()
      await forged.run(SignOutDocument, {})
      expect(await browser.currentSessionId()).not.toBeNull()
    })

    it('ignores two cookies of that name, even if one is genuine', async () => {
      const browser = new Browser(use.app)
      await browser.signUp(anyEmail())
      const forged = browser.copy()
      forged.cookie = `${browser.cookie}; ${SESSION_COOKIE}=x`
      expect(await forged.currentSessionId()).toBeNull()
    })
  })

  it('stores the password under newer parameters at the next sign-in, and only then', async () => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    const { queries } = use.database.database
    const stored = async () =>
      (await queries.select({ hash: users.passwordHash }).from(users).where(eq(users.email, email)))[0]?.hash
    const parameters = { memoryCost: 1_024, timeCost: 1, parallelism: 1 }
    const old = await new Passwords({ concurrency: 1, parameters }).hash(PASSWORD)
    await queries
      .update(users)
      .set({ passwordHash: String(old) })
      .where(eq(users.email, email))
    await new Browser(use.app).run(SignInDocument, { input: { email, password: 'wrong horse battery' } })
    expect(await stored()).toBe(old)
    await new Browser(use.app).signIn(email)
    const renewed = await stored()
    expect(renewed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    await new Browser(use.app).signIn(email)
    expect(await stored()).toBe(renewed)
  })
})
