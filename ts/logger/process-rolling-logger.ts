/** The process logger: the reference's names over a {@link RollingCore}. */
import { EventEmitter } from 'node:events'
import { EmbeddingsPayload } from '../columns/embeddings.js'
import type { EmbeddingData } from '../columns/types.js'
import { SyncDisabledError } from '../errors.js'
import { type LoggerOptions, resolveOptions } from '../options.js'
import { EMPTY, ROOM } from './intake.js'
import { type Payload, RawKind, RawPayload, rawKind } from './payload.js'
import { RollingCore } from './rolling-core.js'
import type {
  FlushResult,
  LoggerEvents,
  LoggerStats,
  LogOptions,
  NdjsonOptions,
  ProcessLoggerStatus,
  RawOptions,
  SyncLevel,
  TrackData,
} from './types.js'

const NO_OPTIONS: LogOptions = {}

/**
 * Keeps statistical profiles of rows, per dataset and time bucket, on threads of its own, and writes them on a schedule.
 *
 * @example
 * ```ts
 * const logger = new ProcessRollingLogger({ writerFactory: new LocalWriterFactory('./profiles') })
 * logger.start()
 * logger.log({ price: 9.5, country: 'DE' }, { datasetId: 'orders' })
 * await logger.close()
 * ```
 */
export class ProcessRollingLogger extends EventEmitter<LoggerEvents> {
  readonly #core: RollingCore

  /** @throws InvalidOptionError naming the option. */
  constructor(options: LoggerOptions = {}) {
    super()
    this.#core = new RollingCore(resolveOptions(options), this)
  }

  /** Starts the threads. @throws ClosedError after a close or kill. */
  start(): void {
    this.#core.start()
  }

  /**
   * Takes one row, an array of rows, `{ columns, data }`, what `columns` or `arrow` give, or a table or record batch of `apache-arrow`; one call is one message, accepted or refused whole.
   *
   * Without `sync`: returns at once; `false` says that the queue is past its high-water mark: await `drained()`. With `sync`: resolves when
   * the rows are tracked (`true`, `'tracked'`) or accepted (`'accepted'`), rejects when they cannot be.
   *
   * @throws NotStartedError, ClosedError, NotAliveError, MissingDatasetIdError, UnsupportedDataError, InvalidDataError,
   * InvalidTimestampError, MessageTooLargeError, QueueFullError, SyncDisabledError, WriterFactoryError
   */
  log(data: TrackData, options: LogOptions & { sync: true | 'accepted' | 'tracked' }): Promise<void>
  log(data: TrackData, options?: LogOptions & { sync?: false | undefined }): boolean
  log(data: TrackData, options: LogOptions = NO_OPTIONS): boolean | Promise<void> {
    return this.#take(data, options)
  }

  /**
   * Takes the JSON bytes of a request `{ datasetId, timestamp, multiple: { columns, data }, orgId? }` (or another `form`) and has them read on the engine's threads; one
   * call is one message, rejected whole by its promise or the event `rejected`. `options` stand in for what the request does not name.
   *
   * @throws what `log` says, but for what only reading the bytes can tell
   * @example
   * ```ts
   * const request = { datasetId: 'orders', timestamp: null, multiple: { columns: ['price'], data: [[9.5]] } }
   * logger.logRaw(Buffer.from(JSON.stringify(request)))
   * ```
   */
  logRaw(bytes: Uint8Array | ArrayBuffer, options: RawOptions & { sync: true | SyncLevel }): Promise<void>
  logRaw(bytes: Uint8Array | ArrayBuffer, options?: RawOptions & { sync?: false | undefined }): boolean
  logRaw(bytes: Uint8Array | ArrayBuffer, options: RawOptions = NO_OPTIONS): boolean | Promise<void> {
    return this.#take(new RawPayload(rawKind(options.form), bytes), options)
  }

