/**
 * Keeps messages of the user's own classes in order with everything else: each run of one class is processed on this thread when all that
 * came before is tracked, and what comes after is held back until then. With no such messages about, nothing is held and nothing costs.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { ProcessBatchError, ReentrantError } from '../errors.js'
import { partOf, plainText } from '../thrown.js'

type Class<M> = abstract new (...args: never[]) => M

/** What is run when its turn comes. */
type Step = () => void

interface Held<M> {
  readonly message: M
  readonly type: Class<M>
  readonly settle: ((error: Error | null) => void) | null
}

/** What the order needs of its logger. */
export interface OrderPort<M> {
  /** Resolves when everything handed on before is tracked or rejected. */
  reach(): Promise<void>
  process(batch: M[], type: Class<M>): Promise<void>
  /** So many messages are processed, or are not because of `error`. */
  done(messages: number, error: ProcessBatchError | null): void
}

/** A run of messages that is being processed. */
interface Batch<M> {
  readonly order: object
  entries: readonly Held<M>[]
  /** Whether it is waited for still. */
  isOpen: boolean
}

/** The batch that is being processed by the code that asks. */
const inside = new AsyncLocalStorage<Batch<object> | null>()

/** Runs what is no part of the batch, though it begins there. */
export function outside<T>(run: () => T): T {
  return inside.run(null, run)
}

export class MessageOrder<M extends object = object> {
  /** What is held back, bytes. */
  heldBytes = 0
  readonly #maxBatchSize: number
  #port: OrderPort<M> | null = null
  #queue: (Step | Held<M>)[] = []
  #busy = false
  #idle: (() => void)[] = []
  #batch: Batch<M> | null = null
  /** Run when nothing is held back any more: `gather` may bring more of it. */
  #last: { gather: Step; step: Step } | null = null
  /** Whoever works for an earlier turn has been given up. */
  #turn = 0

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

  /** Whether the code that asks belongs to a batch that is being processed. */
  get isInside(): boolean {
    const batch = this.#busy ? inside.getStore() : undefined
    return batch?.order === this && batch.isOpen
  }

  /** @throws ReentrantError inside of a batch's processing: waiting for what is behind it would never end. */
  refuseInside(): void {
    if (this.isInside) throw new ReentrantError(WAITS_FOR_ITSELF)
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

  /** Runs `step` behind everything, also behind what the batches that are held back hand on; `gather` makes that known. */
  runLast(gather: Step, step: Step): void {
    gather()
    if (this.#busy) this.#last = { gather, step }
    else step()
  }

  /** Puts a message in order; `settle` is told when it is processed. */
  add(message: M, type: Class<M>, bytes: number, settle: ((error: Error | null) => void) | null): void {
    this.heldBytes += bytes
    const done = (error: Error | null) => {
      this.heldBytes -= bytes
      settle?.(error)
    }
    this.#queue.push({ message, type, settle: done })
    if (this.#busy) return
    this.#busy = true
    void this.#work()
  }

  /** Resolves when nothing is held back. */
  idle(): Promise<void> {
    if (!this.#busy) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Waits for no batch any more: messages are not processed, because of `error`, and everything else goes on. */
  giveUp(error: Error): void {
    this.#turn++
    const [batch, queue] = [this.#batch, this.#queue]
    this.#batch = null
    this.#queue = []
    this.#busy = false
    if (batch !== null) this.#settle(batch, error)
    for (const next of queue) {
      if (typeof next === 'function') next()
      else this.#settle({ order: this, entries: [next], isOpen: false }, error)
    }
    this.#finish()
  }

  async #work(): Promise<void> {
    const turn = this.#turn
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (typeof next === 'function') next()
      else await this.#process(next, turn)
      if (turn !== this.#turn) return
    }
    this.#busy = false
    this.#finish()
  }

  #next(): Step | Held<M> | undefined {
    if (this.#queue.length === 0) this.#last?.gather()
    return this.#queue.shift()
  }

  #finish(): void {
    const [idle, last] = [this.#idle, this.#last]
    this.#idle = []
    this.#last = null
    for (const resolve of idle) resolve()
    last?.step()
  }

  async #process(first: Held<M>, turn: number): Promise<void> {
    const batch: Batch<M> = { order: this, entries: [first], isOpen: true }
    this.#batch = batch
    try {
      await this.#port?.reach()
    } catch (error) {
      if (turn === this.#turn) this.#settle(batch, error as Error)
      return
    }
    if (turn !== this.#turn) return
    const { type } = first
    batch.entries = this.#gather(first)
    const messages = batch.entries.map(({ message }) => message)
    let failure: ProcessBatchError | null = null
    try {
      await inside.run(batch, async () => this.#port?.process(messages, type))
    } catch (cause) {
      failure = new ProcessBatchError(plainText(partOf(type as { name?: unknown }, 'name')), cause)
    }
    if (turn === this.#turn) this.#settle(batch, failure)
  }

  /** What is processed together: more of the class may have come while what is before it was waited for. */
  #gather(first: Held<M>): Held<M>[] {
    const batch = [first]
    for (let next = this.#queue[0]; batch.length < this.#maxBatchSize; next = this.#queue[0]) {
      if (next === undefined || typeof next === 'function') break
      if (next.type !== first.type) break
      batch.push(next)
      this.#queue.shift()
    }
    return batch
  }

  #settle(batch: Batch<M>, error: Error | null): void {
    batch.isOpen = false
    this.#batch = null
    const failure = error === null || error instanceof ProcessBatchError ? error : new ProcessBatchError(null, error)
    for (const { settle } of batch.entries) settle?.(error)
    this.#port?.done(batch.entries.length, failure)
  }
}

const WAITS_FOR_ITSELF =
  'processBatch waits for what comes after its batch. Inside of it, log without sync, and flush afterwards.'
