import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { rowsOf } from '../../src/database/database.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import {
  MySessionsDocument,
  SignInDocument,
  SignOutDocument,
  UpdatePasswordDocument,
} from '../kit/generated/operations.ts'
import { useApp } from '../kit/use-app.ts'

/** Bytes of live objects: what is left after a collection. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

/** Sends bytes that no HTTP client would, and returns what comes back. */
function sendRaw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.end(request))
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

describeEachDatabase('what strangers have tried', (open) => {
  const use = useApp(open)

  it('large documents are not kept parsed: what a stranger sends is not held in memory', async () => {
    const browser = new Browser(use.app)
    const before = heapInUse()
    for (let index = 0; index < 60; index++) {
      const query = `{ __typename } #${index}\n${'#\n'.repeat(32_000)}`
      expect((await browser.send({ query })).data).toEqual({ __typename: 'Query' })
    }
    // kept, they would be some 130 MB: two megabytes each
    expect(heapInUse() - before).toBeLessThan(40_000_000)
  })

  it.each(['[', '@', '%', 'x:99999'])(
    'a malformed Host header (%s) is told so, and no stack is shown',
    async (host) => {
      const body = '{"query":"{ __typename }"}'
      const answer = await sendRaw(
        use.app.url,
        `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      )
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer).not.toMatch(/ at |node_modules|\.ts/)
    },
  )

  it('variables that are not JSON are told so, and stand in no log', async () => {
    const response = await fetch(`${use.app.url}/graphql?query={__typename}&variables=hunter2-secret`)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    expect(use.app.logs.join('')).not.toContain('hunter2')
  })

  it('a body that is not JSON is told so, without a word of it', async () => {
    const response = await fetch(`${use.app.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"query":"hunter2 secretstuff',
    })
    expect(response.status).toBe(400)
    const text = await response.text()
    expect(text).toContain('BAD_REQUEST')
    expect(text).not.toMatch(/hunter2|secretstuff|SyntaxError/)
  })

  it('one proof buys one password, and one hash at a time', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const { token } = await browser.reverify('UPDATE_PASSWORD')
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        browser.run(UpdatePasswordDocument, {
          input: { newPassword: `${PASSWORD} ${index}`, signOutEverywhere: false, verificationToken: token },
        }),
      ),
    )
    const outcomes = results.map(({ updatePassword }) => updatePassword.__typename)
    expect(outcomes.filter((each) => each === 'UpdatePasswordSuccess')).toHaveLength(1)
    expect(outcomes.filter((each) => each === 'VerificationRequiredError')).toHaveLength(19)
    expect(use.app.server.house.accounts.turns.size).toBe(0)
  })

  it('a list asked for a thousand times in one document is refused before it is read once', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const many = Array.from(
      { length: 12 },
      (_, index) => `a${index}: sessions(first: 1) { pageInfo { hasNextPage } }`,
    )
    const { errors } = await browser.send({
      query: `{ viewer { sessions(first: 100) { edges { node { user { ${many.join(' ')} } } } } } }`,
    })
    expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_COMPLEX' } }])
  })

  it('the old cookie of a session that was replaced signs out, and is shown nothing of the successor', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const old = browser.copy()
    await browser.reverify('DELETE_ACCOUNT')
    expect(await old.run(SignOutDocument, {})).toEqual({
      signOut: { __typename: 'SignOutSuccess', session: null },
    })
    expect(await browser.currentSessionId()).toBeNull()
  })

  it('strangers are told nothing of the event log', async () => {
    expect((await new Browser(use.app).send({ query: '{ eventCursor }' })).data).toEqual({
      eventCursor: null,
    })
  })

  it('invisible characters and letters that only case tells apart make no second account', async () => {
    const browser = new Browser(use.app)
    const { errors } = await browser.send({
      query: 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }',
      variables: { input: { email: 'adm\u034fin@example.com', password: PASSWORD } },
    })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    const name = `\u01f0ohn${Date.now()}@example.com`
    await browser.signUp(name)
    const other = await browser.send({
      query: 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }',
      variables: { input: { email: name.replace('\u01f0', 'J\u030c'), password: PASSWORD } },
    })
    expect(other.data).toEqual({ signUp: { __typename: 'EmailTakenError' } })
  })
})

describeEachDatabase('a cap on sessions', (open) => {
  const use = useApp(open, { environment: { MAX_SESSIONS_PER_USER: '3' } })

  it('ends the oldest, whoever piles them up, and says why; exact also for sign-ins at the same moment', async () => {
    const email = anyEmail()
    const first = new Browser(use.app)
    await first.signUp(email)
    await Promise.all(Array.from({ length: 6 }, () => new Browser(use.app).signIn(email)))
    expect(await first.currentSessionId()).toBeNull()
    const last = new Browser(use.app)
    const { session } = await last.signIn(email)
    const { viewer } = await last.run(MySessionsDocument, { state: 'ACTIVE' })
    expect(viewer?.sessions.edges).toHaveLength(3)
    expect(viewer?.sessions.edges[0]?.node.id).toBe(session.id)
    const all = await last.run(MySessionsDocument, { state: 'ENDED' })
    expect(all.viewer?.sessions.edges.map(({ node }) => node.endReason)).toEqual(
      Array(5).fill('SESSION_LIMIT'),
    )
    const events = await use.database.database.queries.execute(
      sql`SELECT count(*)::int AS n FROM events WHERE reason = 'SESSION_LIMIT' AND actor_kind = 'SYSTEM'`,
    )
    expect(rowsOf(events)).toEqual([{ n: 5 }])
  })
})

describeEachDatabase('a cap that refuses', (open) => {
  const use = useApp(open, { environment: { MAX_SESSIONS_PER_USER: '2', SESSIONS_BEYOND_LIMIT: 'refuse' } })

  it('ends nothing, says so, and is exact for sign-ins at the same moment', async () => {
    const email = anyEmail()
    const first = new Browser(use.app)
    await first.signUp(email)
    const input = { email, password: PASSWORD }
    const results = await Promise.all(
      Array.from({ length: 4 }, () => new Browser(use.app).run(SignInDocument, { input })),
    )
    const outcomes = results.map(({ signIn }) => signIn.__typename).sort()
    expect(outcomes).toEqual(['SessionLimitError', 'SessionLimitError', 'SessionLimitError', 'SignInSuccess'])
    expect(await first.currentSessionId()).not.toBeNull()
    // the browser's own session makes room for its successor
    await first.signIn(email)
    await first.run(SignOutDocument, {})
    await new Browser(use.app).signIn(email)
  })
})

describeEachDatabase('a proxy that nobody named', (open) => {
  const use = useApp(open)

  it('is warned of once, since everybody behind it shares one counter', async () => {
    for (let time = 0; time < 3; time++) {
      await new Browser(use.app).send({ query: '{ __typename }' }, { 'X-Forwarded-For': '203.0.113.9' })
    }
    expect(use.app.logs.filter((line) => line.includes('CURFEW_TRUSTED_PROXIES'))).toHaveLength(1)
    await using trusting = await startApp(use.database, {
      environment: { CURFEW_TRUSTED_PROXIES: '127.0.0.1' },
    })
    await new Browser(trusting).send({ query: '{ __typename }' }, { 'X-Forwarded-For': '203.0.113.9' })
    expect(trusting.logs.join('')).not.toContain('CURFEW_TRUSTED_PROXIES')
  })
})
