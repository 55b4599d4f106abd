/** The process logger: the reference's names over a {@link RollingCore}. */
import { EventEmitter } from 'node:events'
import type { Writable as Stream } from 'node:stream'
import { crypto, fs } from '../builtin.js'
import { EmbeddingsPayload } from '../columns/embeddings.js'
import type { EmbeddingData, Embeddings } from '../columns/types.js'
import { InvalidOptionError, NotStartedError, QueueFullError, SyncDisabledError } from '../errors.js'
import type { FileInput, FileResult, LogFileOptions } from '../files/types.js'
import { showAs } from '../inspect.js'
import type {
  BuiltinMessageTypes,
  CloseMessage,
  FlushMessage,
  LogEmbeddingRequestDict,
  LogMessage,
  LogRequestDict,
  ProcessStatusMessage,
  RawLogEmbeddingsMessage,
  RawLogMessage,
  RawPubSubEmbeddingMessage,
  RawPubSubMessage,
} from '../messages.js'
import { eachOf, namedString, refuseOthers, text, wait, waitArgument } from '../option-checks.js'
import { LoggerOptions, type ResolvedOptions, resolveOptions } from '../options.js'
import type { ProfileView } from '../profile-view.js'
import { received, receivedType } from '../received.js'
import { hasMethod, isOurs, reading, refusalOf } from '../refusal.js'
import type { RowLike } from '../row.js'
import { partOf, warningOf, words } from '../thrown.js'
import { abortable, checkSignal, isAborted } from './abort.js'
import { ENDING, HANDLER_NAMES, type HandlerName, handlerOf } from './builtin-messages.js'
import {
  abortableOf,
  type CloseOptions,
  closeOf,
  type SendOptions,
  type TimedOptions,
  timedOf,
} from './call-options.js'
import { publish } from './channels.js'
import { DatasetHandle, type DatasetOptions, type DatasetPort } from './dataset-handle.js'
import { DROPPED, hasRoom } from './intake.js'
import { checkNdjsonOptions, checkRawOptions, checkWritableOptions, notOptions } from './log-options.js'
import { ThreadLoggerFactory } from './logger-factory.js'
import { type LoggerJson, shownLogger } from './logger-json.js'
import { outside } from './message-order.js'
import { type Payload, RawKind, RawPayload, rawKind } from './payload.js'
import { PipeSignaler } from './pipe-signaler.js'
import { isWaitedFor } from './refusals.js'
import { type DatasetName, RollingCore } from './rolling-core.js'
import { viewsOf } from './status.js'
import { adopt } from './thread-rolling-logger.js'
import type {
  Abortable,
  FlushResult,
  LoggerEvents,
  LoggerStats,
  LoggerStatus,
  LogOptions,
  NdjsonOptions,
  ProcessLoggerStatus,
  RawForm,
  RawOptions,
  SyncLevel,
  TrackData,
  WritableOptions,
} from './types.js'
import { writableOf } from './writable.js'

const NO_OPTIONS: LogOptions = {}
const NONE: ReadonlySet<HandlerName> = new Set()
const SEND_OPTIONS = new Set(['sync', 'signal'])
let loggers = 0
/** Descriptors outlive neither their logger nor its users. */
const sentinels = new FinalizationRegistry<number>((descriptor) => fs().closeSync(descriptor))

type Class<M> = abstract new (...args: never[]) => M

/**
 * Keeps statistical profiles of rows, per dataset and time bucket, on threads of its own, and writes them on a schedule. A subclass may add
 * messages of its own classes (`AdditionalMessages`), which `processBatch` gets in order with everything else; `TRow` is what a row is.
 *
 * @example
 * ```ts
 * class Deploy {
 *   constructor(readonly version: string) {}
 * }
 * class DeployLogger extends BaseProcessRollingLogger<Deploy> {
 *   override processBatch(batch: (Deploy | BuiltinMessageTypes)[]): void {
 *     for (const message of batch) if (message instanceof Deploy) this.log({ version: message.version }, { datasetId: 'deploys' })
 *   }
 * }
 * const logger = new DeployLogger()
 * logger.start()
 * logger.send(new Deploy('1.2.3'))
 * await logger.close()
 * ```
 */
export class BaseProcessRollingLogger<
  AdditionalMessages extends object = never,
  TRow extends RowLike = RowLike,
