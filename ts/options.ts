/** Options: their defaults and their checks, here and nowhere else. */
import { availableParallelism } from 'node:os'
import { InvalidOptionError } from './errors.js'
import { granularityMs, isGranularity, Schedule, TimeGranularity } from './time.js'
import { LocalWriterFactory, type WriterFactory } from './writers.js'

/** How messages wait. */
export interface QueueConfig {
  /** Messages in one batch of extension messages. */
  maxBatchSize?: number
  /** The longest that messages are gathered, ms. */
  messageAccumulationDurationMs?: number
  messagePollWaitMs?: number
  /** What may wait, bytes; rows that are still in an open block count. */
  maxBufferBytes?: number
}

/** Caps on what is taken of a message; see the README. */
export interface Limits {
  maxMessageBytes?: number
  maxColumns?: number
  maxNameBytes?: number
  maxValueBytes?: number
  maxDepth?: number
  /** Rows whose bucket lies outside of it, as seen from now, are refused. None: any time is taken. */
  bucketWindow?: BucketWindow | null
}

/** How far a bucket's end may lie in the past, and its start in the future, ms. */
export interface BucketWindow {
  pastMs: number
  futureMs: number
}

/** What `log` does when the queue cannot take the message. */
export type OnFull = 'throw' | 'drop' | 'block'

/** See the README for the meaning of each. */
export interface LoggerOptions {
  aggregateBy?: TimeGranularity
  /** `null`: only `flush()` and `close()` write. */
  writeSchedule?: Schedule | null
  minWriteIntervalMs?: number
  syncEnabled?: boolean
  /** Gives the time of rows that name none; ms since the epoch. */
  currentTimeFn?: () => number
  queueConfig?: QueueConfig
  writerFactory?: WriterFactory
  defaultDatasetId?: string
  workers?: number
  onFull?: OnFull
  blockTimeoutMs?: number
  seed?: number
  enabled?: boolean
  flushOnExit?: boolean
  limits?: Limits
}

/** Options with nothing missing. */
export interface ResolvedOptions {
  readonly aggregateBy: TimeGranularity
  readonly writeSchedule: Schedule | null
  readonly syncEnabled: boolean
  readonly currentTimeFn: () => number
  readonly maxBufferBytes: number
  readonly writerFactory: WriterFactory
  readonly defaultDatasetId: string | null
  readonly workers: number
  readonly onFull: OnFull
  readonly blockTimeoutMs: number
  readonly seed: number | null
  readonly enabled: boolean
  readonly flushOnExit: boolean
  readonly limits: Required<Limits>
}

type Sizes = Required<Omit<Limits, 'bucketWindow'>>

