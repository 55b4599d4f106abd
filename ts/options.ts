/** Options: their defaults and their checks, here and nowhere else. */
import { availableParallelism } from 'node:os'
import { InvalidOptionError } from './errors.js'
import {
  capable,
  choice,
  duration,
  flag,
  group,
  instance,
  integer,
  namesOf,
  optionsOf,
  text,
  wait,
} from './option-checks.js'
import { received } from './received.js'
import { reading } from './refusal.js'
import type { RowLike } from './row.js'
import { DatasetSchema } from './schema/dataset-schema.js'
import { type GranularityName, granularityOf, Schedule, scheduleUnitMs, TimeGranularity } from './time.js'
import { tuning } from './tuning.js'
import { WhyLabsWriterFactory } from './whylabs.js'
import { LocalWriterFactory, type Writer, type WriterFactory } from './writers.js'

/**
 * What limits the queue: bytes (`FASTER_FIFO`, the default), or the number of messages alone (`MP`).
 *
 * @example
 * ```ts
 * new ProcessRollingLogger({ queueType: QueueType.MP, queueConfig: { maxQueueMessages: 100_000 } })
 * ```
 */
export const QueueType = { FASTER_FIFO: 'FASTER_FIFO', MP: 'MP' } as const
export type QueueType = (typeof QueueType)[keyof typeof QueueType]

/** How messages wait until they are profiled. */
export interface QueueConfig {
  /**
   * The most messages that are handed to the engine together.
   *
   * @default 50_000
   */
  maxBatchSize?: number | undefined
  /**
   * The longest that messages are gathered before they are handed on, in milliseconds. It is an upper
   * bound, which an idle engine never sits out.
   *
   * @default 1000
   */
  messageAccumulationDurationMs?: number | undefined
  /**
   * Another such bound, in milliseconds; the shorter one counts.
   *
   * @default 100
   */
  messagePollWaitMs?: number | undefined
  /**
   * The bytes that may wait with `QueueType.FASTER_FIFO`. Rows that `log` has taken and not yet handed on
   * count. Past half of it, `log` returns `false`; when it is full, `onFull` says what happens.
   *
   * @default 100_000_000
   */
  maxBufferBytes?: number | undefined
  /**
   * The messages that may wait with `QueueType.MP`.
   *
   * @default 1_000_000
   */
  maxQueueMessages?: number | undefined
}

/** Caps on what is taken of a message, and on what is kept. What goes over one is refused with a code, or counted. */
export interface Limits {
  /**
   * The bytes that one message may take, and never more than `queueConfig.maxBufferBytes`. A larger one is
   * refused with `ERR_MESSAGE_TOO_LARGE`: log it in parts.
   *
   * @default 8 * 1024 * 1024
   */
  maxMessageBytes?: number | undefined
  /**
   * The columns that one profile may have, until it is next written. A message that would bring more is
   * refused or rejected with `ERR_TOO_MANY_COLUMNS`; of newline-delimited JSON the line alone is.
   *
   * @default 10_000
   */
  maxColumns?: number | undefined
  /**
   * The segments that one bucket may have of a partition, until it is next written. Rows of further
   * segments go to one overflow segment: `stats().overflowedRows` counts them, and `ERR_TOO_MANY_SEGMENTS`
   * warns once.
   *
   * @default 10_000
   */
  maxSegments?: number | undefined
  /**
   * The datasets that may be open. A further one takes the place of the idle one that was used longest ago: one
   * with nothing open and nothing unwritten. Where none is idle, its message is refused or rejected with
   * `ERR_TOO_MANY_DATASETS`.
   *
   * @default 1_000_000
   */
  maxDatasets?: number | undefined
  /**
   * The bytes that the name of a column may take in UTF-8. A message with a longer one is refused or rejected
   * with `ERR_INVALID_DATA`.
   *
   * @default 1024
   */
  maxNameBytes?: number | undefined
  /**
   * The bytes that are used of a text in UTF-8. A longer one is cut: `stats().cutTexts` counts it, and
   * `ERR_VALUE_CUT` warns once.
   *
   * @default 64 * 1024
   */
  maxValueBytes?: number | undefined
  /**
   * The arrays and objects that may lie inside each other in a value. A deeper one counts as an object in
   * rows; in JSON bytes its message is rejected.
   *
   * @default 32
   */
  maxDepth?: number | undefined
  /**
   * The bytes of memory that profiles may take, as estimated: open ones, those that wait for writers, and the
   * copies that writers hold. Beyond it, those that were used least recently are written early, as parts of
   * their buckets, and `log` returns `false`. Where writers do not take them, nothing more is accepted: see
   * `onFull`.
   *
   * @default 1024 ** 3
   */
  maxProfileBytes?: number | undefined
  /**
   * A row whose bucket lies outside of this window, as seen from now, is refused with
   * `ERR_BUCKET_WINDOW`. `null`: a row of any time is taken; one more than 7 days ago or an hour ahead is
   * warned of once.
   *
   * @default null
   */
  bucketWindow?: BucketWindow | null | undefined
}

