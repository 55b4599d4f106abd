/** What goes into a logger and comes out of it, besides rows. */
import type { ArrowRecordBatch, ArrowTable, ColumnarMessage } from '../columns/types.js'
import type { AnyRollingProfilesError } from '../errors.js'
import type { NativeStats } from '../native.js'
import type { RowLike } from '../row.js'
import type { TimestampColumn } from './row-time.js'

/** What a value of a row in the wire form may be. */
export type DataTypes = string | number | boolean | null | readonly number[] | readonly string[]

/** Many rows as the wire has them. */
export interface DataDict {
  /** The names of the columns, each once. */
  columns: readonly string[]
  /** A list of values a row, in the order of `columns`. */
  data: readonly (readonly unknown[])[]
}

/** What `log` takes. */
export type TrackData<TRow = RowLike> =
  | TRow
  | readonly TRow[]
  | Iterable<TRow>
  | DataDict
  | ColumnarMessage
  | ArrowTable
  | ArrowRecordBatch

/** How far a row must have come before `log` resolves. */
export type SyncLevel = 'accepted' | 'tracked' | 'written'
export const SYNC_LEVELS: readonly SyncLevel[] = ['accepted', 'tracked', 'written']

/** Of a call that is waited for. */
export interface Abortable {
  /**
   * Gives up waiting; what was accepted stays accepted. One that is aborted already refuses the call, which
   * then has done nothing.
   *
   * @default undefined
   */
  signal?: AbortSignal | undefined
}

/** Options of the calls that log. */
export interface LogOptions extends Abortable {
  /**
   * When it happened: milliseconds since the epoch, or a `Date`. It decides the bucket. Where it is
   * missing, the logger's `currentTimeFn` tells.
   *
   * @default Date.now()
   */
  timestampMs?: number | Date | undefined
  /**
   * The dataset that the rows are of. Where it is missing or empty, it is the `defaultDatasetId` of the
   * logger's options.
   *
   * @default process.env.WHYLABS_DEFAULT_DATASET_ID
   */
  datasetId?: string | undefined
  /**
   * The organisation that the dataset belongs to. Where it is missing or empty, there is none.
   *
   * @default undefined
   */
  orgId?: string | undefined
  /**
   * Whether the call is waited for, and how far: `true` or `'tracked'`, until the rows are in a profile;
   * `'accepted'`, until they are in the queue; `'written'`, until every writer has their profile.
   * It then returns a promise. A process logger needs `syncEnabled`.
   *
   * @default false
   */
  sync?: boolean | SyncLevel | undefined
}

/**
 * What the JSON given to `logRaw` is: a request with rows (`multiple`), one with `embeddings`, or either of them in the envelope of a
 * publish-subscribe push (`message.data`, in base64).
 */
export type RawForm = 'log' | 'embeddings' | 'pubSub' | 'pubSubEmbeddings'

/** Options of `logRaw`. */
export interface RawOptions extends LogOptions {
  /**
   * What the JSON is.
   *
   * @default 'log'
   */
  form?: RawForm | undefined
}

/** Options of `logNdjson`. */
export interface NdjsonOptions extends LogOptions {
  /**
   * The column that holds each row's time: milliseconds since the epoch, or an ISO 8601 date or date-time.
   * A row without one has the time of the message.
   *
   * @default undefined
   */
  timestampColumn?: string | undefined
}

/** Options of `createWritable`. */
export interface WritableOptions extends Omit<LogOptions, 'sync'> {
  /**
   * The column that holds each row's time, or a function of the row that gives it: milliseconds since the epoch, a `Date`, or an ISO 8601 date or
   * date-time. A row without one has the time of the call. Each row of a list has its own.
   *
   * @default undefined
   */
  timestampColumn?: TimestampColumn | undefined
}

/** How a flush or close ended, in profiles. */
export interface FlushResult {
  /** Acknowledged by every writer. */
  written: number
  /** Waiting for at least one writer; retried, after a flush. */
  pending: number
}

/** What is open and pending of one dataset. */
export interface LoggerStatus {
  /** The dataset. */
  datasetId: string
  /** The organisation that it belongs to; `null`: none. */
  orgId: string | null
  /** How many buckets are open. */
  datasetTimestamps: number
  /** How many of these have a profile of all rows. */
  datasetProfiles: number
  /** How many of them have segments, with a profile each. */
  segmentCaches: number
  /** How many writers get each profile. */
  writers: number
  /** How many profiles wait for a writer. */
  pendingWritables: number
  /** The profiles that wait for a writer, as whylogs reads them. */
  pendingViews: Uint8Array[]
  /** The open profiles, as whylogs reads them; of a bucket with segments one a segment, without its name. */
  views: Uint8Array[]
}

