import {
  clockFiles,
  composers,
  declaringRooms,
  entryPoints,
  environmentReaders,
  handedOutClasses,
} from './house.ts'
import {
  chainOf,
  type Finding,
  importedValues,
  isNode,
  type Node,
  nodesOf,
  resolveModule,
  type Source,
} from './source.ts'

/** A habit that a graph of imports can't show: it finds in one file what breaks it. */
export type Habit = (source: Source) => Finding[]

const timers = ['setTimeout', 'setInterval']
const timeModules = ['timers', 'timers/promises', 'perf_hooks'].flatMap((name) => [name, `node:${name}`])
const timeReaders = [
  'Date.now',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'Temporal.Now',
]
const globals = ['globalThis', 'window', 'self']

/** Only the clock reads the time or sets a timer, so that a test can freeze and move it. */
export const onlyTheClockReadsTime: Habit = (source) =>
  clockFiles.includes(source.path)
    ? []
    : find(source, 'take a Clock instead of', (node) => {
        const name = globalName(node)
        if (node.type === 'Identifier' && timers.includes(name)) return name
        if (node.type === 'MemberExpression' && timers.includes(name)) return name
        if (node.type === 'MemberExpression' && timeReaders.includes(name)) return name
        if (node.type === 'ImportDeclaration' && timeModules.includes(moduleOf(node))) return moduleOf(node)
        const callee = globalName(node['callee'])
        if (node.type === 'NewExpression' && callee === 'Date' && !hasArguments(node)) return 'new Date()'
        return node.type === 'CallExpression' && callee === 'Date' ? 'Date()' : undefined
      })

/** Only the configuration and the command line read the environment; all others are given what they need. */
export const onlyConfigReadsTheEnvironment: Habit = (source) =>
  isIn(source, environmentReaders)
    ? []
    : find(source, 'take an option instead of', (node) => {
        if (node.type === 'MemberExpression' && globalName(node) === 'process.env') return 'process.env'
        if (
          node.type === 'VariableDeclarator' &&
          globalName(node['init']) === 'process' &&
          takesEnv(node['id'])
        )
          return 'process.env'
        if (node.type !== 'ImportDeclaration' || !['process', 'node:process'].includes(moduleOf(node)))
          return undefined
        const names = (node['specifiers'] as Node[]).map(
          (specifier) => chainOf(specifier['imported'])[0] ?? chainOf(specifier['local'])[0],
        )
        return names.includes('env') ? 'env of node:process' : undefined
      })

/** Parts are chosen and built in one place: no room constructs another room's parts. */
export const onlyComposersBuildOtherRooms: Habit = (source) => {
  if (isIn(source, composers)) return []
  const imported = importedValues(source)
  return find(source, 'build it in src/server/compose.ts and pass it on:', (node) => {
    if (node.type !== 'NewExpression') return undefined
    const chain = chainOf(node['callee'])
    const origin = imported.get(chain[0] ?? '')
    if (origin === undefined || !isPartOfAnotherRoom(source, origin.module)) return undefined
    const name = chain.length > 1 ? chain.join('.') : origin.name
    return handedOutClasses.includes(name) ? undefined : `new ${name}`
  })
}

/** Importing a file only defines: no statement at its top acts. */
export const importingHasNoEffect: Habit = (source) => {
  if (entryPoints.includes(source.path) || isIn(source, declaringRooms)) return []
  const effects = ['ExpressionStatement', 'IfStatement', 'ForStatement', 'ForOfStatement', 'TryStatement']
  const body = source.tree['body'] as Node[]
  return body
    .filter((node) => effects.includes(node.type) || [...topLevelAwaits(node)].length > 0)
    .map((node) => ({
      file: source.path,
      line: source.line(node),
      what: 'acts when it is imported: move it into a function',
    }))
}

/** A door says by name what goes through it. */
export const reexportsAreNamed: Habit = (source) =>
  find(source, 'name what is exported instead of', (node) =>
    node.type === 'ExportAllDeclaration' ? `export * from '${moduleOf(node)}'` : undefined,
  )

function find(source: Source, advice: string, match: (node: Node) => string | undefined): Finding[] {
  const findings = new Map<string, Finding>()
  for (const node of nodesOf(source.tree)) {
    const what = match(node)
    if (what === undefined) continue
    const finding = { file: source.path, line: source.line(node), what: `${advice} ${what}` }
    findings.set(`${finding.line} ${what}`, finding)
  }
  return [...findings.values()]
}

function isIn(source: Source, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? source.path.startsWith(place) : source.path === place))
}

/** The dotted name without `globalThis.` in front of it. */
function globalName(value: unknown): string {
  const chain = chainOf(value)
  return (globals.includes(chain[0] ?? '') ? chain.slice(1) : chain).join('.')
}

function moduleOf(node: Node): string {
  const source = node['source']
  return isNode(source) ? String(source['value']) : ''
}

function hasArguments(node: Node): boolean {
  return Array.isArray(node['arguments']) && node['arguments'].length > 0
}

function takesEnv(pattern: unknown): boolean {
  if (!isNode(pattern) || pattern.type !== 'ObjectPattern') return false
  return (pattern['properties'] as Node[]).some((property) => chainOf(property['key'])[0] === 'env')
}

/**
 * `../sessions/sessions.ts` seen from `src/graphql/schema.ts`: yes. The ground floor and errors are anyone's to make.
 */
function isPartOfAnotherRoom(source: Source, module: string): boolean {
  if (!module.startsWith('.') || module.endsWith('/errors.ts')) return false
  const [, room] = source.path.split('/')
  const [, otherRoom] = resolveModule(source.path, module).split('/')
  return otherRoom !== room && otherRoom !== 'kernel' && otherRoom !== 'protocol'
}

function* topLevelAwaits(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* topLevelAwaits(item)
  if (!isNode(value) || /Function|Method|Class/.test(value.type)) return
  if (value.type === 'AwaitExpression') yield value
  for (const child of Object.values(value)) yield* topLevelAwaits(child)
}