/** Which buckets rows may be for, as seen from now. */
export interface BucketWindow {
  /**
   * How far the end of a bucket may lie in the past, in milliseconds.
   *
   * @default 7 * 24 * 3_600_000
   */
  pastMs?: number | undefined
  /**
   * How far the start of a bucket may lie in the future, in milliseconds.
   *
   * @default 3_600_000
   */
  futureMs?: number | undefined
}

/** What `log` does when the queue cannot take the message. */
export type OnFull = 'throw' | 'drop' | 'block'

/** What `log` does with a message that it refuses: throws, or tells by the event `refused`. */
export type OnInvalid = 'throw' | 'event'

/**
 * What a logger can be told; see the README for the meaning of each. A plain object serves as well. A bare `new LoggerOptions()` has the
 * defaults of a logger of one dataset: buckets of an hour, written every five minutes.
 *
 * @example
 * ```ts
 * new LoggerOptions({ aggregateBy: TimeGranularity.Day }).writeSchedule // every 5 minutes
 * ```
 */
export class LoggerOptions<TRow extends RowLike = RowLike> {
  /**
   * The width of a time bucket, in UTC: each bucket of a dataset has profiles of its own. A
   * `ThreadRollingLogger` and a bare `new LoggerOptions()` have an hour.
   *
   * @default TimeGranularity.Day
   */
  aggregateBy?: GranularityName | undefined
  /**
   * When open profiles are written. `null`: only `flush()` and `close()` write.
   *
   * @default new Schedule(TimeGranularity.Minute, 5)
   */
  writeSchedule?: Schedule | null | undefined
  /**
   * The shortest `writeSchedule` that is taken, in milliseconds.
   *
   * @default 300_000
   */
  minWriteIntervalMs?: number | undefined
  /**
   * How profiles are made: types and metrics of columns, conditions, computed columns, segments.
   *
   * @default new DatasetSchema()
   */
  schema?: DatasetSchema<NoInfer<TRow>> | undefined
  /**
   * Allows `sync: true` in calls that log, and `status()`.
   *
   * @default false
   */
  syncEnabled?: boolean | undefined
  /**
   * Gives the time of rows that name none, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  currentTimeFn?: (() => number) | undefined
  /**
   * How messages wait until they are profiled, and how many may.
   *
   * @default { maxBatchSize: 50_000, messageAccumulationDurationMs: 1000, messagePollWaitMs: 100, maxBufferBytes: 100_000_000, maxQueueMessages: 1_000_000 }
   */
  queueConfig?: QueueConfig | undefined
  /**
   * What `queueConfig` is to the loggers that `loggerFactory` makes, where they run alone.
   *
   * @default { maxBatchSize: 50_000, messageAccumulationDurationMs: 1000, messagePollWaitMs: 100, maxBufferBytes: 100_000_000, maxQueueMessages: 1_000_000 }
   */
  threadQueueConfig?: QueueConfig | undefined
  /**
   * What limits the queue: bytes, or with `QueueType.MP` the number of messages alone.
   *
   * @default QueueType.FASTER_FIFO
   */
  queueType?: QueueType | undefined
  /**
   * Gives each dataset the writers that get its profiles. Where the environment variable
   * `WHYLABS_API_KEY` is set, the default is `new WhyLabsWriterFactory()`.
   *
   * @default new LocalWriterFactory('./profiles')
   */
  writerFactory?: WriterFactory | undefined
  /**
   * Gives each dataset its own options: buckets, schedule, schema and writers.
   *
   * @default new ThreadLoggerFactory()
   */
  loggerFactory?: LoggerFactory | undefined
  /**
   * The dataset of rows whose call names none. Without it, such a call is refused with
   * `ERR_MISSING_DATASET_ID`.
   *
   * @default process.env.WHYLABS_DEFAULT_DATASET_ID
   */
  defaultDatasetId?: string | undefined
  /**
   * How many threads make profiles; at most 256.
   *
   * @default Math.min(os.availableParallelism(), 8)
   */
  workers?: number | undefined
  /**
   * What `log` does when the queue cannot take the message. `'throw'`: it throws a `QueueFullError`.
   * `'drop'`: it returns `false`, and `stats().droppedMessages` counts. `'block'`: it holds the calling
   * thread until there is room, at most for `blockTimeoutMs`, and then throws.
   *
   * @default 'throw'
   */
  onFull?: OnFull | undefined
  /**
   * What `log`, `logRaw`, `logNdjson`, `logEmbeddings` and `send` do with a message that they refuse,
   * for its data, its options, or the state of the logger. `'throw'`: they throw. `'event'`: they
   * return `false`, and the event `refused` says why. With `sync` the promise rejects in both cases;
   * with `'event'` it may be left alone, since the event tells as well.
   *
   * A full queue is a matter of `onFull`. With `onFull: 'drop'` too, none of these calls ever throws.
   * What `columns` and `arrow` find fault with, they throw themselves.
   *
   * @default 'throw'
   */
  onInvalid?: OnInvalid | undefined
  /**
   * The longest that `onFull: 'block'` holds the calling thread, in milliseconds, or `Infinity`.
   *
   * @default 1000
   */
  blockTimeoutMs?: number | undefined
  /**
   * Makes profiles repeatable: the same messages in the same order, with the same workers and clock, give
   * the same bytes. Rows then wait for a full block, for a scheduled write, or for whoever waits for them.
   * An integer, 0 or more. Without it, each run has random numbers of its own.
   *
   * @default undefined
   */
  seed?: number | undefined
  /**
   * `false`: the logger accepts everything and does nothing.
   *
   * @default true
   */
  enabled?: boolean | undefined
  /**
   * Whether what is unwritten at a normal end of the process (`beforeExit`) is written then.
   *
   * @default true
   */
  flushOnExit?: boolean | undefined
  /**
   * How long a writer may take for one profile before that counts as failed, in milliseconds, or
   * `Infinity`. The profile is tried again; a late success still counts.
   *
   * @default 300_000
   */
  writeTimeoutMs?: number | undefined
  /**
   * How many profiles one writer may be in the middle of, whatever datasets they are of. Others wait for
   * their turn, and take none of `writeTimeoutMs` meanwhile. Each object that a factory gives is one writer.
   *
   * @default 8
   */
  maxConcurrentWrites?: number | undefined
  /**
   * Gets a promise that settles when what was logged is written: for hosts that freeze a process between
   * requests.
   *
   * @default undefined
   */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined
  /**
   * Caps on what is taken of a message, and on the memory of open profiles.
   *
   * @default {}
   */
  limits?: Limits | undefined

