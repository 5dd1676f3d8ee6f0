import { describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../../src/graphql/global-ids.ts'
import { newId } from '../../src/kernel/ids.ts'
import { newSecret } from '../../src/kernel/secret.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import {
  MySessionsDocument,
  NodeByIdDocument,
  ReverifyDocument,
  type ReverifyInput,
  RevokeAllSessionsDocument,
  RevokeSessionDocument,
  type SensitiveAction,
  SignOutDocument,
  UpdatePasswordDocument,
} from '../kit/generated/operations.ts'
import { expectNoChange, type Use, useApp } from '../kit/use-app.ts'

const MINUTE = 60_000

/** A person who is signed in on a laptop and, as an unknown device, elsewhere. */
async function person(use: Use) {
  const [laptop, elsewhere] = [new Browser(use.app), new Browser(use.app)]
  const email = anyEmail()
  const { session: current, viewer } = await laptop.signUp(email)
  const { session: target } = await elsewhere.signIn(email)
  return { email, userId: viewer.id, laptop, current, elsewhere, target }
}

async function revoke(browser: Browser, sessionId: string, verificationToken: string) {
  const { revokeSession } = await browser.run(RevokeSessionDocument, {
    input: { sessionId, verificationToken },
  })
  return revokeSession
}

describeEachDatabase('reverifying', (open) => {
  const use = useApp(open)
  const subjectOf = (action: SensitiveAction, session: string) =>
    action === 'REVOKE_SESSION' || action === 'REMOVE_PASSKEY' ? session : undefined

  it('gives a proof for one action on one subject, and replaces the session', async () => {
    const { laptop, current, target } = await person(use)
    const before = laptop.copy()
    const { verification, session } = await laptop.reverify('REVOKE_SESSION', target.id)
    expect(verification.token).toMatch(/^cfv_[\w-]{43}$/)
    expect(verification).toMatchObject({ action: 'REVOKE_SESSION', subject: target.id })
    const { createdAt, verifiedAt } = session
    const lifetime = new Date(verification.expiresAt).getTime() - new Date(createdAt).getTime()
    expect(Math.floor(lifetime / MINUTE)).toBe(10)
    expect(verifiedAt).toBe(createdAt)
    expect(session).toMatchObject({ isCurrent: true, replaces: { id: current.id }, device: current.device })
    expect(new Date(session.expiresAt) > new Date(current.expiresAt)).toBe(true)
    expect(laptop.cookie).not.toBe(before.cookie)
    expect(await before.currentSessionId()).toBeNull()
    const { node } = await laptop.run(NodeByIdDocument, { id: current.id })
    expect(node).toMatchObject({ state: 'ENDED', endReason: 'REPLACED' })
  })

  it('goes by the rules of each action about subjects, before any password is looked at', async () => {
    const { laptop, target, userId } = await person(use)
    const bad: [SensitiveAction, string | null][] = [
      ['REVOKE_OTHER_SESSIONS', target.id],
      ['UPDATE_PASSWORD', target.id],
      ['REGISTER_PASSKEY', target.id],
      ['DELETE_ACCOUNT', userId],
      ['ADMINISTER', target.id],
      ['REVOKE_SESSION', null],
      ['REMOVE_PASSKEY', null],
      ['REVOKE_SESSION', ''],
      ['REVOKE_SESSION', 'garbage'],
      ['REVOKE_SESSION', userId],
      ['REVOKE_SESSION', `${target.id}=`],
    ]
    await expectNoChange(use, async () => {
      for (const [action, subject] of bad) {
        const { errors } = await laptop.send({
          query: 'mutation ($input: ReverifyInput!) { reverify(input: $input) { __typename } }',
          variables: { input: { action, subject, factor: { password: PASSWORD } } },
        })
        expect(errors?.[0]?.extensions?.code, `${action} ${subject}`).toBe('BAD_USER_INPUT')
        expect(errors?.[0]?.message).toMatch(/^input\.subject: /)
      }
    })
  })

  it('works for every action', async () => {
    const { laptop, target } = await person(use)
    for (const action of [
      'REVOKE_SESSION',
      'REVOKE_OTHER_SESSIONS',
      'UPDATE_PASSWORD',
      'REGISTER_PASSKEY',
      'REMOVE_PASSKEY',
      'DELETE_ACCOUNT',
      'ADMINISTER',
    ] as const) {
      const subject = subjectOf(action, target.id)
      const { verification } = await laptop.reverify(action, subject)
      expect(verification).toMatchObject({ action, subject: subject ?? null })
    }
  })

  it.each([
    [{ password: 'wrong horse battery' }, 'INVALID_CREDENTIALS'],
    [{ password: '' }, 'INVALID_CREDENTIALS'],
  ])('refuses the factor %j, and keeps the session', async (factor, code) => {
    const { laptop } = await person(use)
    const input: ReverifyInput = { action: 'UPDATE_PASSWORD', factor }
    const { reverify } = await expectNoChange(use, () => laptop.run(ReverifyDocument, { input }))
    expect(reverify).toMatchObject({ code })
    expect(await laptop.currentSessionId()).not.toBeNull()
  })

  it.each(['{}', '{ password: null }', '{ password: "a", passkey: "b" }'])(
    'refuses the factor %s as no factor',
    async (factor) => {
      const { laptop } = await person(use)
      const { errors } = await expectNoChange(use, () =>
        laptop.send({
          query: `mutation { reverify(input: { action: UPDATE_PASSWORD, factor: ${factor} }) { __typename } }`,
        }),
      )
      expect(errors?.length).toBeGreaterThan(0)
    },
  )

  it('needs a live session', async () => {
    const { laptop } = await person(use)
    const stolen = laptop.copy()
    await laptop.run(SignOutDocument, {})
    for (const browser of [new Browser(use.app), stolen]) {
      const { reverify } = await expectNoChange(use, () =>
        browser.run(ReverifyDocument, {
          input: { action: 'UPDATE_PASSWORD', factor: { password: PASSWORD } },
        }),
      )
      expect(reverify).toMatchObject({ __typename: 'NotSignedInError', code: 'NOT_SIGNED_IN' })
    }
  })

  it('lets one of two at once win, and signs nobody out', async () => {
    const { laptop } = await person(use)
    const tabs = [laptop.copy(), laptop.copy()]
    const results = await Promise.all(
      tabs.map((tab) =>
        tab.run(ReverifyDocument, { input: { action: 'UPDATE_PASSWORD', factor: { password: PASSWORD } } }),
      ),
    )
    expect(results.map(({ reverify }) => reverify.__typename).sort()).toEqual([
      'NotSignedInError',
      'ReverifySuccess',
    ])
    const winner = tabs[results.findIndex(({ reverify }) => reverify.__typename === 'ReverifySuccess')]
    expect(await winner?.currentSessionId()).not.toBeNull()
  })
})

