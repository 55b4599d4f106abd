/**
 * Every error there is. Each class has one stable `code`; `docs/errors.md` says for each when it comes and what to do, and a test holds
 * that table, these classes and the engine's own codes equal. An error names codes, options, columns and row numbers, never a logged value.
 */
import { partOf, plainText, words } from './thrown.js'

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
  | 'ERR_TOO_MANY_DATASETS'
  | 'ERR_TOO_MANY_SEGMENTS'
  | 'ERR_UDF'
  | 'ERR_UDF_NEEDS_ROWS'
  | 'ERR_UNAUTHORIZED'
  | 'ERR_UNKNOWN_COLUMN'
  | 'ERR_UNKNOWN_HANDLE'
  | 'ERR_UNMERGEABLE_METRIC'
  | 'ERR_UNREADABLE_FILE'
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
    super(plainText(message), causeOf(options))
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

/** Options may be anything at all, and then have no cause. */
function causeOf(options: ErrorOptions | undefined): ErrorOptions | undefined {
  if (options === undefined) return undefined
  const cause = partOf(options, 'cause')
  return cause === undefined ? undefined : { cause }
}

/** No prebuilt addon for this platform is installed. */
export class AddonNotFoundError extends RollingProfilesError {
  declare readonly code: 'ERR_ADDON_NOT_FOUND'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ADDON_NOT_FOUND', message, options)
  }
}

/** What the operating system said of a call that failed, as Node's own errors have it. */
export interface SystemFailure extends ErrorOptions {
  /** Its number: negative, as in Node. */
  readonly errno?: number | undefined
  /** Its code, such as `ENOENT`. */
  readonly systemCode?: string | undefined
  /** The call, such as `open`. */
  readonly syscall?: string | undefined
  /** The file that it was about. */
  readonly path?: string | undefined
}

/** Fields of errors that come from the operating system: they are there where it is known. */
abstract class SystemError extends RollingProfilesError {
  /** The system's number of the failure, negative as in Node; `undefined` where no call of the system failed. */
  readonly errno: number | undefined
  /** The system's code, such as `ENOENT`; `code` is this package's own. */
  readonly systemCode: string | undefined
  /** The call that failed, such as `open`. */
  readonly syscall: string | undefined
  /** The file that it was about. */
  readonly path: string | undefined

  constructor(code: ErrorCode, message: string, failure: SystemFailure | undefined) {
    super(code, message, failure)
    this.errno = partOf(failure, 'errno')
    this.systemCode = partOf(failure, 'systemCode')
    this.syscall = partOf(failure, 'syscall')
    this.path = partOf(failure, 'path')
  }
}

/** A file could not be read or written. `cause` is an error as Node makes them, with the system's own `code`. */
export class IoError extends SystemError {
  declare readonly code: 'ERR_IO'

  constructor(message = 'A file could not be read or written.', failure?: SystemFailure) {
    super('ERR_IO', message, failure)
  }
}

/** A profile has no column of that name. */
export class UnknownColumnError extends RollingProfilesError {
  declare readonly code: 'ERR_UNKNOWN_COLUMN'

  constructor(message = 'The profile has no column of that name: columnNames has them all.') {
    super('ERR_UNKNOWN_COLUMN', message)
  }
}

/** A block did not follow its layout; its rows are counted as rejected. */
export class BlockCorruptError extends RollingProfilesError {
  declare readonly code: 'ERR_BLOCK_CORRUPT'

  constructor(
    message = 'A block of rows does not follow its layout: this is a fault of rolling-profiles, please report it.',
  ) {
    super('ERR_BLOCK_CORRUPT', message)
  }
}

/** A row that belongs to none of its dataset's segments: told once of a logger, counted in `stats().unsegmentedRows`. */
export class NoSegmentError extends RollingProfilesError {
  declare readonly code: 'ERR_NO_SEGMENT'

  constructor(
    message = 'A row belongs to no segment of its dataset, so no profile counts it. See that rows have the columns of its partitions.',
  ) {
    super('ERR_NO_SEGMENT', message)
  }
}

/** A function of a schema threw: its value is null. Told once of each; `cause` is what it threw. */
export class UdfError extends RollingProfilesError {
  declare readonly code: 'ERR_UDF'

  constructor(name: string, options?: ErrorOptions) {
    super('ERR_UDF', words`${name} threw: the value it should give is null. See the cause.`, options)
  }
}

/** Raw bytes or an Arrow table for a dataset whose schema has functions over rows. */
export class UdfNeedsRowsError extends RollingProfilesError {
  declare readonly code: 'ERR_UDF_NEEDS_ROWS'

