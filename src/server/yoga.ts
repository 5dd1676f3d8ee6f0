import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
} from 'graphql'
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { LiveConnection } from '../connections/live-connection.ts'
import type { Context } from '../graphql/context.ts'
import { faultOf } from '../graphql/errors.ts'
import { limitCredentialChecks, limitRepetition, MOST_TOKENS } from '../graphql/limits.ts'
import type { Logger } from '../kernel/logger.ts'
import { newSecret } from '../kernel/secret.ts'
import type { Config } from './config.ts'

/** What the servers hand to Yoga with each operation. */
export interface ServerContext {
  readonly req: IncomingMessage
  /** Null for operations over a WebSocket. */
  readonly res: ServerResponse | null
  /** The WebSocket's connection; null for requests. */
  readonly connection: LiveConnection | null
  /** What is to be executed, once it has been parsed. */
  readonly document?: DocumentNode
}

export type Yoga = YogaServerInstance<ServerContext, Context>

/** Makes the GraphQL engine: parsing, validation, execution and masking, the same for HTTP and WebSocket. */
export async function makeYoga(parts: {
  schema: GraphQLSchema
  config: Config
  logger: Logger
  createContext: (server: ServerContext) => Promise<Context>
}): Promise<Yoga> {
  const { schema, config, logger, createContext } = parts
  const { renderGraphiQL } = config.graphiql
    ? await import('@graphql-yoga/render-graphiql')
    : { renderGraphiQL: null }
  return createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    multipart: false,
    parserAndValidationCache: { documentCache: documentCache(), errorCache: documentCache() },
    maxRequestBodySize: config.maxRequestBytes,
    logging: false,
    // for allowed origins alone: for others Yoga would allow the origin `null`, which sandboxed frames have
    cors: ({ headers }) =>
      config.origins.includes(headers.get('origin') ?? '')
        ? {
            origin: [...config.origins],
            credentials: true,
            methods: ['GET', 'POST'],
            // says that an access token is to be refreshed
            exposedHeaders: ['WWW-Authenticate'],
          }
        : false,
    graphiql: renderGraphiQL ? { title: 'Curfew', defaultQuery: FIRST_QUERY } : false,
    ...(renderGraphiQL ? { renderGraphiQL } : {}),
    maskedErrors: { maskError: (error) => toClientError(error, logger) },
    context: (initial) => createContext(initial),
    plugins: [limitDocuments(config), passDocument],
  })
}

/** Characters of all documents that are kept parsed, and of one. A parsed one takes some thirty times its text. */
const MOST_CACHED = 500_000
const LONGEST_CACHED = 5_000

/**
 * Documents that were parsed before, so that a client's few operations are parsed and validated once. Bounded by their size and not by
 * their number: what a stranger sends is as large as they like.
 */
function documentCache<Parsed extends object>(): LRUCache<string, Parsed> {
  return new LRUCache({
    maxSize: MOST_CACHED,
    maxEntrySize: LONGEST_CACHED,
    sizeCalculation: (_parsed, document) => document.length + 1,
  })
}

/** Limits on documents, before anything is executed. */
function limitDocuments({ introspection }: Config): Plugin {
  return {
    onParse: ({ setParseFn }) => {
      setParseFn((source, options) => parseWithin(source, options))
    },
    onValidate: ({ addValidationRule, validateFn, setValidationFn }) => {
      addValidationRule(limitRepetition)
      addValidationRule(limitCredentialChecks)
      if (introspection) return
      addValidationRule(NoSchemaIntrospectionCustomRule)
      // suggestions ("did you mean …") would tell the schema name by name
      setValidationFn((validatedSchema, document, rules, options) =>
        validateFn(validatedSchema, document, rules, { ...options, hideSuggestions: true }),
      )
    },
  }
}

/** Lets the context be made by what is asked for. */
const passDocument: Plugin<ServerContext> = {
  onParse:
    () =>
    ({ result, extendContext }) => {
      if (result !== null && !(result instanceof Error)) extendContext({ document: result as DocumentNode })
    },
}

