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

  /** Resolves when it has happened, or after `timeoutMs`. */
  async wait(timeoutMs?: number): Promise<void> {
    if (timeoutMs === undefined || this.#isSet) return this.#promise
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([this.#promise, late])
    clearTimeout(timer)
  }
}
