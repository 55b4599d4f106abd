/** When datasets that are idle are let go: each minute, and after a flush. */
import { tuning } from '../tuning.js'
import type { Keys } from './keys.js'

export class IdleLookout {
  readonly #keys: Keys
  readonly #mayLook: () => boolean
  #timer: NodeJS.Timeout | null = null
  #isSweeping = false

  constructor(keys: Keys, mayLook: () => boolean) {
    this.#keys = keys
    this.#mayLook = mayLook
  }

  /** There are datasets to look at. */
  begin(): void {
    if (this.#timer !== null) return
    this.#timer = setInterval(() => {
      if (!this.#mayLook()) return
      this.#keys.closeIdle(tuning.idleTurns)
      this.#sweep()
    }, tuning.idleTurnMs)
    this.#timer.unref()
  }

  /** A flush has ended: much may be idle now. */
  written(): void {
    this.#keys.mayBeIdle()
    this.#sweep()
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  /** Lets go of what there is more of than is kept warm, a little at a time, so that nobody waits for it. */
  #sweep(): void {
    if (this.#isSweeping || this.#keys.datasets <= tuning.warmDatasets) return
    this.#isSweeping = true
    setImmediate(() => this.#sweepOn())
  }

  #sweepOn(): void {
    this.#isSweeping = this.#mayLook() && this.#keys.closeSome(tuning.warmDatasets)
    if (this.#isSweeping) setImmediate(() => this.#sweepOn())
  }
}
