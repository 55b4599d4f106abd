/**
 * Every error there is. Each class has one stable `code`; `docs/errors.md` says for each when it comes and what to do, and a test holds
 * that table, these classes and the engine's own codes equal. An error names codes, options, columns and row numbers, never a logged value.
 */

/** The codes of all errors, one for each class; `docs/errors.md` says what each means and what to do. */
export type ErrorCode =
  | 'ERR_ADDON_NOT_FOUND'
  | 'ERR_BLOCK_CORRUPT'
  | 'ERR_BUCKET_WINDOW'
  | 'ERR_CLOSED'
  | 'ERR_COUNTED_TWICE'
  | 'ERR_DATASET_NOT_FOUND'
  | 'ERR_DATA_LOST'
  | 'ERR_DIFFERENT_DATASETS'
  | 'ERR_INTERNAL'
  | 'ERR_INVALID_DATA'
  | 'ERR_INVALID_OPTION'
  | 'ERR_INVALID_TIMESTAMP'
  | 'ERR_IO'
  | 'ERR_MESSAGE_TOO_LARGE'
  | 'ERR_MISSING_DATASET_ID'
  | 'ERR_NOT_ALIVE'
  | 'ERR_NOT_STARTED'
  | 'ERR_NO_SEGMENT'
  | 'ERR_PARTLY_REJECTED'
  | 'ERR_PROCESS_BATCH'
  | 'ERR_PROFILE_FORMAT'
  | 'ERR_QUEUE_FULL'
  | 'ERR_REENTRANT'
  | 'ERR_SYNC_DISABLED'
  | 'ERR_THREAD'
  | 'ERR_TIMEOUT'
  | 'ERR_TOO_MANY_COLUMNS'
  | 'ERR_TOO_MANY_SEGMENTS'
  | 'ERR_UDF'
  | 'ERR_UDF_NEEDS_ROWS'
  | 'ERR_UNAUTHORIZED'
  | 'ERR_UNKNOWN_COLUMN'
  | 'ERR_UNKNOWN_HANDLE'
  | 'ERR_UNMERGEABLE_METRIC'
  | 'ERR_UNSUPPORTED_DATA'
  | 'ERR_VALUE_CUT'
  | 'ERR_WRITER'
  | 'ERR_WRITER_FACTORY'
  | 'ERR_WRITE_TIMEOUT'

/**
 * The base of all errors of this package.
 *
 * @example
 * ```ts
 * try {
 *   logger.log(row)
 * } catch (error) {
 *   if (error instanceof RollingProfilesError && error.code === 'ERR_QUEUE_FULL') await logger.drained()
 *   else throw error
 * }
 * ```
 */
export class RollingProfilesError extends Error {
  /** What went wrong; it stays the same when the sentence changes. Each class has one of its own. */
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    // On the prototype chain's own name, so that a stack trace shows the class.
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true })
  }

  /** Its name, code, sentence and fields, for `JSON.stringify`; neither stack nor cause, which may hold more. */
  toJSON(): Record<string, unknown> {
    const fields = Object.fromEntries(Object.entries(this))
    return { name: this.name, code: this.code, message: this.message, ...fields }
  }
}

/** No prebuilt addon for this platform is installed. */
export class AddonNotFoundError extends RollingProfilesError {
  declare readonly code: 'ERR_ADDON_NOT_FOUND'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ADDON_NOT_FOUND', message, options)
  }
}

/** A file could not be read or written. */
export class IoError extends RollingProfilesError {
  declare readonly code: 'ERR_IO'

  constructor(message = 'A file could not be read or written.') {
    super('ERR_IO', message)
  }
}

/** A profile has no column of that name. */
export class UnknownColumnError extends RollingProfilesError {
  declare readonly code: 'ERR_UNKNOWN_COLUMN'

  constructor(message = 'The profile has no such column.') {
    super('ERR_UNKNOWN_COLUMN', message)
  }
}