/** What is open and pending of every dataset. */
export interface ProcessLoggerStatus {
  /**
   * By dataset id, or `org_dataset`. Where that is the same for two, parts of the one with an organisation have `~5f` for `_` and `~7e` for `~`; `datasetId` and
   * `orgId` of each say for certain which it is.
   */
  statuses: Record<string, LoggerStatus>
}

/** What the intake counts. */
export interface IntakeCounters {
  offeredMessages: number
  acceptedMessages: number
  acceptedRows: number
  emptyMessages: number
  refusedMessages: number
  droppedMessages: number
  droppedRows: number
  /** Accepted, of a time more than 7 days ago or an hour ahead. */
  lateRows: number
  /** Of a user's own classes: those that `processBatch` has processed, and those it has not. */
  processedMessages: number
  unprocessedMessages: number
}

/** Counters; offered = accepted + refused + dropped, accepted = tracked + rejected + waiting. */
export interface LoggerStats
  extends Omit<NativeStats, 'acceptedMessages' | 'acceptedRows' | 'rawRows' | 'lateRows' | 'cutTexts'> {
  /** Messages that `log` and the like were called with. */
  offeredMessages: number
  /** Messages that were taken in. */
  acceptedMessages: number
  /** Rows of these. */
  acceptedRows: number
  /** Messages that were not taken in: the call threw, its promise rejected, or `refused` told. */
  refusedMessages: number
  /** Messages that were dropped for want of room, with `onFull: 'drop'`. */
  droppedMessages: number
  /** Rows of these, as far as they are known. */
  droppedRows: number
  /** Accepted, of a time more than 7 days ago or an hour ahead, or outside `limits.bucketWindow`. */
  lateRows: number
  /** Texts cut to `limits.maxValueBytes`. */
  cutTexts: number
}

/** What the event `rejected` tells. */
export interface RejectedEvent {
  /** The dataset; `null`: it was not known yet. */
  datasetId: string | null
  /** The organisation; `null`: none, or it was not known yet. */
  orgId: string | null
  /** Why. */
  error: AnyRollingProfilesError
  /** How many messages. */
  messages: number
  /** How many rows, as far as they are known. */
  rows: number
}

/** What the event `refused` tells. */
export interface RefusedEvent {
  /** The dataset that the call was for; `null`: it names none. */
  datasetId: string | null
  /** The organisation that the call names; `null`: none. */
  orgId: string | null
  /** Why. */
  error: AnyRollingProfilesError
}

/** What the event `written` tells. */
export interface WrittenEvent {
  /** The dataset. */
  datasetId: string
  /** The organisation that it belongs to; `null`: none. */
  orgId: string | null
  /** The name of the profile's file. */
  fileName: string
  /** How many rows it counts. */
  rows: number
}

/** What the event `writeFailed` tells. */
export interface WriteFailedEvent {
  /** The dataset. */
  datasetId: string
  /** The organisation that it belongs to; `null`: none. */
  orgId: string | null
  /** Why. */
  error: AnyRollingProfilesError
  /** How often this writer has tried this profile. */
  attempts: number
  /** In how many milliseconds it is tried again. */
  retryInMs: number
}

/** What a logger tells, by the name of the event. No event holds a logged value. */
export interface LoggerEvents {
  /** A message that was accepted could not be tracked. All others are. */
  rejected: [event: RejectedEvent]
  /** A message was refused. Told with `onInvalid: 'event'` alone: otherwise the call throws. */
  refused: [event: RefusedEvent]
  /** A writer has written a profile. */
  written: [event: WrittenEvent]
  /** A writer could not write a profile, which is kept and tried again. */
  writeFailed: [event: WriteFailedEvent]
  /** No more than a quarter of what may wait does, after `log` had returned `false`. */
  drained: []
  /** Something goes on, but not as it was meant; told once a kind. */
  warning: [error: AnyRollingProfilesError]
  /** Something failed: rows are lost, or the engine has stopped. Without a listener it is a warning of the process, and never ends it. */
  error: [error: AnyRollingProfilesError]
  /** The logger has stopped: 0 after `close`, 1 after a failure, −15 after `terminate`, −9 after `kill`. */
  exit: [code: number]
}
