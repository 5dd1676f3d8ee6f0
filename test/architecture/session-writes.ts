import type { Habit } from './habits.ts'
import { eraFile, writersToEndedSessions } from './house.ts'
import { chainOf, type Finding, isNode, type Node, nodesOf, type Source } from './source.ts'

/** What a condition asks that asks for the era. */
const ASKING = ['hasNotEnded', 'isOfThisEra', 'isOfPastEra']
/** For whoever holds the lock of a row and has asked: only where sessions are ended. */
const ASKED = 'rowIsOpen'
const ENDINGS = 'src/sessions/endings.ts'

/**
 * A session can be over while its row does not say so: whoever asks whether it goes on asks for its era too, and so does whoever
 * writes to one that is to be live.
 */
export const sessionsAreAskedForTheirEra: Habit = (source) =>
  source.path === eraFile || source.path === 'src/database/tables.ts'
    ? []
    : [...bareQuestions(source), ...writesWithoutQuestion(source)]

/** `isNull(sessions.endedAt)`, and the same in SQL. */
function* bareQuestions(source: Source): Generator<Finding> {
  const finding = (node: Node): Finding => ({
    file: source.path,
    line: source.line(node),
    what: `ask as ${eraFile} does instead of for the row's end alone`,
  })
  for (const node of nodesOf(source.tree)) {
    if (node.type === 'TemplateElement' && /\bended_at\s+is\b|\bend_reason\s+is\b/i.test(textOf(node)))
      yield finding(node)
    if (node.type !== 'CallExpression' || !/^is(Not)?Null$/.test(chainOf(node['callee'])[0] ?? '')) continue
    const column = argumentsOf(node)
      .map((argument) => chainOf(argument).join('.'))
      .join()
    if (/^sessions[.](endedAt|endReason)$/.test(column)) yield finding(node)
  }
}

/** `update(sessions)…where(…)` that asks for no era; and UPDATE in SQL, in which nobody could see it. */
function* writesWithoutQuestion(source: Source): Generator<Finding> {
  if (writersToEndedSessions.includes(source.path)) return
  const asking = source.path === ENDINGS ? [...ASKING, ASKED] : ASKING
  const asked = new Set<Node>()
  for (const node of nodesOf(source.tree)) {
    if (node.type === 'CallExpression' && nameOf(node) === 'where') {
      const names = [...nodesOf(argumentsOf(node))].map((part) => chainOf(part['callee']).at(-1) ?? '')
      const write = writeBelow(node)
      if (write && names.some((name) => asking.includes(name))) asked.add(write)
    }
  }
  for (const node of nodesOf(source.tree)) {
    const isWrite =
      (isWriteToSessions(node) && !asked.has(node)) ||
      (node.type === 'TemplateElement' && /\bupdate\s+"?sessions\b/i.test(textOf(node)))
    if (!isWrite) continue
    yield {
      file: source.path,
      line: source.line(node),
      what: `say which era the session has to be of, as ${eraFile} does`,
    }
  }
}

/** The `update(sessions)` that a chain of calls begins with. */
function writeBelow(call: Node): Node | null {
  for (let node: unknown = call; isNode(node) && node.type === 'CallExpression'; ) {
    if (isWriteToSessions(node)) return node
    const { callee } = node as Node & { callee?: unknown }
    node = isNode(callee) ? callee['object'] : null
  }
  return null
}

function isWriteToSessions(node: Node): boolean {
  return (
    node.type === 'CallExpression' &&
    nameOf(node) === 'update' &&
    chainOf(argumentsOf(node)[0]).join('.') === 'sessions'
  )
}

/** `where` of `….where(…)`, whatever stands in front of it. */
function nameOf(call: Node): string {
  const callee = call['callee']
  const property = isNode(callee) ? callee['property'] : null
  return isNode(property) ? String(property['value']) : ''
}

function argumentsOf(call: Node): readonly unknown[] {
  const values = call['arguments']
  return Array.isArray(values) ? values.map((argument: { expression: unknown }) => argument.expression) : []
}

function textOf(element: Node): string {
  return String(element['raw'] ?? '')
}
