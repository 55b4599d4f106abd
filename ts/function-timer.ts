/** Calls a function on a schedule. */
import { InvalidOptionError } from './errors.js'
import { currentTimeMs, granularityMs, type Schedule, truncateTimeMs } from './time.js'

/** The longest that a timer of Node can be told to wait, ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Calls `fn` every `interval` × `cadence`, at the bottom of the period: every five minutes from 12:03:20 on is 12:08:00, 12:13:00 and so on. Runs
 * from its construction on, and does not keep Node alive. Calls never overlap: one that falls due while the last one's promise is pending is
 * left out. What `fn` throws is a warning of the process.
 *
 * @example
 * ```ts
 * const timer = new FunctionTimer(new Schedule(TimeGranularity.Minute, 5), () => console.log('five minutes'))
 * timer.stop()
 * ```
 */
export class FunctionTimer {
  readonly #fn: () => unknown
  readonly #unitMs: number
  readonly #periodMs: number
  readonly #cadence: Schedule['cadence']
  #nextMs: number
  #timer: NodeJS.Timeout | null = null
  #isRunning = false

  /** @throws InvalidOptionError for a schedule of months or years, whose length varies. */
  constructor(schedule: Schedule, fn: () => unknown) {
    const unitMs = granularityMs(schedule.cadence)
    if (unitMs === null) throw new InvalidOptionError('schedule', `a ${schedule.cadence} schedule cannot be used`)
    this.#fn = fn
    this.#unitMs = unitMs
    this.#cadence = schedule.cadence
    this.#periodMs = unitMs * schedule.interval
    this.#nextMs = truncateTimeMs(currentTimeMs() + this.#periodMs, this.#cadence)
    this.#wait()
  }

  isAlive(): boolean {
    return this.#timer !== null
  }

  /** Calls no more. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #wait(): void {
    const now = currentTimeMs()
    // After a clock that went back, not longer than a period.
    if (this.#nextMs - now > this.#periodMs + this.#unitMs)
      this.#nextMs = truncateTimeMs(now + this.#periodMs, this.#cadence)
    this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(this.#nextMs - now, 0), LONGEST_TIMEOUT_MS))
    this.#timer.unref()
  }

  #wake(): void {
    const now = currentTimeMs()
    if (now >= this.#nextMs) {
      this.#nextMs += this.#periodMs * (Math.floor((now - this.#nextMs) / this.#periodMs) + 1)
      if (!this.#isRunning) void this.#call()
    }
    if (this.#timer !== null) this.#wait()
  }

  async #call(): Promise<void> {
    this.#isRunning = true
    try {
      await this.#fn()
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error))
    } finally {
      this.#isRunning = false
    }
  }
}
