import { type DestinationStream, pino, stdSerializers } from 'pino'

/** What rooms may say to the log. The first argument holds the fields; secrets, passwords, tokens and addresses of people are never among them. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Names under which a secret could stand by mistake: a second net below the rule that none is passed at all. */
const CENSORED = [
  'password',
  'newPassword',
  'token',
  'secret',
  'cookie',
  'authorization',
  'verificationToken',
  'accessToken',
  'refreshToken',
]

/**
 * A logger that writes JSON lines (or whatever the stream makes of them).
 * @param level one of debug, info, warn, error, silent
 */
export function createLogger(level: string, stream?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: CENSORED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    serializers: { error: serializeError },
  }
  return stream ? pino(options, stream) : pino(options)
}

/** What may be told of an error. */
export interface SerializedError {
  readonly type?: string
  readonly code?: unknown
  readonly constraint?: unknown
  readonly message: string
  readonly stack?: string | undefined
}

/**
 * Errors of a database driver carry the query's parameters and the values of the row in conflict; of any error only its
 * kind, its code and its stack are kept, and of a wrapped one its cause.
 */
export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error)) return { message: `a value of type ${typeof error} was thrown` }
  const root = rootCause(error)
  const fields = root as Error & { code?: unknown; constraint_name?: unknown; constraint?: unknown }
  const fromDatabase = typeof fields.code === 'string' && /^[0-9A-Z]{5}$/.test(fields.code)
  const { type, stack } = stdSerializers.err(root)
  return {
    type,
    code: fields.code,
    constraint: fields.constraint_name ?? fields.constraint,
    // PostgreSQL puts values into some messages ("invalid input syntax for type uuid: …"), so only its code is kept
    message: fromDatabase ? `PostgreSQL error ${fields.code}` : messageOf(root),
    stack: stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
  }
}

/** Parsers quote what they could not read, which may be anybody's secret. */
function messageOf(error: Error): string {
  return error instanceof SyntaxError ? 'something could not be parsed' : error.message
}

function rootCause(error: Error): Error {
  let root = error
  for (let depth = 0; depth < 5 && root.cause instanceof Error; depth++) root = root.cause
  return root
}
