import pc from 'picocolors'
import type { Cluster, Happening } from './cluster.ts'

export interface ScreenOptions {
  readonly write: (text: string) => void
  readonly color: boolean
  /** Whether a person presses keys. */
  readonly keys: boolean
  readonly json: boolean
  readonly restartAfter: number
}

/** Shows a cluster: first where everything is and what can be done, then what happens, a line each. */
export class Screen {
  readonly #options: ScreenOptions
  readonly #colors: ReturnType<typeof pc.createColors>
  #progress = false

  constructor(options: ScreenOptions) {
    this.#options = options
    this.#colors = pc.createColors(options.color)
  }

  /** A line that the next one is drawn over, for people. */
  progress(doing: string): void {
    if (this.#options.json || !this.#options.keys) return
    this.#options.write(`\r\u001B[K  ${this.#colors.dim(`${doing} …`)}`)
    this.#progress = true
  }

  /** What went wrong. */
  fail(message: string): void {
    this.#line(`  ${this.#colors.red('✗')} ${message}`)
  }

  /** Where everything is. */
  welcome({ url, nodes, administrator, postgres, redis }: Cluster, took: number): void {
    if (this.#options.json) {
      const described = nodes.map((node) => ({ name: node.name, url: node.url, pid: node.pid }))
      this.#json({ kind: 'welcome', url, nodes: described, administrator, postgres, redis })
      return
    }
    const { bold, cyan, dim, green, yellow } = this.#colors
    const row = (name: string, place: string, remark = ''): void =>
      this.#line(`  ${dim(name.padEnd(13))} ${cyan(place.padEnd(29))}  ${dim(remark)}`)
    this.#line('')
    this.#line(
      `  ${bold(green('Curfew'))} ${dim(`on ${nodes.length} nodes, ready after ${(took / 1_000).toFixed(1)} s`)}`,
    )
    this.#line('')
    row('API', `${url}/graphql`, 'balancer: to the next node each')
    row('GraphiQL', `${url}/graphql`, 'in a browser')
    for (const { name, url: place, pid } of nodes) row(name, place, `process ${pid}`)
    row('PostgreSQL', new URL(postgres.url).host, postgres.version)
    if (redis) row('Redis', new URL(redis).host, 'wakes nodes, caches sessions')
    else
      this.#line(
        `  ${dim('Redis'.padEnd(13))} ${yellow('not installed')}: PostgreSQL wakes nodes; no cache\n${' '.repeat(16)}${dim('sudo apt-get install redis-server')}`,
      )
    this.#line('')
    this.#line(
      `  ${dim('Sign in as'.padEnd(13))} ${bold(administrator.email)}, password ${bold(administrator.password)}`,
    )
    this.#line('')
    this.#line(dim(indent(signInCommand(url, administrator))))
    this.#line('')
    const seconds = `${this.#options.restartAfter / 1_000} s`
    const first = nodes[0]?.pid ?? 0
    const keys = nodes.map((_, index) => index + 1).join(', ')
    const how = this.#options.keys
      ? `press ${bold(keys)}, or type ${bold(`kill -9 ${first}`)}`
      : bold(`kill -9 ${first}`)
    this.#line(`  ${dim('Kill a node'.padEnd(13))} ${how}; back in about ${seconds}`)
    this.#line(`  ${dim('Stop'.padEnd(13))} Ctrl+C`)
    this.#line('')
  }

  /** One line for what happened. */
  tell(happening: Happening, at: Date): void {
    if (this.#options.json) {
      this.#json(happening)
      return
    }
    const [sign, who, text] = this.#describe(happening)
    this.#line(`  ${this.#colors.dim(at.toTimeString().slice(0, 8))}  ${sign} ${who.padEnd(8)} ${text}`)
  }

  /** Below all that happened. */
  note(text: string): void {
    if (!this.#options.json) this.#line(`\n  ${this.#colors.dim(text)}`)
  }

  #describe(happening: Happening): readonly [sign: string, who: string, text: string] {
    const { dim, green, red, yellow } = this.#colors
    switch (happening.kind) {
      case 'ended':
        return [red('×'), happening.node, `ended: ${happening.how}`]
      case 'started':
        return [green('↑'), happening.node, `started again, as process ${happening.pid}`]
      case 'said':
        return [yellow('!'), happening.node, dim(happening.text.split('\n', 1)[0] ?? '')]
      case 'ready':
        return happening.ready
          ? [green('+'), happening.node, 'is ready, and gets requests']
          : [red('−'), happening.node, `gets no requests: ${happening.why}`]
      case 'event':
        return [dim('●'), 'event', describeEvent(happening)]
    }
  }

  #line(text: string): void {
    const clear = this.#progress ? '\r\u001B[K' : ''
    this.#progress = false
    this.#options.write(`${clear}${text.trimEnd()}\n`)
  }

  #json(value: object): void {
    this.#options.write(`${JSON.stringify(value)}\n`)
  }
}

function describeEvent({ type, email, reason }: Extract<Happening, { kind: 'event' }>): string {
  switch (type) {
    case 'STARTED':
      return `${email ?? 'somebody'}: a session started`
    case 'CHANGED':
      return `${email ?? 'somebody'}: a session was seen somewhere new`
    case 'FLAGGED':
      return `${email ?? 'somebody'}: something was noticed in a session`
    case 'REVOKED':
      return `${email ?? 'somebody'}: a session ended, ${reason}`
    case 'EVERY_SESSION_REVOKED':
      return "everyone's sessions ended"
  }
}

/** What signs in from another terminal, and keeps the cookie in a file. */
function signInCommand(url: string, { email, password }: Cluster['administrator']): string {
  // curl puts the pieces of --json together
  return [
    `curl -sc cookies ${url}/graphql \\`,
    `  --json '{"query":"mutation { signIn(input: {' \\`,
    `  --json ' email: \\"${email}\\",' \\`,
    `  --json ' password: \\"${password}\\" }) {' \\`,
    `  --json ' ... on SignInSuccess { session { id } }' \\`,
    `  --json ' ... on Error { message } } }"}'`,
    `curl -sb cookies ${url}/graphql \\`,
    `  --json '{"query":"{ viewer { email } currentSession { id } }"}'`,
  ].join('\n')
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
