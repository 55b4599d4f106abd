/**
 * The logger: admits rows, encodes them, and hands blocks to its engine.
 *
 * Admission is decided here. What waits is `queuedBytes` (the engine's figure as last seen, which can only have become less, since nobody else
 * submits) and `openBytes` (rows in open blocks); a row is accepted when both and its own charge stay within `maxBufferBytes`. So the common
 * row needs no native call, and a block, once full, is never refused.
 */
import { EventEmitter } from 'node:events'
import { RowEncoder } from '../encoder/encoder.js'
import type { RowSet } from '../encoder/row-set.js'
import {
  ClosedError,
  InvalidOptionError,
  MessageTooLargeError,
  MissingDatasetIdError,
  NotAliveError,
  NotStartedError,
  QueueFullError,
  ReentrantError,
  type RollingProfilesError,
  SyncDisabledError,
  TimeoutError,
  UnsupportedDataError,
} from '../errors.js'
import { native } from '../native.js'
import { type LoggerOptions, type ResolvedOptions, resolveOptions } from '../options.js'
import { toTimestampMs } from '../time.js'
import { EngineClient } from './engine-client.js'
import { type Key, Keys } from './keys.js'
import type {
  FlushResult,
  LoggerEvents,
  LoggerStats,
  LogOptions,
  ProcessLoggerStatus,
  Row,
  TrackData,
} from './types.js'

/** How long rows wait in an open block for company, ms. */
const LINGER_MS = 5
const NO_OPTIONS: LogOptions = {}
const KILLED = "Process isn't active. It might have been killed."

