import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Verification } from '../../src/verification/verifications.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'
import { anyPerson } from '../races/kit.ts'

const PURPOSE = { action: 'REVOKE_SESSION', subjectId: '01890000-0000-7000-8000-000000000001' } as const

describeEachDatabase('a verification', (open) => {
  const use = useApp(open)

  async function anyProof() {
    const { accounts } = use.app.server.house
    const person = await anyPerson(accounts)
    const proof: Verification = await use.database.database.transaction((transaction) =>
      accounts.verifications.issue(transaction, person.session, person.user, PURPOSE),
    )
    const consume = (
      token = proof.token,
      {
        session = person.session,
        user = person.user,
        purpose = PURPOSE as Parameters<typeof accounts.verifications.consume>[4],
      } = {},
    ) =>
      use.database.database.transaction((transaction) =>
        accounts.verifications.consume(transaction, token, session, user, purpose),
      )
    return { person, proof, consume }
  }

  it('is good once, for exactly its session, user, credentials, action and subject', async () => {
    const { person, consume } = await anyProof()
    const other = await anyPerson(use.app.server.house.accounts)
    const { token } = (await anyProof()).proof
    const wrong = [
      consume(token),
      consume(undefined, { session: other.session }),
      consume(undefined, { user: other.user }),
      consume(undefined, { user: { ...person.user, credentialVersion: 2 } }),
      consume(undefined, { purpose: { ...PURPOSE, action: 'REMOVE_PASSKEY' } }),
      consume(undefined, { purpose: { ...PURPOSE, subjectId: null } }),
      consume(undefined, { purpose: { ...PURPOSE, subjectId: other.session.id } }),
    ]
    for (const refusal of await Promise.all(wrong))
      expect(refusal).toMatchObject({ code: 'VERIFICATION_REQUIRED' })
    expect(await consume()).toBeNull()
    expect(await consume()).toMatchObject({ code: 'VERIFICATION_REQUIRED', ...PURPOSE })
  })

  it('is good for its lifetime, and from the end of it no more', async () => {
    const { consume: early } = await anyProof()
    const { consume: late, proof } = await anyProof()
    use.app.clock.advance(proof.expiresAt.getTime() - use.app.clock.now().getTime() - 1_000)
    expect(await early()).toBeNull()
    use.app.clock.advance(1_000)
    expect(await late()).toMatchObject({ code: 'VERIFICATION_REQUIRED' })
  })

  it('is worth nothing with any character changed, and nothing else is worth anything', async () => {
    const { consume, proof } = await anyProof()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(proof.token.length - 1),
        fc.constantFrom('A', 'b', '9', '-', '.', '\0'),
        async (index, character) => {
          const token = proof.token.slice(0, index) + character + proof.token.slice(index + 1)
          fc.pre(token !== proof.token)
          expect(await consume(token)).toMatchObject({ code: 'VERIFICATION_REQUIRED' })
        },
      ),
      { numRuns: 30 },
    )
    for (const token of [
      '',
      'cfv_',
      proof.token.slice(4),
      `${proof.token} `,
      proof.token.replace('cfv_', 'cfs_'),
    ])
      expect(await consume(token)).toMatchObject({ code: 'VERIFICATION_REQUIRED' })
    expect(await consume()).toBeNull()
  })
})
