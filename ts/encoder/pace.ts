/**
 * Which of two ways to write rows is quicker here: generated functions, or the loop over a row's names. Both write the same.
 *
 * Mostly the functions are. But an object made as `{ ...row, more }` may have a hidden class of its own (in Node 20 it has), and where each row is one of these,
 * loading values by name misses every cache. Nothing in JavaScript tells such rows apart, but for their time. So blocks are written by either way in stretches,
 * and the time from one full block to the next is compared, at its best: what else the program does between rows is in both.
 *
 * ```text
 *  blocks  0 … 16     loop, and compiled meanwhile
 *         16 … 48     functions, and compiled meanwhile
 *         48 … 64     a trial: four by the loop, four by functions, twice
 *         64 … 4096   the quicker; then from 48 on again
 * ```
 */

const FUNCTIONS_FROM = 16
const TRIAL_FROM = 48
const STRETCH = 4
const TRIAL_TO = 64
const AGAIN_AT = 4096
/** The functions are left only for a difference that is none of chance. */
const CLEARLY = 1.1

export class Pace {
  #block = 0
  #began = 0
  #bestByLoop = Number.POSITIVE_INFINITY
  #bestByFunctions = Number.POSITIVE_INFINITY
  #prefersLoop = false

  /** A block is done, full or not; says whether functions write the next one. */
  next(wasFull: boolean): boolean {
    const byFunctions = this.#byFunctions()
    if (this.#block >= TRIAL_FROM && this.#block <= TRIAL_TO) this.#lap(wasFull, byFunctions)
    this.#block++
    if (this.#block === TRIAL_TO) this.#judge()
    if (this.#block === AGAIN_AT) this.#block = TRIAL_FROM
    return this.#byFunctions()
  }

  #byFunctions(): boolean {
    if (this.#block < TRIAL_FROM) return this.#block >= FUNCTIONS_FROM
    if (this.#block < TRIAL_TO) return ((this.#block - TRIAL_FROM) & STRETCH) !== 0
    return !this.#prefersLoop
  }

  /** The first block of a stretch is the other way's in part: what was compiled for it may have to be compiled again. */
  #lap(wasFull: boolean, byFunctions: boolean): void {
    const now = performance.now()
    const time = now - this.#began
    this.#began = now
    if (!wasFull || this.#block % STRETCH === 0) return
    if (byFunctions) this.#bestByFunctions = Math.min(this.#bestByFunctions, time)
    else this.#bestByLoop = Math.min(this.#bestByLoop, time)
  }

  #judge(): void {
    this.#prefersLoop = this.#bestByFunctions > this.#bestByLoop * CLEARLY
    this.#bestByLoop = Number.POSITIVE_INFINITY
    this.#bestByFunctions = Number.POSITIVE_INFINITY
  }
}
