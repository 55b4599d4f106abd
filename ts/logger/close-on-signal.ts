/** Closes loggers when the process is told to end, by one listener a signal for all of them. */
import { ClosedError, InvalidOptionError, NotAliveError, NotStartedError } from '../errors.js'
import { refuseOthers, wait } from '../option-checks.js'
import { warningOf } from '../thrown.js'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const OPTIONS = new Set(['timeoutMs'])
/** What a logger says that is not open: there is nothing to close. */
const NOT_OPEN = [NotStartedError, ClosedError, NotAliveError]

/** Options of {@link closeOnSignal}. */
export interface CloseOnSignalOptions {
  /**
   * How long each close may take, in milliseconds, or `Infinity`. The default ends before the 30 seconds
   * are over that many hosts give.
   *
   * @default 25_000
   */
  timeoutMs?: number | undefined
}

/** How long a close may take. */
export interface CloseLimit {
  /** In milliseconds, or `Infinity`. */
  timeoutMs: number
}

/** What can be closed: a logger. */
export interface Closable {
  /** Ends it, with what it holds written, within the time of the options. */
  close(options: CloseLimit): Promise<unknown>
}

const closes = new Set<() => Promise<unknown>>()
let isEnding = false

/**
 * Closes a logger on SIGTERM and SIGINT. When all loggers that were given are closed, and nobody else listens for the signal, it is raised again, so that
 * the process ends as one that the signal ended: with code 143 or 130. A second signal does not wait for the close.
 *
 * Gives back what takes it back: a function, which `using` takes as well.
 *
 * @throws InvalidOptionError
 * @example
 * ```ts
 * const logger = new ProcessRollingLogger()
 * logger.start()
 * closeOnSignal(logger)
 * ```
 */
export function closeOnSignal(logger: Closable, options: CloseOnSignalOptions = {}): (() => void) & Disposable {
  if (typeof logger?.close !== 'function') throw new InvalidOptionError('logger', 'it has no close')
  refuseOthers(options, OPTIONS)
  const timeoutMs = wait('timeoutMs', options.timeoutMs, 25_000)
  const close = async () => logger.close({ timeoutMs })
  if (closes.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal)
  closes.add(close)
  const remove = (): void => {
    if (closes.delete(close) && closes.size === 0) stopListening()
  }
  return Object.assign(remove, { [Symbol.dispose]: remove })
}

function stopListening(): void {
  for (const signal of SIGNALS) process.removeListener(signal, onSignal)
}

function onSignal(signal: NodeJS.Signals): void {
  if (isEnding) raise(signal)
  else void closeAll(signal)
}

async function closeAll(signal: NodeJS.Signals): Promise<void> {
  isEnding = true
  const ended = await Promise.allSettled([...closes].map((close) => close()))
  isEnding = false
  for (const end of ended) {
    if (end.status === 'rejected' && !NOT_OPEN.some((kind) => end.reason instanceof kind)) {
      process.emitWarning(warningOf(end.reason))
    }
  }
  raise(signal)
}

/** Ends the process as the signal would have, unless somebody else looks after it. */
function raise(signal: NodeJS.Signals): void {
  if (process.listeners(signal).some((listener) => listener !== onSignal)) return
  stopListening()
  process.kill(process.pid, signal)
}
