/** Statistical profiles of high-throughput data: rows in, whylogs-compatible profiles out. */
export { arrow, columns } from './columns/columns.js'
export type {
  ArrowRecordBatch,
  ArrowTable,
  ColumnarMessage,
  ColumnData,
  EmbeddingData,
  NestedNumbers,
  NumericArray,
  TensorData,
} from './columns/types.js'
export * from './errors.js'
export { ProcessRollingLogger } from './logger/process-rolling-logger.js'
export type {
  DataDict,
  FlushResult,
  LoggerEvents,
  LoggerStats,
  LoggerStatus,
  LogOptions,
  NdjsonOptions,
  ProcessLoggerStatus,
  RawForm,
  RawOptions,
  Row,
  SyncLevel,
  TrackData,
} from './logger/types.js'
export type { BucketWindow, Limits, LoggerOptions, OnFull, QueueConfig } from './options.js'
export {
  type Cardinality,
  type ColumnSummary,
  ColumnView,
  type FrequentItem,
  ProfileView,
  type TableRow,
} from './profile-view.js'
export { Schedule, TimeGranularity, truncateTimeMs } from './time.js'
export { LocalWriter, LocalWriterFactory, type Writable, type Writer, type WriterFactory } from './writers.js'
