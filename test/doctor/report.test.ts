import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import {
  doubtful,
  type Finding,
  met,
  operators,
  unknown,
  unsafe,
  type Verdict,
} from '../../src/doctor/finding.ts'
import { reportAsJson, reportAsText, wrap } from '../../src/doctor/report.ts'

const finding = (id: string, clauses: string[], verdict: Verdict): Finding => ({
  id,
  clauses,
  title: `Title of ${id}.`,
  ...verdict,
})

const REPORT = {
  target: 'Configuration',
  findings: [
    finding('good', ['ASVS 7.2.1'], met('it is.')),
    finding('left', ['ASVS 7.4.4', 'NIST 5.1'], operators('yours.', 'Decide.')),
    finding('odd', ['ASVS 7.1.2'], doubtful('odd.', 'Think.')),
    finding(
      'bad',
      ['ASVS 7.4.3'],
      unsafe('never asks anybody about anything at all, whoever they may be.', 'Ask them.'),
    ),
    finding('unseen', ['ASVS 7.6.1'], unknown('not seen.')),
  ],
}
const plain = pc.createColors(false)

describe('a report', () => {
  it('begins with its sum, then says what is wrong, then the rest', () => {
    expect(reportAsText(REPORT, { columns: 80, colors: plain })).toEqual([
      'Configuration: 1 unsafe, 1 doubtful, 1 yours to decide, 1 not looked at, 1 met.',
      '',
      'Unsafe (1)',
      '  ✗ ASVS 7.4.3  Title of bad.',
      '                Never asks anybody about anything at all, whoever they may be.',
      '                → Ask them.',
      '',
      'Doubtful (1)',
      '  ! ASVS 7.1.2  Title of odd.',
      '                Odd.',
      '                → Think.',
      '',
      'Yours to decide (1)',
      '  ? ASVS 7.4.4  Title of left.',
      '    NIST 5.1    Yours.',
      '                → Decide.',
      '',
      'Not looked at (1)',
      '  – ASVS 7.6.1  Title of unseen.',
      '                Not seen.',
      '',
      'Met (1)',
      '  ✓ ASVS 7.2.1  Title of good.',
      '                It is.',
    ])
  })

  it('gives clauses a line of their own where there is little room', () => {
    const lines = reportAsText(
      { ...REPORT, findings: REPORT.findings.slice(1, 2) },
      { columns: 60, colors: plain },
    )
    expect(lines.slice(3)).toEqual([
      'Yours to decide (1)',
      '  ? ASVS 7.4.4, NIST 5.1',
      '    Title of left.',
      '    Yours.',
      '    → Decide.',
    ])
  })

  it.each([60, 80, 120])('keeps to %i columns, in colour too, which adds nothing but colour', (columns) => {
    const lines = reportAsText(REPORT, { columns, colors: plain })
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns)
    for (const line of lines) expect(line).toBe(line.trimEnd())
    const colored = reportAsText(REPORT, { columns, colors: pc.createColors(true) }).join('\n')
    expect(colored).toContain('\u001b[31m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(lines.join('\n'))
  })

  it('is plain data for programs, in the same order', () => {
    const data = reportAsJson(REPORT)
    expect(JSON.parse(JSON.stringify(data))).toEqual(data)
    expect(data).toMatchObject({
      target: 'Configuration',
      summary: { unsafe: 1, doubtful: 1, operator: 1, unknown: 1, met: 1 },
      findings: [{ id: 'bad' }, { id: 'odd' }, { id: 'left' }, { id: 'unseen' }, { id: 'good' }],
    })
    expect(data).toHaveProperty('findings.0', {
      id: 'bad',
      clauses: ['ASVS 7.4.3'],
      title: 'Title of bad.',
      state: 'not-met',
      severity: 'unsafe',
      detail: 'Never asks anybody about anything at all, whoever they may be.',
      fix: 'Ask them.',
    })
  })

  it('breaks what has no spaces anywhere', () => {
    expect(wrap('aaaa bbbbbbbbbb c', 5)).toEqual(['aaaa', 'bbbbb', 'bbbbb', 'c'])
    expect(wrap('', 5)).toEqual([''])
  })
})
