import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SESSION_END_REASONS } from '../../../src/protocol/sessions.ts'
import { texts } from '../../../src/web/account/texts.ts'
import { type Node, nodesOf, parseSource, root } from '../../architecture/source.ts'

/** Attributes that people read or hear. */
const READ = ['label', 'description', 'title', 'placeholder', 'alt', 'error', 'aria-label', 'closeLabel']

describe('a component', () => {
  const components = globSync('src/web/{account,shared}/**/*.tsx', { cwd: root })

  test.each(components)('%s has no words of its own', (path) => {
    expect(wordsOf(readFileSync(join(root, path), 'utf8'), path)).toEqual([])
  })

  test.each([
    '<p>Hello</p>',
    '<p>{"Hello"}</p>',
    '<a title="Hello" />',
    '<a aria-label={`Hello`} />',
    '<p>{a ? "Hello" : b}</p>',
  ])('is found out that says %s', (text) => {
    expect(wordsOf(text, 'a.tsx')).toHaveLength(1)
  })
})

describe('the texts', () => {
  test('have a sentence for each way in which a session ends', () => {
    for (const reason of SESSION_END_REASONS) {
      expect(texts.endReasons[reason]).toMatch(/^[A-Z].{5,}/)
      expect(texts.ended[reason]).toMatch(/^[A-Z].+[.]$/)
    }
  })

  test('count', () => {
    expect(texts.devices.othersCount(1)).toBe('1 other session')
    expect(texts.devices.othersCount(1_200)).toBe('1,200 other sessions')
    expect(texts.failures.tooManyAttempts(1)).toContain('one second')
    expect(texts.failures.tooManyAttempts(119)).toContain('119 seconds')
    expect(texts.failures.tooManyAttempts(121)).toContain('3 minutes')
  })
})

/** Words that stand between tags, or in what is read of them. */
function wordsOf(text: string, path: string): string[] {
  const nodes = [...nodesOf(parseSource(path, text).tree)]
  return nodes.flatMap((node) => {
    if (node.type === 'JSXText') return lettersIn([node['value']])
    if (node.type === 'JSXExpressionContainer') return []
    if (node.type === 'JSXElement') return lettersIn(children(node).flatMap(literalsIn))
    if (node.type !== 'JSXAttribute' || !READ.includes(nameOf(node))) return []
    return lettersIn(literalsIn(node['value']))
  })
}

function children(node: Node): unknown[] {
  const all = node['children'] as Node[]
  return all.filter(({ type }) => type === 'JSXExpressionContainer').map((each) => each['expression'])
}

/** The literals that an expression can come to, and not those that it is made with. */
function literalsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  const node = value as Node
  switch (node.type) {
    case 'StringLiteral':
      return [node['value']]
    case 'TemplateLiteral':
      return (node['quasis'] as { cooked: string }[]).map(({ cooked }) => cooked)
    case 'JSXExpressionContainer':
      return literalsIn(node['expression'])
    case 'ConditionalExpression':
      return [...literalsIn(node['consequent']), ...literalsIn(node['alternate'])]
    case 'BinaryExpression':
      return ['&&', '||', '??'].includes(String(node['operator'])) ? literalsIn(node['right']) : []
    default:
      return []
  }
}

function lettersIn(values: readonly unknown[]): string[] {
  return values.map(String).filter((value) => /\p{L}/u.test(value))
}

function nameOf(attribute: Node): string {
  return String((attribute['name'] as Node)['value'])
}