  constructor(
    message = 'The schema of the dataset has functions over rows: log rows or columns({ … }), not bytes or tables.',
  ) {
    super('ERR_UDF_NEEDS_ROWS', message)
  }
}

/** A time far from now: told once of a logger, and refused where `limits.bucketWindow` says so. */
export class BucketWindowError extends RollingProfilesError {
  declare readonly code: 'ERR_BUCKET_WINDOW'

  constructor(
    message = 'The time of the row lies outside limits.bucketWindow. Check the clock, and that times are in milliseconds.',
  ) {
    super('ERR_BUCKET_WINDOW', message)
  }
}

/** The logger is closing or closed. */
export class ClosedError extends RollingProfilesError {
  declare readonly code: 'ERR_CLOSED'

  constructor(message = 'The logger is closed and takes no more calls. Make a new one.') {
    super('ERR_CLOSED', message)
  }
}

/** Profiles to be merged count the same rows: a part, or a reading of a source, that is counted already. */
export class CountedTwiceError extends RollingProfilesError {
  declare readonly code: 'ERR_COUNTED_TWICE'

  constructor(
    message = 'The profiles to be merged count the same rows. Leave one of them out, or pass { force: true }.',
  ) {
    super('ERR_COUNTED_TWICE', message)
  }
}

/** Profiles to be merged are of different datasets or organisations. */
export class DifferentDatasetsError extends RollingProfilesError {
  declare readonly code: 'ERR_DIFFERENT_DATASETS'

  constructor(
    message = 'The profiles to be merged are of different datasets or organisations. Merge those of each by themselves, or pass { force: true }.',
  ) {
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
    message = 'Accepted rows are lost: they will never be written.',
    loss: Partial<Pick<DataLossError, 'written' | 'pending' | 'lost'>> = {},
  ) {
    super('ERR_DATA_LOST', message)
    this.written = partOf(loss, 'written') ?? 0
    this.pending = partOf(loss, 'pending') ?? 0
    this.lost = partOf(loss, 'lost') ?? []
  }
}

/** Where profiles are written, there is no such organisation or dataset. */
export class DatasetNotFoundError extends RollingProfilesError {
  declare readonly code: 'ERR_DATASET_NOT_FOUND'

  constructor(message = 'WhyLabs knows no such organisation or dataset. Make it there, or correct its id.') {
    super('ERR_DATASET_NOT_FOUND', message)
  }
}

/** A thread of the engine failed; the engine has stopped. */
export class EngineFailedError extends RollingProfilesError {
  declare readonly code: 'ERR_INTERNAL'

  constructor(
    message = 'The engine has failed: this is a fault of rolling-profiles, please report it. Make a new logger.',
    options?: ErrorOptions,
  ) {
    super('ERR_INTERNAL', message, options)
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
  /** The option's name, or the argument's. */
  readonly option: string

  /** `option` begins with `options.` where it is one of an object that is called so. */
  constructor(option: string, reason: string, options?: ErrorOptions) {
    super('ERR_INVALID_OPTION', words`${option} ${reason}`, options)
    this.option = plainText(option).replace(/^options\./, '')
  }
}

/** A time that is not a number of milliseconds within the years 1 to 9999. */
export class InvalidTimestampError extends RollingProfilesError {
  declare readonly code: 'ERR_INVALID_TIMESTAMP'

  constructor(
    message = 'The time must be a number of milliseconds since the epoch, or a Date, within the years 1 to 9999.',
    options?: ErrorOptions,
  ) {
    super('ERR_INVALID_TIMESTAMP', message, options)
  }
}

/** One call of `log` with more than `limits.maxMessageBytes`, or more than the whole buffer holds. */
export class MessageTooLargeError extends RollingProfilesError {
  declare readonly code: 'ERR_MESSAGE_TOO_LARGE'

  constructor(
    bytes: number | null,
    limit: number | null,
    message: string = words`The message takes about ${bytes} bytes, and may take ${limit} (limits.maxMessageBytes). Log it in parts.`,
  ) {
    super('ERR_MESSAGE_TOO_LARGE', message)
  }
}

/** `log` names no dataset, and there is no default. */
export class MissingDatasetIdError extends RollingProfilesError {
  declare readonly code: 'ERR_MISSING_DATASET_ID'

  constructor(
    message = 'The call names no dataset. Give it a datasetId, or the logger a defaultDatasetId, or set WHYLABS_DEFAULT_DATASET_ID.',
  ) {
    super('ERR_MISSING_DATASET_ID', message)
  }
}

/** The logger was terminated or killed, or its engine failed. */
export class NotAliveError extends RollingProfilesError {
  declare readonly code: 'ERR_NOT_ALIVE'

