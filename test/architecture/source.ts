import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from '@swc/core'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A source file as a tree of swc's nodes. */
export interface Source {
  /** Relative to the root of the repository, with forward slashes. */
  readonly path: string
  readonly tree: Node
  /** The line on which the node begins, from 1. */
  line(node: Node): number
}

export interface Node {
  readonly type: string
  readonly span?: { readonly start: number }
  readonly [key: string]: unknown
}

/** A place in a file that breaks a rule. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly what: string
}

/** Every TypeScript file of `src/`, generated ones and those with JSX too. */
export function readSources(): Source[] {
  return globSync('src/**/*.{ts,tsx}', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')))
}

export function parseSource(path: string, text: string): Source {
  // swc counts bytes from wherever its last parse ended, and the module's span starts at its first token:
  // an empty statement in front makes that the start of the file.
  const tree = parseSync(`;${text}`, {
    syntax: 'typescript',
    tsx: path.endsWith('.tsx'),
    target: 'es2022',
  }) as unknown as Node
  const start = (tree.span?.start ?? 0) + 1
  const bytes = Buffer.from(text)
  return {
    path,
    tree,
    line: (node) =>
      bytes
        .subarray(0, Math.max(0, (node.span?.start ?? start) - start))
        .toString()
        .split('\n').length,
  }
}

/** All nodes of the tree, parents before children; names of properties and of imports are no nodes of their own. */
export function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (isNode(value)) yield value
  for (const [key, child] of Object.entries(value)) {
    if (key === 'span' || isPlainName(value, key, child)) continue
    yield* nodesOf(child)
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** `a.b.c`, `a?.b['c']` → `['a', 'b', 'c']`; an empty list for whatever isn't such a chain. */
export function chainOf(value: unknown): string[] {
  if (!isNode(value)) return []
  if (value.type === 'Identifier') return [String(value['value'])]
  if (value.type === 'ParenthesisExpression' || value.type === 'TsNonNullExpression')
    return chainOf(value['expression'])
  if (value.type === 'OptionalChainingExpression') return chainOf(value['base'])
  if (value.type !== 'MemberExpression') return []
  const object = chainOf(value['object'])
  const name = propertyName(value['property'])
  return object.length === 0 || name === undefined ? [] : [...object, name]
}

/** Another module, named by an import, a re-export, an `import()` or an `import()` inside a type. */
export interface Import {
  readonly module: string
  readonly line: number
  readonly typeOnly: boolean
}

export function importsOf(source: Source): Import[] {
  return [...nodesOf(source.tree)].flatMap((node) => {
    const module =
      stringIn(node['source']) ??
      (node.type === 'TsImportType' ? stringIn(node['argument']) : undefined) ??
      (isDynamicImport(node) ? firstArgument(node) : undefined)
    return module === undefined ? [] : [{ module, line: source.line(node), typeOnly: isTypeOnly(node) }]
  })
}

/** `./b.ts` named in `src/a.ts` → `src/b.ts`; packages stay as they are. */
export function resolveModule(path: string, module: string): string {
  return module.startsWith('.') ? join(dirname(path), module).replaceAll('\\', '/') : module
}

/** What is imported from elsewhere: the local name of each value and the module it comes from. */
export function importedValues(source: Source): Map<string, { name: string; module: string }> {
  const imported = new Map<string, { name: string; module: string }>()
  for (const node of nodesOf(source.tree)) {
    if (node.type !== 'ImportDeclaration' || node['typeOnly'] === true) continue
    const module = stringIn(node['source']) ?? ''
    for (const specifier of node['specifiers'] as Node[]) {
      if (specifier['isTypeOnly'] === true) continue
      const local = chainOf(specifier['local'])[0] ?? ''
      const name = (chainOf(specifier['imported'])[0] ?? stringIn(specifier['imported'])) || local
      imported.set(local, { name, module })
    }
  }
  return imported
}

/** One line a finding, each a link in most terminals. */
export function describeFindings(findings: readonly Finding[]): string[] {
  return findings.map(({ file, line, what }) => `${file}:${line} ${what}`)
}

function isPlainName(parent: object, key: string, child: unknown): boolean {
  if (!isNode(child) || child.type !== 'Identifier' || !isNode(parent)) return false
  if (key === 'key') return parent['computed'] !== true
  if (key === 'property') return parent.type === 'MemberExpression'
  if (key === 'exprName') return parent.type === 'TsTypeQuery'
  return parent.type === 'ImportSpecifier' || parent.type === 'ExportSpecifier'
}

function propertyName(property: unknown): string | undefined {
  if (!isNode(property)) return undefined
  if (property.type === 'Identifier') return String(property['value'])
  return property.type === 'Computed' ? stringIn(property['expression']) : undefined
}

function stringIn(value: unknown): string | undefined {
  if (!isNode(value)) return undefined
  if (value.type === 'StringLiteral') return String(value['value'])
  if (value.type === 'TsLiteralType') return stringIn(value['literal'])
  if (value.type !== 'TemplateLiteral') return undefined
  const [quasi, ...more] = value['quasis'] as { cooked?: string }[]
  return more.length === 0 ? quasi?.cooked : undefined
}

function isTypeOnly(node: Node): boolean {
  if (node.type === 'TsImportType' || node['typeOnly'] === true) return true
  const specifiers = Array.isArray(node['specifiers']) ? (node['specifiers'] as Node[]) : []
  return specifiers.length > 0 && specifiers.every((specifier) => specifier['isTypeOnly'] === true)
}

function isDynamicImport(node: Node): boolean {
  return node.type === 'CallExpression' && isNode(node['callee']) && node['callee'].type === 'Import'
}

/** A module that is computed can't be checked, so it is reported under a name that no file has. */
function firstArgument(call: Node): string {
  const [first] = call['arguments'] as { expression?: unknown }[]
  return stringIn(first?.expression) ?? '(computed)'
}
