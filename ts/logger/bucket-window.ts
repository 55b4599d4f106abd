/**
 * Looks at how far from now a bucket lies, when a row first asks for it: seconds taken for milliseconds, or a wrong clock, show there.
 */
import { BucketWindowError } from '../errors.js'
import type { ResolvedOptions } from '../options.js'
import { askClock, DATE_LIMIT_MS } from '../time.js'

const HOUR_MS = 3_600_000
/** What is thought usual where the user says nothing. */
const USUAL = { pastMs: 7 * 24 * HOUR_MS, futureMs: HOUR_MS }

/** The times, ms, that are usual now, and whether others are refused: what the engine holds against times that it reads itself. */
export function usualTimes(options: Pick<ResolvedOptions, 'currentTimeFn' | 'limits'>): {
  earliestMs: number
  latestMs: number
  refuses: boolean
} {
  const now = askClock(options.currentTimeFn)
  const { pastMs, futureMs } = options.limits.bucketWindow ?? USUAL
  // Infinity is no number that crosses.
  return {
    earliestMs: Math.max(now - pastMs, -DATE_LIMIT_MS),
    latestMs: Math.min(now + futureMs, DATE_LIMIT_MS),
    refuses: options.limits.bucketWindow !== null,
  }
}

export class BucketLookout {
  readonly #options: Pick<ResolvedOptions, 'currentTimeFn' | 'limits'>
  readonly #warn: (warning: BucketWindowError) => void
  #told = false

  constructor(options: Pick<ResolvedOptions, 'currentTimeFn' | 'limits'>, warn: (warning: BucketWindowError) => void) {
    this.#options = options
    this.#warn = warn
  }

  /**
   * Whether `timestampMs` is further from now than usual.
   *
   * @throws BucketWindowError where `limits.bucketWindow` excludes it.
   */
  isFar(timestampMs: number): boolean {
    const { currentTimeFn, limits } = this.#options
    const ahead = timestampMs - askClock(currentTimeFn)
    const { pastMs, futureMs } = limits.bucketWindow ?? USUAL
    if (ahead <= futureMs && -ahead <= pastMs) return false
    const where = ahead > 0 ? `${ahead} ms ahead of now` : `${-ahead} ms ago`
    if (limits.bucketWindow)
      throw new BucketWindowError(
        `The time of the row is ${where}, outside of limits.bucketWindow. Check the clock, and that times are in milliseconds.`,
      )
    if (!this.#told) {
      this.#told = true
      this.#warn(
        new BucketWindowError(
          `The time of a row is ${where}. Check the clock, and that times are milliseconds since the epoch.`,
        ),
      )
    }
    return true
  }
}