  /** The options that are given, and the defaults of a logger of one dataset besides them. */
  constructor(given: LoggerOptions<TRow> = {}) {
    const options = optionsOf(given as LoggerOptions, NAMES)
    Object.assign(this, {
      aggregateBy: TimeGranularity.Hour,
      writeSchedule: DEFAULT_SCHEDULE,
      schema: new DatasetSchema(),
      syncEnabled: false,
      currentTimeFn: Date.now,
      queueConfig: { ...QUEUE },
      threadQueueConfig: { ...QUEUE },
      queueType: QueueType.FASTER_FIFO,
      writerFactory: options.writerFactory ?? defaultWriterFactory(),
      ...options,
    })
  }
}

/**
 * Gives each dataset the logger that keeps its profiles, and with it its own options. Asked once a dataset; `options` are those of the
 * process logger, with nothing missing.
 *
 * @example
 * ```ts
 * const hourly: LoggerFactory = {
 *   createLogger: (datasetId, orgId, options) =>
 *     new ThreadRollingLogger({
 *       writers: options.writerFactory?.createWriters(datasetId, orgId) ?? [],
 *       aggregateBy: datasetId.startsWith('hot-') ? TimeGranularity.Hour : TimeGranularity.Day,
 *     }),
 * }
 * ```
 */
export interface LoggerFactory {
  /** A `ThreadRollingLogger`, which becomes part of the process logger, or just what one is made of. */
  createLogger(datasetId: string, orgId: string | undefined, options: LoggerOptions): DatasetSettings
}

/** Options of which none is missing. */
export type Filled<T> = { [Name in keyof T]-?: Exclude<T[Name], undefined> }

