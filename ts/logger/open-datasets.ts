/**
 * The datasets that are open, and which of them are let go.
 *
 * A dataset is idle when the engine has nothing of it: no open profile, none that waits for a writer, no message that
 * waits for it. An idle one is let go when it was not used for ten minutes; when a further one needs its place, those
 * first that were used longest ago; and a little at a time where there are more than are kept warm. When it comes back,
 * its factory is asked again.
 *
 * `used` is a count, not a time: it goes up whenever another dataset is asked for than before. What the engine reads
 * in bytes it notes itself, and says when a dataset is about to be let go.
 */
import { TooManyDatasetsError } from '../errors.js'
import type { NativeIdle } from '../native.js'
import type { RowFunctions } from '../schema/row-functions.js'
import type { TimeGranularity } from '../time.js'

/** How many datasets the engine is asked about at a time. */
const AT_A_TIME = 1024
/** Where there may be more than so many, a search for idle ones that found none is made again when so many times its time has passed. */
const FEW = 1024
const PAUSE_FACTOR = 20

export interface Key {
  readonly id: number
  lane: number
  readonly startMs: number
  readonly endMs: number
  readonly dataset: Dataset
  /** Its bucket lies far from now. */
  readonly far: boolean
  /** Rows until the lane is thought of again. */
  credit: number
}

export interface Dataset {
  readonly number: number
  readonly id: string
  readonly orgId: string | null
  readonly aggregateBy: TimeGranularity
  /** What is found out about its rows first; `null`: nothing. */
  readonly functions: RowFunctions | null
  current: Key | null
  readonly keys: Map<number, Key>
  /** When it was used last, by the count of uses. */
  used: number
}

/** What letting go needs of keys and the engine. */
export interface LettingGo {
  /** Lets go of the keys of these. */
  release(datasets: readonly Dataset[]): void
  /** Lets go of those that have nothing open. */
  close(datasets: readonly number[]): NativeIdle
}

/** A way through all datasets, a part at a time. */
interface Sweep {
  readonly left: Iterator<Dataset, void>
  /** Those are passed over that were used since. */
  readonly since: number
  readonly began: number
}

export class OpenDatasets {
  readonly #port: LettingGo
  readonly #most: number
  readonly #byOrg = new Map<string, Map<string, Dataset>>()
  #count = 0
  #letGoInAll = 0
  #uses = 0
  /** What the count of uses was at each of the last turns. */
  #turns: number[] = []
  /** When idle ones may be searched for, by the monotonic clock. */
  #searchAt = Number.NEGATIVE_INFINITY
  #sweep: Sweep | null = null
  /** What the count of uses was when the last sweep began. */
  #sweptAt = 0

  constructor(port: LettingGo, most: number) {
    this.#port = port
    this.#most = most
  }

  get count(): number {
    return this.#count
  }

  /** How many were let go so far. */
  get letGoInAll(): number {
    return this.#letGoInAll
  }

  /** How often another dataset was asked for. */
  get uses(): number {
    return this.#uses
  }

  find(datasetId: string, orgId: string | undefined): Dataset | undefined {
    return this.#byOrg.get(orgId ?? '')?.get(datasetId)
  }

  /** Notes that a dataset is used. */
  use(dataset: Dataset): void {
    dataset.used = ++this.#uses
  }

  add(dataset: Dataset): void {
    const org = dataset.orgId ?? ''
    const ofOrg = this.#byOrg.get(org) ?? new Map<string, Dataset>()
    ofOrg.set(dataset.id, dataset)
    this.#byOrg.set(org, ofOrg)
    this.#count++
  }

