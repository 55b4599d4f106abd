/** The logger of one dataset. */
import { EventEmitter } from 'node:events'
import { ClosedError, InvalidOptionError, WriterFactoryError } from '../errors.js'
import type { FileInput, FileResult } from '../files/types.js'
import { showAs } from '../inspect.js'
import { namesOf, optionsOf, text } from '../option-checks.js'
import {
  type DatasetSettings,
  type LoggerOptions,
  type QueueConfig,
  resolveBuckets,
  resolveOptions,
  resolveSchema,
} from '../options.js'
import type { ProfileView } from '../profile-view.js'
import { received } from '../received.js'
import { isA, reading } from '../refusal.js'
import { refusePromise } from '../refuse-promise.js'
import type { RowLike } from '../row.js'
import { DatasetSchema } from '../schema/dataset-schema.js'
import { type GranularityName, type Schedule, TimeGranularity } from '../time.js'
import { nameOf } from '../write-outcome.js'
import { type Writer, writersOf } from '../writers.js'
import { abortable, isAborted } from './abort.js'
import { abortableOf, type CloseOptions, closeOf, type OnLoss, type TimedOptions, timedOf } from './call-options.js'
import type { DatasetFileOptions } from './dataset-handle.js'
import { hasRoom } from './intake.js'
import { checkPlacedOptions, checkThreadOptions } from './log-options.js'
import { type LoggerJson, shownLogger } from './logger-json.js'
import { isWaitedFor } from './refusals.js'
import { type DatasetName, RollingCore } from './rolling-core.js'
import { emptyStatus, viewsOf } from './status.js'
import type {
  Abortable,
  FlushResult,
  LoggerEvents,
  LoggerStats,
  LoggerStatus,
  LogOptions,
  SyncLevel,
  TrackData,
} from './types.js'

/** Options of a {@link ThreadRollingLogger}; those of a process logger that are not here have their defaults. */
export interface ThreadRollingLoggerOptions<TRow extends RowLike = RowLike>
  extends Pick<
    LoggerOptions<TRow>,
    | 'minWriteIntervalMs'
    | 'schema'
    | 'onFull'
    | 'onInvalid'
    | 'blockTimeoutMs'
    | 'limits'
    | 'seed'
    | 'flushOnExit'
    | 'writeTimeoutMs'
    | 'maxConcurrentWrites'
  > {
  /**
   * The writers, each of which gets every profile.
   *
   * @default []
   */
  writers?: readonly Writer[] | undefined
  /**
   * The width of a time bucket, in UTC.
   *
   * @default TimeGranularity.Hour
   */
  aggregateBy?: GranularityName | undefined
  /**
   * When open profiles are written. `null`: only `flush()` and `close()` write.
   *
   * @default new Schedule(TimeGranularity.Minute, 5)
   */
  writeSchedule?: Schedule | null | undefined
  /**
   * Gives the time of rows that name none, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  currentTimeFn?: (() => number) | undefined
  /**
   * How messages wait until they are profiled, and how many may. It counts where the logger runs alone.
   *
   * @default { maxBatchSize: 50_000, messageAccumulationDurationMs: 1000, messagePollWaitMs: 100, maxBufferBytes: 100_000_000, maxQueueMessages: 1_000_000 }
   */
  queueConfig?: QueueConfig | undefined
  /**
   * The dataset, which names the profiles.
   *
   * @default 'default'
   */
  datasetId?: string | undefined
  /**
   * The organisation that the dataset belongs to.
   *
   * @default undefined
   */
  orgId?: string | undefined
}

/** What `JSON.stringify` gives of it. */
export interface ThreadLoggerJson extends Omit<LoggerJson, 'name'> {
  /** The name of its dataset. */
  datasetId: string
  /** The organisation that the dataset belongs to; `null`: none. */
  orgId: string | null
}

/** Options of its `log`. */
export type ThreadLogOptions = Pick<LogOptions, 'timestampMs' | 'sync' | 'signal'>

const NAMES = namesOf<ThreadRollingLoggerOptions>({
  writers: true,
  aggregateBy: true,
  writeSchedule: true,
  minWriteIntervalMs: true,
  schema: true,
  currentTimeFn: true,
  queueConfig: true,
  datasetId: true,
  orgId: true,
  onFull: true,
  onInvalid: true,
  blockTimeoutMs: true,
  limits: true,
  seed: true,
  flushOnExit: true,
  writeTimeoutMs: true,
  maxConcurrentWrites: true,
})