/** A block did not follow its layout; its rows are counted as rejected. */
export class BlockCorruptError extends RollingProfilesError {
  declare readonly code: 'ERR_BLOCK_CORRUPT'

  constructor(message = 'A block of rows does not follow its layout.') {
    super('ERR_BLOCK_CORRUPT', message)
  }
}

/** A row that belongs to none of its dataset's segments: told once of a logger, counted in `stats().unsegmentedRows`. */
export class NoSegmentError extends RollingProfilesError {
  declare readonly code: 'ERR_NO_SEGMENT'

  constructor(message = 'A row belongs to no segment of its dataset.') {
    super('ERR_NO_SEGMENT', message)
  }
}

/** A function of a schema threw: its value is null. Told once of each; `cause` is what it threw. */
export class UdfError extends RollingProfilesError {
  declare readonly code: 'ERR_UDF'

  constructor(name: string, options?: ErrorOptions) {
    super('ERR_UDF', `${name} failed; what it should give is null.`, options)
  }
}

/** Raw bytes or an Arrow table for a dataset whose schema has functions over rows. */
export class UdfNeedsRowsError extends RollingProfilesError {
  declare readonly code: 'ERR_UDF_NEEDS_ROWS'

  constructor(message = 'The dataset has functions over rows: it takes rows or columns, and no bytes or tables.') {
    super('ERR_UDF_NEEDS_ROWS', message)
  }
}

/** A time far from now: told once of a logger, and refused where `limits.bucketWindow` says so. */
export class BucketWindowError extends RollingProfilesError {
  declare readonly code: 'ERR_BUCKET_WINDOW'

  constructor(message = 'The time lies outside the window of buckets.') {
    super('ERR_BUCKET_WINDOW', message)
  }
}

/** The logger is closing or closed. */
export class ClosedError extends RollingProfilesError {
  declare readonly code: 'ERR_CLOSED'

  constructor(message = "Actor is closed, can't send message.") {
    super('ERR_CLOSED', message)
  }
}

/** Profiles to be merged count the same rows: a part, or a reading of a source, that is counted already. */
export class CountedTwiceError extends RollingProfilesError {
  declare readonly code: 'ERR_COUNTED_TWICE'

  constructor(message = 'Profiles to be merged count the same rows.') {
    super('ERR_COUNTED_TWICE', message)
  }
}

/** Profiles to be merged are of different datasets or organisations. */
export class DifferentDatasetsError extends RollingProfilesError {
  declare readonly code: 'ERR_DIFFERENT_DATASETS'

  constructor(message = 'Profiles to be merged are of different datasets or organisations.') {
    super('ERR_DIFFERENT_DATASETS', message)
  }
}

/** Profiles of one dataset that will never be written. */
export interface Loss {
  /** `null` for rows that no thread came to. */
  readonly datasetId: string | null
  /** The organisation that the dataset belongs to; `null`: none. */
  readonly orgId: string | null
  /** How many profiles. */
  readonly profiles: number
  /** Each row once: one in segments of several partitions counts with the profile of the first. */
  readonly rows: number
}

/** Accepted rows will never be written: the logger was closed before, or their profile could not be made. */
export class DataLossError extends RollingProfilesError {
  declare readonly code: 'ERR_DATA_LOST'
  /** Profiles that the close wrote. */
  readonly written: number
  /** Profiles that it did not. */
  readonly pending: number
  /** What is lost, by dataset. */
  readonly lost: readonly Loss[]

  constructor(
    message = 'Accepted rows are lost.',
    { written = 0, pending = 0, lost = [] }: Partial<Pick<DataLossError, 'written' | 'pending' | 'lost'>> = {},
  ) {
    super('ERR_DATA_LOST', message)
    this.written = written
    this.pending = pending
    this.lost = lost
  }
}

/** Where profiles are written, there is no such organisation or dataset. */
export class DatasetNotFoundError extends RollingProfilesError {
  declare readonly code: 'ERR_DATASET_NOT_FOUND'