> extends EventEmitter<LoggerEvents> {
  /** Tells loggers apart; has no other meaning. */
  name = `${this.constructor.name}-${++loggers}`
  /** Settles what messages with `sync: true` are waited for by; `null` without `syncEnabled`. */
  readonly pipeSignaler: PipeSignaler | null
  readonly #core: RollingCore
  #authkey: Buffer = crypto().randomBytes(32)
  #port: DatasetPort | null = null
  #sentinel: number | null = null
  #isDone = false
  /** The methods for built-in messages that the class has of its own: looked up once, at the start. */
  #overridden: ReadonlySet<HandlerName> = NONE
  /** What came of a message that the class processes, where that is waited for. */
  readonly #outcomes = new WeakMap<object, Promise<unknown>>()
  /** Answers that will be signalled. */
  readonly #answers = new Set<Promise<unknown>>()

  static {
    showAs('BaseProcessRollingLogger', BaseProcessRollingLogger.prototype, (logger) => shownLogger(logger.toJSON()))
  }

  /** Makes a logger, which takes rows from `start()` on. All options may be left out. @throws InvalidOptionError naming the option. */
  constructor(options: LoggerOptions<TRow> = {}) {
    super()
    const resolved = resolveOptions(options)
    const factory = resolved.loggerFactory ?? new ThreadLoggerFactory()
    const forDatasets = optionsForDatasets(resolved)
    const core: RollingCore = new RollingCore(resolved, this, {
      settingsOf: (datasetId, orgId) =>
        adopt(factory.createLogger(datasetId, orgId, forDatasets), core, { datasetId, orgId }),
      processBatch: (batch, type) => this.#processInOrder(batch, type),
      ended: () => this.#closeSignaler(),
    })
    this.#core = core
    this.pipeSignaler = resolved.syncEnabled ? new PipeSignaler() : null
  }

  /** Starts the threads. @throws ClosedError after a close or kill. */
  start(): void {
    if (this.pipeSignaler && !this.pipeSignaler.isAlive() && this.#core.state === 'new') this.pipeSignaler.start()
    this.#core.start()
    this.#overridden = overriddenBy(this)
  }

  /**
   * Takes rows, and resolves when they are tracked (`sync: true` or `'tracked'`), accepted (`'accepted'`) or written (`'written'`). It
   * rejects when they cannot be. Needs `syncEnabled`. One call is one message, accepted or refused whole.
   */
  log(data: TrackData<TRow>, options: LogOptions & { sync: true | SyncLevel }): Promise<void>
  /**
   * Takes one row, an array or another iterable of rows, `{ columns, data }`, what `columns` or `arrow` give, or a table or record batch of
   * `apache-arrow`; one call is one message, accepted or refused whole.
   *
   * It returns at once. `false` says that the queue is past its high-water mark, so await `drained()`; or that the message was dropped or
   * refused, where `onFull` or `onInvalid` say that nothing is thrown. With `sync` it returns a promise.
   *
   * @throws NotStartedError, ClosedError, NotAliveError, MissingDatasetIdError, UnsupportedDataError, InvalidDataError,
   * InvalidTimestampError, MessageTooLargeError, QueueFullError, SyncDisabledError, WriterFactoryError, ReentrantError
   */
  log(data: TrackData<TRow>, options?: LogOptions & { sync?: false | undefined }): boolean
  /** Takes rows; the call is waited for where `sync` says so. */
  log(data: TrackData<TRow>, options?: LogOptions): boolean | Promise<void>
  log(data: TrackData<TRow>, options: LogOptions = NO_OPTIONS): boolean | Promise<void> {
    return this.#take(data, options)
  }

  /**
   * Takes the JSON bytes of a request, and resolves when its rows are tracked, accepted or written, as `sync` says. It rejects when they cannot be.
   */
  logRaw(bytes: Uint8Array | ArrayBuffer, options: RawOptions & { sync: true | SyncLevel }): Promise<void>
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
  logRaw(bytes: Uint8Array | ArrayBuffer, options?: RawOptions & { sync?: false | undefined }): boolean
  /** Takes the JSON bytes of a request; the call is waited for where `sync` says so. */
  logRaw(bytes: Uint8Array | ArrayBuffer, options?: RawOptions): boolean | Promise<void>
  logRaw(bytes: Uint8Array | ArrayBuffer, options: RawOptions = NO_OPTIONS): boolean | Promise<void> {
    return this.#takePayload(options, () => {
      checkRawOptions(options)
      const { form, ...rest } = options
      return [new RawPayload(rawKind(form), bytes), rest]
    })
  }

  /**
   * Takes newline-delimited JSON, and resolves when its rows are tracked, accepted or written, as `sync` says. It rejects with
   * `PartlyRejectedError` where lines were left out.
   */
  logNdjson(bytes: Uint8Array | ArrayBuffer, options: NdjsonOptions & { sync: true | SyncLevel }): Promise<void>
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
  logNdjson(bytes: Uint8Array | ArrayBuffer, options?: NdjsonOptions & { sync?: false | undefined }): boolean
  /** Takes newline-delimited JSON; the call is waited for where `sync` says so. */
  logNdjson(bytes: Uint8Array | ArrayBuffer, options?: NdjsonOptions): boolean | Promise<void>
  logNdjson(bytes: Uint8Array | ArrayBuffer, options: NdjsonOptions = NO_OPTIONS): boolean | Promise<void> {
    return this.#takePayload(options, () => {
      checkNdjsonOptions(options)
      const { timestampColumn, ...rest } = options
      return [new RawPayload(RawKind.Ndjson, bytes, timestampColumn ?? null), rest]
    })
  }

  /**
   * Takes embeddings by column, and resolves when they are tracked, accepted or written, as `sync` says. It rejects when they cannot be.
   */
  logEmbeddings<T extends Embeddings<T>>(data: T, options: LogOptions & { sync: true | SyncLevel }): Promise<void>
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
  logEmbeddings<T extends Embeddings<T>>(data: T, options?: LogOptions & { sync?: false | undefined }): boolean
  /** Takes embeddings by column; the call is waited for where `sync` says so. */
  logEmbeddings<T extends Embeddings<T>>(data: T, options?: LogOptions): boolean | Promise<void>
  logEmbeddings(data: Record<string, EmbeddingData>, options: LogOptions = NO_OPTIONS): boolean | Promise<void> {
    return this.#take(new EmbeddingsPayload(data), options)
  }

  /**
   * Reads a file (CSV, TSV, JSON, Parquet or Arrow, plain or packed) on threads of its own, and resolves when each of its rows is tracked or left out. Rows of a
   * file are no messages; what is wrong with a record costs that record alone, and the result tells of it.
   *
   * @throws UnreadableFileError, IoError, UnknownColumnError, UdfNeedsRowsError, MissingDatasetIdError, InvalidOptionError, NotStartedError, ClosedError,
   * NotAliveError, WriterFactoryError; the reason of `signal`
   * @example
   * ```ts
   * const { rows, leftOut } = await logger.logFile('orders.csv', { datasetId: 'orders', timestampColumn: 'created_at' })
   * ```
   */
  logFile(file: FileInput, options: LogFileOptions = {}): Promise<FileResult> {
    return this.#core.logFile(file, options)
  }

  /**
   * An object-mode stream whose chunks are logged: back-pressure is waited for, and it finishes when all is tracked. A `signal` destroys it.
   *
   * @example
   * ```ts
   * await pipeline(rows, logger.createWritable({ datasetId: 'orders' }))
   * ```
   */
  createWritable(options: WritableOptions = {}): Stream {
    checkWritableOptions(options)
    checkSignal(options.signal)
    return writableOf(
      {
        log: (data, logOptions) => hasRoom(this.#core.log(data, logOptions)),
        drained: () => this.#core.drained(),
        reach: () => this.#core.reach(),
      },
      options,
    )
  }

  /**
   * A handle of one dataset, which names it once; it may be made before `start`.
   *
   * @throws InvalidOptionError
   * @example
   * ```ts
   * interface Order {
   *   price: number
   * }
   * const orders = logger.dataset<Order>('orders')
   * orders.log({ price: 9.5 })
   * ```
   */
  dataset<T extends RowLike = TRow>(datasetId: string, options: DatasetOptions = {}): DatasetHandle<T> {
    this.#port ??= this.#datasetPort()
    return new DatasetHandle<T>(this.#port, datasetId, options)
  }

  /** What handles need of it. Calls that log are the public ones, which a subclass may have of its own. */
  #datasetPort(): DatasetPort {
    return {
      log: (data, options) => this.log(data as TrackData<TRow>, options),
      logNdjson: (bytes, options) => this.logNdjson(bytes, options),
      logEmbeddings: (data, options) => this.logEmbeddings(data, options),
      logFile: (file, options) => this.logFile(file, options),
      createWritable: (options) => this.createWritable(options),
      refuse: (error, options) => this.#refuse(error, options),
      flush: (options, place) => this.#flush(options, place),
      status: (options, place) => this.#status(options, place),
      views: (options, place) => this.#views(options, place),
    }
  }

  #takePayload(options: LogOptions, read: () => [payload: Payload, options: LogOptions]): boolean | Promise<void> {
    let message: [Payload, LogOptions]
    try {
      message = read()
    } catch (error) {
      return this.#refuse(error, options)
    }
    return this.#take(...message)
  }

  #take(data: unknown, options: LogOptions): boolean | Promise<void> {
    let isGivenUp = false
    try {
      if (typeof options !== 'object' || options === null) throw notOptions(options)
      if (options.signal !== undefined) isGivenUp = isAborted(options.signal)
      if (options.sync) return this.#logSync(data, options)
    } catch (error) {
      return this.#refuse(error, options)
    }
    return hasRoom(isGivenUp ? this.#core.refusals.givenUp(options.signal) : this.#core.log(data, options))
  }

  #logSync(data: unknown, options: LogOptions): Promise<void> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason)
    if (!this.#core.options.syncEnabled) throw new SyncDisabledError()
    return this.#core.refusals.toldOf(abortable(this.#core.logSync(data, options), options.signal))
  }

  /** Refuses a message because of `error`: its promise rejects, or it is thrown or told. */
  #refuse(error: unknown, options: LogOptions): boolean | Promise<void> {
    if (!isWaitedFor(options)) return hasRoom(this.#core.refuse(error, options))
    return this.#core.refusals.toldOf(Promise.reject(this.#core.refuseSync(error, options)))
  }

  /** Takes a message, and resolves when it is processed. It rejects when it cannot be. */
  send(message: AdditionalMessages | BuiltinMessageTypes, options: SendOptions & { sync: true }): Promise<void>
  /**
   * Takes a message: a built-in one does what it says; one of the user's own classes is handed to `processBatch` when everything before it is
   * tracked, and before anything after it is. `false` asks to await `drained()`. A message with `sync: true` is signalled by its `id` in
   * `pipeSignaler`; with `options.sync`, the promise resolves when it is processed.
   *
   * @throws what `log` says
   */
  send(message: AdditionalMessages | BuiltinMessageTypes, options?: SendOptions & { sync?: false | undefined }): boolean
  /** Takes a message; the call is waited for where `sync` says so. */
  send(message: AdditionalMessages | BuiltinMessageTypes, options?: SendOptions): boolean | Promise<void>
  send(message: object, options: SendOptions = {}): boolean | Promise<void> {
    let handler: HandlerName | undefined
    let isGivenUp = false
    let isSync = false
    try {
      refuseOthers(options, SEND_OPTIONS)
      isGivenUp = isAborted(options.signal)
      isSync = Boolean(options.sync)
      handler = handlerFor(message)
    } catch (error) {
      return this.#refuse(error, options)
    }
    if (isSync) return this.#sendSync(message, handler, options)
    if (isGivenUp) return hasRoom(this.#core.refusals.givenUp(options.signal))
    if (handler === undefined || this.#overridden.has(handler)) return hasRoom(this.#core.sendOther(message, null))
    const room = this.#handle(handler, message)
    // A flush or close goes on by itself; its failure is told as a warning.
    if (room instanceof Promise) room.catch(warnOf)
    return room !== false
  }

  async #sendSync(message: object, handler: HandlerName | undefined, options: Abortable): Promise<void> {
    checkSignal(options.signal)
    this.#core.refuseInside()
    return abortable(this.#processed(message, handler), options.signal)
  }

  async #processed(message: object, handler: HandlerName | undefined): Promise<void> {
    const { refusals } = this.#core
    if (handler !== undefined && !this.#overridden.has(handler)) {
      const answer = refusals.throwing(() => this.#handle(handler, message))
      // That of a flush or a close: there is nothing behind it to wait for.
      if (answer instanceof Promise) await answer
      else await this.#core.reach()
      return
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (error: Error | null) => (error ? reject(error) : resolve())
      const outcome = refusals.throwing(() => this.#core.sendOther(message, settle))
      if (outcome === DROPPED) reject(new QueueFullError())
    })
    if (handler === undefined) return
    if (ENDING.has(handler)) await this.#outcomes.get(message)
    else await this.#core.reach()
  }

  /** Processes messages whose turn it is: of the user's own classes, and built-in ones whose method the class has of its own. */
  #processInOrder(batch: object[], type: Class<object>): unknown {
    const handler = handlerOf(type)
    if (handler === undefined) {
      return this.processBatch(batch as AdditionalMessages[], type as Class<AdditionalMessages>)
    }
    const process = () => (this[handler] as (messages: object[]) => unknown).call(this, batch)
    if (!ENDING.has(handler)) return process()
    // What these wait for comes after the batch: it is no part of it.
    const outcome = outside(async () => process())
    outcome.catch(warnOf)
    for (const message of batch) this.#outcomes.set(message, outcome)
    return undefined
  }

  /** Nobody is left to signal; what is answered already is signalled first. */
  #closeSignaler(): Promise<void> | null {
    const { pipeSignaler } = this
    if (pipeSignaler === null) return null
    if (this.#answers.size > 0) return Promise.allSettled(this.#answers).then(() => pipeSignaler.close())
    pipeSignaler.close()
    return null
  }

  #handle(handler: HandlerName, message: object): unknown {
    return (this[handler] as (messages: object[]) => unknown).call(this, [message])
  }

  /**
   * As `send`, of each in turn. An iterable that is no array, and gives more than 100 000, is refused there: it may never end.
   *
   * @throws what `send` does; InvalidOptionError
   */
  sendMany(messages: Iterable<AdditionalMessages | BuiltinMessageTypes>): boolean {
    let room = true
    eachOf('messages', messages, (message) => {
      room = this.send(message)
    })
    return room
  }

  /** Resolves when everything accepted before is tracked, rejected or processed. Nobody has to call it: messages are processed as they come. */
  async processMessages(options: Abortable = {}): Promise<void> {
    const signal = abortableOf(options)
    return abortable(this.#core.reach(), signal)
  }

  /**
   * Processes a run of consecutive messages of one class. A subclass overrides it for its own classes, of which alone it is called; what it
   * throws rejects those messages and nothing else. What it logs is accepted also when a close was called since; messages of the user's own are not. Inside of it, waiting for what comes after the batch is refused with ReentrantError.
   */
  processBatch(
    batch: (AdditionalMessages | BuiltinMessageTypes)[],
    type: Class<AdditionalMessages | BuiltinMessageTypes>,
  ): void | Promise<void> {
    if (typeof type !== 'function') throw new InvalidOptionError('type', `must be a class${received(type)}`)
    if (reading('type', () => handlerOf(type)) === undefined) {
      const reason = words`must be overridden to take messages of class ${partOf(type as { name?: unknown }, 'name')}`
      throw new InvalidOptionError('processBatch', reason)
    }
    this.sendMany(batch)
  }

  /** Logs each request. The last answer of `log`. */
  processLogDicts(dicts: readonly LogRequestDict[]): boolean {
    return this.#each(dicts, (dict) => this.#logDict(dict, undefined))
  }

  /** Logs the rows of each message. The last answer of `log`. */
  processLogMessages(messages: readonly LogMessage[]): boolean {
    return this.#each(messages, ({ log, requestTime, id, sync }) =>
      this.#signalled(sync ? id : null, log.multiple, optionsOfDict(log, requestTime)),
    )
  }

  /** Logs the request of each message, read on the engine's threads. The last answer of `logRaw`. */
  processRawLogDicts(messages: readonly RawLogMessage[]): boolean {
    return this.#each(messages, ({ request, requestTime, id, sync }) =>
      this.#signalled(sync ? id : null, new RawPayload(RawKind.LogRequest, request), { timestampMs: requestTime }),
    )
  }

  /** Logs the embeddings of each request. The last answer of `logEmbeddings`. */
  processLogEmbeddingsDicts(dicts: readonly LogEmbeddingRequestDict[]): boolean {
    return this.#each(dicts, ({ datasetId, orgId, timestamp, embeddings }) =>
      this.logEmbeddings(embeddings, { datasetId, orgId: orgId || undefined, timestampMs: timestamp ?? undefined }),
    )
  }

  /** Logs the embeddings of each message, read on the engine's threads. The last answer of `logRaw`. */
  processLogEmbeddingsMessages(messages: readonly RawLogEmbeddingsMessage[]): boolean {
    return this.#processRaw(messages, 'embeddings')
  }

  /** Logs the request in each publish-subscribe push. The last answer of `logRaw`. */
  processPubsub(messages: readonly RawPubSubMessage[]): boolean {
    return this.#processRaw(messages, 'pubSub')
  }

  /** Logs the embeddings in each publish-subscribe push. The last answer of `logRaw`. */
  processPubsubEmbedding(messages: readonly RawPubSubEmbeddingMessage[]): boolean {
    return this.#processRaw(messages, 'pubSubEmbeddings')
  }

  /** Flushes, once for all of them. */
  processFlushMessage(_messages?: readonly FlushMessage[]): Promise<FlushResult> {
    return this.flush()
  }

  /** Closes. */
  processCloseMessage(_messages?: readonly CloseMessage[]): Promise<FlushResult> {
    return this.close()
  }

  /** Signals the status under each message's id. @throws SyncDisabledError */
  processStatusMessage(messages: readonly ProcessStatusMessage[]): boolean {
    return this.#each(messages, ({ id, timeoutMs }) => {
      namedString('messages.id', id)
      wait('messages.timeoutMs', timeoutMs, 1000)
      this.#answer(this.#signaler(), id, this.status({ timeoutMs }))
      return true
    })
  }

  /** Signals under `id` what comes of it. */
  #answer(signaler: PipeSignaler, id: string, promise: Promise<unknown>): void {
    const answered = promise
      .then(
        (data) => signaler.signal([id, null, data]),
        (error: Error) => signaler.signal([id, error]),
      )
      .finally(() => this.#answers.delete(answered))
    this.#answers.add(answered)
  }

  #processRaw(messages: readonly { request: Uint8Array; requestTime: number }[], form: RawForm): boolean {
    return this.#each(messages, ({ request, requestTime }) => this.logRaw(request, { form, timestampMs: requestTime }))
  }

  #each<M>(messages: readonly M[], take: (message: M) => boolean): boolean {
    let room = true
    eachOf('messages', messages, (message) => {
      room = this.#taken(message, take)
    })
    return room
  }

  /** One of many messages, which may be anything: what is wrong with it is refused as `log` does. */
  #taken<M>(message: M, take: (message: M) => boolean): boolean {
    try {
      if (typeof message === 'object' && message !== null) return take(message)
    } catch (error) {
      if (isOurs(error)) throw error
      return hasRoom(this.#core.refuse(refusalOf('messages', error), null))
    }
    const error = new InvalidOptionError('messages', `must hold objects${receivedType(message)}`)
    return hasRoom(this.#core.refuse(error, null))
  }

  #logDict(dict: LogRequestDict, requestTime: number | undefined): boolean {
    return hasRoom(this.#core.log(dict.multiple, optionsOfDict(dict, requestTime)))
  }

  /** Logs; where `id` is not null, its outcome is signalled under it. */
  #signalled(id: string | null, data: unknown | Payload, options: LogOptions): boolean {
    if (id === null) return hasRoom(this.#core.log(data, options))
    this.#answer(this.#signaler(), id, this.#core.logSync(data, { ...options, sync: true }, false))
    return true
  }

  #signaler(): PipeSignaler {
    if (this.pipeSignaler === null) throw new SyncDisabledError()
    return this.pipeSignaler
  }

  /**
   * Writes what was accepted before; resolves when every writer has tried each profile once. Retries go on.
   *
   * @throws NotStartedError, ClosedError, NotAliveError
   */
  async flush(options: Abortable = {}): Promise<FlushResult> {
    return this.#flush(options, null)
  }

  async #flush(options: Abortable, dataset: DatasetName | null): Promise<FlushResult> {
    const signal = abortableOf(options)
    return abortable(this.#core.flush(dataset), signal)
  }

  /**
   * What is open and pending, of everything accepted before. Needs `syncEnabled`.
   *
   * @throws SyncDisabledError, TimeoutError, NotStartedError, ClosedError, NotAliveError
   */
  async status(options: TimedOptions = {}): Promise<ProcessLoggerStatus> {
    return this.#status(options, null)
  }

  async #status(options: TimedOptions, dataset: DatasetName | null): Promise<ProcessLoggerStatus> {
    const { timeoutMs, signal } = timedOf(options, 1000)
    if (!this.#core.options.syncEnabled) throw new SyncDisabledError()
    return abortable(this.#core.status(timeoutMs, dataset), signal)
  }

  async #views(options: TimedOptions, dataset: DatasetName | null): Promise<ProcessLoggerStatus> {
    const { timeoutMs, signal } = timedOf(options, 1000)
    return abortable(this.#core.status(timeoutMs, dataset), signal)
  }

  /**
   * The open profiles, of one dataset, of one organisation or of all, of everything accepted before. An organisation that is missing or empty is none.
   *
   * @throws what `status` says
   */
  async getProfileViews(datasetId?: string, orgId?: string, options: TimedOptions = {}): Promise<ProfileView[]> {
    text('datasetId', datasetId)
    text('orgId', orgId)
    const { statuses } = await this.#views(options, null)
    const all = Object.values(statuses)
    if (!datasetId && !orgId) return viewsOf(all)
    const isWanted = (status: LoggerStatus) =>
      (!datasetId || status.datasetId === datasetId) && status.orgId === (orgId || null)
    return viewsOf(all.filter(isWanted))
  }

  /** Resolves when no more than a quarter of what may wait does. */
  async drained(options: Abortable = {}): Promise<void> {
    const signal = abortableOf(options)
    return abortable(this.#core.drained(), signal)
  }

  /** Counters of this moment. */
  stats(): LoggerStats {
    return this.#core.stats()
  }

  /** Its state and counters, for `JSON.stringify`. */
  toJSON(): LoggerJson {
    return this.#core.toJSON(this.name)
  }

  /**
   * Tracks and writes everything accepted, retries for `timeoutMs` (30 s, or `Infinity`), and stops. Calling it again gives the same promise;
   * a call that is refused has changed nothing. Where accepted rows were neither written nor rejected in that time, they are lost: it rejects with
   * DataLossError, or with `onLoss: 'report'` resolves and says how many profiles are pending. However short the time, each profile is tried once:
   * writes that wait or are under way then have another half a second, and batches of `processBatch` a quarter.
   *
   * @throws DataLossError, InvalidOptionError, NotStartedError, NotAliveError, ReentrantError
   */
  close(options: CloseOptions = {}): Promise<FlushResult> {
    try {
      const { timeoutMs, signal, onLoss } = closeOf(options)
      return abortable(this.#core.close(timeoutMs, onLoss), signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Finishes the block in hand and stops without writing: what is unwritten is lost. */
  terminate(): void {
    this.#core.stop(-15)
  }

  /** Stops at once, between two blocks: what is unwritten is lost. */
  kill(): void {
    this.#core.stop(-9)
  }

  /** Starts, if it is not started, and resolves when it has stopped. */
  async run(): Promise<void> {
    if (this.#core.state === 'new') this.start()
    await this.#core.waitFor(this.#core.ended)
  }

  /** Resolves when its threads have ended, or after `timeoutMs`; `isAlive` tells which. @throws NotStartedError */
  async join(timeoutMs?: number): Promise<void> {
    const longest = waitArgument('timeoutMs', timeoutMs, Number.POSITIVE_INFINITY)
    if (this.#core.state === 'new') throw new NotStartedError()
    await this.#core.waitFor(this.#core.ended, longest)
  }

  /** Whether it takes rows, or still writes them. */
  isAlive(): boolean {
    return this.#core.state === 'running' || this.#core.state === 'closing'
  }

  /** Whether it takes no more messages, by `close` or `setClosed`. */
  isClosed(): boolean {
    return this.#core.closed.isSet
  }

  /** Takes no more messages; what was accepted is still tracked and written. */
  setClosed(): void {
    this.#core.closed.set()
  }

  /** Whether everything accepted before a close is tracked, and written or given up. */
  closeMessageHandled(): boolean {
    return this.#core.closeHandled.isSet
  }

  /** Says that a close is handled: `closeMessageWait` resolves. */
  setCloseMessageHandled(): void {
    this.#core.closeHandled.set()
  }

  /** Resolves when a close is handled: everything accepted before is tracked, and written or given up. */
  closeMessageWait(): Promise<void> {
    return this.#core.waitFor(this.#core.closeHandled)
  }

  /** Whether it has processed everything and stopped, or was said to be by `setDone`. */
  isDone(): boolean {
    return this.#isDone || this.#core.done.isSet
  }

  /** Says that it is done: `isDone` is true, and `doneWait` resolves. It ends nothing. */
  setDone(): void {
    this.#isDone = true
    this.#core.done.set()
  }

  /** Resolves when it has processed everything and stopped, or was said to be done by `setDone`. */
  doneWait(): Promise<void> {
    return this.#core.waitFor(this.#core.done)
  }

  /** Random bytes of this logger, for whoever has to know it again. Never shown or told. */
  get authkey(): Buffer {
    return this.#authkey
  }

  set authkey(authkey: Buffer) {
    this.#authkey = authkey
  }

  /** This process's id once started; `null` before. */
  get pid(): number | null {
    return this.#core.state === 'new' ? null : process.pid
  }

  /** The operating system's number of the engine's main thread; `null` before the start, or where the platform does not tell. */
  get ident(): number | null {
    return this.#core.thread
  }

  /** `null` while it runs; then 0 after a close, 1 after a failure, −15 after `terminate`, −9 after `kill`. */
  get exitCode(): number | null {
    return this.#core.exitCode
  }

  /** `true`: it does not keep Node alive, though its pending promises do. `false`: it does until it is closed. */
  get daemon(): boolean {
    return this.#core.daemon
  }

  set daemon(daemon: boolean) {
    this.#core.daemon = daemon
  }

  /**
   * A file descriptor that becomes readable when the threads have ended, for those who poll descriptors; closed with this object. `null` on Windows.
   *
   * @throws NotStartedError
   */
  get sentinel(): number | null {
    if (this.#core.state === 'new') throw new NotStartedError()
    if (this.#sentinel === null) {
      this.#sentinel = this.#core.openSentinel()
      if (this.#sentinel !== null) sentinels.register(this, this.#sentinel)
    }
    return this.#sentinel
  }

  /** Tells listeners of an event, and who listens to its channel of `diagnostics_channel`. */
  override emit<K extends keyof LoggerEvents>(name: K, ...event: LoggerEvents[K]): boolean {
    if (typeof name !== 'string' && typeof name !== 'symbol') {
      throw new InvalidOptionError('name', `must be the name of an event${received(name)}`)
    }
    publish(this.name, name, event[0])
    // biome-ignore lint/suspicious/noExplicitAny: the base's own parameter is a conditional type that no generic argument satisfies
    return super.emit(name, ...(event as any))
  }

  /** Closes it at the end of an `await using`, if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isAlive()) await this.close()
  }
}

/** The method that takes a message; `undefined` for one of the user's own classes. @throws InvalidOptionError */
function handlerFor(message: object): HandlerName | undefined {
  if (typeof message !== 'object' || message === null || !hasMethod(message, 'constructor')) {
    throw new InvalidOptionError('message', `must be an instance of a class${receivedType(message)}`)
  }
  return reading('message', () => handlerOf(message.constructor as unknown as Class<object>))
}

/** How a request says where its rows belong. */
function optionsOfDict({ datasetId, orgId, timestamp }: LogRequestDict, requestTime: number | undefined): LogOptions {
  return { datasetId, orgId: orgId || undefined, timestampMs: timestamp ?? requestTime }
}

/** The methods for built-in messages that are none of this class's. */
function overriddenBy(logger: Record<HandlerName, unknown>): ReadonlySet<HandlerName> {
  return new Set(HANDLER_NAMES.filter((name) => logger[name] !== BaseProcessRollingLogger.prototype[name]))
}

function warnOf(error: unknown): void {
  process.emitWarning(warningOf(error))
}

/** What a logger factory is shown. */
function optionsForDatasets(resolved: ResolvedOptions): LoggerOptions {
  const { aggregateBy, writeSchedule, minWriteIntervalMs, schema, syncEnabled, currentTimeFn } = resolved
  const { queueConfig, threadQueueConfig, queueType, writerFactory } = resolved
  return new LoggerOptions({
    aggregateBy,
    writeSchedule,
    minWriteIntervalMs,
    schema,
    syncEnabled,
    currentTimeFn,
    queueConfig,
    threadQueueConfig,
    queueType,
    writerFactory,
  })
}
