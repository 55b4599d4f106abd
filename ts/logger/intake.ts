/**
 * The intake: admits messages, encodes their rows, and hands blocks to the engine.
 *
 * Admission is decided here: a message is accepted when it fits the room that is left (`room.ts`). So the common row needs no native call, and
 * a block, once full, is never refused.
 */
import { payloadOf } from '../columns/arrow-table.js'
import { RowEncoder } from '../encoder/encoder.js'
import { rowsOf } from '../encoder/many-rows.js'
import { exactCost, isRowLike, type RowSet } from '../encoder/row-set.js'
import {
  MessageTooLargeError,
  MissingDatasetIdError,
  QueueFullError,
  ReentrantError,
  UnsupportedDataError,
  ValueCutError,
} from '../errors.js'
import { FOREVER_MS } from '../long-timer.js'
import { native } from '../native.js'
import type { DatasetSettings, ResolvedOptions } from '../options.js'
import { isPolluted, ownCopyOf, ownOf } from '../own.js'
import { typeName } from '../received.js'
import { dataRefusalOf, reading, refusalOf } from '../refusal.js'
import type { Row } from '../row.js'
import { RowFunctions } from '../schema/row-functions.js'
import { askClock, currentTimeMs, granularityMs, toTimestampMs } from '../time.js'
import { BucketLookout } from './bucket-window.js'
import type { EngineClient } from './engine-client.js'
import { IdleLookout } from './idle-lookout.js'
import { Keys } from './keys.js'
import { checkLogOptions } from './log-options.js'
import type { Key } from './open-datasets.js'
import type { Payload } from './payload.js'
import { RawIntake } from './raw-intake.js'
import { type Room, roomOf } from './room.js'
import type { IntakeCounters, LogOptions } from './types.js'

/** What became of a message. */
export const ROOM = 0
/** Accepted, and more than half of the buffer is full. */
export const PRESSED = 1
/** Accepted, and nothing in it: it is tracked already. */
export const EMPTY = 2
/** Not accepted, and counted. */
export const DROPPED = 3
/** Not accepted, counted, and told by an event. */
export const REFUSED = 4
export type Outcome = typeof ROOM | typeof PRESSED | typeof EMPTY | typeof DROPPED | typeof REFUSED

/** What `log` answers. Empty counts as room: nothing waits because of it. */
export function hasRoom(outcome: Outcome): boolean {
  return outcome === ROOM || outcome === EMPTY
}

/** With a seed: how long before a scheduled write blocks are handed on. */
const BEFORE_WRITE_MS = 50
/** What a message of a user's own class is charged: it is not copied, and nobody knows its size. */
const OTHER_MESSAGE_BYTES = 256

/** Options are looked at once in so many calls, where nothing else is missing in them. */
const SELDOM = 1023
const MEMORY_FULL =
  'Profiles that no writer has taken hold all memory that limits.maxProfileBytes allows. See that writers succeed (event writeFailed), wait for drained(), or raise the limit.'
const DROPPING =
  "The queue is full, and messages are dropped (onFull: 'drop'); stats().droppedMessages counts them. Wait for drained(), or log less."

export class Intake {
  readonly #counters: IntakeCounters
  readonly #options: ResolvedOptions
  readonly #engine: EngineClient
  readonly #encoder: RowEncoder
  readonly #keys: Keys
  readonly #lookout: IdleLookout
  readonly #raw: RawIntake
  readonly #room: Room
  #timer: NodeJS.Timeout | null = null
  /** Scheduled writes fall on multiples of this, ms; `null`: there are none. */
  #writeUnitMs: number | null = null
  /** So that what seldom has to be looked at is. */
  #calls = 0
  #toldCut = false
  #toldDropped = false
  /** Something of the caller's is being run: a getter, a proxy, a function of a schema, a clock, a factory. */
  #reading = false
  #afterReading: (() => void)[] | null = null

