import { type Command, Option } from 'commander'
import type { GenericEndpoints } from '../doctor/probe/examine-generic.ts'
import type { Report } from '../doctor/report.ts'
import { askSecret, readSecretFromStdin } from './ask-secret.ts'
import { Concluded } from './errors.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  readonly email?: string
  readonly passwordStdin?: true
  readonly signUp?: true
  readonly generic?: true
  readonly sessionUrl?: string
  readonly signInUrl?: string
  readonly signInBodyFile?: string
  readonly signOutUrl?: string
  readonly signOutMethod: 'POST' | 'GET' | 'DELETE'
  readonly cookieStdin?: true
  readonly tokenStdin?: true
  readonly json?: true
}

/** As the command line has it everywhere: 2 for what was not a command, and here also for a server that could not be looked at. */
const UNSAFE = 1
const NOT_EXAMINED = 2
/** Of a process that Ctrl+C ended: 128 and the number of the signal. */
const INTERRUPTED = 130

const NO_SECRETS = `
Passwords, cookies and tokens are never arguments: they come from standard
input, from the environment (CURFEW_DOCTOR_PASSWORD, CURFEW_DOCTOR_COOKIE,
CURFEW_DOCTOR_TOKEN), or, for a password, from a prompt.

Exit code: 0 if nothing is unsafe, 1 if something is, 2 if it could not be
looked at.`

const EXAMPLES = `
Examples:
  curfew doctor
  curfew doctor --json | jq '.findings[] | select(.severity == "unsafe")'
  curfew doctor https://auth.example.com
  curfew doctor https://auth.example.com --email ada@example.com
  curfew doctor http://localhost:4000 --sign-up
  curfew doctor https://app.example.com --sign-in-url /login \\
    --sign-in-body-file login.json --session-url /me --sign-out-url /logout`

/** `curfew doctor` */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('doctor')
    .summary('name what is weak about a configuration, or a running server')
    .description(
      'Without an address, examines the settings of `curfew serve` by OWASP ASVS 5.0 (V7) and NIST SP 800-63B-4 (5). With one, examines a running server from outside: a Curfew, or whatever else keeps sessions there.',
    )
    .argument('[url]', 'where a server runs')
    .optionsGroup('To look at the sessions of a Curfew:')
    .option('--email <email>', 'sign in to this account, to look at its sessions')
    .option('--password-stdin', 'read its password from standard input')
    .option('--sign-up', 'make an account instead, and delete it afterwards')
    .optionsGroup('To look at something else than Curfew:')
    .option('--generic', 'take it for something else, without asking')
    .option('--sign-in-url <url>', 'where to sign in')
    .option('--sign-in-body-file <file>', 'what to send there: JSON, or a form')
    .option('--session-url <url>', 'what tells who is signed in')
    .option('--sign-out-url <url>', 'where to sign out')
    .addOption(
      new Option('--sign-out-method <method>', 'how to sign out')
        .choices(['POST', 'GET', 'DELETE'])
        .default('POST'),
    )
    .option('--cookie-stdin', 'read a Cookie header from standard input')
    .option('--token-stdin', 'read an access token from standard input')
    .optionsGroup('Options:')
    .option('--json', 'print JSON')
    .addHelpText('after', `${NO_SECRETS}\n${EXAMPLES}`)
  command.action(async (address: string | undefined, options: Options) => {
    const url = address === undefined ? null : URL.parse(address)
    const misuse = findAddressFault(address, url) ?? findMisuse(url, options)
    if (misuse !== null) command.error(`error: ${misuse}`)
    const report = url ? await examineUrl(url, options, terminal) : await examineSettings()
    await print(report, options, terminal)
  })
}

/** What doesn't go together, in one sentence; null if everything does. */
function findMisuse(url: URL | null, options: Options): string | null {
  const { email, signUp, passwordStdin, cookieStdin, tokenStdin, signInUrl, signInBodyFile } = options
  const generic = isGeneric(options)
  if (!url && (email || signUp || passwordStdin || generic))
    return 'give the address of a server too: without one, the settings are examined.'
  if (email && signUp) return '--email and --sign-up: give one of them.'
  if (passwordStdin && !email) return '--password-stdin: whose password? Give --email too.'
  if ((email || signUp) && generic)
    return '--email and --sign-up are for Curfew; elsewhere give --sign-in-url.'
  if ((signInUrl === undefined) !== (signInBodyFile === undefined))
    return '--sign-in-url and --sign-in-body-file: give both.'
  if (cookieStdin && tokenStdin) return '--cookie-stdin and --token-stdin: give one of them.'
  return null
}

