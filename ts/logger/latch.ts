import { type LongTimer, startTimer } from '../long-timer.js'

/** A thing that happens once, and that one can wait for. */
export class Latch {
  #isSet = false
  #resolve: () => void = () => {}
  readonly #promise = new Promise<void>((resolve) => {
    this.#resolve = resolve
  })

  get isSet(): boolean {
    return this.#isSet
  }

  set(): void {
    this.#isSet = true
    this.#resolve()
  }

  /** Resolves when it has happened, or after `timeoutMs`, which may be `Infinity`. */
  async wait(timeoutMs?: number): Promise<void> {
    if (timeoutMs === undefined || this.#isSet) return this.#promise
    let timer: LongTimer | undefined
    const late = new Promise<void>((resolve) => {
      timer = startTimer(timeoutMs, resolve)
    })
    await Promise.race([this.#promise, late])
    timer?.clear()
  }
}
