/** When datasets that are idle are let go: each minute, and after a flush. */
import { native } from '../native.js'
import { tuning } from '../tuning.js'
import type { Keys } from './keys.js'

/** After so many datasets were let go, their memory is given back to the system, but not more often than this, ms. */
const MANY = 4096
const PAUSE_MS = 10_000

export class IdleLookout {
  readonly #keys: Keys
  readonly #mayLook: () => boolean
  #timer: NodeJS.Timeout | null = null
  #isSweeping = false
  #givenBackFor = 0
  #givenBackAt = Number.NEGATIVE_INFINITY
  /** Gives back when the pause is over. */
  #later: NodeJS.Timeout | null = null

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
      if (!this.#isSweeping) this.#giveBack()
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
    if (this.#later !== null) clearTimeout(this.#later)
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
    else this.#giveBack()
  }

  #giveBack(): void {
    const letGo = this.#keys.datasetsLetGo
    if (letGo - this.#givenBackFor < MANY || this.#later !== null) return
    const now = performance.now()
    const pause = this.#givenBackAt + PAUSE_MS - now
    if (pause > 0) {
      this.#later = setTimeout(() => {
        this.#later = null
        if (this.#mayLook()) this.#giveBack()
      }, pause)
      this.#later.unref()
      return
    }
    this.#givenBackFor = letGo
    this.#givenBackAt = now
    native.giveBackMemory()
  }
}