/** Whether an option was given that only makes sense for something else than Curfew. */
function isGeneric({
  generic,
  sessionUrl,
  signInUrl,
  signOutUrl,
  cookieStdin,
  tokenStdin,
}: Options): boolean {
  return [generic, sessionUrl, signInUrl, signOutUrl, cookieStdin, tokenStdin].some(
    (each) => each !== undefined,
  )
}

async function examineSettings(): Promise<Report> {
  const { examineEnvironment } = await import('../doctor/examine.ts')
  return examineEnvironment(process.env)
}

async function examineUrl(url: URL, options: Options, terminal: Terminal): Promise<Report> {
  const { systemClock: clock } = await import('../kernel/clock.ts')
  const { examineServer, isCurfew } = await import('../doctor/probe/examine-server.ts')
  const { ProbeFailure } = await import('../doctor/probe/client.ts')
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort()
  // once: whoever asks again doesn't want to wait for what is cleaned up
  process.once('SIGINT', interrupt)
  const parts = { url, fetch, clock, signal: interruption.signal }
  const end = (report: Report): Report => {
    if (!interruption.signal.aborted) return report
    terminal.note('Interrupted. What was started on the server has been ended.')
    throw new Concluded(INTERRUPTED)
  }
  try {
    if (isGeneric(options) || !(await isCurfew(parts))) {
      if (options.email || options.signUp)
        throw new ProbeFailure(
          `${url.origin} is no Curfew: give --sign-in-url and --sign-in-body-file instead.`,
        )
      const { examineGeneric } = await import('../doctor/probe/examine-generic.ts')
      const endpoints = await readEndpoints(options)
      if (!endpoints.signIn && Object.keys(endpoints.credential).length === 0)
        throw new ProbeFailure(
          `${url.origin} is looked at as something else than Curfew, and that takes a sign-in, a cookie or a token: --help explains them.`,
        )
      return end(await examineGeneric({ ...parts, endpoints }))
    }
    const examinee = options.signUp
      ? 'sign-up'
      : options.email
        ? { email: options.email, password: await readPassword(options) }
        : null
    return end(await examineServer({ ...parts, examinee }))
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error
    terminal.note(error.message)
    throw new Concluded(NOT_EXAMINED)
  } finally {
    process.off('SIGINT', interrupt)
  }
}

async function readPassword({ passwordStdin }: Options): Promise<string> {
  const { ProbeFailure } = await import('../doctor/probe/client.ts')
  const password = passwordStdin
    ? await readSecretFromStdin()
    : process.env['CURFEW_DOCTOR_PASSWORD'] || (process.stdin.isTTY ? await askSecret('Password: ') : '')
  if (password !== '') return password
  throw new ProbeFailure(
    'There is no password: pipe it in with --password-stdin, set CURFEW_DOCTOR_PASSWORD, or run this at a terminal.',
  )
}

async function readEndpoints(options: Options): Promise<GenericEndpoints> {
  const { sessionUrl, signInUrl, signInBodyFile, signOutUrl, signOutMethod, cookieStdin, tokenStdin } =
    options
  const cookie = cookieStdin ? await readSecretFromStdin() : process.env['CURFEW_DOCTOR_COOKIE']
  const bearer = tokenStdin ? await readSecretFromStdin() : process.env['CURFEW_DOCTOR_TOKEN']
  return {
    session: sessionUrl ?? null,
    signIn:
      signInUrl === undefined || signInBodyFile === undefined
        ? null
        : { url: signInUrl, body: await readBody(signInBodyFile) },
    signOut: signOutUrl === undefined ? null : { url: signOutUrl, method: signOutMethod },
    credential: { ...(cookie ? { cookie } : {}), ...(bearer ? { bearer } : {}) },
  }
}

async function readBody(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { ProbeFailure } = await import('../doctor/probe/client.ts')
    // only the operating system's code: the sentence around it differs between systems
    throw new ProbeFailure(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

async function print(report: Report, { json }: Options, terminal: Terminal): Promise<void> {
  const { reportAsJson, reportAsText, summarize } = await import('../doctor/report.ts')
  if (json) terminal.printJson(reportAsJson(report))
  else for (const line of reportAsText(report, terminal)) terminal.print(line)
  if (summarize(report).unsafe > 0) throw new Concluded(UNSAFE)
}

/** What is wrong with an address, without repeating it: there may be a password in it. */
function findAddressFault(address: string | undefined, url: URL | null): string | null {
  if (address === undefined) return null
  if (url === null || !/^https?:$/.test(url.protocol))
    return 'url: give an address such as https://auth.example.com.'
  return url.username === '' && url.password === ''
    ? null
    : 'url: leave the name and password out of the address.'
}
