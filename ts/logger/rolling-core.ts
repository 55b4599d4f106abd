/**
 * What every logger is made of: an engine, the intake in front of it, and a life: new → running → closing → closed, or dead.
 *
 * The faces (`ProcessRollingLogger` and its kin) give it names; they use nothing of an engine but through here.
 */
import type { EventEmitter } from 'node:events'
import {
  ClosedError,
  InvalidOptionError,
  NotAliveError,
  NotStartedError,
  QueueFullError,
  type RollingProfilesError,
  TimeoutError,
} from '../errors.js'
import type { NativeStats } from '../native.js'
import type { ResolvedOptions } from '../options.js'
import { EngineClient } from './engine-client.js'
import { DROPPED, EMPTY, Intake, type IntakeCounters, type Outcome, ROOM } from './intake.js'
import type { FlushResult, LoggerEvents, LoggerStats, LogOptions, ProcessLoggerStatus } from './types.js'

const KILLED = "Process isn't active. It might have been killed."
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
  pendingWritables: 0,
  writtenProfiles: 0,
  writeFailures: 0,
}

export type State = 'new' | 'running' | 'closing' | 'closed' | 'dead'

export class RollingCore {
  readonly options: ResolvedOptions
  readonly #events: EventEmitter<LoggerEvents>
  readonly #counters: IntakeCounters = {
    offeredMessages: 0,
    acceptedMessages: 0,
    acceptedRows: 0,
    emptyMessages: 0,
    refusedMessages: 0,
    droppedMessages: 0,
    droppedRows: 0,
    lateRows: 0,
  }
  #state: State = 'new'
  #exitCode: number | null = null
  #client: EngineClient | null = null
  #intake: Intake | null = null
  #closing: Promise<FlushResult> | null = null
  #flushedMessages = 0
  #lastStats: NativeStats = NOTHING
  readonly #beforeExit = (): void => this.#flushAtExit()

  constructor(options: ResolvedOptions, events: EventEmitter<LoggerEvents>) {
    this.options = options
    this.#events = events
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
      this.#client = new EngineClient(this.options, this.#events, (failure) => this.#ended(failure))
      this.#intake = new Intake(this.options, this.#client, this.#counters)
      if (this.options.flushOnExit) process.on('beforeExit', this.#beforeExit)
    }
    this.#state = 'running'
  }

  /** Takes a message that nobody waits for. @throws what `log` says. */
  log(data: unknown, options: LogOptions): Outcome {
    this.#counters.offeredMessages++
    try {
      return this.#accept(data, options, 0)
    } catch (error) {
      this.#counters.refusedMessages++
      throw error
    }
  }

  /** Counts a message that its face refused. */
  refuse(): void {
    this.#counters.offeredMessages++
    this.#counters.refusedMessages++
  }

  /** Takes a message and waits until it has come as far as `options.sync` says. Rejects with what `log` says. */
  async logSync(data: unknown, options: LogOptions): Promise<void> {
    const { sync } = options
    if (sync !== true && sync !== 'tracked' && sync !== 'accepted') {
      throw new InvalidOptionError('sync', "it is true, 'accepted' or 'tracked' in this version")
    }
    if (sync === 'accepted' || !this.options.enabled) {
      if (this.log(data, options) === DROPPED) throw new QueueFullError()
      return
    }
    this.#counters.offeredMessages++
    let waiting: { id: number; promise: Promise<void> } | null = null
    try {
      const { pending } = this.#engine
      waiting = pending.register<void>()
      const outcome = this.#accept(data, options, waiting.id)
      if (outcome === DROPPED) pending.reject(waiting.id, new QueueFullError())
      else if (outcome === EMPTY) pending.resolve(waiting.id, undefined)
      else this.#intake?.submitAll()
    } catch (error) {
      this.#counters.refusedMessages++
      if (waiting) this.#engine.pending.reject(waiting.id, error)
      else throw error
    }
    await waiting.promise
  }

  #accept(data: unknown, options: LogOptions, waiter: number): Outcome {
    if (this.#state !== 'running') this.requireRunning()
    if (this.#intake !== null) return this.#intake.accept(data, options, waiter)
    // Switched off: accepted, and that is all.
    this.#counters.acceptedMessages++
    this.#counters.emptyMessages++
    return ROOM
  }

  /** Writes what was accepted before; resolves when every writer has tried each profile once. */
  async flush(): Promise<FlushResult> {
    this.requireRunning()
    if (!this.#intake) return { written: 0, pending: 0 }
    this.#intake.submitAll()
    this.#flushedMessages = this.#counters.acceptedMessages
    return this.#engine.flush()
  }

  /** What is open and pending. Rejects with TimeoutError when that takes longer. */
  async status(timeoutMs: number): Promise<ProcessLoggerStatus> {
    this.requireRunning()
    if (!this.#intake) return { statuses: {} }
    this.#intake.submitAll()
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
    this.requireRunning()
    if (!this.#intake) return
    this.#intake.submitAll()
    await this.#engine.drained(Math.floor(this.options.maxBufferBytes / 4))
    this.#engine.refresh()
  }

  /** Counters of this moment. */
  stats(): LoggerStats {
    const engine = this.#client && !this.#client.stopped ? this.#client.stats() : this.#lastStats
    const { rawRows, ...shown } = engine
    const { emptyMessages, ...counters } = this.#counters
    const cutTexts = this.#intake?.cutTexts ?? 0
    return {
      ...shown,
      ...counters,
      acceptedRows: counters.acceptedRows + rawRows,
      lateRows: counters.lateRows + engine.lateRows,
      cutTexts,
      trackedMessages: engine.trackedMessages + emptyMessages,
    }
  }

  /** Tracks and writes everything accepted, retries for `timeoutMs`, and stops. Calling it again gives the same promise. */
  close(timeoutMs: number): Promise<FlushResult> {
    this.#closing ??= this.#close(timeoutMs)
    return this.#closing
  }

  async #close(timeoutMs: number): Promise<FlushResult> {
    if (this.#state === 'dead') throw new NotAliveError(KILLED)
    this.requireRunning()
    this.#state = 'closing'
    process.removeListener('beforeExit', this.#beforeExit)
    if (!this.#client) {
      this.#end('closed', 0)
      return { written: 0, pending: 0 }
    }
    this.#intake?.submitAll(true)
    return this.#client.close(timeoutMs)
  }

  /** Stops after the blocks in hand, without writing. */
  stop(exitCode: number): void {
    if (this.#state !== 'running' && this.#state !== 'closing') return
    this.#state = 'dead'
    this.#exitCode = exitCode
    process.removeListener('beforeExit', this.#beforeExit)
    this.#intake?.end()
    if (this.#client) this.#client.stop(new NotAliveError().message)
    else this.#end('dead', exitCode)
  }

  /** @throws NotStartedError, NotAliveError, ClosedError */
  requireRunning(): void {
    if (this.#state === 'running') return
    if (this.#state === 'new') throw new NotStartedError()
    if (this.#state === 'dead') throw new NotAliveError()
    throw new ClosedError()
  }

  get #engine(): EngineClient {
    this.requireRunning()
    if (!this.#client) throw new NotStartedError()
    return this.#client
  }

  #ended(failure: RollingProfilesError | null): void {
    process.removeListener('beforeExit', this.#beforeExit)
    this.#intake?.end()
    if (this.#client) this.#lastStats = this.#client.stats()
    if (failure === null) this.#end('closed', 0)
    else this.#end('dead', this.#exitCode ?? 1)
  }

  #end(state: State, exitCode: number): void {
    this.#state = state
    this.#exitCode = exitCode
    this.#events.emit('exit', exitCode)
  }

  /** A normal end of the process: what is unwritten is written, once. */
  #flushAtExit(): void {
    process.removeListener('beforeExit', this.#beforeExit)
    if (this.#state !== 'running' || this.#flushedMessages === this.#counters.acceptedMessages) return
    this.flush().catch((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)))
  }
}