  constructor(message = 'There is no such organisation or dataset.') {
    super('ERR_DATASET_NOT_FOUND', message)
  }
}

/** A thread of the engine failed; the engine has stopped. */
export class EngineFailedError extends RollingProfilesError {
  declare readonly code: 'ERR_INTERNAL'

  constructor(message = 'The engine has failed.') {
    super('ERR_INTERNAL', message)
  }
}

/** A row, or a value in it, that cannot be logged. */
export class InvalidDataError extends RollingProfilesError {
  declare readonly code: 'ERR_INVALID_DATA'
  /** Which row of its message, from 0; `null` when it is not about one row. */
  readonly row: number | null
  /** Its column; `null` when it is not about one column. */
  readonly column: string | null

  constructor(message: string, row: number | null = null, column: string | null = null, options?: ErrorOptions) {
    super('ERR_INVALID_DATA', message, options)
    this.row = row
    this.column = column
  }
}

/** An option that does not exist, is not available in this version, or has a value out of its range. */
export class InvalidOptionError extends RollingProfilesError {
  declare readonly code: 'ERR_INVALID_OPTION'
  /** The option's name. */
  readonly option: string

  constructor(option: string, reason: string) {
    super('ERR_INVALID_OPTION', `Invalid option ${option}: ${reason}`)
    this.option = option
  }
}

/** A time that is not a number of milliseconds within the years 1 to 9999. */
export class InvalidTimestampError extends RollingProfilesError {
  declare readonly code: 'ERR_INVALID_TIMESTAMP'

  constructor(
    message = 'The timestamp is not a time in milliseconds since the epoch that a calendar date stands for.',
  ) {
    super('ERR_INVALID_TIMESTAMP', message)
  }
}

/** One call of `log` with more than `limits.maxMessageBytes`, or more than the whole buffer holds. */
export class MessageTooLargeError extends RollingProfilesError {
  declare readonly code: 'ERR_MESSAGE_TOO_LARGE'

  constructor(bytes: number, limit: number) {
    super(
      'ERR_MESSAGE_TOO_LARGE',
      `The message takes about ${bytes} bytes, and ${limit} is the most that one may take.`,
    )
  }
}

/** `log` names no dataset, and there is no default. */
export class MissingDatasetIdError extends RollingProfilesError {
  declare readonly code: 'ERR_MISSING_DATASET_ID'

  constructor(
    message = 'Need a dataset id: give log a datasetId, the logger a defaultDatasetId, or set WHYLABS_DEFAULT_DATASET_ID.',
  ) {
    super('ERR_MISSING_DATASET_ID', message)
  }
}

/** The logger was terminated or killed, or its engine failed. */
export class NotAliveError extends RollingProfilesError {
  declare readonly code: 'ERR_NOT_ALIVE'

  constructor(message = 'Logger process is no longer alive. It may have been killed.', options?: ErrorOptions) {
    super('ERR_NOT_ALIVE', message, options)
  }
}

/** `start()` has not been called. */
export class NotStartedError extends RollingProfilesError {
  declare readonly code: 'ERR_NOT_STARTED'

  constructor(message = "Logger hasn't been started yet. Call start() first.") {
    super('ERR_NOT_STARTED', message)
  }
}

/** A line that was left out: its number in the message, from 1, and why. */
export interface RejectedLine {
  /** Its number in the message, from 1. */
  readonly line: number
  /** Why it was left out. */
  readonly code: ErrorCode
}

/** Lines of newline-delimited JSON were left out; all others are tracked. */
export class PartlyRejectedError extends RollingProfilesError {
  declare readonly code: 'ERR_PARTLY_REJECTED'
  /** Rows that were tracked. */
  readonly tracked: number
  /** Rows that were left out. */
  readonly rejected: number
  /** The first of these, at most ten. */
  readonly first: readonly RejectedLine[]

