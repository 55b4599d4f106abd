/**
 * One engine, as TypeScript sees it: starts it, hands blocks on, turns its signals into settled promises, writer calls and events.
 *
 * Nothing that a user's code throws (a writer, a listener) may leave a signal callback: it would end the process.
 */
import {
  type AnyRollingProfilesError,
  ClosedError,
  DataLossError,
  NotAliveError,
  type RollingProfilesError,
  TooManyDatasetsError,
  WriterError,
} from '../errors.js'
import { FOREVER_MS, startPatientTimer } from '../long-timer.js'
import {
  type NativeIdle,
  type NativeLoss,
  type NativeSignal,
  type NativeStats,
  type NativeWritable,
  type NativeWriterSpec,
  native,
} from '../native.js'
import { fromNative, wrapThrown } from '../native-errors.js'
import { type DatasetSettings, QueueType, type ResolvedOptions } from '../options.js'
import { ProfileView, recordOf } from '../profile-view.js'
import { DatasetSchema } from '../schema/dataset-schema.js'
import { columnPlanOf } from '../schema/plan.js'
import { writerErrorFrom } from '../system-failure.js'
import { textOf } from '../thrown.js'
import { granularityIndex } from '../time.js'
import { WhyLabsWriter } from '../whylabs.js'
import { nameOf, outcomeOf } from '../write-outcome.js'
import { LocalWriter, type Writable, type Writer } from '../writers.js'
import { Causes } from './causes.js'
import type { EventReporter } from './event-reporter.js'
import { type CloseResult, lossesOf, lossSentence } from './loss.js'
import type { MessageOrder } from './message-order.js'
import { Pending } from './pending.js'
import { statusOf } from './status.js'
import type { FlushResult, ProcessLoggerStatus } from './types.js'
import { WriterTable } from './writer-table.js'

const DEFAULT_SCHEMA = new DatasetSchema()
/** How much of the time for a close batches may take that are being processed. */
const BATCHES_SHARE = 0.75
/** In however little time, ms: so that each batch has a chance. */
const BATCHES_LEAST_MS = 250
const UNPROCESSED = 'The logger was closed before the message was processed.'
/** What crosses as an interval; a longer one, of seconds even, is more than a century: never. */
const MOST_INTERVAL = 2 ** 32 - 1

export class EngineClient {
  readonly handle: number
  readonly pending: Pending
  /** Keeps everything that is handed on in order with messages of the user's own. */
  readonly order: MessageOrder
  /** What waits in the engine's lanes, as last seen; it can only have become less since. */
  queued = 0
  stopped = false
  /** Opens a dataset that was found in a payload; gives its number. */
  openWanted: (datasetId: string, orgId: string | null) => number = () => 0
  /** A flush has ended: datasets may be idle now. */
  onFlushed: () => void = () => {}
  readonly #events: EventReporter
  readonly #writers = new WriterTable()
  /** Datasets that promises are about, and how many. */
  readonly #asked = new Map<number, number>()
  readonly #toldBareFalse = new WeakSet<Writer>()
  readonly #causes = new Causes()
  readonly #onStopped: (failure: RollingProfilesError | null) => void
  readonly #drained: (() => void)[] = []
  /** What those hear who ask once it has stopped. */
  #ended: RollingProfilesError = new ClosedError()

  constructor(
    options: ResolvedOptions,
    order: MessageOrder,
    events: EventReporter,
    onStopped: (failure: RollingProfilesError | null) => void,
  ) {
    this.#events = events
    this.#onStopped = onStopped
    this.order = order
    const { limits, queueConfig, queueType } = options
    const isByBytes = queueType === QueueType.FASTER_FIFO
    this.handle = this.call(() =>
      native.engineStart(
        {
          workers: options.workers,
          maxBufferBytes: isByBytes ? queueConfig.maxBufferBytes : null,
          maxQueueMessages: isByBytes ? null : queueConfig.maxQueueMessages,
          maxProfileBytes: limits.maxProfileBytes,
          seed: options.seed,
          maxColumns: limits.maxColumns,
          maxSegments: limits.maxSegments,
          maxValueBytes: limits.maxValueBytes,
          maxNameBytes: limits.maxNameBytes,
          maxDepth: limits.maxDepth,
          maxMessageBytes: limits.maxMessageBytes,
          writeTimeoutMs: Math.min(Math.ceil(options.writeTimeoutMs), FOREVER_MS),
          maxConcurrentWrites: options.maxConcurrentWrites,
        },
        (signals) => this.#receive(signals),
      ),
    )
    this.pending = new Pending((held) => {
      if (!this.stopped) native.engineRef(this.handle, held)
    })
  }