  constructor(
    options: ResolvedOptions,
    engine: EngineClient,
    counters: IntakeCounters,
    settingsOf: (datasetId: string, orgId: string | undefined) => DatasetSettings,
  ) {
    this.#counters = counters
    this.#options = options
    this.#engine = engine
    const { handle } = engine
    const lookout = new BucketLookout(options, (warning) => engine.warn(warning))
    this.#encoder = new RowEncoder(
      {
        registerShape: (columns) => engine.call(() => native.registerShape(handle, columns)),
        releaseShape: (shape) => engine.release(() => native.releaseShape(handle, shape)),
        submit: (lane, arena, text, textBytes) => engine.submit(lane, arena, text, textBytes),
      },
      options.limits,
    )
    this.#keys = new Keys(
      {
        settingsOf: (datasetId, orgId) => this.#asking(() => settingsOf(datasetId, orgId)),
        openDataset: (datasetId, orgId, settings) => {
          this.#noteSchedule(settings)
          this.#lookout.begin()
          return engine.openDataset(datasetId, orgId, settings)
        },
        functionsOf: (dataset, { schema }) =>
          schema === undefined
            ? null
            : RowFunctions.of(schema, {
                warn: (warning) => engine.warn(warning),
                describe: (column) => engine.describeColumn(dataset, schema, column),
              }),
        isFar: (timestampMs) => lookout.isFar(timestampMs),
        holdKey: (dataset, timestampMs) => engine.call(() => native.holdKey(handle, dataset, timestampMs)),
        releaseKeys: (keys, sequence) => {
          if (sequence === null) this.#encoder.submitAll()
          engine.releaseKeys(keys, sequence)
        },
        closeIdleDatasets: (datasets) => engine.closeIdleDatasets(datasets),
      },
      options.workers,
      options.limits.maxDatasets,
    )
    this.#lookout = new IdleLookout(this.#keys, () => !engine.stopped && !this.#reading)
    engine.onFlushed = () => this.#lookout.written()
    this.#room = roomOf(options, engine, counters, () => this.#encoder.openBytes)
    this.#raw = new RawIntake(options, engine, {
      admit: (cost, rows) => this.#room.fits(cost) || this.#makeRoom(cost, rows),
      openDataset: (datasetId, orgId) => this.#keys.dataset(datasetId, orgId),
    })
  }

  /** How many datasets are open. */
  get datasets(): number {
    return this.#keys.datasets
  }

  /** Texts that were cut to `limits.maxValueBytes`. */
  get cutTexts(): number {
    return this.#encoder.cutTexts + this.#raw.cutTexts
  }

  /**
   * Takes a message in; `waiter` 0: nobody waits.
   *
   * @throws what `log` says; nothing of the message is kept then.
   */
  accept(given: unknown, options: LogOptions, waiter: number): Outcome {
    if (this.#reading) throw new ReentrantError()
    this.#reading = true
    try {
      return this.#accept(given, options, waiter)
    } catch (error) {
      // What the caller's own code threw while data, a clock or a factory was asked is one of ours already.
      throw refusalOf('options', error)
    } finally {
      this.#reading = false
      if (this.#afterReading !== null) this.#runAfterReading()
    }
  }

  /** Whether something of the caller's is being run, so that nothing may be submitted or ended. */
  get isReading(): boolean {
    return this.#reading
  }

  /** Runs `step` once what is being read is taken in, or refused. */
  afterReading(step: () => void): void {
    this.#afterReading ??= []
    this.#afterReading.push(step)
  }

  #runAfterReading(): void {
    const steps = this.#afterReading ?? []
    this.#afterReading = null
    for (const step of steps) step()
  }

  /** Asks a factory, which may not log meanwhile. */
  #asking<T>(ask: () => T): T {
    if (this.#reading) return ask()
    this.#reading = true
    try {
      return ask()
    } finally {
      this.#reading = false
      if (this.#afterReading !== null) this.#runAfterReading()
    }
  }

  #accept(given: unknown, options: LogOptions, waiter: number): Outcome {
    let isPlain = false
    let payload: Payload | null = null
    try {
      // Rows are mostly plain objects: these are told by their prototype alone.
      isPlain = typeof given === 'object' && given !== null && Object.getPrototypeOf(given) === Object.prototype
      if (!isPlain) payload = payloadOf(given)
    } catch (error) {
      throw dataRefusalOf(error)
    }
    if (payload !== null) return this.#acceptPayload(payload, options, waiter)
    if (options.timestampMs === undefined || options.datasetId === undefined || (++this.#calls & SELDOM) === 0) {
      checkLogOptions(options)
    }
    return isPolluted()
      ? this.#acceptAny(given, ownCopyOf(options), waiter, false, true)
      : this.#acceptAny(given, options, waiter, isPlain, false)
  }

  /** `isPolluted`: what is given shows keys that it does not have. */
  #acceptAny(given: unknown, options: LogOptions, waiter: number, isPlain: boolean, isPolluted: boolean): Outcome {
    // What is empty is none, of either.
    const named = options.datasetId
    const datasetId = named === undefined || named === null || named === '' ? this.#options.defaultDatasetId : named
    if (datasetId === null) throw new MissingDatasetIdError()
    const moment = options.timestampMs
    const timestampMs = typeof moment === 'number' ? moment : this.#timeOf(moment)
    const { orgId } = options
    const key = this.#keys.find(datasetId, orgId === null || orgId === '' ? undefined : orgId, timestampMs)
    const { functions } = key.dataset
    if (isPlain && functions === null) return this.#acceptRow(given as Row, key, waiter, true)
    const data = this.#dataOf(given, functions)
    if (typeof data !== 'object' || data === null) throw new UnsupportedDataError(data === null ? 'null' : typeof data)
    if (Array.isArray(data)) return this.#acceptRows(data, key, waiter)
    if (isPolluted && !isRowLike(data)) throw new UnsupportedDataError(typeName(data))
    return this.#acceptRow((isPolluted ? ownCopyOf(data) : data) as Row, key, waiter, false)
  }

  #timeOf(moment: unknown): number {
    return moment === undefined || moment === null ? askClock(this.#options.currentTimeFn) : toTimestampMs(moment)
  }

  /** What is no plain row, as rows. @throws InvalidDataError, UnsupportedDataError, MessageTooLargeError */
  #dataOf(given: unknown, functions: RowFunctions | null): unknown {
    try {
      const rows = rowsOf(given, this.#options.limits)
      if (functions === null) return rows
      // Functions are given copies, which nothing may be made of that is over a limit.
      this.#encoder.check(rows)
      return functions.apply(rows)
    } catch (error) {
      throw dataRefusalOf(error)
    }
  }

  /** The most that may wait. */
  get mostWaiting(): number {
    return this.#room.limit
  }

  /** The number of a dataset, opened if it is not. @throws WriterFactoryError */
  datasetNumber(datasetId: string, orgId: string | undefined): number {
    return this.#keys.dataset(datasetId, orgId || undefined).number
  }

  /** Takes in a message of the user's own, which is put in order behind everything accepted before. @throws QueueFullError */
  acceptOther(message: object, settle: ((error: Error | null) => void) | null): Outcome {
    if (this.#reading) throw new ReentrantError()
    const type = reading('message', () => message.constructor) as abstract new (...args: never[]) => object
    if (!this.#room.fits(OTHER_MESSAGE_BYTES) && !this.#makeRoom(OTHER_MESSAGE_BYTES, 0)) return DROPPED
    this.#counters.acceptedMessages++
    this.submitAll()
    this.#engine.order.add(message, type, OTHER_MESSAGE_BYTES, settle)
    return this.#pressure()
  }

  /** Hands on what is in open blocks; `idle`: lets go of the texts as well. */
  submitAll(idle = false): void {
    this.#encoder.submitAll(idle)
    if (this.#toldCut || this.cutTexts === 0) return
    this.#toldCut = true
    this.#engine.warn(new ValueCutError(this.#options.limits.maxValueBytes))
  }

  /** Everything was submitted just now; gives what to call when it is tracked or rejected. */
  noteSubmitted(): () => void {
    const sequence = this.#engine.lastSequence()
    if (sequence === null) return () => {}
    const mark = this.#keys.noteSubmitted(sequence)
    return () => this.#keys.noteReached(mark)
  }

  /** No row comes any more. */
  end(): void {
    this.#endLinger()
    this.#lookout.end()
  }

  #endLinger(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #acceptPayload(payload: Payload, given: LogOptions, waiter: number): Outcome {
    checkLogOptions(given)
    const options = ownOf(given)
    if (!this.#raw.accept(payload, options, waiter)) return DROPPED
    this.#counters.acceptedMessages++
    return this.#pressure()
  }

  #acceptRow(row: Row, key: Key, waiter: number, isPlain: boolean): Outcome {
    let block = this.#encoder.place(row, key.lane, isPlain)
    if (block === null) return this.#acceptRows(row, key, waiter)
    let cost = block.rowCost
    const { maxMessageBytes } = this.#options.limits
    if (cost > maxMessageBytes) {
      cost = block.exactRowCost()
      if (cost > maxMessageBytes) {
        block.undo()
        throw new MessageTooLargeError(cost, maxMessageBytes)
      }
    }
    const isCalm = this.#room.isCalm(cost)
    if (!isCalm && !this.#room.fits(cost)) {
      block.undo()
      if (!this.#makeRoom(cost, 1)) return DROPPED
      block = this.#encoder.place(row, key.lane, isPlain)
      if (block === null) throw new UnsupportedDataError('object')
    }
    const full = this.#encoder.commit(block, key.id)
    if (waiter > 0) this.#encoder.noteMessage(block, 1, false, waiter)
    this.#keys.advance(key, 1)
    if (full) this.#encoder.submit(block)
    this.#count(1, key)
    return isCalm ? ROOM : this.#pressure()
  }

  #acceptRows(data: unknown, key: Key, waiter: number): Outcome {
    const { limits } = this.#options
    const set = this.#encoder.read(rowsOf(data, limits))
    let { cost } = set
    if (cost > limits.maxMessageBytes) {
      cost = exactCost(set, limits.maxValueBytes)
      if (cost > limits.maxMessageBytes) throw new MessageTooLargeError(cost, limits.maxMessageBytes)
    }
    if (set.rows === 0) {
      this.#counters.emptyMessages++
      this.#counters.acceptedMessages++
      return EMPTY
    }
    if (!this.#room.fits(cost) && !this.#makeRoom(cost, set.rows)) return DROPPED
    this.#place(set, key, waiter)
    this.#count(set.rows, key)
    return this.#pressure()
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

  #count(rows: number, key: Key): void {
    const counters = this.#counters
    counters.acceptedMessages++
    counters.acceptedRows += rows
    if (key.far) counters.lateRows += rows
    if (this.#timer === null) this.#linger()
  }

  #pressure(): Outcome {
    return this.#room.pressed ? PRESSED : ROOM
  }

  /** What `onFull` says; `false`: the message is dropped. */
  #makeRoom(cost: number, rows: number): boolean {
    const { onFull, blockTimeoutMs } = this.#options
    const charge = this.#room.charge(cost)
    if (charge > this.#room.limit) throw new MessageTooLargeError(cost, this.#room.limit)
    // Open blocks are charged at most; submitted ones as they are.
    this.#encoder.submitAll()
    if (this.#room.fits(cost)) return true
    if (onFull === 'throw') throw this.#full()
    if (onFull === 'block') {
      const { handle, order } = this.#engine
      // What is held back waits for this thread.
      const mayWait =
        !order.busy &&
        this.#engine.call(() => native.waitForSpace(handle, charge, Math.min(blockTimeoutMs, FOREVER_MS)))
      if (mayWait && this.#room.fits(cost)) return true
      throw this.#full()
    }
    this.#counters.droppedMessages++
    this.#counters.droppedRows += rows
    this.#tellDropped()
    return false
  }

  #full(): QueueFullError {
    const isMemory = this.#engine.call(() => native.isMemoryFull(this.#engine.handle))
    return isMemory ? new QueueFullError(MEMORY_FULL) : new QueueFullError()
  }

  #tellDropped(): void {
    if (this.#toldDropped) return
    this.#toldDropped = true
    this.#engine.warn(new QueueFullError(DROPPING))
  }

  #linger(): void {
    const ms = this.#lingerMs()
    if (ms === null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.submitAll(true)
      this.noteSubmitted()
    }, ms)
    this.#timer.unref()
  }

  /**
   * With a seed the messages alone decide where a block ends, and not when they came: but for the time of a scheduled write, which ends the part that it writes
   * in any case.
   */
  #lingerMs(): number | null {
    const { seed, lingerMs } = this.#options
    if (seed === null) return lingerMs
    const unitMs = this.#writeUnitMs
    return unitMs === null ? null : Math.max(0, unitMs - (currentTimeMs() % unitMs) - BEFORE_WRITE_MS)
  }

  #noteSchedule({ writeSchedule }: DatasetSettings): void {
    const unitMs = writeSchedule ? granularityMs(writeSchedule.cadence) : null
    if (unitMs === null || (this.#writeUnitMs !== null && this.#writeUnitMs <= unitMs)) return
    this.#writeUnitMs = unitMs
    this.#endLinger()
  }
}