/** Caps of which none is missing. */
export interface ResolvedLimits extends Filled<Omit<Limits, 'bucketWindow'>> {
  /** `null`: any time is taken. */
  bucketWindow: Filled<BucketWindow> | null
}

/** Options with nothing missing. */
export interface ResolvedOptions {
  readonly aggregateBy: TimeGranularity
  readonly writeSchedule: Schedule | null
  readonly minWriteIntervalMs: number
  readonly schema: DatasetSchema
  readonly syncEnabled: boolean
  readonly currentTimeFn: () => number
  readonly queueType: QueueType
  readonly queueConfig: Filled<QueueConfig>
  readonly threadQueueConfig: Filled<QueueConfig>
  readonly writerFactory: WriterFactory
  /** `null`: the usual one. */
  readonly loggerFactory: LoggerFactory | null
  readonly defaultDatasetId: string | null
  readonly workers: number
  /** How long rows wait in an open block for company, ms. */
  readonly lingerMs: number
  readonly onFull: OnFull
  readonly onInvalid: OnInvalid
  readonly blockTimeoutMs: number
  readonly seed: number | null
  readonly enabled: boolean
  readonly flushOnExit: boolean
  readonly writeTimeoutMs: number
  readonly maxConcurrentWrites: number
  readonly waitUntil: ((promise: Promise<unknown>) => void) | null
  readonly limits: ResolvedLimits
}

/** What a dataset has of its own. */
export interface DatasetSettings {
  /** The width of a time bucket, in UTC. */
  readonly aggregateBy: TimeGranularity
  /** `null`: only `flush()` and `close()` write. */
  readonly writeSchedule: Schedule | null
  /** The usual one when missing. */
  readonly schema?: DatasetSchema | undefined
  /** Each gets every profile. */
  readonly writers: readonly Writer[]
}

type Sizes = Filled<Omit<Limits, 'bucketWindow'>>

const NAMES = namesOf<LoggerOptions>({
  aggregateBy: true,
  writeSchedule: true,
  minWriteIntervalMs: true,
  schema: true,
  syncEnabled: true,
  currentTimeFn: true,
  queueConfig: true,
  threadQueueConfig: true,
  queueType: true,
  writerFactory: true,
  loggerFactory: true,
  defaultDatasetId: true,
  workers: true,
  onFull: true,
  onInvalid: true,
  blockTimeoutMs: true,
  seed: true,
  enabled: true,
  flushOnExit: true,
  writeTimeoutMs: true,
  maxConcurrentWrites: true,
  waitUntil: true,
  limits: true,
})
const DEFAULT_SCHEDULE = new Schedule(TimeGranularity.Minute, 5)
const QUEUE: Filled<QueueConfig> = {
  maxBatchSize: 50_000,
  messageAccumulationDurationMs: 1000,
  messagePollWaitMs: 100,
  maxBufferBytes: 100_000_000,
  maxQueueMessages: 1_000_000,
}
const LIMITS: Sizes = {
  maxMessageBytes: 8 * 1024 * 1024,
  maxColumns: 10_000,
  maxSegments: 10_000,
  maxDatasets: 1_000_000,
  maxNameBytes: 1024,
  maxValueBytes: 64 * 1024,
  maxDepth: 32,
  maxProfileBytes: 1024 ** 3,
}
const LIMIT_NAMES = new Set([...Object.keys(LIMITS), 'bucketWindow'])
const MOST_WORKERS = 256
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function defaultWriterFactory(): WriterFactory {
  return process.env.WHYLABS_API_KEY ? new WhyLabsWriterFactory() : new LocalWriterFactory('./profiles')
}

/** Checks what a user gave and fills in the rest. @throws InvalidOptionError naming the option. */
export function resolveOptions(given: LoggerOptions = {}): ResolvedOptions {
  return reading('options', () => resolveOwn(optionsOf(given, NAMES)))
}

