/**
 * Runs programs until so many have run, a time is reached, or one fails; makes one that fails as small as it can.
 *
 * A seed makes the same programs again, but not the same interleaving of threads. So a program that failed is run
 * some times more, to see how often it fails, and each smaller one as often as that takes before it counts as good.
 */
import fc from 'fast-check'
import { run } from './run.mjs'

/** The most runs of a smaller program. */
const MOST_RUNS = 30
/** So many runs tell how often a program fails. */
const LOOKS = 6
/** While it shrinks, nobody is waited for any longer. */
const SHRINK_PATIENCE_MS = 3000
/** What commands and settings are left out in, at least, ms. */
const TRIM_MS = 15_000

/**
 * @param arbitrary the programs
 * @param options `seed`; `programs`: at most so many; `forMs`: none begins later; `patienceMs` and `check` of each;
 *   `shrinkMs`; `onProgram`: told of the sums so far
 * @returns the sums, and `found`: `{ program, faults, seed, afterMs, programs }`, or `null`
 */
export async function search(arbitrary, options) {
  const { seed, programs, forMs = Number.POSITIVE_INFINITY, check = run, patienceMs, shrinkMs, onProgram } = options
  const sums = { programs: 0, rows: 0, promises: 0, unsettled: 0 }
  const began = performance.now()
  let found = null
  let shrinker = null
  const property = fc.asyncProperty(arbitrary, async (program) => {
    if (shrinker !== null) return shrinker.look(program)
    const afterMs = performance.now() - began
    if (afterMs > forMs) return
    const { faults, rows, promises, unsettled } = await check(program, patienceMs)
    sums.programs++
    sums.rows += rows
    sums.promises += promises
    sums.unsettled += unsettled
    onProgram?.(sums)
    if (faults.length === 0) return
    found = { seed, afterMs, programs: sums.programs, program, faults }
    shrinker = await Shrinker.of(found, (smaller) => check(smaller, Math.min(patienceMs, SHRINK_PATIENCE_MS)), shrinkMs)
    throw new Error(faults[0])
  })
  await fc.check(property, { seed, numRuns: programs })
  if (shrinker !== null && shrinkMs > 0) await shrinker.trim()
  return { ...sums, found }
}

class Shrinker {
  #found
  #check
  #runs
  #until

  constructor(found, check, runs, until) {
    this.#found = found
    this.#check = check
    this.#runs = runs
    this.#until = until
  }

  static async of(found, check, shrinkMs) {
    const until = performance.now() + shrinkMs
    let failures = 0
    for (let look = 0; look < LOOKS; look++) failures += (await check(found.program)).faults.length > 0 ? 1 : 0
    const runs = failures === 0 ? MOST_RUNS : Math.min(MOST_RUNS, Math.ceil((6 * LOOKS) / failures))
    return new Shrinker(found, check, runs, until)
  }

  /** Runs a smaller program until it fails: then it is the one that was found, and this throws. */
  async look(program) {
    for (let time = 0; time < this.#runs && performance.now() < this.#until; time++) {
      const { faults } = await this.#check(program)
      if (faults.length === 0) continue
      Object.assign(this.#found, { program, faults })
      throw new Error(faults[0])
    }
  }

  async #fails(program) {
    return this.look(program).then(
      () => false,
      () => true,
    )
  }

  /** Leaves out commands and settings one by one, where the time was too short to do so otherwise. */
  async trim() {
    this.#until = Math.max(this.#until, performance.now() + TRIM_MS)
    for (let at = this.#found.program.commands.length - 1; at >= 0; at--) {
      const { commands } = this.#found.program
      await this.#fails({ ...this.#found.program, commands: commands.filter((_, index) => index !== at) })
    }
    for (const name of Object.keys(this.#found.program.settings)) {
      // Without it, the same program may give other bytes.
      if (name === 'seed') continue
      const { [name]: _, ...settings } = this.#found.program.settings
      await this.#fails({ ...this.#found.program, settings })
    }
  }
}