  /**
   * Takes newline-delimited JSON, an object a row, and has it read on the engine's threads. The columns are the union over the rows of a bucket: a row that
   * lacks one counts a null for it, as in an array of rows.
   *
   * @throws what `log` says, but for what only reading the bytes can tell
   * @example
   * ```ts
   * logger.logNdjson(readFileSync('orders.ndjson'), { datasetId: 'orders', timestampColumn: 'created_at' })
   * ```
   */
  logNdjson(bytes: Uint8Array | ArrayBuffer, options: NdjsonOptions & { sync: true | SyncLevel }): Promise<void>
  logNdjson(bytes: Uint8Array | ArrayBuffer, options?: NdjsonOptions & { sync?: false | undefined }): boolean
  logNdjson(bytes: Uint8Array | ArrayBuffer, options: NdjsonOptions = NO_OPTIONS): boolean | Promise<void> {
    return this.#take(new RawPayload(RawKind.Ndjson, bytes, options.timestampColumn ?? null), options)
  }

  /**
   * Takes embeddings by column, and counts one tensor a column and message: nested lists of numbers, typed arrays, or `{ data, dims }`. A ragged
   * list and a lone number are refused; a list that holds something besides numbers counts as an object.
   *
   * @throws what `log` says
   * @example
   * ```ts
   * const { data, dims } = { data: new Float32Array(2 * 384), dims: [2, 384] }
   * logger.logEmbeddings({ title: { data, dims } }, { datasetId: 'orders' })
   * ```
   */
  logEmbeddings(data: Record<string, EmbeddingData>, options: LogOptions & { sync: true | SyncLevel }): Promise<void>
  logEmbeddings(data: Record<string, EmbeddingData>, options?: LogOptions & { sync?: false | undefined }): boolean
  logEmbeddings(data: Record<string, EmbeddingData>, options: LogOptions = NO_OPTIONS): boolean | Promise<void> {
    return this.#take(new EmbeddingsPayload(data), options)
  }

  #take(data: TrackData | Payload, options: LogOptions): boolean | Promise<void> {
    if (options.sync) return this.#logSync(data, options)
    // Empty counts as room: nothing waits because of it.
    const outcome = this.#core.log(data, options)
    return outcome === ROOM || outcome === EMPTY
  }

  async #logSync(data: TrackData | Payload, options: LogOptions): Promise<void> {
    if (!this.#core.options.syncEnabled) {
      this.#core.refuse()
      throw new SyncDisabledError()
    }
    return this.#core.logSync(data, options)
  }

  /**
   * Writes what was accepted before; resolves when every writer has tried each profile once. Retries go on.
   *
   * @throws NotStartedError, ClosedError, NotAliveError
   */
  flush(): Promise<FlushResult> {
    return this.#core.flush()
  }

  /**
   * What is open and pending, of everything accepted before. Needs `syncEnabled`.
   *
   * @throws SyncDisabledError, TimeoutError, NotStartedError, ClosedError, NotAliveError
   */
  async status(options: { timeoutMs?: number } = {}): Promise<ProcessLoggerStatus> {
    if (!this.#core.options.syncEnabled) throw new SyncDisabledError()
    return this.#core.status(options.timeoutMs ?? 1000)
  }

  /** Resolves when no more than a quarter of `maxBufferBytes` waits. */
  drained(): Promise<void> {
    return this.#core.drained()
  }

  /** Counters of this moment. */
  stats(): LoggerStats {
    return this.#core.stats()
  }

  /**
   * Tracks and writes everything accepted, retries for `timeoutMs`, and stops. Calling it again gives the same promise.
   *
   * @throws NotStartedError, NotAliveError
   */
  close(options: { timeoutMs?: number } = {}): Promise<FlushResult> {
    return this.#core.close(options.timeoutMs ?? 30_000)
  }

  /** Finishes the block in hand and stops without writing: what is unwritten is lost. */
  terminate(): void {
    this.#core.stop(-15)
  }

  /** Stops at once, between two blocks: what is unwritten is lost. */
  kill(): void {
    this.#core.stop(-9)
  }

  /** Whether it takes rows. */
  isAlive(): boolean {
    return this.#core.state === 'running' || this.#core.state === 'closing'
  }

  /** Whether a close has begun. */
  isClosed(): boolean {
    return this.#core.state === 'closing' || this.#core.state === 'closed'
  }

  /** This process's id once started. */
  get pid(): number | null {
    return this.#core.state === 'new' ? null : process.pid
  }

  /** `null` while it runs; then 0 after a close, 1 after a failure, −15 after `terminate`, −9 after `kill`. */
  get exitCode(): number | null {
    return this.#core.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isAlive()) await this.close()
  }
}