describeEachDatabase('ending one session', (open) => {
  const use = useApp(open)

  it('ends the one that the proof is for, and the proof is spent', async () => {
    const { laptop, elsewhere, target } = await person(use)
    const { token } = await laptop.reverify('REVOKE_SESSION', target.id)
    expect(await revoke(laptop, target.id, token)).toMatchObject({
      __typename: 'RevokeSessionSuccess',
      session: { id: target.id, state: 'ENDED', endReason: 'REVOKED_BY_USER' },
    })
    expect(await elsewhere.currentSessionId()).toBeNull()
    expect(await laptop.currentSessionId()).not.toBeNull()
    const again = await expectNoChange(use, () => revoke(laptop, target.id, token))
    expect(again).toMatchObject({ __typename: 'VerificationRequiredError' })
  })

  describe('changes nothing', () => {
    it.each([
      ['no proof', () => ''],
      ['garbage', () => 'cfv_garbage'],
      ['a made-up proof', () => `cfv_${newSecret()}`],
      [
        'a proof without its prefix',
        async ({ laptop, target }: Awaited<ReturnType<typeof person>>) =>
          (await laptop.reverify('REVOKE_SESSION', target.id)).token.slice(4),
      ],
      [
        'a proof for another session',
        async ({ laptop }: Awaited<ReturnType<typeof person>>) =>
          (await laptop.reverify('REVOKE_SESSION', encodeGlobalId('Session', newId(new Date())))).token,
      ],
      [
        'a proof for another action',
        async ({ laptop }: Awaited<ReturnType<typeof person>>) =>
          (await laptop.reverify('REVOKE_OTHER_SESSIONS')).token,
      ],
      [
        'a proof given to another session of the user',
        async ({ email, target }: Awaited<ReturnType<typeof person>>) => {
          const third = new Browser(use.app)
          await third.signIn(email)
          return (await third.reverify('REVOKE_SESSION', target.id)).token
        },
      ],
      [
        'a proof given to the session before this one',
        async ({ laptop, target }: Awaited<ReturnType<typeof person>>) => {
          const { token } = await laptop.reverify('REVOKE_SESSION', target.id)
          await laptop.reverify('UPDATE_PASSWORD')
          return token
        },
      ],
      [
        'a proof given to somebody else',
        async ({ target }: Awaited<ReturnType<typeof person>>) => {
          const other = new Browser(use.app)
          await other.signUp(anyEmail())
          return (await other.reverify('REVOKE_SESSION', target.id)).token
        },
      ],
      [
        'a proof that has expired',
        async ({ laptop, target }: Awaited<ReturnType<typeof person>>) => {
          const { token } = await laptop.reverify('REVOKE_SESSION', target.id)
          use.app.clock.advance(10 * MINUTE)
          return token
        },
      ],
    ])('with %s, and says what to reverify', async (_name, getProof) => {
      const who = await person(use)
      const { laptop, elsewhere, target } = who
      const proof = await getProof(who)
      expect(await expectNoChange(use, () => revoke(laptop, target.id, proof))).toMatchObject({
        __typename: 'VerificationRequiredError',
        code: 'VERIFICATION_REQUIRED',
        action: 'REVOKE_SESSION',
        subject: target.id,
      })
      expect(await elsewhere.currentSessionId()).toBe(target.id)
    })

    it('with a proof from before the password was changed', async () => {
      const { email, laptop, elsewhere, target } = await person(use)
      const { token } = await laptop.reverify('REVOKE_SESSION', target.id)
      const third = new Browser(use.app)
      await third.signIn(email)
      const { token: change } = await third.reverify('UPDATE_PASSWORD')
      const { updatePassword } = await third.run(UpdatePasswordDocument, {
        input: { newPassword: 'another horse battery', signOutEverywhere: false, verificationToken: change },
      })
      expect(updatePassword.__typename).toBe('UpdatePasswordSuccess')
      expect(await expectNoChange(use, () => revoke(laptop, target.id, token))).toMatchObject({
        code: 'VERIFICATION_REQUIRED',
      })
      expect(await elsewhere.currentSessionId()).toBe(target.id)
    })

    it('without a live session', async () => {
      const { laptop, target } = await person(use)
      const { token } = await laptop.reverify('REVOKE_SESSION', target.id)
      const stolen = laptop.copy()
      await laptop.run(SignOutDocument, {})
      for (const browser of [new Browser(use.app), stolen]) {
        expect(await expectNoChange(use, () => revoke(browser, target.id, token))).toMatchObject({
          code: 'NOT_SIGNED_IN',
        })
      }
    })

    it("for somebody else's session, even with a proof for it", async () => {
      const [ada, bob] = [await person(use), await person(use)]
      const { token } = await ada.laptop.reverify('REVOKE_SESSION', bob.target.id)
      expect(await expectNoChange(use, () => revoke(ada.laptop, bob.target.id, token))).toMatchObject({
        __typename: 'SessionNotFoundError',
        code: 'SESSION_NOT_FOUND',
      })
      expect(await bob.elsewhere.currentSessionId()).toBe(bob.target.id)
    })

    it.each([
      ['an id that nobody has', () => encodeGlobalId('Session', newId(new Date()))],
      ['the id of a user', ({ userId }: Awaited<ReturnType<typeof person>>) => userId],
      ['no id at all', () => 'garbage'],
    ])('for %s', async (_name, getId) => {
      const who = await person(use)
      const id = getId(who)
      const unknown = encodeGlobalId('Session', newId(new Date()))
      const { token } = await who.laptop.reverify(
        'REVOKE_SESSION',
        id.length === unknown.length ? id : unknown,
      )
      const refused = await expectNoChange(use, () => revoke(who.laptop, id, token))
      expect(refused).toMatchObject({ code: 'SESSION_NOT_FOUND' })
    })

    it('for a session that has ended already: the proof is not spent', async () => {
      const { laptop, elsewhere, target } = await person(use)
      const { token } = await laptop.reverify('REVOKE_SESSION', target.id)
      await elsewhere.run(SignOutDocument, {})
      for (let round = 0; round < 2; round++) {
        const refused = await expectNoChange(use, () => revoke(laptop, target.id, token))
        expect(refused).toMatchObject({ code: 'SESSION_NOT_FOUND' })
      }
    })
  })

  it('ends the one that has replaced it since it was listed', async () => {
    const { laptop, elsewhere, target } = await person(use)
    const { token } = await laptop.reverify('REVOKE_SESSION', target.id)
    const { session: successor } = await elsewhere.reverify('UPDATE_PASSWORD')
    expect(await revoke(laptop, target.id, token)).toMatchObject({
      session: { id: successor.id, endReason: 'REVOKED_BY_USER' },
    })
    expect(await elsewhere.currentSessionId()).toBeNull()
  })

  it('ends this very session, by the id that it had when the proof was asked for', async () => {
    const { laptop, current } = await person(use)
    const { token, session } = await laptop.reverify('REVOKE_SESSION', current.id)
    expect(await revoke(laptop, current.id, token)).toMatchObject({
      session: { id: session.id, state: 'ENDED' },
    })
    expect(laptop.cookie).toBeNull()
  })

  it('lets one of two uses of a proof at once win', async () => {
    const { laptop, target } = await person(use)
    const { token } = await laptop.reverify('REVOKE_SESSION', target.id)
    const tabs = [laptop.copy(), laptop.copy(), laptop.copy()]
    const results = await Promise.all(tabs.map((tab) => revoke(tab, target.id, token)))
    expect(results.map((each) => each.__typename).sort()).toEqual([
      'RevokeSessionSuccess',
      'VerificationRequiredError',
      'VerificationRequiredError',
    ])
  })
})