  constructor(
    message = 'Lines were left out.',
    {
      tracked = 0,
      rejected = 0,
      first = [],
    }: Partial<Pick<PartlyRejectedError, 'tracked' | 'rejected' | 'first'>> = {},
  ) {
    super('ERR_PARTLY_REJECTED', message)
    this.tracked = tracked
    this.rejected = rejected
    this.first = first
  }
}

/** `processBatch` of a subclass failed: its messages are counted as rejected. The reason is the `cause`. */
export class ProcessBatchError extends RollingProfilesError {
  declare readonly code: 'ERR_PROCESS_BATCH'
  /** `type` is `null` for messages that were never handed to it. */
  constructor(type: string | null, cause: unknown) {
    const message =
      type === null ? 'Messages were not processed.' : `processBatch failed for messages of class ${type}.`
    super('ERR_PROCESS_BATCH', message, { cause })
  }
}

/** Bytes that are no profile, or one that is damaged. */
export class ProfileFormatError extends RollingProfilesError {
  declare readonly code: 'ERR_PROFILE_FORMAT'

  constructor(message = 'These bytes are not a profile.', options?: ErrorOptions) {
    super('ERR_PROFILE_FORMAT', message, options)
  }
}

/** The queue cannot take the message now. */
export class QueueFullError extends RollingProfilesError {
  declare readonly code: 'ERR_QUEUE_FULL'

  constructor(message = 'The queue is full. Wait for drained(), or log less.') {
    super('ERR_QUEUE_FULL', message)
  }
}

/** A logger was called by something that it itself was just calling. */
export class ReentrantError extends RollingProfilesError {
  declare readonly code: 'ERR_REENTRANT'

  constructor(
    message = 'The logger was called by what it was just calling: a getter of a row, a function of a schema, a clock or a factory.',
  ) {
    super('ERR_REENTRANT', message)
  }
}

/** `sync` or `status()` on a logger without `syncEnabled`. */
export class SyncDisabledError extends RollingProfilesError {
  declare readonly code: 'ERR_SYNC_DISABLED'

  constructor() {
    super(
      'ERR_SYNC_DISABLED',
      "Can't log synchronously without a pipe signaler. Initialize the process logger with syncEnabled: true.",
    )
  }
}

/** The operating system refused a thread. */
export class ThreadError extends RollingProfilesError {
  declare readonly code: 'ERR_THREAD'

  constructor(message = 'A thread could not be started.') {
    super('ERR_THREAD', message)
  }
}

/** An answer did not come in time. */
export class TimeoutError extends RollingProfilesError {
  declare readonly code: 'ERR_TIMEOUT'

  constructor(what: string, timeoutMs: number) {
    super('ERR_TIMEOUT', `${what} took longer than ${timeoutMs} ms.`)
  }
}

/** A row would give its profile more columns than `limits.maxColumns`. */
export class TooManyColumnsError extends RollingProfilesError {
  declare readonly code: 'ERR_TOO_MANY_COLUMNS'

  constructor(message = 'A profile would get more columns than limits.maxColumns allows.') {
    super('ERR_TOO_MANY_COLUMNS', message)
  }
}

/**
 * A bucket has rows in more segments than `limits.maxSegments`: those of further ones go to one overflow segment. Told once of a
 * logger, counted in `stats().overflowedRows`.
 */
export class TooManySegmentsError extends RollingProfilesError {
  declare readonly code: 'ERR_TOO_MANY_SEGMENTS'

  constructor(message = 'A bucket has rows in more segments than limits.maxSegments allows.') {
    super('ERR_TOO_MANY_SEGMENTS', message)
  }
}

/** Where profiles are written, the key is not known or does not suffice. The message never holds it. */
export class UnauthorizedError extends RollingProfilesError {
  declare readonly code: 'ERR_UNAUTHORIZED'

  constructor(message = 'The key is not known, or does not suffice.') {
    super('ERR_UNAUTHORIZED', message)
  }
}

/** A number that the addon never gave out, or took back: a fault of this package. */
export class UnknownHandleError extends RollingProfilesError {
  declare readonly code: 'ERR_UNKNOWN_HANDLE'

