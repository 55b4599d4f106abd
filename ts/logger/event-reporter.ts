/**
 * What a logger tells its user. Events go to their listeners; what matters and nobody listens for becomes a warning of the process, once a kind.
 *
 * A listener that throws is its owner's uncaught error, as with any emitter, and keeps nothing else from happening.
 */
import type { EventEmitter } from 'node:events'
import type { RollingProfilesError } from '../errors.js'
import { isWatched } from './channels.js'
import type { LoggerEvents } from './types.js'

/** What is said of an event that nobody listens for, and what to do about it. */
const UNHEARD: Partial<Record<keyof LoggerEvents, string>> = {
  rejected: "Listen for the event 'rejected' to hear of each message; stats().rejectedMessages counts them.",
  refused: "Listen for the event 'refused' to hear of each message; stats().refusedMessages counts them.",
  writeFailed:
    "It is tried again. Listen for the event 'writeFailed' to hear of each attempt; stats().writeFailures counts them.",
  warning: "Listen for the event 'warning' to hear of others.",
  error: "Listen for the event 'error' to hear of others.",
}

export class EventReporter {
  readonly #events: EventEmitter<LoggerEvents>
  readonly #told = new Set<string>()

  constructor(events: EventEmitter<LoggerEvents>) {
    this.#events = events
  }

  /** Never throws. */
  emit<K extends keyof LoggerEvents>(name: K, ...event: LoggerEvents[K]): void {
    const isHeard = this.#events.listenerCount(name) > 0
    if (!isHeard && !isWatched(name)) this.#warn(name, event[0])
    // Without a listener, an emitter throws it.
    if (name === 'error' && !isHeard) return
    try {
      // biome-ignore lint/suspicious/noExplicitAny: the emitter's own parameter is a conditional type that no generic argument satisfies
      this.#events.emit(name, ...(event as any))
    } catch (error) {
      process.nextTick(() => {
        throw error
      })
    }
  }

  #warn(name: keyof LoggerEvents, event: unknown): void {
    const advice = UNHEARD[name]
    if (advice === undefined) return
    const { code, message } = errorOf(event)
    const kind = `${name} ${code}`
    if (this.#told.has(kind)) return
    this.#told.add(kind)
    process.emitWarning(`${message.replace(/[^.!?]$/, '$&.')} ${advice}`, { type: 'RollingProfilesWarning', code })
  }
}

function errorOf(event: unknown): RollingProfilesError {
  return (event as { error?: RollingProfilesError }).error ?? (event as RollingProfilesError)
}
