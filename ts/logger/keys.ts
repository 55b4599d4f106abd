/**
 * Keys: the small numbers that stand for (organisation, dataset, bucket) in a block, and the lane each one's rows go to.
 *
 * A dataset's keys are remembered with their bucket's bounds, the last one used first, so that a
 * row costs two comparisons. All keys together are bounded; those made longest ago are released,
 * many at a time. A bucket that is still open in the engine has the same number when it comes back.
 * A dataset that was long not used is let go, and opened anew when it comes back.
 * A hot key moves from lane to lane (see ARCHITECTURE.md).
 */
import { WriterFactoryError } from '../errors.js'
import type { NativeIdle, NativeKey } from '../native.js'
import { text } from '../option-checks.js'
import type { DatasetSettings } from '../options.js'
import { isA } from '../refusal.js'
import type { RowFunctions } from '../schema/row-functions.js'
import { textOf } from '../thrown.js'
import { startOf } from '../time.js'
import { tuning } from '../tuning.js'
import { writersOf } from '../writers.js'
import { type Dataset, type Key, OpenDatasets } from './open-datasets.js'

const MAX_KEYS = 65_536
/** How many are released at a time: open blocks are submitted before, and one row waits for it. */
const RELEASED_KEYS = 1_024
/** How many marks are remembered. */
const MARKS = 8
/** Datasets that were not used since this count of uses have no rows in blocks after this one. */
export interface Mark {
  readonly uses: number
  readonly sequence: number
}

/** What keys need of the engine. */
export interface KeySource {
  /** May throw anything: it is the user's code. */
  settingsOf(datasetId: string, orgId: string | undefined): DatasetSettings
  openDataset(datasetId: string, orgId: string | null, settings: DatasetSettings): number
  functionsOf(dataset: number, settings: DatasetSettings): RowFunctions | null
  /** Whether a time lies far from now. @throws BucketWindowError when it may not be used. */
  isFar(timestampMs: number): boolean
  holdKey(dataset: number, timestampMs: number): NativeKey
  /** `sequence`: no block names these keys after that one; `null`: rows of these that are in open blocks are submitted first. */
  releaseKeys(keys: readonly number[], sequence: number | null): void
  /** Lets go of those datasets that have nothing open. */
  closeIdleDatasets(datasets: readonly number[]): NativeIdle
}

export class Keys {
  readonly #source: KeySource
  readonly #workers: number
  readonly #open: OpenDatasets
  /** In the order in which they were made. */
  readonly #all = new Set<Key>()
  /** The one asked for last, which mostly is asked for next. */
  #last: Dataset | null = null
  /** The oldest is one that is known to be reached, if there is any. */
  #marks: Mark[] = []

  constructor(source: KeySource, workers: number, mostDatasets: number = Number.POSITIVE_INFINITY) {
    this.#source = source
    this.#workers = workers
    const release = (datasets: readonly Dataset[]) => this.#release(datasets.flatMap(({ keys }) => [...keys.values()]))
    this.#open = new OpenDatasets({ release, close: (datasets) => source.closeIdleDatasets(datasets) }, mostDatasets)
  }

  /** How many datasets are open. */
  get datasets(): number {
    return this.#open.count
  }

  /** How many datasets were let go so far. */
  get datasetsLetGo(): number {
    return this.#open.letGoInAll
  }

  /**
   * The key for a row.
   *
   * @throws InvalidTimestampError, BucketWindowError, WriterFactoryError, TooManyDatasetsError
   */
  find(datasetId: string, orgId: string | undefined, timestampMs: number): Key {
    const dataset = this.dataset(datasetId, orgId)
    const { current } = dataset
    if (current !== null && timestampMs >= current.startMs && timestampMs < current.endMs) return current
    return this.#findKey(dataset, timestampMs)
  }

  /** A dataset, opened if it is not. @throws WriterFactoryError, TooManyDatasetsError */
  dataset(datasetId: string, orgId: string | undefined): Dataset {
    const last = this.#last
    if (last !== null && last.id === datasetId && last.orgId === (orgId ?? null)) return last
    const found = this.#open.find(datasetId, orgId) ?? this.#openDataset(datasetId, orgId)
    this.#open.use(found)
    this.#last = found
    return found
  }

  /** Notes that `rows` rows were accepted for `key`, and deals a hot one on. */
  advance(key: Key, rows: number): void {
    key.credit -= rows
    if (key.credit > 0) return
    key.credit = tuning.laneRows
    key.lane = (key.lane + 1) % this.#workers
  }

