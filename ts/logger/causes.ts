/** What writers threw, by number, until it is told of: the engine knows a failure by its text, and hands the number back. */

/** So many are kept: of what failed too late, nobody asks. */
const MOST = 1024

export class Causes {
  readonly #kept = new Map<number, unknown>()
  #last = 0

  /** Keeps it; gives its number, which is above 0. */
  keep(cause: unknown): number {
    // A u32 in the engine.
    this.#last = (this.#last % 0xffff_ffff) + 1
    this.#kept.set(this.#last, cause)
    this.#kept.delete(this.#last - MOST)
    return this.#last
  }

  /** Hands it over; `null` for 0, and for what is kept no longer. */
  take(number: number): { readonly cause: unknown } | null {
    if (!this.#kept.has(number)) return null
    const cause = this.#kept.get(number)
    this.#kept.delete(number)
    return { cause }
  }
}
