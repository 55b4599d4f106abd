/** Options of calls that are waited for: all of them are checked before anything is done. */
import { choice, optionsOf, wait } from '../option-checks.js'
import { checkSignal } from './abort.js'
import type { Abortable } from './types.js'

const ABORTABLE = new Set(['signal'])
const TIMED = new Set(['timeoutMs', 'signal'])
const CLOSE = new Set([...TIMED, 'onLoss'])
const CLOSE_TIMEOUT_MS = 30_000

/** Options of a call that may take long. */
export interface TimedOptions extends Abortable {
  /**
   * How long it may take, in milliseconds; `Infinity`: as long as it does.
   *
   * @default 1000
   */
  timeoutMs?: number | undefined
}

/** What a close does that could not write everything: rejects with `DataLossError`, or resolves and says how many profiles are pending. */
export type OnLoss = 'throw' | 'report'

/** Options of `close`. */
export interface CloseOptions extends TimedOptions {
  /**
   * How long writes that fail are tried again, in milliseconds; `Infinity`: as long as it takes.
   *
   * @default 30_000
   */
  timeoutMs?: number | undefined
  /**
   * What a close does that could not write everything: `'throw'`: it rejects with a `DataLossError`;
   * `'report'`: it resolves, and says how many profiles are pending.
   *
   * @default 'throw'
   */
  onLoss?: OnLoss | undefined
}

/** Options of `send`. */
export interface SendOptions extends Abortable {
  /**
   * Whether the call is waited for: it then returns a promise, which resolves when the message is processed.
   *
   * @default false
   */
  sync?: boolean | undefined
}

/** The signal. @throws InvalidOptionError; the signal's reason, where it is aborted already. */
export function abortableOf(given: Abortable): AbortSignal | undefined {
  const { signal } = optionsOf(given, ABORTABLE)
  checkSignal(signal)
  return signal
}

/** What was given, with its time filled in. @throws as `abortableOf` */
export function timedOf(
  given: TimedOptions,
  fallbackMs: number,
): { timeoutMs: number; signal: AbortSignal | undefined } {
  const { timeoutMs, signal } = optionsOf(given, TIMED)
  checkSignal(signal)
  return { timeoutMs: wait('timeoutMs', timeoutMs, fallbackMs), signal }
}

/** What was given to `close`, with what is missing filled in. @throws as `abortableOf` */
export function closeOf(given: CloseOptions): Abortable & { timeoutMs: number; onLoss: OnLoss } {
  const { timeoutMs, onLoss, signal } = optionsOf(given, CLOSE)
  const closing = {
    timeoutMs: wait('timeoutMs', timeoutMs, CLOSE_TIMEOUT_MS),
    onLoss: choice('onLoss', onLoss, ['throw', 'report'], 'throw'),
    signal,
  }
  checkSignal(signal)
  return closing
}
