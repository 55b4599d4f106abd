/** Promises that the engine will settle, by number; the event loop is held exactly while there are any. */

interface Waiter {
  resolve(value: unknown): void
  reject(error: unknown): void
}

export class Pending {
  readonly #waiters = new Map<number, Waiter>()
  readonly #hold: (held: boolean) => void
  #last = 0
  #kept = false

  constructor(hold: (held: boolean) => void) {
    this.#hold = hold
  }

  get size(): number {
    return this.#waiters.size
  }

  /** Holds the event loop also while nobody waits, or no longer. */
  keep(kept: boolean): void {
    if (kept === this.#kept) return
    this.#kept = kept
    if (this.#waiters.size === 0) this.#hold(kept)
  }

  /** A number and its promise. */
  register<T>(): { id: number; promise: Promise<T> } {
    const id = ++this.#last
    const promise = new Promise<T>((resolve, reject) => {
      this.#waiters.set(id, { resolve: resolve as (value: unknown) => void, reject })
    })
    if (this.#waiters.size === 1 && !this.#kept) this.#hold(true)
    return { id, promise }
  }

  resolve(id: number, value: unknown): void {
    this.#take(id)?.resolve(value)
  }

  reject(id: number, error: unknown): void {
    this.#take(id)?.reject(error)
  }

  rejectAll(error: unknown): void {
    for (const id of [...this.#waiters.keys()]) this.reject(id, error)
  }

  #take(id: number): Waiter | undefined {
    const waiter = this.#waiters.get(id)
    if (waiter && this.#waiters.delete(id) && this.#waiters.size === 0 && !this.#kept) this.#hold(false)
    return waiter
  }
}