  constructor(message = 'The addon does not know this handle.') {
    super('ERR_UNKNOWN_HANDLE', message)
  }
}

/** Profiles to be merged both have a metric that only the program which made it can merge. */
export class UnmergeableMetricError extends RollingProfilesError {
  declare readonly code: 'ERR_UNMERGEABLE_METRIC'

  constructor(message = 'Profiles to be merged have a metric that cannot be merged.') {
    super('ERR_UNMERGEABLE_METRIC', message)
  }
}

/** `log` was given something that is neither a row, nor rows, nor columns. */
export class UnsupportedDataError extends RollingProfilesError {
  declare readonly code: 'ERR_UNSUPPORTED_DATA'
  /** `advice`: what to do instead. */
  constructor(type: string, advice?: string) {
    super('ERR_UNSUPPORTED_DATA', `Unsupported data type ${type}${advice === undefined ? '' : `: ${advice}.`}`)
  }
}

/** Texts longer than `limits.maxValueBytes` were cut; told once of a logger, counted in `stats()`. */
export class ValueCutError extends RollingProfilesError {
  declare readonly code: 'ERR_VALUE_CUT'
  /** The limit in bytes, or the whole sentence. */
  constructor(limit: number | string) {
    const sentence = `A text is longer than limits.maxValueBytes (${limit}): its start alone is used.`
    super('ERR_VALUE_CUT', typeof limit === 'string' ? limit : sentence)
  }
}

/** A writer has not answered within `writeTimeoutMs`. */
export class WriteTimeoutError extends RollingProfilesError {
  declare readonly code: 'ERR_WRITE_TIMEOUT'

  constructor(message = 'A writer has not answered in time.') {
    super('ERR_WRITE_TIMEOUT', message)
  }
}

/** A writer could not write. */
export class WriterError extends RollingProfilesError {
  declare readonly code: 'ERR_WRITER'

  constructor(message = 'A writer could not write.', options?: ErrorOptions) {
    super('ERR_WRITER', message, options)
  }
}

/** A writer factory threw, or gave something that is no list of writers. */
export class WriterFactoryError extends RollingProfilesError {
  declare readonly code: 'ERR_WRITER_FACTORY'
  /** `datasetId` is `null` where the reason is the whole sentence. */
  constructor(datasetId: string | null, reason: string, options?: ErrorOptions) {
    const message = datasetId === null ? reason : `The writer factory failed for dataset ${datasetId}: ${reason}`
    super('ERR_WRITER_FACTORY', message, options)
  }
}

/**
 * Any error of this package, by its class: a `switch` on its `code` tells the compiler which class it is, and so which
 * fields it has. The events of a logger tell of such errors.
 *
 * @example
 * ```ts
 * logger.on('rejected', ({ error }) => {
 *   if (error.code === 'ERR_INVALID_DATA') console.warn(`row ${error.row}, column ${error.column}`)
 * })
 * ```
 */
export type AnyRollingProfilesError =
  | AddonNotFoundError
  | BlockCorruptError
  | BucketWindowError
  | ClosedError
  | CountedTwiceError
  | DataLossError
  | DatasetNotFoundError
  | DifferentDatasetsError
  | EngineFailedError
  | InvalidDataError
  | InvalidOptionError
  | InvalidTimestampError
  | IoError
  | MessageTooLargeError
  | MissingDatasetIdError
  | NoSegmentError
  | NotAliveError
  | NotStartedError
  | PartlyRejectedError
  | ProcessBatchError
  | ProfileFormatError
  | QueueFullError
  | ReentrantError
  | SyncDisabledError
  | ThreadError
  | TimeoutError
  | TooManyColumnsError
  | TooManySegmentsError
  | UdfError
  | UdfNeedsRowsError
  | UnauthorizedError
  | UnknownColumnError
  | UnknownHandleError
  | UnmergeableMetricError
  | UnsupportedDataError
  | ValueCutError
  | WriteTimeoutError
  | WriterError
  | WriterFactoryError