  constructor(
    message = 'The logger has ended: it was killed or terminated, or its engine failed. Make a new one.',
    options?: ErrorOptions,
  ) {
    super('ERR_NOT_ALIVE', message, options)
  }
}

/** `start()` has not been called. */
export class NotStartedError extends RollingProfilesError {
  declare readonly code: 'ERR_NOT_STARTED'

  constructor(message = 'The logger has not been started. Call start() first.') {
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
    message = 'Lines were left out. Log those that first names again, corrected.',
    lines: Partial<Pick<PartlyRejectedError, 'tracked' | 'rejected' | 'first'>> = {},
  ) {
    super('ERR_PARTLY_REJECTED', message)
    this.tracked = partOf(lines, 'tracked') ?? 0
    this.rejected = partOf(lines, 'rejected') ?? 0
    this.first = partOf(lines, 'first') ?? []
  }
}

/** `processBatch` of a subclass failed: its messages are counted as rejected. The reason is the `cause`. */
export class ProcessBatchError extends RollingProfilesError {
  declare readonly code: 'ERR_PROCESS_BATCH'
  /** `type` is `null` for messages that were never handed to it. */
  constructor(type: string | null, cause: unknown) {
    const message =
      type === null
        ? 'The logger ended before the messages were processed.'
        : words`processBatch failed for messages of class ${type}. See the cause.`
    super('ERR_PROCESS_BATCH', message, { cause })
  }
}

/** Bytes that are no profile, or one that is damaged. */
export class ProfileFormatError extends RollingProfilesError {
  declare readonly code: 'ERR_PROFILE_FORMAT'

  constructor(message = 'The bytes are not a profile, or a damaged one.', options?: ErrorOptions) {
    super('ERR_PROFILE_FORMAT', message, options)
  }
}

/** The queue cannot take the message now. */
export class QueueFullError extends RollingProfilesError {
  declare readonly code: 'ERR_QUEUE_FULL'

  constructor(message = 'The queue is full. Await drained(), or log less.') {
    super('ERR_QUEUE_FULL', message)
  }
}

/** A logger was called by something that it itself was just calling. */
export class ReentrantError extends RollingProfilesError {
  declare readonly code: 'ERR_REENTRANT'

  constructor(
    message = 'The logger was called by what it is just calling: a getter of a row, a function of the schema, currentTimeFn or a factory. Call it afterwards.',
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
      'The logger answers neither sync nor status(). Make it with the option syncEnabled: true.',
    )
  }
}

/** The operating system refused a thread. */
export class ThreadError extends RollingProfilesError {
  declare readonly code: 'ERR_THREAD'

  constructor(message = 'The operating system refused a thread. Use fewer workers, or raise its limit.') {
    super('ERR_THREAD', message)
  }
}

/** An answer did not come in time. */
export class TimeoutError extends RollingProfilesError {
  declare readonly code: 'ERR_TIMEOUT'

  constructor(what: string, timeoutMs: number) {
    super('ERR_TIMEOUT', words`${what} took longer than ${timeoutMs} ms. Give it more time.`)
  }
}

/** A row would give its profile more columns than `limits.maxColumns`. */
export class TooManyColumnsError extends RollingProfilesError {
  declare readonly code: 'ERR_TOO_MANY_COLUMNS'

  constructor(
    message = 'A profile would get more columns than limits.maxColumns allows. Log fewer columns, or raise the limit.',
  ) {
    super('ERR_TOO_MANY_COLUMNS', message)
  }
}

/**
 * A message is for a dataset that would be one more than `limits.maxDatasets`, and each of these has something open or
 * unwritten, so that none can be let go.
 */
export class TooManyDatasetsError extends RollingProfilesError {
  declare readonly code: 'ERR_TOO_MANY_DATASETS'

  constructor(
    message = 'As many datasets as limits.maxDatasets allows have something open or unwritten. Flush, log under fewer ids, or raise the limit.',
  ) {
    super('ERR_TOO_MANY_DATASETS', message)
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

  constructor(message = 'WhyLabs refused the API key. Give one that is valid and may write.') {
    super('ERR_UNAUTHORIZED', message)
  }
}

/** A number that the addon never gave out, or took back: a fault of this package. */
export class UnknownHandleError extends RollingProfilesError {
  declare readonly code: 'ERR_UNKNOWN_HANDLE'

