/** Statistical profiles of high-throughput data: rows in, whylogs-compatible profiles out. */
export type {
  ColumnSummary,
  FrequentItem,
  MetricFigures,
  MetricParts,
  SummaryFigures,
  SummaryMetric,
  TableRow,
} from './column-summary.js'
export {
  type Cardinality,
  ColumnView,
  type ConditionMatches,
  type FrequentItemsOptions,
  type Histogram,
  type HistogramOptions,
  type IntBounds,
  type RankError,
} from './column-view.js'
export { arrow, columns } from './columns/columns.js'
export type {
  ArrowField,
  ArrowRecordBatch,
  ArrowSchema,
  ArrowStruct,
  ArrowTable,
  ColumnarMessage,
  ColumnData,
  Columns,
  EmbeddingData,
  Embeddings,
  NestedNumbers,
  NumericArray,
  TensorData,
} from './columns/types.js'
export * from './errors.js'
export {
  type FileProfile,
  type ProfileFileOptions,
  type ProfileOptions,
  profile,
  profileFile,
} from './files/profile-file.js'
export type {
  ColumnFacts,
  FileComplaint,
  FileFormat,
  FileInput,
  FileProgress,
  FileResult,
  LogFileOptions,
  ReadFileOptions,
} from './files/types.js'
export { FunctionTimer } from './function-timer.js'
export { BaseProcessRollingLogger } from './logger/base-process-rolling-logger.js'
export type { CloseOptions, OnLoss, SendOptions, TimedOptions } from './logger/call-options.js'
export { type Closable, type CloseLimit, type CloseOnSignalOptions, closeOnSignal } from './logger/close-on-signal.js'
export {
  type DatasetFileOptions,
  DatasetHandle,
  type DatasetLogOptions,
  type DatasetNdjsonOptions,
  type DatasetOptions,
  type DatasetWritableOptions,
} from './logger/dataset-handle.js'
export { ThreadLoggerFactory } from './logger/logger-factory.js'
export type { LoggerJson } from './logger/logger-json.js'
export { PipeSignaler } from './logger/pipe-signaler.js'
export { ProcessRollingLogger } from './logger/process-rolling-logger.js'
export type { RowTime, TimestampColumn } from './logger/row-time.js'
export {
  type ThreadLoggerJson,
  type ThreadLogOptions,
  ThreadRollingLogger,
  type ThreadRollingLoggerOptions,
} from './logger/thread-rolling-logger.js'
export type {
  Abortable,
  DataDict,
  DataTypes,
  FlushResult,
  LoggerEvents,
  LoggerStats,
  LoggerStatus,
  LogOptions,
  NdjsonOptions,
  ProcessLoggerStatus,
  RawForm,
  RawOptions,
  RefusedEvent,
  RejectedEvent,
  SyncLevel,
  TrackData,
  WritableOptions,
  WriteFailedEvent,
  WrittenEvent,
} from './logger/types.js'
export { MemoryWriter } from './memory-writer.js'
export * from './messages.js'
export {
  type BucketWindow,
  type DatasetSettings,
  type Limits,
  type LoggerFactory,
  LoggerOptions,
  type OnFull,
  type OnInvalid,
  type QueueConfig,
  QueueType,
} from './options.js'
export type { ProfileOrigin } from './origin.js'
export { type MergeOptions, type ProfileJson, type ProfileSegment, ProfileView, type Texts } from './profile-view.js'
export { ResultSet, type SegmentedProfile } from './result-set.js'
export type { Row, RowLike } from './row.js'
export { type Conditions, DatasetSchema, type DatasetSchemaOptions } from './schema/dataset-schema.js'
export type { MetricConfig, ResolvedConfig } from './schema/metric-config.js'
export {
  and,
  equals,
  fullmatch,
  greaterOrEquals,
  greaterThan,
  isNull,
  lessOrEquals,
  lessThan,
  matches,
  not,
  notEqual,
  type Operand,
  or,
  Predicate,
  search,
} from './schema/predicates.js'
export {
  type ColumnType,
  HISTOGRAM_COUNTING_TRACKING_RESOLVER,
  LIMITED_TRACKING_RESOLVER,
  type MetricName,
  type ResolverFunction,
  type ResolverSpec,
  STANDARD_RESOLVER,
  type TypeResolverSpec,
} from './schema/resolvers.js'
export type { AnyRow, BatchUdf, ByColumn, ColumnName, RowUdf, SchemaColumns, SchemaRow, Udf } from './schema/rows.js'
export {
  type PartitionByColumns,
  type PartitionByMap,
  type PartitionOptions,
  type PartitionOptionsBase,
  SegmentationPartition,
  type SegmentFilter,
  segmentOnColumn,
} from './schema/segments.js'
export {
  ConditionValidator,
  type ConditionValidatorOptions,
  type ValidationFailure,
  type ValuePredicate,
} from './schema/validators.js'
export { currentTimeMs, Schedule, TimeGranularity, truncateTimeMs } from './time.js'
export { type ReferenceOptions, WhyLabsWriter, WhyLabsWriterFactory } from './whylabs.js'
export type { WhyLabsOptions } from './whylabs-options.js'
export {
  LocalWriter,
  LocalWriterFactory,
  type SegmentName,
  type Writable,
  type WriteAnswer,
  type WriteResult,
  type Writer,
  type WriterFactory,
} from './writers.js'
