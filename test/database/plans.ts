import type postgres from 'postgres'
import type { Database, Transaction } from '../../src/database/database.ts'

/** A statement as it was sent. */
export interface Statement {
  readonly text: string
  readonly parameters: readonly unknown[]
}

/** Tables that grow with use: none of them is to be read from end to end. */
const GROWING: ReadonlySet<string> = new Set(['sessions', 'users', 'events', 'verifications', 'attempts'])

/** A node of PostgreSQL's plans, as far as it is looked at. */
interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Plan Rows': number
  readonly Plans?: readonly Plan[]
}

/** What is below drizzle: sends statements of the test's own as they are, beside those of the house. */
export function driverOf({
  queries,
}: Pick<Transaction, 'queries'>): Pick<postgres.Sql, 'unsafe' | 'options'> {
  // drizzle hands it out, and leaves it out of the type that both databases share
  return (queries as unknown as { readonly $client: Pick<postgres.Sql, 'unsafe' | 'options'> }).$client
}

/** Keeps every statement that the database is sent while the work runs: each text once, as it was sent first. */
export async function statementsOf(
  database: Database,
  work: () => Promise<unknown>,
): Promise<readonly Statement[]> {
  const options = driverOf(database).options as { debug: unknown }
  const statements = new Map<string, Statement>()
  options.debug = (_connection: number, text: string, parameters: readonly unknown[]): void => {
    if (!statements.has(text)) statements.set(text, { text, parameters })
  }
  try {
    await work()
  } finally {
    options.debug = false
  }
  return [...statements.values()].filter(({ text }) => /^\s*(select|with|update|delete)\b/i.test(text))
}

/** What PostgreSQL would do for a statement that is against the rule. */
export async function inspect(
  sql: Pick<postgres.Sql, 'unsafe'>,
  statement: Statement,
): Promise<readonly string[]> {
  const nodes = await planOf(sql, statement)
  return nodes.filter(isAgainstTheRule).map((node) => `${describe(node)} in ${statement.text}`)
}

/** The indexes along which PostgreSQL would go for a statement. */
export async function indexesOf(
  sql: Pick<postgres.Sql, 'unsafe'>,
  statement: Statement,
): Promise<readonly string[]> {
  const nodes = await planOf(sql, statement)
  return nodes.flatMap((node) => node['Index Name'] ?? [])
}

async function planOf(
  sql: Pick<postgres.Sql, 'unsafe'>,
  { text, parameters }: Statement,
): Promise<readonly Plan[]> {
  const [row] = await sql.unsafe<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }[]>(
    `EXPLAIN (FORMAT JSON) ${text}`,
    [...parameters] as postgres.ParameterOrJSON<never>[],
  )
  const plan = row?.['QUERY PLAN']
  if (!plan) throw new Error('the plan was not returned')
  return [...nodesOf((typeof plan === 'string' ? (JSON.parse(plan) as typeof plan) : plan)[0].Plan)]
}

function* nodesOf(plan: Plan): Generator<Plan> {
  yield plan
  for (const part of plan.Plans ?? []) yield* nodesOf(part)
}

/** More than any statement brings or changes at once. */
const MANY = 2_000

/** Reads a growing table without a condition that says where to begin, from end to end or a whole index; or reads much before the first row comes. */
function isAgainstTheRule(node: Plan): boolean {
  if (node['Node Type'] === 'Seq Scan') return GROWING.has(node['Relation Name'] ?? '')
  if (/^(Sort|Hash|Bitmap Index Scan)$/.test(node['Node Type']) && node['Plan Rows'] > MANY) return true
  return node['Index Name'] !== undefined && node['Index Cond'] === undefined
}

function describe(node: Plan): string {
  return [node['Node Type'], node['Index Name'] ?? node['Relation Name']].join(' ')
}