  constructor(message = 'The addon does not know this handle: this is a fault of rolling-profiles, please report it.') {
    super('ERR_UNKNOWN_HANDLE', message)
  }
}

/** Profiles to be merged both have a metric that only the program which made it can merge. */
export class UnmergeableMetricError extends RollingProfilesError {
  declare readonly code: 'ERR_UNMERGEABLE_METRIC'

  constructor(
    message = 'The profiles to be merged have a metric that cannot be merged. Merge them with the program that made it, or pass { force: true }.',
  ) {
    super('ERR_UNMERGEABLE_METRIC', message)
  }
}

const LOGGABLE = 'give a row, an iterable of rows, { columns, data }, or data by column'

/** What is known of a file that cannot be read. */
export interface UnreadableFile {
  /** The file, as it was named; `null`: it has no name. */
  readonly path: string | null
  /** The line where that shows, or the row of a format without lines, from 1; `null`: no particular one. */
  readonly place: number | null
  /** What `place` counts. */
  readonly unit: 'line' | 'row'
  /** What is wrong, without the file and the place. */
  readonly reason: string | null
  /** How many rows of it were tracked. */
  readonly rows: number
}

/** A file is not what it is taken for, is damaged, or holds no record that can be read. */
export class UnreadableFileError extends RollingProfilesError {
  declare readonly code: 'ERR_UNREADABLE_FILE'
  /** The file, as it was named; `null`: it has no name. */
  readonly path: string | null
  /** The line where that shows, or the row of a format without lines, from 1; `null`: no particular one. */
  readonly place: number | null
  /** What `place` counts: lines, or rows of a format without lines. */
  readonly unit: 'line' | 'row'
  /** What is wrong, without the file and the place; `null`: nothing more than the message is known. */
  readonly reason: string | null
  /** How many rows of it were tracked. */
  readonly rows: number

  constructor(message = 'The file cannot be read.', details: Partial<UnreadableFile> = {}) {
    super('ERR_UNREADABLE_FILE', message)
    this.path = partOf(details, 'path') ?? null
    this.place = partOf(details, 'place') ?? null
    this.unit = partOf(details, 'unit') ?? 'line'
    this.reason = partOf(details, 'reason') ?? null
    this.rows = partOf(details, 'rows') ?? 0
  }
}

/** `log` was given something that is neither a row, nor rows, nor columns. */
export class UnsupportedDataError extends RollingProfilesError {
  declare readonly code: 'ERR_UNSUPPORTED_DATA'
  /** `advice`: what to do instead. */
  constructor(type: string, advice?: string) {
    super('ERR_UNSUPPORTED_DATA', words`Data of type ${type} cannot be logged: ${advice ?? LOGGABLE}.`)
  }
}

/** Texts longer than `limits.maxValueBytes` were cut; told once of a logger, counted in `stats()`. */
export class ValueCutError extends RollingProfilesError {
  declare readonly code: 'ERR_VALUE_CUT'
  /** The limit in bytes, or the whole sentence. */
  constructor(limit: number | string) {
    const sentence = words`A text is longer than limits.maxValueBytes (${limit}), and was cut. stats().cutTexts counts them.`
    super('ERR_VALUE_CUT', typeof limit === 'string' ? limit : sentence)
  }
}

/** A writer has not answered within `writeTimeoutMs`. */
export class WriteTimeoutError extends RollingProfilesError {
  declare readonly code: 'ERR_WRITE_TIMEOUT'

  constructor(message = 'A writer has not answered in time. See that its write settles.') {
    super('ERR_WRITE_TIMEOUT', message)
  }
}

/** A writer could not write. Where a file is behind it, the system's failure is told as by {@link IoError}. */
export class WriterError extends SystemError {
  declare readonly code: 'ERR_WRITER'

  constructor(message = 'A writer could not write. The profile is kept, and tried again.', failure?: SystemFailure) {
    super('ERR_WRITER', message, failure)
  }
}

/** A writer factory threw, or gave something that is no list of writers. */
export class WriterFactoryError extends RollingProfilesError {
  declare readonly code: 'ERR_WRITER_FACTORY'
  /** `datasetId` is `null` where the reason is the whole sentence. */
  constructor(datasetId: string | null, reason: string, options?: ErrorOptions) {
    const message = datasetId === null ? reason : words`The factory of dataset ${datasetId} failed: ${reason}`
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
  | TooManyDatasetsError
  | TooManySegmentsError
  | UdfError
  | UdfNeedsRowsError
  | UnauthorizedError
  | UnknownColumnError
  | UnknownHandleError
  | UnmergeableMetricError
  | UnreadableFileError
  | UnsupportedDataError
  | ValueCutError
  | WriteTimeoutError
  | WriterError
  | WriterFactoryError
