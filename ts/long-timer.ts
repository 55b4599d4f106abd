/** Timers of any length. Node's own reach 25 days, and one set for longer fires at once. */

/** The longest that a timer of Node can be told to wait, ms. */
export const LONGEST_TIMEOUT_MS: number = 2 ** 31 - 1
/** What stands for a wait without end where a number has to cross to the engine: a hundred years, ms. */
export const FOREVER_MS: number = 100 * 366 * 24 * 3_600_000

/** A timer that was started. */
export interface LongTimer {
  /** It fires no more. */
  clear(): void
}

/** Runs `run` after `ms`; never, for `Infinity`. Holds the event loop meanwhile, as `setTimeout` does. */
export function startTimer(ms: number, run: () => void): LongTimer {
  let timer: NodeJS.Timeout | undefined
  const wait = (left: number): void => {
    if (left <= LONGEST_TIMEOUT_MS) timer = setTimeout(run, left)
    else timer = setTimeout(() => wait(left - LONGEST_TIMEOUT_MS), LONGEST_TIMEOUT_MS)
  }
  if (ms !== Number.POSITIVE_INFINITY) wait(ms)
  return { clear: () => clearTimeout(timer) }
}

/** The same, but what came in while the event loop was blocked is seen to first. */
export function startPatientTimer(ms: number, run: () => void): LongTimer {
  let immediate: NodeJS.Immediate | undefined
  const timer = startTimer(ms, () => {
    immediate = setImmediate(run)
  })
  const clear = (): void => {
    timer.clear()
    clearImmediate(immediate)
  }
  return { clear }
}
