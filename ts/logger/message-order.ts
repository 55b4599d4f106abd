/**
 * Keeps messages of the user's own classes in order with everything else: each run of one class is processed on this thread when all that
 * came before is tracked, and what comes after is held back until then. With no such messages about, nothing is held and nothing costs.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { NotAliveError, ProcessBatchError, ReentrantError } from '../errors.js'

/** What is run when its turn comes. */
type Step = () => void

interface Held<M> {
  readonly message: M
  readonly settle: ((error: Error | null) => void) | null
}

/** What the order needs of its logger. */
export interface OrderPort<M> {
  /** Resolves when everything handed on before is tracked or rejected. */
  reach(): Promise<void>
  process(batch: M[], type: abstract new (...args: never[]) => M): Promise<void>
  /** So many messages are processed, or are not because of `error`. */
  done(messages: number, error: ProcessBatchError | null): void
}

/** The order whose batch is being processed by the code that asks. */
const inside = new AsyncLocalStorage<object>()

export class MessageOrder<M extends object = object> {
  /** What is held back, bytes. */
  heldBytes = 0
  readonly #maxBatchSize: number
  #port: OrderPort<M> | null = null
  #queue: (Step | Held<M>)[] = []
  #busy = false
  #idle: (() => void)[] = []

  constructor(maxBatchSize: number) {
    this.#maxBatchSize = maxBatchSize
  }

  set port(port: OrderPort<M>) {
    this.#port = port
  }

  /** Whether something is held back. */
  get busy(): boolean {
    return this.#busy
  }

  /** @throws ReentrantError inside of a batch's processing: waiting for what is behind it would never end. */
  refuseInside(): void {
    if (this.#busy && inside.getStore() === this) throw new ReentrantError(WAITS_FOR_ITSELF)
  }

  /** Runs `step` now, or behind what is held back. */
  run(step: Step, bytes = 0): void {
    if (!this.#busy) {
      step()
      return
    }
    this.heldBytes += bytes
    this.#queue.push(() => {
      this.heldBytes -= bytes
      step()
    })
  }

  /** Puts a message in order; `settle` is told when it is processed. */
  add(message: M, bytes: number, settle: ((error: Error | null) => void) | null): void {
    this.heldBytes += bytes
    const done = (error: Error | null) => {
      this.heldBytes -= bytes
      settle?.(error)
    }
    this.#queue.push({ message, settle: done })
    if (this.#busy) return
    this.#busy = true
    void this.#work()
  }

  /** Resolves when nothing is held back. */
  idle(): Promise<void> {
    if (!this.#busy) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Nothing is processed any more: what is held is given up. */
  end(): void {
    const held = this.#queue.filter((entry) => typeof entry !== 'function')
    this.#queue = []
    if (held.length > 0) this.#settle(held, new NotAliveError())
  }

  async #work(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (typeof next === 'function') next()
      else await this.#process(next)
    }
    this.#busy = false
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }

  async #process(first: Held<M>): Promise<void> {
    try {
      await this.#port?.reach()
    } catch (error) {
      this.#settle([first], error as Error)
      return
    }
    // Gathered only now: more of the class may have come meanwhile.
    const type = first.message.constructor as abstract new (...args: never[]) => M
    const batch = [first]
    for (let next = this.#queue[0]; batch.length < this.#maxBatchSize; next = this.#queue[0]) {
      if (next === undefined || typeof next === 'function' || next.message.constructor !== type) break
      batch.push(next)
      this.#queue.shift()
    }
    const messages = batch.map(({ message }) => message)
    let failure: ProcessBatchError | null = null
    try {
      await inside.run(this, async () => this.#port?.process(messages, type))
    } catch (cause) {
      failure = new ProcessBatchError(type.name, cause)
    }
    this.#settle(batch, failure)
  }

  #settle(batch: readonly Held<M>[], error: Error | null): void {
    const failure = error === null || error instanceof ProcessBatchError ? error : new ProcessBatchError(null, error)
    this.#port?.done(batch.length, failure)
    for (const { settle } of batch) settle?.(error)
  }
}

const WAITS_FOR_ITSELF =
  'A batch was waiting for what comes after it: inside of processBatch, log without sync and flush later.'
