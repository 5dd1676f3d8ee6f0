import { eq } from 'drizzle-orm'
import { type DocumentNode, print } from 'graphql'
import { expect, it } from 'vitest'
import { createAccount, enableAccount } from '../../src/accounts/administer.ts'
import { users } from '../../src/database/tables.ts'
import { encodeGlobalId, localId } from '../../src/graphql/global-ids.ts'
import { newId } from '../../src/kernel/ids.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import {
  DeleteAccountDocument,
  DisableUserDocument,
  EnableUserDocument,
  MySessionsDocument,
  NodeByIdDocument,
  RevokeUserSessionsDocument,
  SessionsDocument,
  UsersDocument,
} from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { expectNoChange, useApp } from '../kit/use-app.ts'

const MINUTE = 60_000
const WINDOW = 30 * MINUTE
const DAY = 24 * 60 * MINUTE
const ALL = 'subscription { sessionRevoked(scope: ALL) { reason sessionId actor { kind sessionId } } }'

describeEachDatabase('administrators', (open) => {
  const use = useApp(open)

  async function administrator() {
    const email = anyEmail()
    const account = { email, password: PASSWORD, roles: ['ADMINISTRATOR' as const] }
    const created = await createAccount(use.app.server.house.accounts, account)
    if (created instanceof Refusal) throw new Error(created.code)
    const browser = new Browser(use.app)
    return { email, browser, ...(await browser.signIn(email)) }
  }
  async function person(email = anyEmail()) {
    const browser = new Browser(use.app)
    return { email, browser, ...(await browser.signUp(email)) }
  }
  /** What the API answers, data and code, to be compared as a whole. */
  async function answerOf(browser: Browser, document: DocumentNode, variables: object) {
    const { data, errors } = await browser.send({ query: print(document), variables })
    return { data, errors: errors?.map(({ message, extensions }) => ({ message, extensions })) }
  }
  /** What a socket is answered instead of being subscribed. */
  async function refusalOf(browser: Browser): Promise<unknown> {
    using socket = await Socket.open(use.app.url, { cookie: browser.cookie })
    await socket.expect('connection_ack')
    socket.subscribe('1', ALL)
    const { payload } = await socket.expect('next')
    await socket.expect('complete')
    return (payload as { errors?: unknown }).errors
  }

  it('find users by what their address begins with, in any spelling, newest first', async () => {
    const { browser } = await administrator()
    const mark = `find${newId(new Date()).slice(-6)}`
    const [one, two, three] = [
      await person(`${mark}.a@example.com`),
      await person(`${mark}_b@example.com`),
      await person(`${mark}.c@example.com`),
    ]
    const found = async (search: string) =>
      (await browser.run(UsersDocument, { search })).users.edges.map(({ node }) => node.id)
    expect(await found(mark)).toEqual([three.viewer.id, two.viewer.id, one.viewer.id])
    expect(await found(` ${mark.toUpperCase()}`)).toHaveLength(3)
    expect(await found(`${mark}_`)).toEqual([two.viewer.id])
    expect(await found(`${mark}.c@example.com`)).toEqual([three.viewer.id])
    for (const nobody of [`${mark}%`, `${mark}\\`, `%${mark}`, `x${mark}`, `${mark}\0`, "' OR 1=1 --"])
      expect(await found(nobody)).toEqual([])
    expect(await found('')).toContain(one.viewer.id)
  })

  it('page through users, without deleted ones, and through everyone’s sessions', async () => {
    const { browser } = await administrator()
    const mark = `page${newId(new Date()).slice(-6)}`
    const people = []
    for (const letter of ['a', 'b', 'c', 'd', 'e']) people.push(await person(`${mark}${letter}@example.com`))
    const gone = people.splice(2, 1)[0]
    const proof = await gone?.browser.reverify('DELETE_ACCOUNT')
    await gone?.browser.run(DeleteAccountDocument, { input: { verificationToken: proof?.token ?? '' } })

    const pageOfUsers = async (after: string | null) =>
      (await browser.run(UsersDocument, { search: mark, first: 3, after })).users
    const newest = await pageOfUsers(null)
    const oldest = await pageOfUsers(newest.pageInfo.endCursor)
    expect([...newest.edges, ...oldest.edges].map(({ node }) => node.id)).toEqual(
      people.map(({ viewer }) => viewer.id).reverse(),
    )
    expect([newest, oldest].map(({ pageInfo }) => [pageInfo.hasPreviousPage, pageInfo.hasNextPage])).toEqual([
      [false, true],
      [true, false],
    ])

    const everyone = (await browser.run(UsersDocument, { first: 100 })).users.edges.map(({ node }) => node.id)
    expect(everyone).toContain(people[0]?.viewer.id)
    expect(everyone).not.toContain(gone?.viewer.id)

    const pageOfSessions = async (after: string | null) =>
      (await browser.run(SessionsDocument, { first: 3, after })).sessions
    const latest = await pageOfSessions(null)
    const before = await pageOfSessions(latest.pageInfo.endCursor)
    expect([latest, before].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, true])
    const [a, b, d, e] = people.map(({ email }) => email)
    // the deleted user's: the one that was started by signing up, and its successor
    expect([...latest.edges, ...before.edges].map(({ node }) => node.user.email)).toEqual([
      '',
      e,
      d,
      '',
      b,
      a,
    ])
  })

  it('filter sessions by user and state, and see one past a limit as ended', async () => {
    const ada = await person()
    const phone = new Browser(use.app)
    const { session } = await phone.signIn(ada.email)
    const { browser, email } = await administrator()
    const input = { userId: ada.viewer.id, reason: 'lost phone' }
    const list = async (filter: { userId?: string; state?: 'ACTIVE' | 'ENDED' }) =>
      (await browser.run(SessionsDocument, { filter })).sessions.edges.map(({ node }) => node)
    expect(await list({ userId: ada.viewer.id })).toMatchObject([
      { id: session.id, state: 'ACTIVE', user: { id: ada.viewer.id, email: ada.email } },
      { id: ada.session.id, state: 'ACTIVE' },
    ])
    expect(await list({ userId: ada.viewer.id, state: 'ENDED' })).toEqual([])
    use.app.clock.advance(7 * DAY)
    await browser.signIn(email)
    expect(await list({ userId: ada.viewer.id, state: 'ACTIVE' })).toEqual([])
    expect(await list({ userId: ada.viewer.id, state: 'ENDED' })).toMatchObject([
      { id: session.id, state: 'ENDED', endReason: 'IDLE_TIMEOUT' },
      { id: ada.session.id, state: 'ENDED', endReason: 'IDLE_TIMEOUT' },
    ])
    expect(await list({ userId: 'nobody' })).toEqual([])
    expect(await list({ userId: encodeGlobalId('User', newId(new Date())) })).toEqual([])
    const { revokeUserSessions } = await browser.run(RevokeUserSessionsDocument, { input })
    expect(revokeUserSessions).toMatchObject({ __typename: 'RevokeUserSessionsSuccess', revokedCount: 0 })
  })

  it('disable an account: its sessions end at once and say so, and nobody signs in until it is enabled', async () => {
    const { browser, session } = await administrator()
    const ada = await person()
    const phone = new Browser(use.app)
    await phone.signIn(ada.email)
    using socket = await Socket.subscribed(
      use.app.url,
      ada.browser.cookie,
      'subscription { sessionRevoked { reason message actor { kind sessionId } } }',
    )
    const reason = 'asked for by the police of Neverland'
    const input = { userId: ada.viewer.id, reason }
    const { disableUser } = await browser.run(DisableUserDocument, { input })
    expect(disableUser).toEqual({
      __typename: 'DisableUserSuccess',
      user: { id: ada.viewer.id, disabledAt: expect.any(String) },
      revokedCount: 2,
    })
    expect(await ada.browser.currentSessionId()).toBeNull()
    expect(await phone.currentSessionId()).toBeNull()
    expect(await socket.data()).toEqual({
      sessionRevoked: {
        reason: 'ACCOUNT_DISABLED',
        message: 'You were signed out because your account was disabled.',
        actor: { kind: 'ADMINISTRATOR', sessionId: session.id },
      },
    })
    expect(await socket.closed().then(({ code }) => code)).toBe(4401)
    await expect(ada.browser.signIn(ada.email)).rejects.toThrow('INVALID_CREDENTIALS')
    const logged = use.app.logs.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(logged).toContainEqual(
      expect.objectContaining({
        msg: 'account disabled',
        userId: localId(ada.viewer.id, 'User'),
        by: localId(session.id, 'Session'),
        revoked: 2,
        reason,
      }),
    )

    // once more: the same
    const again = await browser.run(DisableUserDocument, { input })
    expect(again.disableUser).toEqual({ ...disableUser, revokedCount: 0 })

    for (let time = 0; time < 2; time++) {
      const { enableUser } = await browser.run(EnableUserDocument, { input: { userId: ada.viewer.id } })
      expect(enableUser).toEqual({
        __typename: 'EnableUserSuccess',
        user: { id: ada.viewer.id, disabledAt: null },
      })
    }
    expect(await phone.currentSessionId()).toBeNull()
    await ada.browser.signIn(ada.email)
    const { viewer } = await ada.browser.run(MySessionsDocument, { state: 'ENDED' })
    expect(viewer?.sessions.edges.map(({ node }) => node.endReason)).toEqual([
      'ACCOUNT_DISABLED',
      'ACCOUNT_DISABLED',
    ])
  })

  it('end the sessions of a user, who may sign in again; and their own', async () => {
    const { browser, session, viewer } = await administrator()
    const ada = await person()
    const { revokeUserSessions } = await browser.run(RevokeUserSessionsDocument, {
      input: { userId: ada.viewer.id },
    })
    expect(revokeUserSessions).toEqual({
      __typename: 'RevokeUserSessionsSuccess',
      user: { id: ada.viewer.id },
      revokedCount: 1,
    })
    expect(await ada.browser.currentSessionId()).toBeNull()
    await ada.browser.signIn(ada.email)
    const { viewer: seen } = await ada.browser.run(MySessionsDocument, { state: 'ENDED' })
    expect(seen?.sessions.edges[0]?.node).toMatchObject({
      id: ada.session.id,
      endReason: 'REVOKED_BY_ADMINISTRATOR',
    })
    const own = await browser.run(RevokeUserSessionsDocument, { input: { userId: viewer.id } })
    expect(own.revokeUserSessions).toMatchObject({ revokedCount: 1 })
    expect(browser.cookie).toBeNull()
    const { sessions } = await (await administrator()).browser.run(SessionsDocument, {
      filter: { userId: viewer.id },
    })
    expect(sessions.edges[0]?.node).toMatchObject({
      id: session.id,
      endReason: 'REVOKED_BY_ADMINISTRATOR',
    })
  })

  it('cannot disable themselves, nor change anybody who is not there', async () => {
    const { browser, viewer } = await administrator()
    const gone = await person()
    const proof = await gone.browser.reverify('DELETE_ACCOUNT')
    await gone.browser.run(DeleteAccountDocument, { input: { verificationToken: proof.token } })
    await expectNoChange(use, async () => {
      const { disableUser } = await browser.run(DisableUserDocument, { input: { userId: viewer.id } })
      expect(disableUser).toMatchObject({ __typename: 'OwnAccountError', code: 'OWN_ACCOUNT' })
      for (const userId of [
        gone.viewer.id,
        encodeGlobalId('User', newId(new Date())),
        gone.session.id,
        'nobody',
      ]) {
        const missing = { __typename: 'UserNotFoundError', code: 'USER_NOT_FOUND' }
        const input = { userId }
        expect((await browser.run(DisableUserDocument, { input })).disableUser).toMatchObject(missing)
        expect((await browser.run(EnableUserDocument, { input })).enableUser).toMatchObject(missing)
        expect((await browser.run(RevokeUserSessionsDocument, { input })).revokeUserSessions).toMatchObject(
          missing,
        )
      }
    })
  })

  it('say why in at most 200 characters', async () => {
    const { browser } = await administrator()
    const { viewer } = await person()
    const longest = { userId: viewer.id, reason: 'x'.repeat(200) }
    expect((await browser.run(DisableUserDocument, { input: longest })).disableUser.__typename).toBe(
      'DisableUserSuccess',
    )
    for (const document of [DisableUserDocument, RevokeUserSessionsDocument]) {
      const { errors } = await answerOf(browser, document, {
        input: { userId: viewer.id, reason: 'x'.repeat(201) },
      })
      expect(errors).toMatchObject([
        { message: 'input.reason: give at most 200 characters.', extensions: { code: 'BAD_USER_INPUT' } },
      ])
    }
  })

  it('have to reverify after the sensitive window, and go on with everything else until then', async () => {
    const { browser, viewer } = await administrator()
    const ada = await person()
    const input = { userId: ada.viewer.id }
    use.app.clock.advance(WINDOW - MINUTE)
    await browser.run(UsersDocument, {})
    await browser.run(NodeByIdDocument, { id: ada.viewer.id })
    use.app.clock.advance(MINUTE)

    const required = {
      __typename: 'VerificationRequiredError',
      code: 'VERIFICATION_REQUIRED',
      message: 'Confirm that it is you first: call reverify with this action, then repeat the call.',
      action: 'ADMINISTER',
      subject: null,
    }
    await expectNoChange(use, async () => {
      expect((await browser.run(DisableUserDocument, { input })).disableUser).toEqual(required)
      expect((await browser.run(EnableUserDocument, { input })).enableUser).toEqual(required)
      expect((await browser.run(RevokeUserSessionsDocument, { input })).revokeUserSessions).toEqual(required)
      for (const [document, variables] of [
        [UsersDocument, {}],
        [SessionsDocument, {}],
        [NodeByIdDocument, { id: ada.viewer.id }],
        [NodeByIdDocument, { id: ada.session.id }],
      ] as const) {
        const { errors } = await answerOf(browser, document, variables)
        expect(errors).toMatchObject([
          { extensions: { code: 'VERIFICATION_REQUIRED', action: 'ADMINISTER' } },
        ])
      }
    })
    expect(await refusalOf(browser)).toMatchObject([
      { extensions: { code: 'VERIFICATION_REQUIRED', action: 'ADMINISTER' } },
    ])
    // their own account is as open as anybody's
    const own = await browser.run(MySessionsDocument, {})
    expect(own.viewer?.sessions.edges).toHaveLength(1)
    expect((await browser.run(NodeByIdDocument, { id: viewer.id })).node).toMatchObject({ id: viewer.id })

    await browser.reverify('ADMINISTER')
    using told = await Socket.subscribed(use.app.url, browser.cookie, ALL)
    expect((await browser.run(DisableUserDocument, { input })).disableUser).toMatchObject({
      __typename: 'DisableUserSuccess',
      revokedCount: 1,
    })
    expect(await told.data()).toMatchObject({ sessionRevoked: { reason: 'ACCOUNT_DISABLED' } })
    await browser.run(UsersDocument, {})
    expect((await browser.run(NodeByIdDocument, { id: ada.session.id })).node).toMatchObject({
      endReason: 'ACCOUNT_DISABLED',
    })
  })

  it('are told apart from others by the role of now, and not of when the session began', async () => {
    const { browser, viewer } = await administrator()
    const ada = await person()
    const { database } = use.database
    const id = localId(viewer.id, 'User') ?? ''
    using socket = await Socket.open(use.app.url, { cookie: browser.cookie })
    await socket.expect('connection_ack')
    await database.queries.update(users).set({ roles: [] }).where(eq(users.id, id))
    // a connection that was open before is no way around it
    socket.subscribe('1', ALL)
    expect((await socket.expect('next')).payload).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    })
    await socket.expect('complete')
    expect(
      (await browser.run(DisableUserDocument, { input: { userId: ada.viewer.id } })).disableUser,
    ).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' })
    expect((await answerOf(browser, UsersDocument, {})).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN' } },
    ])
  })

  it('are the only ones: others learn nothing, not even who exists', async () => {
    const ada = await person()
    const bob = await person()
    const nobody = encodeGlobalId('User', newId(new Date()))
    await expectNoChange(use, async () => {
      for (const document of [DisableUserDocument, EnableUserDocument, RevokeUserSessionsDocument]) {
        const answers = []
        for (const userId of [bob.viewer.id, nobody, ada.viewer.id, 'x'])
          answers.push(
            await answerOf(ada.browser, document, {
              input: { userId },
            }),
          )
        const [answer] = answers
        expect(JSON.stringify(answer?.data)).toContain('"__typename":"ForbiddenError","code":"FORBIDDEN"')
        for (const each of answers) expect(each).toEqual(answer)
        const stranger = await answerOf(new Browser(use.app), document, { input: { userId: bob.viewer.id } })
        expect(JSON.stringify(stranger.data)).toContain('"__typename":"NotSignedInError"')
      }
      for (const [document, variables] of [
        [UsersDocument, { search: bob.email }],
        [UsersDocument, { search: 'nobody' }],
        [SessionsDocument, { filter: { userId: bob.viewer.id } }],
        [SessionsDocument, { filter: { userId: nobody } }],
      ] as const) {
        const forbidden = await answerOf(ada.browser, document, variables)
        expect(forbidden).toEqual({
          data: null,
          errors: [{ message: 'This is for administrators.', extensions: { code: 'FORBIDDEN' } }],
        })
        const stranger = await answerOf(new Browser(use.app), document, variables)
        expect(stranger).toMatchObject({ data: null, errors: [{ extensions: { code: 'NOT_SIGNED_IN' } }] })
      }
    })
    expect(await refusalOf(ada.browser)).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  })

  it('who were disabled by the operator are let in again by the operator', async () => {
    const first = await administrator()
    const second = await administrator()
    const input = { userId: second.viewer.id }
    expect((await first.browser.run(DisableUserDocument, { input })).disableUser.__typename).toBe(
      'DisableUserSuccess',
    )
    const again = await second.browser.run(DisableUserDocument, { input: { userId: first.viewer.id } })
    expect(again.disableUser.__typename).toBe('NotSignedInError')
    const id = localId(second.viewer.id, 'User') ?? ''
    const { accounts } = use.app.server.house
    expect(await enableAccount(accounts, id)).toMatchObject({ id, disabledAt: null })
    expect(await enableAccount(accounts, id)).toBeNull()
    await second.browser.signIn(second.email)
  })
})