const NAMES = new Set([
  'aggregateBy',
  'writeSchedule',
  'minWriteIntervalMs',
  'syncEnabled',
  'currentTimeFn',
  'queueConfig',
  'writerFactory',
  'defaultDatasetId',
  'workers',
  'onFull',
  'blockTimeoutMs',
  'seed',
  'enabled',
  'flushOnExit',
  'limits',
])
const QUEUE: Required<QueueConfig> = {
  maxBatchSize: 50_000,
  messageAccumulationDurationMs: 1000,
  messagePollWaitMs: 100,
  maxBufferBytes: 100_000_000,
}
const LIMITS: Sizes = {
  maxMessageBytes: 8 * 1024 * 1024,
  maxColumns: 10_000,
  maxNameBytes: 1024,
  maxValueBytes: 64 * 1024,
  maxDepth: 32,
}
const MOST_WORKERS = 256
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Checks what a user gave and fills in the rest. @throws InvalidOptionError naming the option. */
export function resolveOptions(given: LoggerOptions = {}): ResolvedOptions {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('options', 'they must be an object')
  for (const name of Object.keys(given)) {
    if (!NAMES.has(name)) throw new InvalidOptionError(name, 'there is no such option in this version')
  }
  const aggregateBy = given.aggregateBy ?? TimeGranularity.Day
  if (!isGranularity(aggregateBy)) throw new InvalidOptionError('aggregateBy', 'it is not a TimeGranularity')
  const queue = group('queueConfig', given.queueConfig, QUEUE)
  const { bucketWindow, ...sizes } = given.limits ?? {}
  const limits = group('limits', sizes, LIMITS)
  const onFull = given.onFull ?? 'throw'
  if (!['throw', 'drop', 'block'].includes(onFull))
    throw new InvalidOptionError('onFull', "it is 'throw', 'drop' or 'block'")
  const writerFactory = given.writerFactory ?? new LocalWriterFactory('./profiles')
  if (typeof writerFactory.createWriters !== 'function')
    throw new InvalidOptionError('writerFactory', 'it has no createWriters')
  const currentTimeFn = given.currentTimeFn ?? Date.now
  if (typeof currentTimeFn !== 'function') throw new InvalidOptionError('currentTimeFn', 'it must be a function')
  const seed = given.seed ?? null
  if (seed !== null && !(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new InvalidOptionError('seed', 'it must be an integer, 0 or more')
  }
  const workers = integer('workers', given.workers, Math.min(availableParallelism(), 8))
  if (workers > MOST_WORKERS) throw new InvalidOptionError('workers', `more than ${MOST_WORKERS} make no sense`)
  return {
    aggregateBy,
    writeSchedule: schedule(given),
    syncEnabled: flag('syncEnabled', given.syncEnabled, false),
    currentTimeFn,
    maxBufferBytes: queue.maxBufferBytes,
    writerFactory,
    defaultDatasetId: given.defaultDatasetId ?? process.env.WHYLABS_DEFAULT_DATASET_ID ?? null,
    workers,
    onFull,
    blockTimeoutMs: integer('blockTimeoutMs', given.blockTimeoutMs, 1000),
    seed,
    enabled: flag('enabled', given.enabled, true),
    flushOnExit: flag('flushOnExit', given.flushOnExit, true),
    limits: {
      ...limits,
      maxMessageBytes: Math.min(limits.maxMessageBytes, queue.maxBufferBytes),
      bucketWindow: window(bucketWindow),
    },
  }
}

function schedule(given: LoggerOptions): Schedule | null {
  if (given.writeSchedule === null) return null
  const chosen = given.writeSchedule ?? new Schedule(TimeGranularity.Minute, 5)
  // A plain object of the same form serves as well; the class checks it.
  const { cadence, interval } = new Schedule(chosen.cadence, chosen.interval)
  const unit = granularityMs(cadence)
  if (unit === null) throw new InvalidOptionError('writeSchedule', `a ${cadence} schedule cannot be used`)
  const least = integer('minWriteIntervalMs', given.minWriteIntervalMs, 300_000)
  if (unit * interval < least) {
    const reason =
      least === 300_000 ? 'Minimum write schedule is five minutes.' : `it is shorter than minWriteIntervalMs (${least})`
    throw new InvalidOptionError('writeSchedule', reason)
  }
  return new Schedule(cadence, interval)
}

function window(given: BucketWindow | null | undefined): BucketWindow | null {
  if (given === undefined || given === null) return null
  return group('limits.bucketWindow', given, { pastMs: 7 * DAY_MS, futureMs: HOUR_MS })
}

function integer(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (!Number.isSafeInteger(value) || value <= 0) throw new InvalidOptionError(name, 'it must be a positive integer')
  return value
}

function flag(name: string, value: boolean | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw new InvalidOptionError(name, 'it must be true or false')
  return value
}

function group<T extends { [K in keyof T]: number }>(name: string, given: Partial<T> | undefined, defaults: T): T {
  const resolved: Record<string, unknown> = { ...defaults }
  for (const [key, value] of Object.entries(given ?? {})) {
    if (!(key in defaults)) throw new InvalidOptionError(`${name}.${key}`, 'there is no such option in this version')
    resolved[key] = integer(`${name}.${key}`, value as number | undefined, resolved[key] as number)
  }
  return resolved as unknown as T
}