describeEachDatabase('ending all sessions', (open) => {
  const use = useApp(open)

  it('ends every one, this one too, without a proof', async () => {
    const { laptop, elsewhere } = await person(use)
    const stolen = laptop.copy()
    const { revokeAllSessions } = await laptop.run(RevokeAllSessionsDocument, {})
    expect(revokeAllSessions).toMatchObject({ revokedCount: 2 })
    expect(laptop.cookie).toBeNull()
    for (const browser of [elsewhere, stolen]) expect(await browser.currentSessionId()).toBeNull()
  })

  it('ends all but this one with a proof, and neither spares the others nor spends the proof without', async () => {
    const { email, laptop, elsewhere } = await person(use)
    const other = await new Browser(use.app).signUp(anyEmail())
    await new Browser(use.app).signIn(email)
    const { token: wrong } = await laptop.reverify('UPDATE_PASSWORD')
    for (const verificationToken of [null, '', 'garbage', wrong]) {
      const { revokeAllSessions } = await expectNoChange(use, () =>
        laptop.run(RevokeAllSessionsDocument, { input: { keepCurrent: true, verificationToken } }),
      )
      expect(revokeAllSessions).toMatchObject({
        code: 'VERIFICATION_REQUIRED',
        action: 'REVOKE_OTHER_SESSIONS',
        subject: null,
      })
    }
    const { token, session } = await laptop.reverify('REVOKE_OTHER_SESSIONS')
    const { revokeAllSessions } = await laptop.run(RevokeAllSessionsDocument, {
      input: { keepCurrent: true, verificationToken: token },
    })
    expect(revokeAllSessions).toMatchObject({ revokedCount: 2 })
    expect(await laptop.currentSessionId()).toBe(session.id)
    expect(await elsewhere.currentSessionId()).toBeNull()
    const { viewer } = await laptop.run(MySessionsDocument, { state: 'ACTIVE' })
    expect(viewer?.sessions.edges.map(({ node }) => node.id)).toEqual([session.id])
    expect(other.session.state).toBe('ACTIVE')
  })

  it('needs a live session', async () => {
    const { revokeAllSessions } = await new Browser(use.app).run(RevokeAllSessionsDocument, {})
    expect(revokeAllSessions).toMatchObject({ code: 'NOT_SIGNED_IN' })
  })
})
