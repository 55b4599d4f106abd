/** How much may wait, by bytes or by messages (`queueType`), and how much does. */
import { native } from '../native.js'
import { QueueType, type ResolvedOptions } from '../options.js'
import type { EngineClient } from './engine-client.js'
import type { IntakeCounters } from './types.js'

export interface Room {
  /** The most that may wait, in the unit of this room. */
  readonly limit: number
  /** Past the high-water mark, half of the limit. */
  readonly pressed: boolean
  /** What a message of `bytes` takes. */
  charge(bytes: number): number
  /** Whether a message of `bytes` fits now. */
  fits(bytes: number): boolean
  /** Whether it fits and leaves the room not `pressed`, as far as was last seen: the common case, told at once. */
  isCalm(bytes: number): boolean
}

/** The room of a logger. `openBytes` tells what the rows in open blocks are charged. */
export function roomOf(
  options: ResolvedOptions,
  engine: EngineClient,
  counters: IntakeCounters,
  openBytes: () => number,
): Room {
  const { maxBufferBytes, maxQueueMessages } = options.queueConfig
  return options.queueType === QueueType.MP
    ? new MessageRoom(maxQueueMessages, engine, counters)
    : new ByteRoom(maxBufferBytes, engine, openBytes)
}

/**
 * What waits is `engine.queued` (the engine's figure as last seen, which can only have become less, since nobody else submits), what is held
 * back behind messages of the user's own, and rows in open blocks. So the common row needs no native call.
 */
class ByteRoom implements Room {
  readonly limit: number
  readonly #engine: EngineClient
  readonly #openBytes: () => number

  constructor(limit: number, engine: EngineClient, openBytes: () => number) {
    this.limit = limit
    this.#engine = engine
    this.#openBytes = openBytes
  }

  get pressed(): boolean {
    return this.#engine.queued + this.#engine.order.heldBytes + this.#openBytes() > this.limit / 2
  }

  charge(bytes: number): number {
    return bytes
  }

  isCalm(bytes: number): boolean {
    return this.#engine.queued + this.#engine.order.heldBytes + this.#openBytes() + bytes <= this.limit / 2
  }

  fits(bytes: number): boolean {
    const limit = this.limit - this.#openBytes() - this.#engine.order.heldBytes - bytes
    return this.#engine.queued <= limit || this.#engine.refresh() <= limit
  }
}

/** The engine is asked how many messages are done only now and then: they can only have become more. */
const ASK_EVERY = 256

class MessageRoom implements Room {
  readonly limit: number
  readonly #engine: EngineClient
  readonly #counters: IntakeCounters
  #done = 0
  #askedAt = 0

  constructor(limit: number, engine: EngineClient, counters: IntakeCounters) {
    this.limit = limit
    this.#engine = engine
    this.#counters = counters
  }

  get #waiting(): number {
    const { acceptedMessages, emptyMessages, processedMessages, unprocessedMessages } = this.#counters
    return acceptedMessages - emptyMessages - processedMessages - unprocessedMessages - this.#done
  }

  get pressed(): boolean {
    if (this.#engine.queued > this.limit / 2 && this.#engine.refresh() > this.limit / 2) return true
    if (this.#waiting <= this.limit / 2) return false
    if (this.#counters.acceptedMessages - this.#askedAt >= Math.min(ASK_EVERY, this.limit / 4)) this.#ask()
    return this.#waiting > this.limit / 2
  }

  charge(): number {
    return 1
  }

  isCalm(): boolean {
    return this.#waiting < this.limit / 2
  }

  fits(): boolean {
    // The engine's own figure is at the limit while profiles have no room.
    if (this.#engine.queued >= this.limit && this.#engine.refresh() >= this.limit) return false
    if (this.#waiting < this.limit) return true
    this.#ask()
    return this.#waiting < this.limit
  }

  #ask(): void {
    const { trackedMessages, rejectedMessages } = this.#engine.call(() => native.stats(this.#engine.handle))
    this.#done = trackedMessages + rejectedMessages
    this.#askedAt = this.#counters.acceptedMessages
  }
}
