/** What goes into a logger and comes out of it, besides rows. */
import type { ArrowRecordBatch, ArrowTable, ColumnarMessage } from '../columns/types.js'
import type { AnyRollingProfilesError } from '../errors.js'
import type { NativeStats } from '../native.js'
import type { RowLike } from '../row.js'

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
  /** Gives up waiting; what was accepted stays accepted. One that is aborted already refuses the call, which then has done nothing. */
  signal?: AbortSignal | undefined
}

export interface LogOptions extends Abortable {
  /** Event time: ms since the epoch, or a `Date`. Now, when missing. */
  timestampMs?: number | Date | undefined
  /** That of the logger's options, when missing or empty. */
  datasetId?: string | undefined
  /** None, when missing or empty. */
  orgId?: string | undefined
  sync?: boolean | SyncLevel | undefined
}

/**
 * What the JSON given to `logRaw` is: a request with rows (`multiple`), one with `embeddings`, or either of them in the envelope of a
 * publish-subscribe push (`message.data`, in base64).
 */
export type RawForm = 'log' | 'embeddings' | 'pubSub' | 'pubSubEmbeddings'

/** Options of `logRaw`. */
export interface RawOptions extends LogOptions {
  /** `'log'` when missing. */
  form?: RawForm | undefined
}

/** Options of `logNdjson`. */
export interface NdjsonOptions extends LogOptions {
  /**
   * The column that holds each row's time: milliseconds since the epoch, or an ISO 8601 date or date-time. A row without one has the message's time.
   */
  timestampColumn?: string | undefined
}

/** How a flush or close ended, in profiles. */
export interface FlushResult {
  /** Acknowledged by every writer. */
  written: number
  /** Waiting for at least one writer; retried, after a flush. */
  pending: number
}

export interface LoggerStatus {
  datasetId: string
  /** `null`: none. */
  orgId: string | null
  /** How many buckets are open. */
  datasetTimestamps: number
  /** How many of these have a profile of all rows. */
  datasetProfiles: number
  /** How many of them have segments, with a profile each. */
  segmentCaches: number
  writers: number
  pendingWritables: number
  /** The profiles that wait for a writer, as whylogs reads them. */
  pendingViews: Uint8Array[]
  /** The open profiles, as whylogs reads them; of a bucket with segments one a segment, without its name. */
  views: Uint8Array[]
}

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
  offeredMessages: number
  acceptedMessages: number
  acceptedRows: number
  refusedMessages: number
  droppedMessages: number
  droppedRows: number
  /** Accepted, of a time more than 7 days ago or an hour ahead, or outside `limits.bucketWindow`. */
  lateRows: number
  /** Texts cut to `limits.maxValueBytes`. */
  cutTexts: number
}

/** What a logger tells. No event holds a logged value. */
export interface LoggerEvents {
  rejected: [
    event: {
      datasetId: string | null
      orgId: string | null
      error: AnyRollingProfilesError
      messages: number
      rows: number
    },
  ]
  /** A message was refused. Told with `onInvalid: 'event'` alone: otherwise the call throws. */
  refused: [
    event: {
      /** The dataset that the call was for; `null`: it names none. */
      datasetId: string | null
      orgId: string | null
      error: AnyRollingProfilesError
    },
  ]
  written: [event: { datasetId: string; orgId: string | null; fileName: string; rows: number }]
  writeFailed: [
    event: {
      datasetId: string
      orgId: string | null
      error: AnyRollingProfilesError
      attempts: number
      retryInMs: number
    },
  ]
  drained: []
  warning: [error: AnyRollingProfilesError]
  error: [error: AnyRollingProfilesError]
  exit: [code: number]
}
