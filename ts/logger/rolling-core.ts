/**
 * What every logger is made of: an engine, the intake in front of it, and a life: new → running → closing → closed, or dead.
 *
 * The faces (`ProcessRollingLogger` and its kin) give it names; they use nothing of an engine but through here.
 */
import type { EventEmitter } from 'node:events'
import {
  ClosedError,
  DataLossError,
  InvalidOptionError,
  MissingDatasetIdError,
  NotAliveError,
  NotStartedError,
  type ProcessBatchError,
  QueueFullError,
  ReentrantError,
  type RollingProfilesError,
  TimeoutError,
} from '../errors.js'
import { inputOf, logFileOptions, randomReading } from '../files/checks.js'
import { readFile, unread } from '../files/read-file.js'
import type { FileInput, FileResult, LogFileOptions } from '../files/types.js'
import { startTimer } from '../long-timer.js'
import { type NativeStats, native } from '../native.js'
import type { DatasetSettings, ResolvedOptions } from '../options.js'
import { received } from '../received.js'
import { ioErrorOf } from '../system-failure.js'
import { warningOf } from '../thrown.js'
import { askClock } from '../time.js'
import { tuning } from '../tuning.js'
import { addExitStep, removeExitStep } from './at-exit.js'
import { usualTimes } from './bucket-window.js'
import type { OnLoss } from './call-options.js'
import { EngineClient } from './engine-client.js'
import { EventReporter } from './event-reporter.js'
import { DROPPED, EMPTY, Intake, type Outcome, ROOM } from './intake.js'
import { Latch } from './latch.js'
import { type LoggerJson, loggerJson } from './logger-json.js'
import { type CloseResult, counted } from './loss.js'
import { MessageOrder } from './message-order.js'
import { Payload } from './payload.js'
import { Refusals } from './refusals.js'
import {
  type FlushResult,
  type IntakeCounters,
  type LoggerEvents,
  type LoggerStats,
  type LogOptions,
  type ProcessLoggerStatus,
  SYNC_LEVELS,
  type SyncLevel,
} from './types.js'

const NOTHING: NativeStats = {
  acceptedMessages: 0,
  acceptedRows: 0,
  rawRows: 0,
  lateRows: 0,
  trackedMessages: 0,
  trackedRows: 0,
  rejectedMessages: 0,
  rejectedRows: 0,
  queueBytes: 0,
  queueMessages: 0,
  profileBytes: 0,
  pendingWritables: 0,
  writtenProfiles: 0,
  writeFailures: 0,
  maybeDuplicates: 0,
  lostProfiles: 0,
  lostRows: 0,
  unsegmentedRows: 0,
  overflowedRows: 0,
  cutTexts: 0,
}

type State = LoggerJson['state']

/** A dataset's name. */
export interface DatasetName {
  readonly datasetId: string
  readonly orgId: string | undefined
}

/** What the core asks its face. */
export interface CorePorts {
  settingsOf(datasetId: string, orgId: string | undefined): DatasetSettings
  processBatch(batch: object[], type: abstract new (...args: never[]) => object): unknown
  /** It has ended. */
  ended(): Promise<void> | null
}

