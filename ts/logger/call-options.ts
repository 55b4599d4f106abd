/** Options of calls that are waited for: all of them are checked before anything is done. */
import { refuseOthers, wait } from '../option-checks.js'
import { checkSignal } from './abort.js'
import type { Abortable } from './types.js'

const ABORTABLE = new Set(['signal'])
const TIMED = new Set(['timeoutMs', 'signal'])

/** Options of a call that may take long. */
export interface TimedOptions extends Abortable {
  /** How long it may take, ms; `Infinity`: as long as it does. */
  timeoutMs?: number | undefined
}

/** The signal. @throws InvalidOptionError; the signal's reason, where it is aborted already. */
export function abortableOf(given: Abortable): AbortSignal | undefined {
  refuseOthers(given, ABORTABLE)
  checkSignal(given.signal)
  return given.signal
}

/** What was given, with its time filled in. @throws as `abortableOf` */
export function timedOf(
  given: TimedOptions,
  fallbackMs: number,
): { timeoutMs: number; signal: AbortSignal | undefined } {
  refuseOthers(given, TIMED)
  const timeoutMs = wait('timeoutMs', given.timeoutMs, fallbackMs)
  checkSignal(given.signal)
  return { timeoutMs, signal: given.signal }
}