let adoptInto: (logger: ThreadRollingLogger, core: RollingCore, dataset: DatasetName) => DatasetSettings

/**
 * Keeps the profiles of one dataset: alone, on a thread of its own from its first row on, or as part of the process logger whose
 * {@link LoggerFactory} made it, on that one's threads. `sync` and `status` are always allowed.
 *
 * @example
 * ```ts
 * const logger = new ThreadRollingLogger({ datasetId: 'orders', writers: [new LocalWriter('./profiles')] })
 * logger.log({ price: 9.5 })
 * await logger.close()
 * ```
 */
export class ThreadRollingLogger<TRow extends RowLike = RowLike>
  extends EventEmitter<LoggerEvents>
  implements DatasetSettings
{
  readonly #settings: DatasetSettings
  readonly #ownCore: RollingCore
  #core: RollingCore
  #dataset: DatasetName
  #closing: Promise<FlushResult> | null = null

  static {
    adoptInto = (logger, core, dataset) => logger.#adopt(core, dataset)
    showAs('ThreadRollingLogger', ThreadRollingLogger.prototype, (logger) => ({
      ...shownLogger(logger.toJSON()),
      writers: logger.writers.map(nameOf),
    }))
  }

  /** Makes a logger, which takes rows at once. All options may be left out. @throws InvalidOptionError naming the option. */
  constructor(options: ThreadRollingLoggerOptions<TRow> = {}) {
    super()
    const { datasetId, orgId, writers: given = [], ...rest } = optionsOf(options, NAMES)
    const writers = writersOf(refusePromise(given, 'options.writers'))
    if (writers === null) {
      throw new InvalidOptionError(
        'options.writers',
        `must be an array of writers, each with a method write${received(given)}`,
      )
    }
    text('datasetId', datasetId)
    text('orgId', orgId)
    const resolved = resolveOptions({ ...rest, aggregateBy: rest.aggregateBy ?? TimeGranularity.Hour, workers: 1 })
    this.#settings = { ...resolveBuckets(rest, TimeGranularity.Hour), schema: resolved.schema, writers }
    this.#dataset = { datasetId: datasetId || 'default', orgId: orgId || undefined }
    this.#ownCore = new RollingCore(resolved, this, {
      settingsOf: () => this.#settings,
      processBatch: () => {},
      ended: () => null,
    })
    this.#core = this.#ownCore
  }

  /** The width of a time bucket, in UTC. */
  get aggregateBy(): TimeGranularity {
    return this.#settings.aggregateBy
  }

  /** When open profiles are written; `null`: only by `flush()` and `close()`. */
  get writeSchedule(): Schedule | null {
    return this.#settings.writeSchedule
  }

  /** How its profiles are made. */
  get schema(): DatasetSchema {
    return this.#settings.schema ?? new DatasetSchema()
  }

  /** The writers, each of which gets every profile. */
  get writers(): readonly Writer[] {
    return this.#settings.writers
  }

  /**
   * Takes rows, and resolves when they are tracked (`sync: true` or `'tracked'`), accepted (`'accepted'`) or written (`'written'`). It
   * rejects when they cannot be.
   */
  log(data: TrackData<TRow>, options: ThreadLogOptions & { sync: true | SyncLevel }): Promise<void>
  /**
   * Takes rows as the process logger's `log` does, for this dataset. It returns at once; `false` says that the queue is past its
   * high-water mark, or that the message was dropped or refused.
   *
   * @throws as that one, but for what needs `syncEnabled`.
   */
  log(data: TrackData<TRow>, options?: ThreadLogOptions & { sync?: false | undefined }): boolean
  /** Takes rows; the call is waited for where `sync` says so. */
  log(data: TrackData<TRow>, options?: ThreadLogOptions): boolean | Promise<void>
  log(data: TrackData<TRow>, options: ThreadLogOptions = {}): boolean | Promise<void> {
    let core: RollingCore
    let isGivenUp = false
    try {
      checkThreadOptions(options)
      isGivenUp = isAborted(options.signal)
      core = this.#running()
    } catch (error) {
      if (!isWaitedFor(options)) return hasRoom(this.#core.refuse(error, this.#dataset))
      return this.#core.refusals.toldOf(Promise.reject(this.#core.refuseSync(error, this.#dataset)))
    }
    const { signal } = options
    const { refusals } = core
    if (!options.sync) {
      return hasRoom(isGivenUp ? refusals.givenUp(signal) : core.log(data, { ...options, ...this.#dataset }))
    }
    // What is given up beforehand is not offered.
    if (isGivenUp) return Promise.reject(signal?.reason)
    return refusals.toldOf(abortable(core.logSync(data, { ...options, ...this.#dataset }), signal))
  }

  /** Reads a file as the process logger's `logFile` does, for this dataset. @throws what that one says */
  async logFile(file: FileInput, options: DatasetFileOptions = {}): Promise<FileResult> {
    checkPlacedOptions(options)
    return this.#running().logFile(
      file,
      reading('options', () => ({ ...options, ...this.#dataset })),
    )
  }

  /** Writes what was accepted before; resolves when every writer has tried each profile once. Retries go on. */
  async flush(options: Abortable = {}): Promise<FlushResult> {
    const signal = abortableOf(options)
    return abortable(this.#running().flush(this.#dataset), signal)
  }

  /** What is open and pending. @throws TimeoutError */
  async status(options: TimedOptions = {}): Promise<LoggerStatus> {
    const { timeoutMs, signal } = timedOf(options, 1000)
    const { statuses } = await abortable(this.#running().status(timeoutMs, this.#dataset), signal)
    const { datasetId, orgId = null } = this.#dataset
    return Object.values(statuses)[0] ?? emptyStatus(datasetId, orgId)
  }

  /** The open profiles, of everything accepted before. */
  async getProfileViews(options: TimedOptions = {}): Promise<ProfileView[]> {
    return viewsOf([await this.status(options)])
  }

  /** Counters of this moment; those of the whole process logger, where it is part of one. */
  stats(): LoggerStats {
    return this.#core.stats()
  }

  /** Its state and counters, for `JSON.stringify`; those of the whole process logger, where it is part of one. */
  toJSON(): ThreadLoggerJson {
    const { datasetId, orgId = null } = this.#dataset
    const { name, ...json } = this.#core.toJSON(datasetId)
    return { datasetId, orgId, ...json }
  }

  /**
   * Writes everything, retries for `timeoutMs`, and stops; where it is part of a process logger: writes everything and takes no more, and what is
   * pending is tried again.
   *
   * @throws DataLossError, unless `onLoss` is `'report'`; InvalidOptionError, ReentrantError
   */
  async close(options: CloseOptions = {}): Promise<FlushResult> {
    const { timeoutMs, signal, onLoss } = closeOf(options)
    this.#closing ??= this.#close(timeoutMs, onLoss)
    return abortable(this.#closing, signal)
  }

  #close(timeoutMs: number, onLoss: OnLoss): Promise<FlushResult> {
    const core = this.#running()
    core.refuseInside()
    return core === this.#ownCore ? core.close(timeoutMs, onLoss) : core.flush(this.#dataset)
  }

  /** Closes it at the end of an `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @throws ClosedError */
  #running(): RollingCore {
    if (this.#closing !== null) throw new ClosedError()
    if (this.#core.state === 'new') this.#core.start()
    return this.#core
  }

  #adopt(core: RollingCore, dataset: DatasetName): DatasetSettings {
    const { datasetId } = dataset
    if (this.#core !== this.#ownCore)
      throw new WriterFactoryError(
        datasetId,
        'createLogger gave a logger that belongs to another dataset: make one for each',
      )
    if (this.#core.state !== 'new')
      throw new WriterFactoryError(datasetId, 'createLogger gave a logger that runs already: make one for each dataset')
    this.#core = core
    this.#dataset = dataset
    return this.#settings
  }
}

/** Makes a logger that a factory gave part of a process logger; gives what its dataset is to be like. @throws WriterFactoryError */
export function adopt(given: DatasetSettings, core: RollingCore, dataset: DatasetName): DatasetSettings {
  refusePromise(given, 'createLogger')
  if (isA(given, ThreadRollingLogger)) return adoptInto(given, core, dataset)
  const schema = resolveSchema(given.schema)
  const writers = refusePromise(given.writers, 'createWriters')
  return { ...resolveBuckets(given, TimeGranularity.Hour), schema, writers }
}
