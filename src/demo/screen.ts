import pc from 'picocolors'
import { CAST, type DeviceName } from './cast.ts'

/** What a line is about; it decides its sign in the device's column. */
export type Mark = 'start' | 'event' | 'end' | 'refused' | 'failed'

/** One thing that happened. */
export interface Line {
  /** For programs: what kind of thing. */
  readonly kind: string
  readonly device?: DeviceName
  readonly mark?: Mark
  /** One sentence; what stands in backticks is shown bold. */
  readonly text: string
  /** For programs: its details. */
  readonly data?: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970, if it was noticed before now. */
  readonly at?: number
}

export interface ScreenOptions {
  readonly write: (text: string) => void
  readonly color: boolean
  readonly json: boolean
  /** Whether lines may be drawn over. */
  readonly live: boolean
  readonly columns: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** `  +1234 ms  │ │ │  laptop  ` */
const TIME_WIDTH = 10
const NAME_WIDTH = 8
const TEXT_INDENT = TIME_WIDTH + 2 + CAST.length * 2 + 1 + NAME_WIDTH
const TABLE_INDENT = 5
const WIDEST = 108

/** Shows the story as it happens: the time, a column for each device that lasts as long as its session, and what happened. */
export class Screen {
  readonly #options: ScreenOptions
  readonly #colors: ReturnType<typeof pc.createColors>
  readonly #alive = new Set<DeviceName>()
  #start: number
  #progress = false

  constructor(options: ScreenOptions) {
    this.#options = options
    this.#colors = pc.createColors(options.color)
    this.#start = options.now()
  }

  /** Times are counted from here on. */
  startClock(): void {
    this.#start = this.#options.now()
  }

  /** A line above or below the story; for programs only if it has data. */
  note(text: string, data?: Readonly<Record<string, unknown>>): void {
    if (this.#options.json && data) this.#json({ kind: 'note', text: plain(text), ...data })
    if (this.#options.json) return
    for (const line of wrap(text, this.#width - 2)) this.#line(`  ${this.#bold(line)}`)
  }

  /** A line that is drawn over by the next one, where that is possible. */
  progress(text: string): void {
    if (!this.#options.live || this.#options.json) return
    this.#options.write(`\r  ${this.#colors.dim(text)}\u001B[K`)
    this.#progress = true
  }

  blank(): void {
    if (!this.#options.json) this.#line('')
  }

  /** A heading. */
  act(number: number, text: string): void {
    if (this.#options.json) {
      this.#json({ kind: 'act', act: number, text })
      return
    }
    this.#line('')
    const { bold, dim } = this.#colors
    const rule = '─'.repeat(Math.max(0, this.#width - text.length - 6))
    this.#line(`  ${bold(`${number}  ${text}`)} ${dim(rule)}`)
    this.#line('')
  }

  /** Something that happened. */
  tell({ kind, device, mark = 'event', text, data, at }: Line): void {
    const time = Math.max(0, (at ?? this.#options.now()) - this.#start)
    if (this.#options.json) {
      this.#json({ at: time, kind, device, text: plain(text), ...data })
      return
    }
    if (device && mark === 'start') this.#alive.add(device)
    const rails = this.#rails(device, mark)
    if (device && mark === 'end') this.#alive.delete(device)
    const { dim, red } = this.#colors
    const name = (device ?? '').padEnd(NAME_WIDTH)
    const shown = mark === 'failed' ? red : (line: string) => this.#bold(line)
    const [first = '', ...rest] = wrap(text, this.#width - TEXT_INDENT)
    const stamp = dim(`+${time} ms`.padStart(TIME_WIDTH))
    this.#line(`${stamp}  ${rails} ${device ? this.#inColorOf(device, name) : name}${shown(first)}`)
    for (const line of rest) {
      this.#line(`${' '.repeat(TIME_WIDTH)}  ${this.#rails()} ${' '.repeat(NAME_WIDTH)}${shown(line)}`)
    }
  }

  /** Rows under a heading; the first cell of each is a device's name. */
  table(heading: readonly string[], rows: readonly (readonly [DeviceName, ...string[]])[]): void {
    if (this.#options.json) {
      this.#json({
        kind: 'table',
        rows: rows.map((row) => Object.fromEntries(heading.map((name, index) => [name, row[index]]))),
      })
      return
    }
    const widths = heading.map((name, index) =>
      Math.max(name.length, ...rows.map((row) => (row[index] ?? '').length)),
    )
    const pad = (cells: readonly string[]) => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0))
    const indent = ' '.repeat(TABLE_INDENT)
    this.#line(this.#colors.dim(`${indent}${pad(heading).join('   ').trimEnd()}`))
    for (const row of rows) {
      const [name = '', ...cells] = pad(row)
      this.#line(`${indent}${this.#inColorOf(row[0], name)}   ${cells.join('   ').trimEnd()}`)
    }
  }

  /** The last lines: how it went. */
  summary(ok: boolean, text: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#options.json) {
      this.#json({ kind: 'summary', ok, text: plain(text), ...data })
      return
    }
    const { green, red, bold } = this.#colors
    const [first = '', ...rest] = wrap(text, this.#width - 4)
    this.#line('')
    this.#line(`  ${ok ? green('✓') : red('✗')} ${ok ? this.#bold(first) : bold(red(first))}`)
    for (const line of rest) this.#line(`    ${this.#bold(line)}`)
  }

  #rails(device?: DeviceName, mark: Mark = 'event'): string {
    return CAST.map(({ name }) => {
      if (name === device) return this.#sign(name, mark)
      return this.#alive.has(name) ? this.#inColorOf(name, '│') : ' '
    })
      .join(' ')
      .concat(' ')
  }

  #sign(device: DeviceName, mark: Mark): string {
    const { bold, red } = this.#colors
    switch (mark) {
      case 'start':
        return this.#inColorOf(device, '┬')
      case 'event':
        return bold(this.#inColorOf(device, '●'))
      case 'end':
        return this.#inColorOf(device, '┴')
      case 'refused':
        return bold(this.#inColorOf(device, '×'))
      case 'failed':
        return bold(red('✗'))
    }
  }

  /** Colours that can be read on dark and on light. */
  #inColorOf(device: DeviceName, text: string): string {
    const { cyan, magenta, yellow } = this.#colors
    return { laptop: cyan, phone: magenta, PC: yellow }[device](text)
  }

  #bold(text: string): string {
    return text
      .split('`')
      .map((part, index) => (index % 2 === 1 ? this.#colors.bold(part) : part))
      .join('')
  }

  #line(text: string): void {
    const clear = this.#progress ? '\r\u001B[K' : ''
    this.#progress = false
    this.#options.write(`${clear}${text.trimEnd()}\n`)
  }

  #json(value: object): void {
    this.#options.write(`${JSON.stringify(value)}\n`)
  }

  get #width(): number {
    return Math.max(60, Math.min(this.#options.columns, WIDEST))
  }
}

function plain(text: string): string {
  return text.replaceAll('`', '')
}

/** Breaks at spaces; a bold stretch stays on one line. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const last = lines.at(-1)
    if (last !== undefined && plain(`${last} ${word}`).length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