function parseWithin(...[source, options]: Parameters<typeof parse>): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens: MOST_TOKENS })
  } catch (error) {
    if (!(error instanceof GraphQLError) || !/\bmore than \d+ tokens\b/.test(error.message)) throw error
    throw new GraphQLError(
      `The document has more than ${MOST_TOKENS} tokens. Split it into several requests.`,
      { extensions: { code: 'OPERATION_TOO_COMPLEX', http: { status: 400 } } },
    )
  }
}

/**
 * What a client may see of an error: faults with their code, and mistakes in the request. Anything else is logged under a
 * reference, and sent as that reference alone.
 */
export function toClientError(error: unknown, logger: Logger): GraphQLError {
  const location =
    error instanceof GraphQLError
      ? { nodes: error.nodes, path: error.path, source: error.source, positions: error.positions }
      : {}
  const fault = faultOf(error)
  if (fault) {
    return new GraphQLError(fault.message, {
      ...location,
      extensions: { ...fault.extensions, code: fault.code },
    })
  }
  if (error instanceof GraphQLError && !wrapsAnother(error)) {
    // graphql's own: syntax, validation, coercion of inputs
    if (error.extensions['code'] !== undefined) return withoutOriginal(error)
    return new GraphQLError(withoutValues(error.message), {
      ...location,
      extensions: { ...error.extensions, code: 'BAD_USER_INPUT' },
    })
  }
  if (isUnreadableJson(error)) {
    return new GraphQLError('variables or extensions: this is not JSON.', {
      extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
    })
  }
  const reference = newSecret().slice(0, 12)
  logger.error({ error, reference }, 'unexpected error')
  return new GraphQLError(`Something went wrong on our side. The server's log has it under ${reference}.`, {
    ...location,
    extensions: { code: 'INTERNAL_SERVER_ERROR', reference },
  })
}

/**
 * GraphQL repeats the variables that it could not read, with whatever password or token is among them; clients log what we
 * answer. What is kept is where the fault is and what was expected, and no suggestions of other names.
 */
function withoutValues(message: string): string {
  const variable = /^Variable "\$\w+" (?=got invalid value )/.exec(message)?.[0]
  if (!variable) return message
  const [, at = '', expected = ''] =
    /( at "[\w.[\]]+")?; (Expected .*?)(?:\.? Did you mean|,? found|, but encountered|\.$)/is.exec(message) ??
    []
  return `${variable}has an invalid value${at}${expected ? `: ${expected}` : ''}.`
}

/** What Yoga throws at the variables of a GET request: the parser's own error, which quotes them. */
function isUnreadableJson(error: unknown): boolean {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error.cause) : error
  return cause instanceof SyntaxError
}

/** A body that is not JSON comes with the parser's own error, which quotes it. */
function withoutOriginal(error: GraphQLError): GraphQLError {
  const { originalError, ...extensions } = error.extensions
  if (originalError === undefined) return error
  return new GraphQLError('The body is not JSON, or not a GraphQL request.', {
    extensions: { ...extensions, code: 'BAD_REQUEST', http: { status: 400 } },
  })
}

function wrapsAnother(error: GraphQLError): boolean {
  const cause = error.originalError ?? error.cause
  return cause instanceof Error && !(cause instanceof GraphQLError)
}

const FIRST_QUERY = `# Sign in (or sign up first), then watch your sessions in a second tab:
#   subscription { sessionEvents { __typename occurredAt ... on SessionRevoked { reason message } } }
mutation SignUp {
  signUp(input: { email: "ada@example.com", password: "correct horse battery" }) {
    __typename
    ... on SignUpSuccess { viewer { id email } session { id expiresAt device { label } } }
    ... on Error { code message }
  }
}

query WhoAmI {
  viewer { email sessions { edges { node { id state isCurrent device { label } lastActiveAt } } } }
}
`