export class RollingCore {
  readonly options: ResolvedOptions
  /** It takes no more messages, though it runs. */
  readonly closed: Latch = new Latch()
  /** Everything accepted before a close is tracked, and written or given up. */
  readonly closeHandled: Latch = new Latch()
  /** Its threads have ended, or it was said so. */
  readonly done: Latch = new Latch()
  /** Its threads have ended. */
  readonly ended: Latch = new Latch()
  /** What becomes of messages that are refused. */
  readonly refusals: Refusals
  readonly #events: EventReporter
  readonly #ports: CorePorts
  readonly #order: MessageOrder
  readonly #counters: IntakeCounters = {
    offeredMessages: 0,
    acceptedMessages: 0,
    acceptedRows: 0,
    emptyMessages: 0,
    refusedMessages: 0,
    droppedMessages: 0,
    droppedRows: 0,
    lateRows: 0,
    processedMessages: 0,
    unprocessedMessages: 0,
  }
  #state: State = 'new'
  #exitCode: number | null = null
  #client: EngineClient | null = null
  #intake: Intake | null = null
  #closing: Promise<CloseResult> | null = null
  /** What `close` gives, by what it does about loss: the same promise each time. */
  readonly #closes = new Map<OnLoss, Promise<FlushResult>>()
  /** What the face does about the end. */
  #leaving: Promise<void> | null = null
  #flushedMessages = 0
  /** What readings of files are called by this logger. */
  readonly #reading: string = randomReading()
  /** Rows of files came since the last flush. */
  #hasFileRows = false
  #lastStats: NativeStats = NOTHING
  #daemon = true
  #thread: number | null = null
  /** What a host that freezes processes waits for. */
  #awaited: (() => void) | null = null

  constructor(options: ResolvedOptions, events: EventEmitter<LoggerEvents>, ports: CorePorts) {
    this.options = options
    this.#events = new EventReporter(events)
    this.refusals = new Refusals(options, this.#counters, this.#events)
    this.#ports = ports
    this.#order = new MessageOrder(options.queueConfig.maxBatchSize)
  }

  get state(): State {
    return this.#state
  }

  /** `null` while it lives; then 0 after a close, 1 after a failure, or what `stop` was given. */
  get exitCode(): number | null {
    return this.#exitCode
  }

  /** Starts the threads. @throws ClosedError after a close or kill. */
  start(): void {
    if (this.#state === 'running') return
    if (this.#state !== 'new') throw new ClosedError('The logger has been closed: make a new one.')
    if (this.options.enabled) {
      const client = new EngineClient(this.options, this.#order, this.#events, (failure) => this.#ended(failure))
      this.#client = client
      this.#intake = new Intake(this.options, client, this.#counters, (id, org) => this.#ports.settingsOf(id, org))
      this.#order.port = {
        reach: () => client.reach(),
        process: async (batch, type) => {
          await this.#ports.processBatch(batch, type)
        },
        done: (messages, error) => this.#processed(messages, error),
      }
      client.pending.keep(!this.#daemon)
      this.#thread = native.engineThread(client.handle)
      if (this.options.flushOnExit) addExitStep(this.#flushAtExit)
    }
    this.#state = 'running'
  }

  /** Takes a message that nobody waits for. @throws what `log` says, where `onInvalid` does not tell of it. */
  log(data: unknown, options: LogOptions): Outcome {
    this.#counters.offeredMessages++
    try {
      return this.#accept(data, options, 0)
    } catch (error) {
      return this.refusals.ofCall(error, options)
    }
  }

  /** Refuses a message that its face found fault with. @throws `error`, where `onInvalid` does not tell of it. */
  refuse(error: unknown, options: LogOptions | null): Outcome {
    this.#counters.offeredMessages++
    return this.refusals.ofCall(error, options)
  }

  /** As `refuse`, of a call whose promise rejects with `error`. */
  refuseSync(error: unknown, options: LogOptions | null): RollingProfilesError {
    this.#counters.offeredMessages++
    return this.refusals.ofPromise(error, options)
  }

  /**
   * Takes a message and waits until it has come as far as `options.sync` says. Rejects with what `log` says. `isAwaited`: a batch that logs it may wait for it,
   * which is refused.
   */
  async logSync(data: unknown, options: LogOptions, isAwaited = true): Promise<void> {
    this.#counters.offeredMessages++
    let isDropped = false
    let waiting: { id: number; promise: Promise<void> } | null = null
    let written: Promise<void> | null = null
    try {
      const { sync } = options
      checkLevel(sync)
      if (isAwaited) this.refuseInside()
      if (sync === 'accepted' || !this.options.enabled) isDropped = this.#accept(data, options, 0) === DROPPED
      else {
        const { pending } = this.#engine
        if (sync === 'written') this.#requireTaking()
        const since = sync === 'written' ? this.#engine.sealed() : null
        waiting = pending.register<void>()
        const outcome = this.#accept(data, options, waiting.id)
        if (outcome === DROPPED) pending.reject(waiting.id, new QueueFullError())
        else if (outcome === EMPTY) pending.resolve(waiting.id, undefined)
        else {
          this.#intake?.submitAll()
          if (since !== null) written = this.#written(data, options, since)
        }
      }
    } catch (error) {
      const refusal = this.refusals.ofPromise(error, options)
      if (waiting) this.#engine.pending.reject(waiting.id, refusal)
      else throw refusal
    }
    if (isDropped) throw new QueueFullError()
    // Where it is rejected, nobody asks whether it is written.
    written?.catch(() => {})
    await waiting?.promise
    await written
  }

  /** Resolves when what was just submitted is written; failed attempts are told by events, and are made again. `since`: see the engine. */
  #written(data: unknown, options: LogOptions, since: number): Promise<void> {
    // Bytes say themselves where they belong, and are not read yet.
    const isUnread = data instanceof Payload && data.namesDataset
    return this.#engine.written(isUnread ? null : this.#numberOf(this.#datasetOf(options)), since)
  }

  /** Reads a file into a dataset. @throws what `readFile` says */
  async logFile(file: FileInput, given: LogFileOptions): Promise<FileResult> {
    const options = logFileOptions(given)
    const input = inputOf(file)
    this.requireRunning()
    this.refuseInside()
    if (!this.#intake) return unread()
    const { datasetId, orgId } = this.#datasetOf(options)
    if (datasetId === '') throw new MissingDatasetIdError()
    const dataset = this.#intake.datasetNumber(datasetId, orgId)
    const times = { timestampMs: askClock(this.options.currentTimeFn), ...usualTimes(this.options) }
    this.#hasFileRows = true
    try {
      const reading = options.recordSource === true ? this.#reading : null
      return await readFile(input, options, { engine: this.#engine, dataset, times, reading })
    } finally {
      this.#hasFileRows = true
      if (this.options.waitUntil !== null) this.#letHostWait(this.options.waitUntil)
    }
  }

  #datasetOf({ datasetId, orgId }: Pick<LogOptions, 'datasetId' | 'orgId'>): DatasetName {
    return { datasetId: datasetId || (this.options.defaultDatasetId ?? ''), orgId }
  }

  /** Takes a message of the user's own; `settle` hears how its processing ended. */
  sendOther(message: object, settle: ((error: Error | null) => void) | null): Outcome {
    this.#counters.offeredMessages++
    try {
      this.requireRunning()
      if (!this.#intake) return this.#acceptNothing()
      return this.#intake.acceptOther(message, settle)
    } catch (error) {
      return this.refusals.ofCall(error, null)
    }
  }

  #accept(data: unknown, options: LogOptions, waiter: number): Outcome {
    if (this.#state !== 'running' || this.closed.isSet) this.#requireTaking()
    if (this.#intake === null) return this.#acceptNothing()
    const outcome = this.#intake.accept(data, options, waiter)
    if (this.options.waitUntil !== null) this.#letHostWait(this.options.waitUntil)
    return outcome
  }

  /** What a batch logs that was accepted before the close is taken still. @throws what `requireRunning` says */
  #requireTaking(): void {
    const isAlive = this.#state === 'running' || this.#state === 'closing'
    if (!isAlive || !this.#order.isInside) this.requireRunning()
  }

  /** Switched off: accepted, and that is all. */
  #acceptNothing(): Outcome {
    this.#counters.acceptedMessages++
    this.#counters.emptyMessages++
    return ROOM
  }

  /** One promise for all that is accepted until its flush begins. */
  #letHostWait(waitUntil: (promise: Promise<unknown>) => void): void {
    if (this.#awaited !== null) return
    const gathered = new Promise<void>((resolve) => {
      this.#awaited = resolve
      setTimeout(resolve, this.options.lingerMs)
    })
    const written = gathered.then((): unknown => {
      this.#awaited = null
      return this.#state === 'running' ? this.flush() : this.#closing
    })
    // The host hears of a failure too, but may not care.
    written.catch(() => {})
    try {
      waitUntil(written)
    } catch (error) {
      // The row is in; that the host does not wait is no fault of it.
      process.emitWarning(warningOf(error))
    }
  }

  /** Writes what was accepted before, of one dataset or of all; resolves when every writer has tried each profile once. */
  async flush(dataset: DatasetName | null = null): Promise<FlushResult> {
    this.requireAlive()
    this.refuseInside()
    if (!this.#intake) return { written: 0, pending: 0 }
    const number = this.#numberOf(dataset)
    this.#intake.submitAll()
    const reached = this.#intake.noteSubmitted()
    if (dataset === null) this.#noteFlushed()
    const result = await this.#engine.flush(number).promise
    reached()
    return result
  }

  #noteFlushed(): void {
    this.#flushedMessages = this.#counters.acceptedMessages
    this.#hasFileRows = false
  }

  #numberOf(dataset: DatasetName | null): number | null {
    return dataset && this.#intake ? this.#intake.datasetNumber(dataset.datasetId, dataset.orgId) : null
  }

  /** Resolves when everything accepted before is tracked, rejected or processed. */
  async reach(): Promise<void> {
    this.requireAlive()
    this.refuseInside()
    if (!this.#intake) return
    this.#intake.submitAll()
    await this.#beforeClose(async (engine) => {
      await this.#order.idle()
      await engine.reach()
    })
  }

  /** Waits for something that is so at the latest when a close has ended: one that ends meanwhile is no failure. */
  async #beforeClose(wait: (engine: EngineClient) => Promise<void>): Promise<void> {
    try {
      await wait(this.#engine)
    } catch (error) {
      // The engine may have ended a moment before this side is told.
      if (this.#state !== 'closing' && this.#state !== 'closed') throw error
    }
  }

  /** What is open and pending, of one dataset or of all. Rejects with TimeoutError when that takes longer. */
  async status(timeoutMs: number, dataset: DatasetName | null = null): Promise<ProcessLoggerStatus> {
    this.requireAlive()
    this.refuseInside()
    if (!this.#intake) return { statuses: {} }
    this.#intake.submitAll()
    const { id, promise } = this.#engine.status(this.#numberOf(dataset))
    const timer = startTimer(timeoutMs, () => this.#engine.pending.reject(id, new TimeoutError('status', timeoutMs)))
    try {
      return await promise
    } finally {
      timer.clear()
    }
  }

  /** Resolves when no more than a quarter of what may wait does. */
  async drained(): Promise<void> {
    this.requireAlive()
    this.refuseInside()
    if (!this.#intake) return
    this.#intake.submitAll()
    const mark = Math.floor(this.#intake.mostWaiting / 4)
    await this.#beforeClose(async (engine) => {
      await engine.drained(mark)
      if (!engine.stopped) engine.refresh()
    })
  }

  /** Counters of this moment. */
  stats(): LoggerStats {
    const engine = this.#client && !this.#client.stopped ? this.#client.stats() : this.#lastStats
    const { rawRows, ...shown } = engine
    const { emptyMessages, processedMessages, unprocessedMessages, ...counters } = this.#counters
    return {
      ...shown,
      ...counters,
      acceptedRows: counters.acceptedRows + rawRows,
      lateRows: counters.lateRows + engine.lateRows,
      cutTexts: engine.cutTexts + (this.#intake?.cutTexts ?? 0),
      trackedMessages: engine.trackedMessages + emptyMessages + processedMessages,
      rejectedMessages: engine.rejectedMessages + unprocessedMessages,
    }
  }

  /** What it says of itself. */
  toJSON(name: string): LoggerJson {
    const life = { name, state: this.#state, exitCode: this.#exitCode, datasets: this.#intake?.datasets ?? 0 }
    return loggerJson(life, this.options, this.stats())
  }

  /** Tracks and writes everything accepted, retries for `timeoutMs`, and stops. Calling it again gives the same promise. */
  close(timeoutMs: number, onLoss: OnLoss): Promise<FlushResult> {
    if (this.#closing === null) {
      // What is refused leaves everything as it was, so that it can be tried again.
      if (this.#state === 'dead') throw new NotAliveError()
      this.requireAlive()
      this.#refuseReading()
      this.#closing = this.#close(timeoutMs)
    }
    let closed = this.#closes.get(onLoss)
    if (closed === undefined) {
      closed = this.#closing.then(({ written, pending, loss }) => {
        if (loss !== null && onLoss === 'throw') throw loss
        return { written, pending }
      })
      this.#closes.set(onLoss, closed)
    }
    return closed
  }

  async #close(timeoutMs: number): Promise<CloseResult> {
    this.#state = 'closing'
    this.closed.set()
    removeExitStep(this.#flushAtExit)
    if (!this.#client) {
      this.#end('closed', 0)
      await this.#leaving
      return { written: 0, pending: 0, loss: null }
    }
    const result = await this.#client.close(timeoutMs, () => this.#intake?.submitAll(true))
    this.closeHandled.set()
    // So that its members say so: `exitCode`, `isAlive`, the signaler.
    await this.waitFor(this.ended)
    await this.#leaving
    return result
  }

  /** @throws ReentrantError where waiting could never end, or would tear what is just being read. */
  refuseInside(): void {
    this.#order.refuseInside()
    this.#refuseReading()
  }

  #refuseReading(): void {
    if (this.#intake?.isReading) throw new ReentrantError()
  }

  /** Stops after the blocks in hand, without writing; after the message that is just being read. */
  stop(exitCode: number): void {
    if (this.#intake?.isReading) {
      this.#intake.afterReading(() => this.stop(exitCode))
      return
    }
    if (this.#state !== 'running' && this.#state !== 'closing') return
    this.#state = 'dead'
    this.#exitCode = exitCode
    removeExitStep(this.#flushAtExit)
    this.#intake?.end()
    if (this.#client) this.#client.stop(new NotAliveError().message)
    else this.#end('dead', exitCode)
  }

  /** Whether it keeps Node alive no longer than its promises do. */
  get daemon(): boolean {
    return this.#daemon
  }

  set daemon(daemon: boolean) {
    this.#daemon = daemon
    if (this.#client && !this.#client.stopped) this.#client.pending.keep(!daemon)
  }

  /** The operating system's number of the engine's main thread; `null` before the start, and where it cannot be told. */
  get thread(): number | null {
    return this.#thread
  }

  /** Waits for a latch, at most `timeoutMs`; the event loop is held meanwhile, as by every pending promise. */
  async waitFor(latch: Latch, timeoutMs?: number): Promise<void> {
    const client = this.#client
    const waited = latch.wait(timeoutMs)
    if (client && !client.stopped) {
      const { id, promise } = client.pending.register<void>()
      void waited.then(() => client.pending.resolve(id, undefined))
      // Rejected when the engine stops: then there is nothing left to hold.
      await promise.catch(() => {})
    }
    await waited
  }

  /** A descriptor that becomes readable when the threads have ended; the caller closes it. */
  openSentinel(): number | null {
    const opened = native.sentinel(this.#client && !this.#client.stopped ? this.#client.handle : null)
    if (opened === null || typeof opened === 'number') return opened
    throw ioErrorOf('A pipe could not be made', opened)
  }

  /** @throws NotStartedError, NotAliveError, ClosedError */
  requireRunning(): void {
    this.requireAlive()
    if (this.closed.isSet) throw new ClosedError()
  }

  /** As `requireRunning`, of one that may take no more messages. */
  requireAlive(): void {
    if (this.#state === 'running') return
    if (this.#state === 'new') throw new NotStartedError()
    if (this.#state === 'dead') throw new NotAliveError()
    throw new ClosedError()
  }

  get #engine(): EngineClient {
    if (!this.#client) throw new NotStartedError()
    return this.#client
  }

  #processed(messages: number, error: ProcessBatchError | null): void {
    if (error === null) {
      this.#counters.processedMessages += messages
      return
    }
    this.#counters.unprocessedMessages += messages
    this.#events.emit('rejected', { datasetId: null, orgId: null, error, messages, rows: 0 })
  }

  #ended(failure: RollingProfilesError | null): void {
    removeExitStep(this.#flushAtExit)
    this.#intake?.end()
    if (this.#client) this.#lastStats = this.#client.stats()
    if (failure === null) this.#end('closed', 0)
    else this.#end('dead', this.#exitCode ?? 1)
  }

  #end(state: State, exitCode: number): void {
    this.#state = state
    this.#exitCode = exitCode
    for (const latch of [this.closed, this.closeHandled, this.done, this.ended]) latch.set()
    this.#awaited?.()
    this.#leaving = this.#ports.ended()
    this.#events.emit('exit', exitCode)
  }

  /** A normal end of the process: what is unwritten is written, once; and again what is logged since. */
  readonly #flushAtExit = (): void => {
    if (this.#state !== 'running') return
    if (this.#flushedMessages === this.#counters.acceptedMessages && !this.#hasFileRows) return
    this.#writeAtExit().catch((error: unknown) => process.emitWarning(warningOf(error)))
  }

  async #writeAtExit(): Promise<void> {
    this.requireAlive()
    this.#intake?.submitAll()
    // The next round is for what is logged from now on.
    this.#noteFlushed()
    const { id, promise } = this.#engine.flush(null)
    const { exitFlushMs } = tuning
    const timer = startTimer(exitFlushMs, () =>
      this.#engine.pending.reject(id, new TimeoutError('Writing at the end of the process', exitFlushMs)),
    )
    try {
      const { pending } = await promise
      if (pending === 0) return
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
    } finally {
      timer.clear()
    }
    const { pendingWritables } = this.stats()
    const left = counted(pendingWritables, 'profile')
    const message = `The process ends with ${left} unwritten. Close the logger first, so that it tries again.`
    process.emitWarning(new DataLossError(message, { pending: pendingWritables }))
  }
}

/** @throws InvalidOptionError for what is no level of `sync`. */
function checkLevel(sync: LogOptions['sync']): void {
  if (sync === true || SYNC_LEVELS.includes(sync as SyncLevel)) return
  throw new InvalidOptionError(
    'options.sync',
    `must be true, ${SYNC_LEVELS.map((level) => `'${level}'`).join(', ')}${received(sync)}`,
  )
}
