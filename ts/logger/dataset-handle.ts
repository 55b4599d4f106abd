/** One dataset of a process logger, named once. */
import type { Writable as Stream } from 'node:stream'
import type { EmbeddingData, Embeddings } from '../columns/types.js'
import type { FileInput, FileResult, LogFileOptions } from '../files/types.js'
import { namedString, optionsOf, text } from '../option-checks.js'
import type { ProfileView } from '../profile-view.js'
import { reading } from '../refusal.js'
import type { RowLike } from '../row.js'
import type { TimedOptions } from './call-options.js'
import { checkPlacedOptions } from './log-options.js'
import { isWaitedFor } from './refusals.js'
import type { DatasetName } from './rolling-core.js'
import { emptyStatus, viewsOf } from './status.js'
import type {
  Abortable,
  FlushResult,
  LoggerStatus,
  LogOptions,
  NdjsonOptions,
  ProcessLoggerStatus,
  SyncLevel,
  TrackData,
  WritableOptions,
} from './types.js'

/** Options of `logger.dataset`. */
export interface DatasetOptions {
  /**
   * The organisation that the dataset belongs to.
   *
   * @default undefined
   */
  orgId?: string | undefined
}

/** Options of `log` where the dataset is named already. */
export type DatasetLogOptions = Omit<LogOptions, 'datasetId' | 'orgId'>

/** Options of `logNdjson` where the dataset is named already. */
export type DatasetNdjsonOptions = Omit<NdjsonOptions, 'datasetId' | 'orgId'>

/** Options of `logFile` where the dataset is named already. */
export type DatasetFileOptions = Omit<LogFileOptions, 'datasetId' | 'orgId'>

/** Options of `createWritable` where the dataset is named already. */
export type DatasetWritableOptions = Omit<WritableOptions, 'datasetId' | 'orgId'>

/** What a call that logs answers. */
type Answer = boolean | Promise<void>

/** What a handle needs of its logger. */
export interface DatasetPort {
  log(data: unknown, options: LogOptions): Answer
  logNdjson(bytes: Uint8Array | ArrayBuffer, options: NdjsonOptions): Answer
  logEmbeddings(data: Record<string, EmbeddingData>, options: LogOptions): Answer
  logFile(file: FileInput, options: LogFileOptions): Promise<FileResult>
  createWritable(options: WritableOptions): Stream
  /** Counts a message as refused, which rejects, throws or is told. */
  refuse(error: unknown, options: LogOptions): Answer
  flush(options: Abortable, place: DatasetName): Promise<FlushResult>
  status(options: TimedOptions, place: DatasetName): Promise<ProcessLoggerStatus>
  views(options: TimedOptions, place: DatasetName): Promise<ProcessLoggerStatus>
}

const NAMES = new Set(['orgId'])
const NO_OPTIONS: DatasetLogOptions = {}

/**
 * A dataset of a {@link ProcessRollingLogger}, as `logger.dataset` gives it: its name is given once, and
 * its rows have a type of their own. It holds nothing of the dataset, so it stays good when the dataset
 * is let go for want of rows, and refuses rows as its logger does once that is closed.
 *
 * @example
 * ```ts
 * interface Order {
 *   price: number
 *   country: string
 * }
 * const orders = logger.dataset<Order>('orders')
 * orders.log({ price: 9.5, country: 'DE' })
 * await orders.flush()
 * ```
 */
export class DatasetHandle<TRow extends RowLike = RowLike> {
  /** The dataset's name. */
  readonly datasetId: string
  /** The organisation that it belongs to; `null`: none. */
  readonly orgId: string | null
  readonly #port: DatasetPort
  /** Also the options of rows that come without any. */
  readonly #place: DatasetName

  /** @internal */
  constructor(port: DatasetPort, datasetId: string, options: DatasetOptions = {}) {
    this.datasetId = namedString('datasetId', datasetId)
    this.orgId = text('orgId', optionsOf(options, NAMES).orgId) || null
    this.#port = port
    this.#place = { datasetId, orgId: this.orgId ?? undefined }
  }

  /** Takes rows for this dataset, and resolves when they are tracked, accepted or written, as `sync` says. It rejects when they cannot be. */
  log(data: TrackData<TRow>, options: DatasetLogOptions & { sync: true | SyncLevel }): Promise<void>
  /** Takes rows as `log` of the logger does, for this dataset. @throws what that one says */
  log(data: TrackData<TRow>, options?: DatasetLogOptions & { sync?: false | undefined }): boolean
  /** Takes rows for this dataset; the call is waited for where `sync` says so. */
  log(data: TrackData<TRow>, options?: DatasetLogOptions): boolean | Promise<void>
  log(data: TrackData<TRow>, options: DatasetLogOptions = NO_OPTIONS): Answer {
    if (options === NO_OPTIONS) return this.#port.log(data, this.#place)
    return this.#placed(options, (placed) => this.#port.log(data, placed))
  }

