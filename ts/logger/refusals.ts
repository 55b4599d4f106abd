/**
 * Messages that are refused: each is counted, and thrown or told by the event `refused`, as
 * `onInvalid` says.
 *
 * A full queue is no fault of the message: `onFull` says what comes then, and nothing is told here.
 */
import { type AnyRollingProfilesError, QueueFullError, type RollingProfilesError } from '../errors.js'
import type { ResolvedOptions } from '../options.js'
import { refusalOf } from '../refusal.js'
import type { EventReporter } from './event-reporter.js'
import { REFUSED } from './intake.js'
import type { IntakeCounters, LogOptions } from './types.js'

export class Refusals {
  readonly #options: ResolvedOptions
  readonly #counters: IntakeCounters
  readonly #events: EventReporter
  /** A message that a listener logs, and that is refused in its turn, is counted alone. */
  #isTelling = false
  #isThrowing = false

  constructor(options: ResolvedOptions, counters: IntakeCounters, events: EventReporter) {
    this.#options = options
    this.#counters = counters
    this.#events = events
  }

  /** Whether callers are thrown at, in which case nothing is told. */
  get #throws(): boolean {
    return this.#options.onInvalid === 'throw'
  }

  /** Of a call that gives no promise. @throws `error`, unless it is told. */
  ofCall(error: unknown, options: LogOptions | null): typeof REFUSED {
    const refusal = this.ofPromise(error, options)
    if (this.#throws || this.#isThrowing || refusal instanceof QueueFullError) throw refusal
    return REFUSED
  }

  /** Of a call whose promise rejects; gives what it rejects with. */
  ofPromise(error: unknown, options: LogOptions | null): RollingProfilesError {
    // What is none of ours was thrown by a getter or proxy among the options: data and functions are seen to elsewhere.
    const refusal = refusalOf('options', error)
    this.#counters.refusedMessages++
    if (!this.#throws && !(refusal instanceof QueueFullError)) this.#tell(refusal, options)
    return refusal
  }

  /** Of a call whose signal is aborted already: it is not offered. @throws the signal's reason */
  givenUp(signal: AbortSignal | undefined): typeof REFUSED {
    if (this.#throws || this.#isThrowing) throw signal?.reason
    return REFUSED
  }

  /** Runs what throws whatever `onInvalid` says, since a promise rejects with that. */
  throwing<T>(run: () => T): T {
    const before = this.#isThrowing
    this.#isThrowing = true
    try {
      return run()
    } finally {
      this.#isThrowing = before
    }
  }

  /** A promise that nobody has to wait for: what it rejects with is told as well. */
  toldOf<T>(promise: Promise<T>): Promise<T> {
    if (!this.#throws) promise.catch(() => {})
    return promise
  }

  #tell(error: RollingProfilesError, options: LogOptions | null): void {
    if (this.#isTelling) return
    this.#isTelling = true
    try {
      this.#events.emit('refused', {
        datasetId: nameIn(options, 'datasetId') ?? this.#options.defaultDatasetId,
        orgId: nameIn(options, 'orgId'),
        error: error as AnyRollingProfilesError,
      })
    } finally {
      this.#isTelling = false
    }
  }
}

/** Whether a promise is asked for, by options that may be anything. */
export function isWaitedFor(options: { sync?: unknown } | null): boolean {
  try {
    return Boolean(options?.sync)
  } catch {
    return false
  }
}

/** Options may be anything: they may be what the message was refused for. */
function nameIn(options: LogOptions | null, key: 'datasetId' | 'orgId'): string | null {
  try {
    const name: unknown = options?.[key]
    return typeof name === 'string' && name !== '' ? name : null
  } catch {
    return null
  }
}
