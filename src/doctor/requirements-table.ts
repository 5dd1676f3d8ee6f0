import type { Config } from '../server/config.ts'
import { examineConfig } from './examine.ts'
import type { Finding } from './finding.ts'
import type { Proof } from './requirement.ts'
import { REQUIREMENTS } from './requirements.ts'

/**
 * Every requirement as a Markdown table, for the documentation.
 * @param config whose verdicts stand in it: the defaults
 */
export function requirementsTable(config: Config): string {
  const verdicts = new Map(examineConfig(config).map((finding) => [finding.id, finding]))
  const rows = REQUIREMENTS.map(({ id, level, gist, does, proofs }) => {
    const finding = verdicts.get(id)
    const clause = level === null ? id : `${id} (${level})`
    return `| ${clause} | ${gist} | ${does} | ${finding ? stateOf(finding) : ''} | ${proofs.map(describeProof).join('<br>') || 'none: nothing of ours decides it'} |`
  })
  return [
    '| clause (level) | what it asks for | what Curfew does | by default | tests |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function stateOf({ state, severity, detail }: Finding): string {
  const word = state === 'operator' ? 'the operator’s' : state === 'not-met' ? `not met (${severity})` : state
  return `**${word}**: ${detail}`
}

function describeProof({ file, test }: Proof): string {
  return `[${file.replace(/^test\/|\.test\.ts$/g, '')}](../${file}): ${test}`
}