  /** Takes lines of JSON for this dataset, and resolves when they are tracked, accepted or written, as `sync` says. It rejects when they cannot be. */
  logNdjson(bytes: Uint8Array | ArrayBuffer, options: DatasetNdjsonOptions & { sync: true | SyncLevel }): Promise<void>
  /** Takes lines of JSON as `logNdjson` of the logger does, for this dataset. @throws what that one says */
  logNdjson(bytes: Uint8Array | ArrayBuffer, options?: DatasetNdjsonOptions & { sync?: false | undefined }): boolean
  /** Takes lines of JSON for this dataset; the call is waited for where `sync` says so. */
  logNdjson(bytes: Uint8Array | ArrayBuffer, options?: DatasetNdjsonOptions): boolean | Promise<void>
  logNdjson(bytes: Uint8Array | ArrayBuffer, options: DatasetNdjsonOptions = NO_OPTIONS): Answer {
    return this.#placed(options, (placed) => this.#port.logNdjson(bytes, placed))
  }

  /** Takes embeddings for this dataset, and resolves when they are tracked, accepted or written, as `sync` says. It rejects when they cannot be. */
  logEmbeddings<T extends Embeddings<T>>(
    data: T,
    options: DatasetLogOptions & { sync: true | SyncLevel },
  ): Promise<void>
  /** Takes embeddings as `logEmbeddings` of the logger does, for this dataset. @throws what that one says */
  logEmbeddings<T extends Embeddings<T>>(data: T, options?: DatasetLogOptions & { sync?: false | undefined }): boolean
  /** Takes embeddings for this dataset; the call is waited for where `sync` says so. */
  logEmbeddings<T extends Embeddings<T>>(data: T, options?: DatasetLogOptions): boolean | Promise<void>
  logEmbeddings(data: Record<string, EmbeddingData>, options: DatasetLogOptions = NO_OPTIONS): Answer {
    return this.#placed(options, (placed) => this.#port.logEmbeddings(data, placed))
  }

  /** Reads a file as `logFile` of the logger does, for this dataset. @throws what that one says */
  async logFile(file: FileInput, options: DatasetFileOptions = {}): Promise<FileResult> {
    return this.#port.logFile(file, this.#with(options))
  }

  /** A stream as `createWritable` of the logger gives it, for this dataset. @throws InvalidOptionError */
  createWritable(options: DatasetWritableOptions = {}): Stream {
    return this.#port.createWritable(this.#with(options))
  }

  /**
   * Writes what was accepted before of this dataset; resolves when every writer has tried each profile
   * once. Retries go on.
   *
   * @throws NotStartedError, ClosedError, NotAliveError, WriterFactoryError
   */
  flush(options: Abortable = {}): Promise<FlushResult> {
    return this.#port.flush(options, this.#place)
  }

  /**
   * What is open and pending of this dataset. The logger needs `syncEnabled`.
   *
   * @throws SyncDisabledError, TimeoutError, NotStartedError, ClosedError, NotAliveError
   */
  async status(options: TimedOptions = {}): Promise<LoggerStatus> {
    return this.#statusOf(await this.#port.status(options, this.#place))
  }

  /** The open profiles of this dataset, of everything accepted before. @throws what `status` says */
  async getProfileViews(options: TimedOptions = {}): Promise<ProfileView[]> {
    return viewsOf([this.#statusOf(await this.#port.views(options, this.#place))])
  }

  #statusOf({ statuses }: ProcessLoggerStatus): LoggerStatus {
    return Object.values(statuses)[0] ?? emptyStatus(this.datasetId, this.orgId)
  }

  /** Logs with the dataset's name among the options, or refuses what is wrong with them. */
  #placed<T extends DatasetLogOptions>(options: T, log: (placed: T & DatasetName) => Answer): Answer {
    let placed: T & DatasetName
    try {
      placed = this.#with(options)
    } catch (error) {
      return this.#port.refuse(error, { ...this.#place, sync: isWaitedFor(options) })
    }
    return log(placed)
  }

  /** Options with the dataset's name among them. @throws InvalidOptionError */
  #with<T extends DatasetLogOptions | DatasetFileOptions | DatasetWritableOptions>(options: T): T & DatasetName {
    checkPlacedOptions(options)
    return reading('options', () => ({ ...options, ...this.#place }))
  }
}