  #findKey(dataset: Dataset, timestampMs: number): Key {
    const known = dataset.keys.get(startOf(timestampMs, dataset.aggregateBy))
    if (known === undefined) return this.#openKey(dataset, timestampMs)
    dataset.current = known
    return known
  }

  #openKey(dataset: Dataset, timestampMs: number): Key {
    const far = this.#source.isFar(timestampMs)
    const { key: id, lane, startMs, endMs } = this.#source.holdKey(dataset.number, timestampMs)
    const key: Key = { id, lane, startMs, endMs, dataset, far, credit: tuning.hotRows }
    dataset.keys.set(startMs, key)
    dataset.current = key
    this.#all.add(key)
    if (this.#all.size > MAX_KEYS) this.#releaseOldest()
    return key
  }

  /** All rows accepted so far are in blocks up to this one. */
  noteSubmitted(sequence: number): Mark {
    this.#noteLast()
    const mark = { uses: this.#open.uses, sequence }
    if (this.#marks.at(-1)?.sequence === sequence) this.#marks.pop()
    this.#marks.push(mark)
    if (this.#marks.length > MARKS) this.#marks.splice(1, 1)
    return mark
  }

  /** Everything up to this block is tracked or rejected. */
  noteReached(mark: Mark): void {
    const later = this.#marks.filter(({ sequence }) => sequence > mark.sequence)
    const known = this.#marks[this.#marks.length - later.length - 1]
    this.#marks = [known?.sequence === mark.sequence ? known : mark, ...later]
  }

  /** Lets go of datasets that were not used in the last `turns` calls, as far as they have nothing open. */
  closeIdle(turns: number): void {
    this.#noteLast()
    this.#open.letGoUnused(turns)
  }

  /** Lets go of some of the idle datasets that there are more of than `warm`; false: there are no more of them. */
  closeSome(warm: number): boolean {
    this.#noteLast()
    return this.#open.letGoSome(warm)
  }

  /** Some datasets may be idle now that were not. */
  mayBeIdle(): void {
    this.#open.mayBeIdle()
  }

  /** Rows for the dataset used last do not note its use: it may have been used up to now. */
  #noteLast(): void {
    if (this.#last !== null) this.#open.use(this.#last)
    this.#last = null
  }

  #releaseOldest(): void {
    const oldest: Key[] = []
    for (const key of this.#all) {
      if (oldest.length === RELEASED_KEYS) break
      oldest.push(key)
    }
    this.#release(oldest)
  }

  #release(keys: readonly Key[]): void {
    const released = new Map<number | null, number[]>()
    for (const key of keys) {
      const { dataset } = key
      this.#all.delete(key)
      dataset.keys.delete(key.startMs)
      if (dataset.current === key) dataset.current = null
      const last = this.#marks.find(({ uses }) => dataset.used <= uses)?.sequence ?? null
      const numbers = released.get(last) ?? []
      numbers.push(key.id)
      released.set(last, numbers)
    }
    for (const [last, numbers] of released) this.#source.releaseKeys(numbers, last)
  }

  #openDataset(datasetId: string, orgId: string | undefined): Dataset {
    // Once a dataset, and whenever it is no string, which none is known by.
    text('datasetId', datasetId)
    text('orgId', orgId)
    this.#noteLast()
    this.#open.makeRoom()
    let settings: DatasetSettings
    try {
      settings = this.#source.settingsOf(datasetId, orgId)
    } catch (error) {
      // That of the usual logger factory says only what the writer factory threw.
      const cause: unknown = isA(error, WriterFactoryError) ? (error.cause ?? error) : error
      throw new WriterFactoryError(datasetId, textOf(error), { cause })
    }
    const { aggregateBy } = settings
    const writers = writersOf(settings.writers)
    if (writers === null) {
      throw new WriterFactoryError(datasetId, 'createWriters must give an array of writers, each with a method write')
    }
    const number = this.#source.openDataset(datasetId, orgId ?? null, { ...settings, writers })
    const dataset: Dataset = {
      number,
      id: datasetId,
      orgId: orgId ?? null,
      aggregateBy,
      functions: this.#source.functionsOf(number, settings),
      current: null,
      keys: new Map(),
      used: 0,
    }
    this.#open.add(dataset)
    return dataset
  }
}
