import { formatCount } from './format.js'
import type { Io } from './io.js'
import type { Progress } from './progress.js'
import type { Source } from './source.js'

const SHOWN = 5

export interface Complaint {
  file: string
  /** Line (row, for Parquet) in that file. */
  place: number
  reason: string
}

/**
 * Counts what cannot be read of one input, and tells the first few of it. Nothing is told before a record could be
 * read: if none can, that is one failure and not many.
 */
export class Complaints {
  readonly first: Complaint[] = []
  count = 0
  readonly #source: Source
  readonly #io: Io
  readonly #progress: Progress
  #told = 0

  constructor(source: Source, io: Io, progress: Progress) {
    this.#source = source
    this.#io = io
    this.#progress = progress
  }

  add(place: number, reason: string): void {
    this.count++
    if (this.first.length < SHOWN) this.first.push({ file: this.#source.label, place, reason })
  }

  /** Tells what has not been told. */
  tell(): void {
    for (const { file, place, reason } of this.first.slice(this.#told)) {
      this.#print(`${file}: ${this.#source.unit} ${place}: ${reason}; left out`)
    }
    this.#told = this.first.length
  }

  /** Tells the rest as a number. */
  end(): void {
    this.tell()
    const rest = this.count - this.first.length
    if (rest > 0) this.#print(`${this.#source.label}: ${formatCount(rest, `more ${this.#source.unit}`)} left out`)
  }

  #print(text: string): void {
    this.#progress.clear()
    this.#io.err(`rolling-profiles: ${text}\n`)
  }
}