  /** Runs a native call; what it throws comes as one of our errors. */
  call<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw wrapThrown(error)
    }
  }

  /** Never throws: an engine that has stopped says so by a signal, and any other refusal is a fault of this package. */
  submit(lane: number, arena: Uint8Array, text: Uint8Array, textBytes: number): void {
    if (!this.order.busy) {
      this.submitNow(() => native.submit(this.handle, lane, arena, text, textBytes))
      return
    }
    // Arena and text are used again at return: what is held back has its own.
    const [heldArena, heldText] = [arena.slice(), text.slice(0, textBytes)]
    const submit = () => native.submit(this.handle, lane, heldArena, heldText, textBytes)
    this.order.run(() => this.submitNow(submit), heldArena.length + heldText.length)
  }

  /** As `submit`, of anything, past what is held back. */
  submitNow(submit: () => number): void {
    if (this.stopped) return
    try {
      this.queued = this.call(submit)
    } catch (error) {
      if (!(error instanceof NotAliveError)) this.#tellError(error as AnyRollingProfilesError)
    }
  }

  /** The number of what was submitted last; `null`: something is held back, or nobody is there to say. */
  lastSequence(): number | null {
    return this.order.busy || this.stopped ? null : this.call(() => native.lastSequence(this.handle))
  }

  /** Lets go of keys that no block names after the one with this number; `null`: after what was submitted or held back so far. */
  releaseKeys(keys: readonly number[], sequence: number | null): void {
    const numbers = Float64Array.from(keys)
    const release = (after: number) => native.releaseKeys(this.handle, numbers, after)
    if (sequence === null) this.release(() => release(Number.MAX_SAFE_INTEGER))
    else if (!this.stopped) this.call(() => release(sequence))
  }

  /** Lets go of numbers, behind the blocks that name them. */
  release(release: () => void): void {
    this.order.run(() => {
      if (!this.stopped) this.call(release)
    })
  }

  /** Looks again at how much waits. */
  refresh(): number {
    this.queued = this.call(() => native.queueLevel(this.handle))
    return this.queued
  }

  openDataset(datasetId: string, orgId: string | null, settings: DatasetSettings): number {
    const { aggregateBy, writeSchedule } = settings
    const isEver = writeSchedule !== null && writeSchedule.interval <= MOST_INTERVAL
    const dataset = {
      datasetId,
      orgId,
      aggregateBy: granularityIndex(aggregateBy),
      scheduleCadence: isEver ? granularityIndex(writeSchedule.cadence) : null,
      scheduleInterval: isEver ? writeSchedule.interval : 1,
      plan: (settings.schema ?? DEFAULT_SCHEMA).plan,
      writers: settings.writers.map((writer) => this.#spec(writer)),
    }
    const number = this.call(() => native.openDataset(this.handle, dataset))
    this.#writers.open(number, settings.writers)
    return number
  }

  /** Lets go of those datasets that have nothing open, and of the writers that only they had. */
  closeIdleDatasets(datasets: readonly number[]): NativeIdle {
    const idle = Float64Array.from(datasets.filter((dataset) => !this.#asked.has(dataset)))
    const answer = this.call(() => native.closeIdleDatasets(this.handle, idle))
    for (const dataset of answer.closed) {
      for (const writer of this.#writers.close(dataset)) void this.#closeWriter(writer)
    }
    return answer
  }

  async #closeWriter(writer: Writer): Promise<void> {
    try {
      await writer.close?.()
    } catch (cause) {
      this.warn(new WriterError('A writer that is no longer used could not be closed.', { cause }))
    }
  }

  /** Describes a column that is new to a dataset. */
  describeColumn(dataset: number, schema: DatasetSchema, column: string): void {
    this.call(() => native.describeColumn(this.handle, dataset, column, columnPlanOf(schema, column)))
  }

  stats(): NativeStats {
    return this.call(() => native.stats(this.handle))
  }

  /** Stops after the blocks in hand, without writing; `stopped` follows. */
  stop(message: string): void {
    if (!this.stopped) this.call(() => native.stop(this.handle, message))
  }

  /** Resolves when everything handed on before is tracked or rejected. */
  reach(): Promise<void> {
    const { id, promise } = this.pending.register<void>()
    this.#ask(id, () => native.reach(this.handle, id))
    return promise
  }

  flush(dataset: number | null): { id: number; promise: Promise<FlushResult> } {
    const { id, promise } = this.#askOf<FlushResult>(dataset)
    this.order.run(() => this.#ask(id, () => native.flush(this.handle, id, dataset)))
    return { id, promise }
  }

  /** The number of what was sealed last: for `written`. */
  sealed(): number {
    return this.call(() => native.sealed(this.handle))
  }

  /** Resolves when everything handed on before and sealed after `since` is written. */
  written(dataset: number | null, since: number): Promise<void> {
    const { id, promise } = this.#askOf<void>(dataset)
    this.order.run(() => this.#ask(id, () => native.written(this.handle, id, dataset, since)))
    return promise
  }

  status(dataset: number | null): { id: number; promise: Promise<ProcessLoggerStatus> } {
    const { id, promise } = this.#askOf<ProcessLoggerStatus>(dataset)
    this.order.run(() => this.#ask(id, () => native.status(this.handle, id, dataset)))
    return { id, promise }
  }

  /**
   * Tracks and writes everything, and stops. Batches that wait have three quarters of the time, and the writers what is
   * left; `gather` hands on what was logged meanwhile.
   */
  close(timeoutMs: number, gather: () => void): Promise<CloseResult> {
    const { id, promise } = this.pending.register<CloseResult>()
    const deadline = performance.now() + timeoutMs
    const timer = this.order.busy
      ? startPatientTimer(Math.max(timeoutMs * BATCHES_SHARE, BATCHES_LEAST_MS), () =>
          this.order.giveUp(new ClosedError(UNPROCESSED)),
        )
      : null
    this.order.runLast(gather, () => {
      timer?.clear()
      const leftMs = Math.min(Math.max(deadline - performance.now(), 0), FOREVER_MS)
      this.#ask(id, () => native.close(this.handle, id, leftMs))
    })
    return promise
  }

  /** Resolves when no more than `mark` waits. */
  async drained(mark: number): Promise<void> {
    await this.order.idle()
    const { id, promise } = this.pending.register<void>()
    this.#drained.push(() => this.pending.resolve(id, undefined))
    this.#ask(id, () => native.armDrained(this.handle, mark))
    await promise
  }

  /** A promise about a dataset, or all: it keeps its number until then, though bytes for it may have come to nobody yet. */
  #askOf<T>(dataset: number | null): { id: number; promise: Promise<T> } {
    const asked = this.pending.register<T>()
    if (dataset !== null) {
      this.#asked.set(dataset, (this.#asked.get(dataset) ?? 0) + 1)
      const over = () => {
        const left = (this.#asked.get(dataset) ?? 0) - 1
        if (left > 0) this.#asked.set(dataset, left)
        else this.#asked.delete(dataset)
      }
      asked.promise.then(over, over)
    }
    return asked
  }

  #ask(id: number, ask: () => void): void {
    // Nobody is left to answer.
    if (this.stopped) this.pending.reject(id, this.#ended)
    if (this.stopped) return
    try {
      ask()
    } catch (error) {
      this.pending.reject(id, wrapThrown(error))
    }
  }

  #spec(writer: Writer): NativeWriterSpec {
    // A subclass may have its own `write`: only the class itself is taken over by the engine.
    if (writer.constructor === LocalWriter) {
      const { name, dir } = writer as LocalWriter
      return { kind: 'local', name, dir, id: null }
    }
    if (writer.constructor === WhyLabsWriter) {
      const { name, handle } = writer as WhyLabsWriter
      return { kind: 'whylabs', name, dir: null, id: handle }
    }
    return { kind: 'js', name: nameOf(writer), dir: null, id: this.#writers.idOf(writer) }
  }

  #receive(signals: NativeSignal[]): void {
    for (const signal of signals) {
      try {
        this.#handle(signal)
      } catch (error) {
        // A listener threw: it is its owner's uncaught error, as with any emitter, once all signals are seen to.
        process.nextTick(() => {
          throw error
        })
      }
    }
  }

  #handle(signal: NativeSignal): void {
    const { id, dataset, org } = signal
    const error =
      signal.code === null ? null : fromNative(signal.code, signal.message, signal.row, signal.lines, signal.system)
    switch (signal.kind) {
      case 'settled':
        if (error) this.pending.reject(id, error)
        else this.pending.resolve(id, undefined)
        break
      case 'flushed':
        this.pending.resolve(id, { written: signal.first, pending: signal.second })
        this.onFlushed()
        break
      case 'closed':
        this.#closed(id, { written: signal.first, pending: signal.second }, signal.lost ?? [])
        break
      case 'lost':
        if (error) this.#tellError(new DataLossError(error.message, { lost: lossesOf(signal.lost ?? []) }))
        break
      case 'status':
        this.pending.resolve(id, statusOf(signal.status ?? []))
        break
      case 'write':
        if (signal.writable) void this.#write(signal.writable)
        break
      case 'datasetWanted':
        if (!this.stopped) this.#answerDataset(dataset ?? '', org)
        break
      case 'drained':
        this.#tellDrained()
        break
      case 'rejected':
        if (error)
          this.#events.emit('rejected', {
            datasetId: dataset,
            orgId: org,
            error,
            messages: signal.first,
            rows: signal.second,
          })
        break
      case 'written':
        this.#events.emit('written', {
          datasetId: dataset ?? '',
          orgId: org,
          fileName: signal.message ?? '',
          rows: signal.first,
        })
        break
      case 'writeFailed':
        if (error) this.#tellWriteFailed(signal, error)
        break
      case 'warning':
        if (error) this.#events.emit('warning', error)
        break
      case 'error':
        if (error) this.#tellError(error)
        break
      case 'stopped':
        this.#stop(error)
        break
    }
  }

  /** Tells of something that goes on nevertheless; later, so that a listener's error is no error of `log`. */
  warn(warning: AnyRollingProfilesError): void {
    process.nextTick(() => this.#events.emit('warning', warning))
  }

  #closed(id: number, result: FlushResult, lost: NativeLoss[]): void {
    const loss = lost.length === 0 ? null : new DataLossError(lossSentence(lost), { ...result, lost: lossesOf(lost) })
    this.pending.resolve(id, { ...result, loss } satisfies CloseResult)
    if (loss) this.#events.emit('warning', loss)
  }

  #tellDrained(): void {
    if (!this.stopped) this.refresh()
    for (const resolve of this.#drained.splice(0)) resolve()
    this.#events.emit('drained')
  }

  #tellError(error: AnyRollingProfilesError): void {
    this.#events.emit('error', error)
  }

  #stop(failure: RollingProfilesError | null): void {
    this.#onStopped(failure)
    this.stopped = true
    if (failure !== null) this.#ended = failure
    this.order.giveUp(this.#ended)
    this.pending.rejectAll(this.#ended)
    native.engineRelease(this.handle)
  }

  #answerDataset(datasetId: string, orgId: string | null): void {
    let dataset: number | null = null
    let refusal: string | null = null
    let isFull = false
    try {
      dataset = this.openWanted(datasetId, orgId)
    } catch (error) {
      refusal = textOf(error)
      isFull = error instanceof TooManyDatasetsError
    }
    native.answerDataset(this.handle, datasetId, orgId, dataset, refusal, isFull)
  }

  #tellWriteFailed(
    { id, dataset, org, first: attempts, second: retryInMs }: NativeSignal,
    told: AnyRollingProfilesError,
  ) {
    const thrown = this.#causes.take(id)
    const error = thrown === null ? told : writerErrorFrom(told.message, thrown.cause)
    this.#events.emit('writeFailed', { datasetId: dataset ?? '', orgId: org, error, attempts, retryInMs })
  }

  async #write(item: NativeWritable): Promise<void> {
    const writer = this.#writers.get(item.writer)
    if (writer === undefined || this.stopped || !native.writeBegin(this.handle, item.ticket)) return
    const outcome = await outcomeOf(() => writer.write(writableOf(item)))
    if (this.stopped) return
    const cause = outcome.thrown === null ? 0 : this.#causes.keep(outcome.thrown.cause)
    native.writeDone(this.handle, item.ticket, outcome.ok, outcome.reason, cause)
    if (outcome.isBareFalse) this.#tellBareFalse(writer)
  }

  /** A stream's `write` returns false when it is full, though it has taken what it was given. */
  #tellBareFalse(writer: Writer): void {
    if (this.#toldBareFalse.has(writer)) return
    this.#toldBareFalse.add(writer)
    const message = `Writer ${nameOf(writer)} returned false, which counts as success: to fail, throw, or return [false, reason] or { ok: false }.`
    this.warn(new WriterError(message))
  }
}

function writableOf(item: NativeWritable): Writable {
  const { bytes, fileName, datasetId, orgId, datasetTimestampMs, idempotencyKey } = item
  const view = () => ProfileView.deserialize(bytes)
  const writable = { bytes, fileName, datasetId, orgId, datasetTimestampMs, idempotencyKey, view }
  if (item.segment === null) return writable
  const { partition, partitionId, tags, isOverflow } = item.segment
  const segment = isOverflow
    ? { partition, partitionId, values: {}, isOverflow }
    : { partition, partitionId, values: recordOf(tags) }
  return { ...writable, segment }
}