function resolveOwn(given: LoggerOptions): ResolvedOptions {
  const queueConfig = group('queueConfig', given.queueConfig, QUEUE)
  const { maxBufferBytes, messageAccumulationDurationMs, messagePollWaitMs } = queueConfig
  const { bucketWindow, ...sizes } = optionsOf(given.limits ?? {}, LIMIT_NAMES, 'options.limits')
  const limits = group('limits', sizes, LIMITS)
  const workers = integer('workers', given.workers, Math.min(availableParallelism(), 8), MOST_WORKERS)
  return {
    ...resolveBuckets(given, TimeGranularity.Day),
    minWriteIntervalMs: integer('minWriteIntervalMs', given.minWriteIntervalMs, 300_000),
    schema: resolveSchema(given.schema),
    syncEnabled: flag('syncEnabled', given.syncEnabled, false),
    currentTimeFn: capable('currentTimeFn', given.currentTimeFn, Date.now),
    queueType: choice('queueType', given.queueType, Object.values(QueueType), QueueType.FASTER_FIFO),
    queueConfig,
    threadQueueConfig: group('threadQueueConfig', given.threadQueueConfig, QUEUE),
    writerFactory: capable('writerFactory', given.writerFactory ?? defaultWriterFactory(), NO_FACTORY, 'createWriters'),
    loggerFactory: isGiven(given.loggerFactory)
      ? capable('loggerFactory', given.loggerFactory, given.loggerFactory, 'createLogger')
      : null,
    defaultDatasetId:
      text('defaultDatasetId', given.defaultDatasetId) || process.env.WHYLABS_DEFAULT_DATASET_ID || null,
    workers,
    lingerMs: Math.min(tuning.lingerMs, messageAccumulationDurationMs, messagePollWaitMs),
    onFull: choice('onFull', given.onFull, ['throw', 'drop', 'block'], 'throw'),
    onInvalid: choice('onInvalid', given.onInvalid, ['throw', 'event'], 'throw'),
    blockTimeoutMs: duration('blockTimeoutMs', given.blockTimeoutMs, 1000),
    seed: isGiven(given.seed) ? integer('seed', given.seed, 0, Number.MAX_SAFE_INTEGER, 0) : null,
    enabled: flag('enabled', given.enabled, true),
    flushOnExit: flag('flushOnExit', given.flushOnExit, true),
    writeTimeoutMs: writeTimeout(given.writeTimeoutMs),
    maxConcurrentWrites: integer('maxConcurrentWrites', given.maxConcurrentWrites, 8),
    waitUntil: isGiven(given.waitUntil) ? capable('waitUntil', given.waitUntil, given.waitUntil) : null,
    limits: {
      ...limits,
      maxMessageBytes: Math.min(limits.maxMessageBytes, maxBufferBytes),
      bucketWindow: window(bucketWindow),
    },
  }
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null
}

const NO_FACTORY: WriterFactory = { createWriters: () => [] }

function writeTimeout(given: number | undefined): number {
  const timeoutMs = wait('writeTimeoutMs', given, 300_000)
  if (timeoutMs >= 1) return timeoutMs
  throw new InvalidOptionError('options.writeTimeoutMs', `must be at least 1 ms${received(given)}`)
}

/** @throws InvalidOptionError */
export function resolveSchema(given: DatasetSchema | undefined): DatasetSchema {
  if (given === undefined) return new DatasetSchema()
  return instance('options.schema', given, DatasetSchema)
}

/** How buckets are cut and when they are written. @throws InvalidOptionError naming the option. */
export function resolveBuckets(
  given: Pick<LoggerOptions, 'aggregateBy' | 'writeSchedule' | 'minWriteIntervalMs'>,
  width: TimeGranularity,
): Pick<DatasetSettings, 'aggregateBy' | 'writeSchedule'> {
  return {
    aggregateBy: granularityOf('options.aggregateBy', given.aggregateBy ?? width),
    writeSchedule: reading('options.writeSchedule', () => schedule(given)),
  }
}

function schedule(given: Pick<LoggerOptions, 'writeSchedule' | 'minWriteIntervalMs'>): Schedule | null {
  if (given.writeSchedule === null) return null
  const chosen = given.writeSchedule ?? DEFAULT_SCHEDULE
  // A plain object of the same form serves as well; the class checks it.
  const { cadence, interval } = new Schedule(chosen.cadence, chosen.interval)
  const unit = scheduleUnitMs('options.writeSchedule', cadence)
  const least = integer('minWriteIntervalMs', given.minWriteIntervalMs, 300_000)
  if (unit * interval < least) {
    const reason =
      least === 300_000
        ? 'must be five minutes or longer, or options.minWriteIntervalMs shorter'
        : `must not be shorter than options.minWriteIntervalMs (${least})`
    throw new InvalidOptionError('options.writeSchedule', `${reason}. Received ${interval} × ${cadence}`)
  }
  return new Schedule(cadence, interval)
}

function window(given: BucketWindow | null | undefined): Filled<BucketWindow> | null {
  if (given === undefined || given === null) return null
  return group('options.limits.bucketWindow', given, { pastMs: 7 * DAY_MS, futureMs: HOUR_MS })
}
