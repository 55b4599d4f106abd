import { clip, formatNumber } from './format.js'
import type { Io } from './io.js'

const REDRAW_MS = 100
const BAR_CELLS = 24

/** One line on a terminal's standard error, drawn over itself; on anything else nothing at all. */
export class Progress {
  readonly #io: Io
  readonly #width: number | null
  #label = ''
  #startedMs = 0
  #drawnMs = Number.NEGATIVE_INFINITY
  #visible = false

  constructor(io: Io, enabled: boolean) {
    this.#io = io
    this.#width = enabled ? io.progressWidth : null
  }

  start(label: string): void {
    this.#label = label
    this.#startedMs = this.#io.nowMs()
  }

  /** `part`: how much of the input is read, 0 to 1; `null` when nobody knows. */
  update(rows: number, part: number | null): void {
    if (this.#width === null) return
    const now = this.#io.nowMs()
    if (now - this.#drawnMs < REDRAW_MS) return
    this.#drawnMs = now
    const speed = Math.round((rows * 1000) / Math.max(1, now - this.#startedMs))
    const text = `${bar(part)}${formatNumber(rows)} rows  ${formatNumber(speed)} rows/s  ${this.#label}`
    this.#io.err(`\r\x1b[2K${clip(text, this.#width - 1)}`)
    this.#visible = true
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    if (!this.#visible) return
    this.#io.err('\r\x1b[2K')
    this.#visible = false
  }
}

function bar(part: number | null): string {
  if (part === null) return ''
  const filled = Math.round(part * BAR_CELLS)
  const percent = `${Math.floor(part * 100)}`.padStart(3)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${percent}%  `
}