type State = 'new' | 'running' | 'closing' | 'closed' | 'dead'

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
  readonly #options: ResolvedOptions
  readonly #encoder: RowEncoder
  readonly #keys: Keys
  #client: EngineClient | null = null
  #state: State = 'new'
  #exitCode: number | null = null
  #closing: Promise<FlushResult> | null = null
  #timer: NodeJS.Timeout | null = null
  #flushed = { rows: 0 }
  #offered = 0
  #acceptedMessages = 0
  #acceptedRows = 0
  #emptyMessages = 0
  #refused = 0
  #droppedMessages = 0
  #droppedRows = 0
  readonly #beforeExit = (): void => this.#flushAtExit()

  /** @throws InvalidOptionError naming the option. */
  constructor(options: LoggerOptions = {}) {
    super()
    this.#options = resolveOptions(options)
    const { limits, workers, writerFactory, aggregateBy } = this.#options
    this.#encoder = new RowEncoder(
      {
        registerShape: (columns) => this.#engine.call(() => native.registerShape(this.#engine.handle, columns)),
        releaseShape: (shape) => this.#engine.call(() => native.releaseShape(this.#engine.handle, shape)),
        submit: (lane, arena, text, textBytes) => this.#engine.submit(lane, arena, text, textBytes),
      },
      limits,
    )
    this.#keys = new Keys(
      {
        createWriters: (datasetId, orgId) => writerFactory.createWriters(datasetId, orgId),
        openDataset: (datasetId, orgId, writers) => this.#engine.openDataset(datasetId, orgId, writers),
        openKey: (dataset, timestampMs) =>
          this.#engine.call(() => native.openKey(this.#engine.handle, dataset, timestampMs)),
        closeKey: (key) => {
          this.#encoder.submitAll()
          this.#engine.call(() => native.closeKey(this.#engine.handle, key))
        },
      },
      workers,
      aggregateBy,
    )
  }

  /** Starts the threads. @throws ClosedError after a close or kill. */
  start(): void {
    if (this.#state === 'running') return
    if (this.#state !== 'new') throw new ClosedError('The logger has been closed: make a new one.')
    this.#state = 'running'
    if (!this.#options.enabled) return
    this.#client = new EngineClient(this.#options, this, (failure) => this.#ended(failure))
    if (this.#options.flushOnExit) process.on('beforeExit', this.#beforeExit)
  }

  /**
   * Takes one row, an array of rows, or `{ columns, data }`; one call is one message, accepted or refused whole.
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
    this.#offered++
    const { sync } = options
    if (sync) {
      return this.#logSync(data, options).catch((error: unknown) => {
        throw error
      })
    }
    try {
      return this.#accept(data, options, 0)
    } catch (error) {
      this.#refused++
      throw error
    }
  }

  async #logSync(data: TrackData, options: LogOptions): Promise<void> {
    const { sync } = options
    let waiting: { id: number; promise: Promise<void> } | null = null
    const droppedBefore = this.#droppedMessages
    try {
      if (!this.#options.syncEnabled) throw new SyncDisabledError()
      if (sync !== true && sync !== 'tracked' && sync !== 'accepted') {
        throw new InvalidOptionError('sync', "it is true, 'accepted' or 'tracked' in this version")
      }
      if (!this.#options.enabled || sync === 'accepted') {
        this.#accept(data, options, 0)
        return
      }
      this.#requireRunning()
      waiting = this.#engine.pending.register<void>()
      const emptyBefore = this.#emptyMessages
      this.#accept(data, options, waiting.id)
      if (this.#droppedMessages > droppedBefore) this.#engine.pending.reject(waiting.id, new QueueFullError())
      else if (this.#emptyMessages > emptyBefore) this.#engine.pending.resolve(waiting.id, undefined)
      else this.#encoder.submitAll()
    } catch (error) {
      this.#refused++
      if (waiting) this.#engine.pending.reject(waiting.id, error)
      else throw error
    }
    await waiting.promise
  }

  /** Takes a message in; `waiter` 0: nobody waits. */
  #accept(data: TrackData, options: LogOptions, waiter: number): boolean {
    this.#requireRunning()
    if (!this.#options.enabled) return true
    if (this.#encoder.busy) throw new ReentrantError()
    const datasetId = options.datasetId ?? this.#options.defaultDatasetId
    if (datasetId === null || datasetId === undefined) throw new MissingDatasetIdError()
    const moment = options.timestampMs
    const timestampMs = typeof moment === 'number' ? moment : toTimestampMs(moment ?? this.#options.currentTimeFn())
    const key = this.#keys.find(datasetId, options.orgId, timestampMs)
    if (typeof data !== 'object' || data === null) throw new UnsupportedDataError(data === null ? 'null' : typeof data)
    return Array.isArray(data) ? this.#acceptRows(data, key, waiter) : this.#acceptRow(data as Row, key, waiter)
  }

  #acceptRow(row: Row, key: Key, waiter: number): boolean {
    let block = this.#encoder.place(row, key.lane)
    if (block === null) return this.#acceptRows(row, key, waiter)
    const cost = block.rowCost
    if (!this.#fits(cost)) {
      block.undo()
      if (!this.#makeRoom(cost, 1)) return false
      block = this.#encoder.place(row, key.lane)
      if (block === null) throw new UnsupportedDataError('object')
    }
    const full = this.#encoder.commit(block, key.id)
    if (waiter > 0) this.#encoder.noteMessage(block, 1, false, waiter)
    this.#keys.advance(key, 1)
    if (full) this.#encoder.submit(block)
    return this.#accepted(1)
  }

  #acceptRows(data: unknown, key: Key, waiter: number): boolean {
    const set = this.#encoder.read(data)
    if (set.cost > this.#options.limits.maxMessageBytes * 3) {
      throw new MessageTooLargeError(set.cost, this.#options.limits.maxMessageBytes)
    }
    if (set.rows === 0) {
      this.#emptyMessages++
      return this.#accepted(0)
    }
    if (!this.#fits(set.cost) && !this.#makeRoom(set.cost, set.rows)) return false
    this.#place(set, key, waiter)
    return this.#accepted(set.rows)
  }

  /** Puts a checked message into as many blocks as it takes. */
  #place(set: RowSet, key: Key, waiter: number): void {
    const shape = this.#encoder.shapeOf(set)
    const columns = set.columns.length
    let part = 0
    let block = this.#encoder.open(shape, key.lane)
    for (let row = 0; row < set.rows; row++) {
      if (part === 0) block = this.#encoder.open(shape, key.lane)
      block.putValues(set.values, row * columns)
      const full = this.#encoder.commit(block, key.id)
      part++
      if (!full) continue
      this.#encoder.noteMessage(block, part, row < set.rows - 1, waiter)
      this.#encoder.submit(block)
      this.#keys.advance(key, part)
      part = 0
    }
    if (part === 0) return
    this.#encoder.noteMessage(block, part, false, waiter)
    this.#keys.advance(key, part)
  }

  #accepted(rows: number): boolean {
    this.#acceptedMessages++
    this.#acceptedRows += rows
    if (this.#timer === null) this.#linger()
    return (this.#client?.queuedBytes ?? 0) + this.#encoder.openBytes <= this.#options.maxBufferBytes / 2
  }

  #fits(cost: number): boolean {
    const limit = this.#options.maxBufferBytes - this.#encoder.openBytes - cost
    return this.#engine.queuedBytes <= limit || this.#engine.refresh() <= limit
  }

  /** What `onFull` says; `false`: the message is dropped. */
  #makeRoom(cost: number, rows: number): boolean {
    const { maxBufferBytes, onFull, blockTimeoutMs } = this.#options
    if (cost > maxBufferBytes) throw new MessageTooLargeError(cost, maxBufferBytes)
    // Open blocks are charged at most; submitted ones as they are.
    this.#encoder.submitAll()
    if (this.#fits(cost)) return true
    if (onFull === 'throw') throw new QueueFullError()
    if (onFull === 'block') {
      if (this.#engine.call(() => native.waitForSpace(this.#engine.handle, cost, blockTimeoutMs))) {
        this.#engine.refresh()
        return true
      }
      throw new QueueFullError()
    }
    this.#droppedMessages++
    this.#droppedRows += rows
    return false
  }

  #linger(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (this.#state === 'running') this.#encoder.submitAll(true)
    }, LINGER_MS)
    this.#timer.unref()
  }

  /**
   * Writes what was accepted before; resolves when every writer has tried each profile once. Retries go on.
   *
   * @throws NotStartedError, ClosedError, NotAliveError
   */
  async flush(): Promise<FlushResult> {
    this.#requireRunning()
    if (!this.#options.enabled) return { written: 0, pending: 0 }
    this.#encoder.submitAll()
    this.#flushed = { rows: this.#acceptedRows }
    return this.#engine.flush()
  }

  /**
   * What is open and pending, of everything accepted before. Needs `syncEnabled`.
   *
   * @throws SyncDisabledError, TimeoutError, NotStartedError, ClosedError, NotAliveError
   */
  async status(options: { timeoutMs?: number } = {}): Promise<ProcessLoggerStatus> {
    const timeoutMs = options.timeoutMs ?? 1000
    if (!this.#options.syncEnabled) throw new SyncDisabledError()
    this.#requireRunning()
    if (!this.#options.enabled) return { statuses: {} }
    this.#encoder.submitAll()
    const { id, promise } = this.#engine.status()
    const timer = setTimeout(() => this.#engine.pending.reject(id, new TimeoutError('status', timeoutMs)), timeoutMs)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Resolves when no more than a quarter of `maxBufferBytes` waits. */
  async drained(): Promise<void> {
    this.#requireRunning()
    if (!this.#options.enabled) return
    this.#encoder.submitAll()
    await this.#engine.drained(Math.floor(this.#options.maxBufferBytes / 4))
    this.#engine.refresh()
  }

  /** Counters of this moment. */
  stats(): LoggerStats {
    const engine =
      this.#client && !this.#client.stopped
        ? this.#client.call(() => native.stats(this.#engine.handle))
        : this.#lastStats
    return {
      ...engine,
      trackedMessages: engine.trackedMessages + this.#emptyMessages,
      offeredMessages: this.#offered,
      acceptedMessages: this.#acceptedMessages,
      acceptedRows: this.#acceptedRows,
      refusedMessages: this.#refused,
      droppedMessages: this.#droppedMessages,
      droppedRows: this.#droppedRows,
    }
  }

  #lastStats = {
    trackedMessages: 0,
    trackedRows: 0,
    rejectedMessages: 0,
    rejectedRows: 0,
    queueBytes: 0,
    queueMessages: 0,
    pendingWritables: 0,
    writtenProfiles: 0,
    writeFailures: 0,
  }

  /**
   * Tracks and writes everything accepted, retries for `timeoutMs`, and stops. Calling it again gives the same promise.
   *
   * @throws NotStartedError, NotAliveError
   */
  close(options: { timeoutMs?: number } = {}): Promise<FlushResult> {
    this.#closing ??= this.#close(options.timeoutMs ?? 30_000)
    return this.#closing
  }

  async #close(timeoutMs: number): Promise<FlushResult> {
    if (this.#state === 'dead') throw new NotAliveError(KILLED)
    this.#requireRunning()
    this.#state = 'closing'
    process.removeListener('beforeExit', this.#beforeExit)
    if (!this.#client) {
      this.#state = 'closed'
      this.#exitCode = 0
      return { written: 0, pending: 0 }
    }
    this.#encoder.submitAll(true)
    return this.#client.close(timeoutMs)
  }

  /** Finishes the block in hand and stops without writing: what is unwritten is lost. */
  terminate(): void {
    this.#stop(-15)
  }

  /** Stops at once, between two blocks: what is unwritten is lost. */
  kill(): void {
    this.#stop(-9)
  }

  #stop(exitCode: number): void {
    if (this.#state !== 'running' && this.#state !== 'closing') return
    this.#state = 'dead'
    this.#exitCode = exitCode
    process.removeListener('beforeExit', this.#beforeExit)
    const client = this.#client
    if (client && !client.stopped)
      client.call(() => native.stop(client.handle, 'ERR_NOT_ALIVE', new NotAliveError().message))
  }

  /** Whether it takes rows. */
  isAlive(): boolean {
    return this.#state === 'running' || this.#state === 'closing'
  }

  /** Whether a close has begun. */
  isClosed(): boolean {
    return this.#state === 'closing' || this.#state === 'closed'
  }

  /** This process's id once started. */
  get pid(): number | null {
    return this.#state === 'new' ? null : process.pid
  }

  /** `null` while it runs; then 0 after a close, 1 after a failure, −15 after `terminate`, −9 after `kill`. */
  get exitCode(): number | null {
    return this.#exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'running' || this.#state === 'closing') await this.close()
  }

  get #engine(): EngineClient {
    if (!this.#client) throw new NotStartedError()
    return this.#client
  }

  #requireRunning(): void {
    if (this.#state === 'running') return
    if (this.#state === 'new') throw new NotStartedError()
    if (this.#state === 'dead') throw new NotAliveError()
    throw new ClosedError()
  }

  #ended(failure: RollingProfilesError | null): void {
    process.removeListener('beforeExit', this.#beforeExit)
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#client) this.#lastStats = this.#client.call(() => native.stats(this.#engine.handle))
    if (failure === null) {
      this.#state = 'closed'
      this.#exitCode = 0
    } else {
      this.#state = 'dead'
      this.#exitCode ??= 1
    }
    this.emit('exit', this.#exitCode ?? 1)
  }

  /** A normal end of the process: what is unwritten is written, once. */
  #flushAtExit(): void {
    process.removeListener('beforeExit', this.#beforeExit)
    if (this.#state !== 'running' || this.#flushed.rows === this.#acceptedRows) return
    this.flush().catch((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)))
  }
}
