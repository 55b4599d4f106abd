/** What the addon says went wrong, as an error of `errors.ts`. */
import {
  type AnyRollingProfilesError,
  BlockCorruptError,
  BucketWindowError,
  ClosedError,
  CountedTwiceError,
  DataLossError,
  DatasetNotFoundError,
  DifferentDatasetsError,
  EngineFailedError,
  type ErrorCode,
  InvalidDataError,
  InvalidOptionError,
  InvalidTimestampError,
  IoError,
  MessageTooLargeError,
  MissingDatasetIdError,
  NoSegmentError,
  NotAliveError,
  PartlyRejectedError,
  ProfileFormatError,
  RollingProfilesError,
  ThreadError,
  TooManyColumnsError,
  TooManyDatasetsError,
  TooManySegmentsError,
  UdfNeedsRowsError,
  UnauthorizedError,
  UnknownColumnError,
  UnknownHandleError,
  UnmergeableMetricError,
  ValueCutError,
  WriterError,
  WriterFactoryError,
  WriteTimeoutError,
} from './errors.js'
import type { NativeSignal } from './native.js'
import { isA, isOurs } from './refusal.js'
import { systemOf } from './system-failure.js'
import { textOf } from './thrown.js'

const FROM_NATIVE: { [Code in ErrorCode]?: (message: string, row: number | null) => AnyRollingProfilesError } = {
  ERR_BLOCK_CORRUPT: (message) => new BlockCorruptError(message),
  ERR_BUCKET_WINDOW: (message) => new BucketWindowError(message),
  ERR_CLOSED: () => new ClosedError(),
  ERR_COUNTED_TWICE: (message) => new CountedTwiceError(message),
  ERR_DATA_LOST: (message) => new DataLossError(message),
  ERR_DATASET_NOT_FOUND: (message) => new DatasetNotFoundError(message),
  ERR_DIFFERENT_DATASETS: (message) => new DifferentDatasetsError(message),
  ERR_INTERNAL: (message) => new EngineFailedError(message),
  ERR_INVALID_DATA: (message, row) => new InvalidDataError(message, row),
  ERR_INVALID_TIMESTAMP: (message) => new InvalidTimestampError(message),
  ERR_IO: (message) => new IoError(message),
  ERR_MESSAGE_TOO_LARGE: (message) => new MessageTooLargeError(null, null, message),
  ERR_MISSING_DATASET_ID: (message) => new MissingDatasetIdError(message),
  ERR_NO_SEGMENT: (message) => new NoSegmentError(message),
  ERR_NOT_ALIVE: (message) => new NotAliveError(message),
  ERR_PROFILE_FORMAT: (message) => new ProfileFormatError(message),
  ERR_THREAD: (message) => new ThreadError(message),
  ERR_TOO_MANY_COLUMNS: (message) => new TooManyColumnsError(message),
  ERR_TOO_MANY_DATASETS: (message) => new TooManyDatasetsError(message),
  ERR_TOO_MANY_SEGMENTS: (message) => new TooManySegmentsError(message),
  ERR_UDF_NEEDS_ROWS: (message) => new UdfNeedsRowsError(message),
  ERR_UNAUTHORIZED: (message) => new UnauthorizedError(message),
  ERR_UNKNOWN_COLUMN: (message) => new UnknownColumnError(message),
  ERR_UNKNOWN_HANDLE: (message) => new UnknownHandleError(message),
  ERR_UNMERGEABLE_METRIC: (message) => new UnmergeableMetricError(message),
  ERR_VALUE_CUT: (message) => new ValueCutError(message),
  ERR_WRITE_TIMEOUT: (message) => new WriteTimeoutError(message),
  ERR_WRITER: (message) => new WriterError(message),
  ERR_WRITER_FACTORY: (message) => new WriterFactoryError(null, message),
}

/** The class for a code and sentence of the addon. A code that is not in the list is kept, in the base class. */
export function fromNative(
  given: string,
  message: string | null,
  row: number | null = null,
  lines: NativeSignal['lines'] = null,
  system: NativeSignal['system'] = null,
): AnyRollingProfilesError {
  const code = given as ErrorCode
  if (lines !== null) {
    const { tracked, rejected, codes } = lines
    const first = lines.lines.map((line, index) => ({ line, code: (codes[index] as ErrorCode | undefined) ?? code }))
    return new PartlyRejectedError(message ?? code, { tracked, rejected, first })
  }
  if (system !== null) {
    const failure = systemOf(system)
    const what = message ?? code
    return new WriterError(what.endsWith(': ') ? `${what}${textOf(failure.cause)}` : what, failure)
  }
  const make = FROM_NATIVE[code]
  return make
    ? make(message ?? code, row)
    : (new RollingProfilesError(code, message ?? code) as AnyRollingProfilesError)
}

/** What a native call threw, as an error of this list. What has no code of ours is a fault of this package: arguments are checked before. */
export function wrapThrown(thrown: unknown): RollingProfilesError {
  if (isOurs(thrown)) return thrown
  const code = isA(thrown, Error) ? (thrown as Error & { code?: unknown }).code : undefined
  if (code === 'ERR_INVALID_OPTION') return new InvalidOptionError('options', textOf(thrown))
  return typeof code === 'string' && Object.hasOwn(FROM_NATIVE, code)
    ? fromNative(code, textOf(thrown))
    : new EngineFailedError(`The addon failed: ${textOf(thrown)}`, { cause: thrown })
}

/** Runs a native call; what it throws comes as one of our errors. */
export function guarded<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw wrapThrown(error)
  }
}
