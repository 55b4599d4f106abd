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
import type { NativeKey } from '../native.js'
import { text } from '../option-checks.js'
import type { DatasetSettings } from '../options.js'
import { isA } from '../refusal.js'
import type { RowFunctions } from '../schema/row-functions.js'
import { textOf } from '../thrown.js'
import { startOf, type TimeGranularity } from '../time.js'
import { tuning } from '../tuning.js'
import { writersOf } from '../writers.js'

const MAX_KEYS = 65_536
/** How many are released at a time: open blocks are submitted before. */
const RELEASED_KEYS = 16_384

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
  /** The turn of `closeIdle` in which it was used last. */
  turn: number
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
  /** Rows of these keys that are in open blocks are submitted first. */
  releaseKeys(keys: readonly number[]): void
  /** Lets go of those datasets that have nothing open; gives them. */
  closeIdleDatasets(datasets: readonly number[]): number[]
}

export class Keys {
  readonly #source: KeySource
  readonly #workers: number
  readonly #datasets = new Map<string, Map<string, Dataset>>()
  /** In the order in which they were made. */
  readonly #all = new Set<Key>()
  /** The one asked for last, which mostly is asked for next. */
  #last: Dataset | null = null
  #turn = 0

  constructor(source: KeySource, workers: number) {
    this.#source = source
    this.#workers = workers
  }

  /** How many datasets are open. */
  get datasets(): number {
    let count = 0
    for (const ofOrg of this.#datasets.values()) count += ofOrg.size
    return count
  }

  /**
   * The key for a row.
   *
   * @throws InvalidTimestampError, BucketWindowError, WriterFactoryError
   */
  find(datasetId: string, orgId: string | undefined, timestampMs: number): Key {
    const dataset = this.dataset(datasetId, orgId)
    const { current } = dataset
    if (current !== null && timestampMs >= current.startMs && timestampMs < current.endMs) return current
    return this.#findKey(dataset, timestampMs)
  }

  /** A dataset, opened if it is not. @throws WriterFactoryError */
  dataset(datasetId: string, orgId: string | undefined): Dataset {
    const last = this.#last
    if (last !== null && last.id === datasetId && last.orgId === (orgId ?? null)) return last
    const found = this.#datasets.get(orgId ?? '')?.get(datasetId) ?? this.#openDataset(datasetId, orgId)
    found.turn = this.#turn
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

  /**
   * Lets go of datasets that were not used in the last `turns` calls and have nothing open. One call
   * releases their keys, a later one the datasets, once the engine is done with what named them.
   */
  closeIdle(turns: number): void {
    // Rows for the dataset used last do not note its turn: it may have been used up to now.
    if (this.#last !== null) this.#last.turn = this.#turn
    this.#last = null
    this.#turn++
    const keys: Key[] = []
    const idle = new Map<number, Dataset>()
    for (const ofOrg of this.#datasets.values()) {
      for (const dataset of ofOrg.values()) {
        if (dataset.turn + turns >= this.#turn) continue
        if (dataset.keys.size > 0) keys.push(...dataset.keys.values())
        else idle.set(dataset.number, dataset)
      }
    }
    if (keys.length > 0) this.#release(keys)
    if (idle.size === 0) return
    for (const number of this.#source.closeIdleDatasets([...idle.keys()])) {
      const dataset = idle.get(number)
      if (dataset !== undefined) this.#forget(dataset)
    }
  }

  #forget(dataset: Dataset): void {
    const org = dataset.orgId ?? ''
    const ofOrg = this.#datasets.get(org)
    ofOrg?.delete(dataset.id)
    if (ofOrg?.size === 0) this.#datasets.delete(org)
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
    for (const key of keys) {
      const { dataset } = key
      this.#all.delete(key)
      dataset.keys.delete(key.startMs)
      if (dataset.current === key) dataset.current = null
    }
    this.#source.releaseKeys(keys.map(({ id }) => id))
  }

  #openDataset(datasetId: string, orgId: string | undefined): Dataset {
    // Once a dataset, and whenever it is no string, which none is known by.
    text('datasetId', datasetId)
    text('orgId', orgId)
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
      turn: this.#turn,
    }
    const ofOrg = this.#datasets.get(orgId ?? '') ?? new Map<string, Dataset>()
    ofOrg.set(datasetId, dataset)
    this.#datasets.set(orgId ?? '', ofOrg)
    return dataset
  }
}
