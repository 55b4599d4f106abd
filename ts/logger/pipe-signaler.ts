import { ClosedError, InvalidOptionError, NotStartedError } from '../errors.js'
import { showAs } from '../inspect.js'
import { eachOf, namedString, waitArgument } from '../option-checks.js'
import { received } from '../received.js'
import { isList, reading } from '../refusal.js'
import { Latch } from './latch.js'

interface Waiter {
  resolve(data: unknown): void
  reject(error: Error): void
  readonly promise: Promise<unknown>
}

let signalers = 0

/**
 * Promises by message id: whoever waits registers an id, whoever has done the work signals it. Many ids may be signalled in one go. Closing
 * rejects what is still pending.
 *
 * It has no thread, and its members that speak of one say what corresponds: `ident` is a number that no other signaler of this process has,
 * `daemon` is kept but has no effect, since promises alone keep nothing alive.
 *
 * @example
 * ```ts
 * const signaler = new PipeSignaler()
 * signaler.start()
 * const answer = signaler.register<number>('question')
 * signaler.signal(['question', null, 42])
 * await answer // 42
 * ```
 */
export class PipeSignaler {
  /** Tells signalers apart; has no other meaning. */
  name: string
  /** Kept, without effect. */
  daemon = true
  readonly #number = ++signalers
  readonly #waiters = new Map<string, Waiter>()
  readonly #ended = new Latch()
  #started = false
  #takesSignals = true

  static {
    showAs('PipeSignaler', PipeSignaler.prototype, (signaler) => ({
      name: signaler.name,
      isAlive: signaler.isAlive(),
      waiting: signaler.#waiters.size,
    }))
  }

  constructor() {
    this.name = `PipeSignaler-${this.#number}`
  }

  /** A number of its own once started; `null` before. */
  get ident(): number | null {
    return this.#started ? this.#number : null
  }

  /** Says that it is in use: `isAlive` is true from then on. @throws ClosedError when it was closed; InvalidOptionError when it was started before. */
  start(): void {
    if (this.#ended.isSet) throw new ClosedError('The signaler has been closed.')
    if (this.#started) throw new InvalidOptionError('start', 'must be called once')
    this.#started = true
  }

  /**
   * The promise of what is signalled under `messageId`.
   *
   * @throws ClosedError; InvalidOptionError when somebody waits under that id already.
   */
  register<T = unknown>(messageId: string): Promise<T> {
    if (this.#ended.isSet) throw new ClosedError('The signaler has been closed.')
    namedString('messageId', messageId)
    if (this.#waiters.has(messageId))
      throw new InvalidOptionError('messageId', 'must be one that nobody waits for already')
    let waiter: Omit<Waiter, 'promise'> | undefined
    const promise = new Promise<T>((resolve, reject) => {
      waiter = { resolve: resolve as (data: unknown) => void, reject }
    })
    if (waiter !== undefined) this.#waiters.set(messageId, { ...waiter, promise })
    return promise
  }

  /** Settles what waits under an id: with the error, if there is one, or the data. Says whether anybody waited. */
  signal(result: readonly [messageId: string, error: Error | null, data?: unknown]): boolean {
    if (!isList(result)) throw new InvalidOptionError('result', `must be [messageId, error, data]${received(result)}`)
    const [messageId, error, data] = reading('result', () => [...result] as const)
    const waiter = this.#takesSignals ? this.#waiters.get(messageId) : undefined
    if (waiter === undefined) return false
    this.#waiters.delete(messageId)
    if (error === null || error === undefined) waiter.resolve(data)
    else waiter.reject(error)
    return true
  }

  /** As `signal`, of many; gives how many somebody waited for. */
  signalMany(results: Iterable<readonly [messageId: string, error: Error | null, data?: unknown]>): number {
    let settled = 0
    eachOf('results', results, (result) => {
      if (this.signal(result)) settled++
    })
    return settled
  }

  /** Starts, if it is not started, and resolves when it has been closed. */
  run(): Promise<void> {
    if (!this.#started) this.start()
    return this.#ended.wait()
  }

  /** The working side signals no more: later signals are ignored. */
  closeChild(): void {
    this.#takesSignals = false
  }

  /** Rejects what is pending, with ClosedError. */
  close(): void {
    const waiters = [...this.#waiters.values()]
    this.#waiters.clear()
    this.#ended.set()
    for (const { promise, reject } of waiters) {
      // Whoever waits hears of it; that nobody does is no fault.
      promise.catch(() => {})
      reject(new ClosedError('The signaler was closed before an answer came.'))
    }
  }

  /** Resolves when it has been closed, or after `timeoutMs`; `isAlive` tells which. @throws NotStartedError */
  async join(timeoutMs?: number): Promise<void> {
    const longest = waitArgument('timeoutMs', timeoutMs, Number.POSITIVE_INFINITY)
    if (!this.#started) throw new NotStartedError('The signaler has not been started.')
    await this.#ended.wait(longest)
  }

  /** Whether it is started and not closed. */
  isAlive(): boolean {
    return this.#started && !this.#ended.isSet
  }

  /** What `daemon` is. */
  isDaemon(): boolean {
    return this.daemon
  }

  /** Sets `daemon`, which has no effect. */
  setDaemon(daemon: boolean): void {
    this.daemon = daemon
  }

  /** What `name` is. */
  getName(): string {
    return this.name
  }

  /** Sets `name`. */
  setName(name: string): void {
    this.name = name
  }
}
