/** Calls a function on a schedule. */

import { InvalidOptionError } from './errors.js'
import { showAs } from './inspect.js'
import { LONGEST_TIMEOUT_MS } from './long-timer.js'
import { callable } from './option-checks.js'
import { received } from './received.js'
import { reading } from './refusal.js'
import { warningOf } from './thrown.js'
import { currentTimeMs, DATE_LIMIT_MS, Schedule, scheduleUnitMs, startOf } from './time.js'

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

  static {
    showAs('FunctionTimer', FunctionTimer.prototype, (timer) => ({
      cadence: timer.#cadence,
      interval: timer.#periodMs / timer.#unitMs,
      isAlive: timer.isAlive(),
      ...(timer.isAlive() ? { next: new Date(timer.#nextMs) } : {}),
    }))
  }

  /** Calls `fn` from now on. @throws InvalidOptionError for a schedule of months or years, whose length varies, and for what is no schedule or no function. */
  constructor(schedule: Schedule, fn: () => unknown) {
    if (typeof schedule !== 'object' || schedule === null) {
      throw new InvalidOptionError('schedule', `must be a Schedule${received(schedule)}`)
    }
    callable('fn', fn)
    // A plain object of the same form serves as well; the class checks it.
    const { cadence, interval } = reading('schedule', () => new Schedule(schedule.cadence, schedule.interval))
    const unitMs = scheduleUnitMs('schedule', cadence)
    this.#fn = fn
    this.#unitMs = unitMs
    this.#cadence = cadence
    this.#periodMs = unitMs * interval
    this.#nextMs = this.#after(currentTimeMs())
    this.#wait()
  }

  /** Whether it still calls. */
  isAlive(): boolean {
    return this.#timer !== null
  }

  /** Calls no more. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** When it falls due after `now`; `Infinity` beyond all dates. */
  #after(now: number): number {
    const next = now + this.#periodMs
    return next > DATE_LIMIT_MS ? Number.POSITIVE_INFINITY : startOf(next, this.#cadence)
  }

  #wait(): void {
    const now = currentTimeMs()
    // After a clock that went back, not longer than a period.
    if (this.#nextMs - now > this.#periodMs + this.#unitMs) this.#nextMs = this.#after(now)
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
      process.emitWarning(warningOf(error))
    } finally {
      this.#isRunning = false
    }
  }
}