  /** Makes sure that there is room for one more. @throws TooManyDatasetsError */
  makeRoom(): void {
    if (this.#count < this.#most) return
    const began = performance.now()
    if (began >= this.#searchAt) {
      this.#letGoOldest()
      if (this.#count < this.#most) return
      const now = performance.now()
      if (this.#most > FEW) this.#searchAt = now + (now - began) * PAUSE_FACTOR
    }
    const fault = `limits.maxDatasets is ${this.#most}, and as many datasets have something open or unwritten.`
    throw new TooManyDatasetsError(`${fault} Flush, log under fewer ids, or raise the limit.`)
  }

  /** Some may be idle now that were not. */
  mayBeIdle(): void {
    this.#searchAt = Number.NEGATIVE_INFINITY
  }

  /** Lets go of those that were not used in the last `turns` calls. */
  letGoUnused(turns: number): void {
    this.#turns.push(this.#uses)
    if (this.#turns.length <= turns) return
    this.#turns = this.#turns.slice(-turns - 1)
    const [used = 0] = this.#turns
    const unused: Dataset[] = []
    for (const dataset of this.#all()) if (dataset.used <= used) unused.push(dataset)
    for (let at = 0; at < unused.length; at += AT_A_TIME) this.#letGo(unused.slice(at, at + AT_A_TIME))
  }

  /**
   * Lets go of some of those that there are more of than `warm`; false: no more of them are idle. First those that were
   * not used since the last time that this began, then all others, both in the order in which they were opened.
   */
  letGoSome(warm: number): boolean {
    const sweep = this.#sweep ?? { left: this.#all(), since: this.#sweptAt, began: this.#uses }
    this.#sweep = this.#count > warm ? this.#sweepOn(sweep, this.#count - warm) : null
    if (this.#sweep === null) this.#sweptAt = sweep.began
    return this.#sweep !== null
  }

  #sweepOn(sweep: Sweep, most: number): Sweep | null {
    const found: Dataset[] = []
    for (let looked = 0; looked < AT_A_TIME && found.length < most; looked++) {
      const { value: dataset } = sweep.left.next()
      if (!dataset) {
        this.#letGo(found)
        const isFirst = sweep.since < sweep.began
        return isFirst ? { left: this.#all(), since: sweep.began, began: sweep.began } : null
      }
      if (dataset.used <= sweep.since) found.push(dataset)
    }
    this.#letGo(found)
    return sweep
  }

  /** Lets go of some that were used longest ago: more than one, where there are many, so that the search is rare. */
  #letGoOldest(): void {
    const most = Math.max(1, this.#most >> 4)
    const oldest = [...this.#all()].sort((left, right) => left.used - right.used)
    const { closed, used } = this.#letGoOf(oldest, most)
    // The engine has read bytes for these. Now that it has said so, they are as idle as others.
    if (closed === 0) this.#letGoOf(used, most)
  }

  #letGoOf(datasets: readonly Dataset[], most: number): { closed: number; used: Dataset[] } {
    let closed = 0
    const used: Dataset[] = []
    for (let at = 0; at < datasets.length && closed < most; ) {
      const some = datasets.slice(at, at + Math.min(AT_A_TIME, most - closed))
      const answer = this.#letGo(some)
      closed += answer.closed
      used.push(...answer.used)
      at += some.length
    }
    return { closed, used }
  }

  #letGo(datasets: readonly Dataset[]): { closed: number; used: Dataset[] } {
    if (datasets.length === 0) return { closed: 0, used: [] }
    const held = datasets.filter(({ keys }) => keys.size > 0)
    if (held.length > 0) this.#port.release(held)
    const byNumber = new Map(datasets.map((dataset) => [dataset.number, dataset]))
    const { closed, used } = this.#port.close([...byNumber.keys()])
    const of = (numbers: number[]) => numbers.flatMap((number) => byNumber.get(number) ?? [])
    for (const dataset of of(closed)) this.#forget(dataset)
    this.#letGoInAll += closed.length
    const stillUsed = of(used)
    for (const dataset of stillUsed) this.use(dataset)
    return { closed: closed.length, used: stillUsed }
  }

  #forget(dataset: Dataset): void {
    const org = dataset.orgId ?? ''
    const ofOrg = this.#byOrg.get(org)
    if (ofOrg?.delete(dataset.id)) this.#count--
    if (ofOrg?.size === 0) this.#byOrg.delete(org)
  }

  *#all(): Generator<Dataset, void> {
    for (const ofOrg of this.#byOrg.values()) yield* ofOrg.values()
  }
}
