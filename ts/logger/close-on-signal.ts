/** Closes loggers when the process is told to end, by one listener a signal for all of them. */
import {
  ClosedError,
  DataLossError,
  InvalidOptionError,
  NotAliveError,
  NotStartedError,
  TimeoutError,
} from '../errors.js'
import { type LongTimer, startTimer } from '../long-timer.js'
import { capable, optionsOf, wait } from '../option-checks.js'
import { received } from '../received.js'
import { hasMethod } from '../refusal.js'
import { warningOf } from '../thrown.js'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const OPTIONS = new Set(['timeoutMs', 'before'])
/** How much longer is waited for a close than it was given, ms: it should end by itself. */
const GRACE_MS = 1000
/** What needs no warning: there is nothing to close, or the logger has told of its loss itself. */
const NO_NEWS = [NotStartedError, ClosedError, NotAliveError, DataLossError]

/** Options of {@link closeOnSignal}. */
export interface CloseOnSignalOptions {
  /**
   * How long each close may take, in milliseconds, or `Infinity`. The default ends before the 30 seconds
   * are over that many hosts give.
   *
   * @default 25_000
   */
  timeoutMs?: number | undefined
  /**
   * What is done before, such as closing a server, so that what it logs last is taken. It has at most half
   * of the time; then, or when it fails, the process is warned and the logger closes all the same.
   *
   * @default undefined
   */
  before?: (() => unknown) | undefined
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
 * Closes a logger on SIGTERM and SIGINT. When all loggers that were given are closed, and nobody else
 * listens for the signal, it is raised again, so that the process ends as one that the signal ended: with
 * code 143 or 130. A second signal does not wait for the close, and neither does the process where a close
 * takes a second longer than it may. What a close rejects with is a warning of the process.
 * `before` closes a server first.
 *
 * Gives back what takes it back: a function, which `using` takes as well.
 *
 * @throws InvalidOptionError
 * @example
 * ```ts
 * const logger = new ProcessRollingLogger()
 * logger.start()
 * const server = createServer((_request, response) => response.end())
 * closeOnSignal(logger, { before: () => new Promise((done) => server.close(done)) })
 * ```
 */
export function closeOnSignal(logger: Closable, options: CloseOnSignalOptions = {}): (() => void) & Disposable {
  if (!hasMethod(logger, 'close')) throw new InvalidOptionError('logger', `must have a method close${received(logger)}`)
  const given = optionsOf(options, OPTIONS)
  const timeoutMs = wait('timeoutMs', given.timeoutMs, 25_000)
  const before = given.before === undefined ? null : capable('before', given.before, given.before)
  const close = () => closeInTime(logger, timeoutMs, before)
  if (closes.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal)
  closes.add(close)
  const remove = (): void => {
    if (closes.delete(close) && closes.size === 0) stopListening()
  }
  return Object.assign(remove, { [Symbol.dispose]: remove })
}

async function closeInTime(logger: Closable, timeoutMs: number, before: (() => unknown) | null): Promise<void> {
  const deadline = performance.now() + timeoutMs
  if (before !== null) {
    try {
      await inTime(before, 'What comes before the close', timeoutMs / 2)
    } catch (error) {
      process.emitWarning(warningOf(error))
    }
  }
  const leftMs = Math.max(deadline - performance.now(), 0)
  await inTime(() => logger.close({ timeoutMs: leftMs }), 'The close', leftMs, GRACE_MS)
}

/** Rejects with TimeoutError where `run` has not ended in its time, and the grace. */
async function inTime(run: () => unknown, what: string, timeoutMs: number, graceMs = 0): Promise<void> {
  let timer: LongTimer | undefined
  const late = new Promise<never>((_, reject) => {
    timer = startTimer(timeoutMs + graceMs, () => reject(new TimeoutError(what, Math.round(timeoutMs))))
  })
  try {
    await Promise.race([run(), late])
  } finally {
    timer?.clear()
  }
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
  for (const end of ended) {
    if (end.status === 'rejected' && !NO_NEWS.some((kind) => end.reason instanceof kind)) {
      process.emitWarning(warningOf(end.reason))
    }
  }
  // Warnings are printed a moment after they are given, and the signal ends the process at once.
  await new Promise((resolve) => setImmediate(resolve))
  isEnding = false
  raise(signal)
}

/** Ends the process as the signal would have, unless somebody else looks after it. */
function raise(signal: NodeJS.Signals): void {
  if (process.listeners(signal).some((listener) => listener !== onSignal)) return
  stopListening()
  process.kill(process.pid, signal)
}
