/**
 * Every public function, constructor and method, with how it is called well. `junk.test.mjs` calls each with junk in every
 * place instead, and fails for what is missing here.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { MemoryWriter } from './logger.mjs'

/** All exports, by name. */
const library = await import('../../dist/index.js')

const {
  BaseProcessRollingLogger,
  CloseMessage,
  ColumnView,
  ConditionValidator,
  DatasetSchema,
  FlushMessage,
  FunctionTimer,
  LocalWriter,
  LocalWriterFactory,
  LoggerOptions,
  LogMessage,
  ProcessStatusMessage,
  PipeSignaler,
  ProcessRollingLogger,
  ProfileView,
  RawLogEmbeddingsMessage,
  RawLogMessage,
  RawPubSubEmbeddingMessage,
  RawPubSubMessage,
  ResultSet,
  Schedule,
  SegmentationPartition,
  ThreadLoggerFactory,
  ThreadRollingLogger,
  WhyLabsWriter,
  WhyLabsWriterFactory,
} = library

const DATASET = 'good'
const ROW = { price: 9.5 }
const bytesOf = (value) => Buffer.from(JSON.stringify(value))
const DICT = { datasetId: DATASET, timestamp: null, multiple: { columns: ['price'], data: [[9.5]] } }
const EMBEDDINGS = { datasetId: DATASET, timestamp: null, embeddings: { title: [[1, 2]] } }
/** A file that counts one row, and how it is read. */
const FILE = join(mkdtempSync(join(tmpdir(), 'rolling-profiles-surface-')), 'good.csv')
writeFileSync(FILE, 'price,at\n9.5,2024-01-01\n')
process.once('exit', () => rmSync(dirname(FILE), { recursive: true, force: true }))
const READING = {
  format: 'csv',
  delimiter: ',',
  encoding: 'utf-8',
  columns: ['price', 'at'],
  timestampColumn: 'at',
  timestampFormat: 'yyyy-MM-dd',
  signal: new AbortController().signal,
  onProgress: () => {},
}
const WHYLABS = {
  apiKey: '0123456789.key',
  orgId: 'org',
  endpoint: 'http://127.0.0.1:1',
  region: 'r',
  transactions: false,
  timeoutMs: 1000,
}

/** Options of calls, by name: one good value each. */
const signal = new AbortController().signal
const LOG = { timestampMs: 0, datasetId: DATASET, orgId: 'o', sync: true, signal }
const TIMED = { timeoutMs: 10_000, signal }
const SYNC = { id: 'id', sync: true }

const LIMITS = {
  maxMessageBytes: 100_000,
  maxColumns: 10,
  maxNameBytes: 100,
  maxValueBytes: 100,
  maxDepth: 5,
  maxProfileBytes: 1e9,
  maxSegments: 1000,
  maxDatasets: 1000,
  bucketWindow: { pastMs: 1e15, futureMs: 1e15 },
}
const QUEUE = {
  maxBatchSize: 10,
  messageAccumulationDurationMs: 5,
  messagePollWaitMs: 5,
  maxBufferBytes: 1e7,
  maxQueueMessages: 1000,
}
const writerFactory = { createWriters: () => [] }
const OPTIONS = {
  aggregateBy: 'hour',
  writeSchedule: null,
  minWriteIntervalMs: 300_000,
  schema: new DatasetSchema(),
  syncEnabled: true,
  currentTimeFn: Date.now,
  queueConfig: QUEUE,
  threadQueueConfig: QUEUE,
  queueType: 'FASTER_FIFO',
  writerFactory,
  loggerFactory: new ThreadLoggerFactory(),
  defaultDatasetId: DATASET,
  workers: 1,
  onFull: 'throw',
  onInvalid: 'throw',
  blockTimeoutMs: 1000,
  seed: 1,
  enabled: true,
  flushOnExit: true,
  writeTimeoutMs: 1000,
  maxConcurrentWrites: 8,
  waitUntil: () => {},
  limits: LIMITS,
}
const pick = (names) => Object.fromEntries(names.map((name) => [name, OPTIONS[name]]))
const THREAD = {
  ...pick(['aggregateBy', 'writeSchedule', 'minWriteIntervalMs', 'schema', 'currentTimeFn', 'queueConfig', 'onFull']),
  ...pick(['onInvalid', 'blockTimeoutMs', 'limits', 'seed', 'flushOnExit', 'writeTimeoutMs', 'maxConcurrentWrites']),
  datasetId: DATASET,
  orgId: 'o',
  writers: [],
}
const CONFIG = {
  hllLgK: 12,
  kllK: 256,
  kllKLarge: 1024,
  largeKllK: true,
  fiLgMaxK: 10,
  fiDisabled: false,
  maxFrequentItemSize: 128,
  trackUnicodeRanges: false,
  unicodeRanges: { digits: [0x30, 0x39] },
  lowerCase: true,
  normalize: true,
}
const VALIDATOR = { name: 'v', conditions: { c: () => true }, onFailure: () => {}, sampleSize: 2 }
const SCHEMA = {
  types: { price: 'fractional' },
  resolvers: [
    { column: 'price', metrics: ['distribution'], exclude: false, config: CONFIG },
    { type: 'string', metrics: [] },
  ],
  defaultConfigs: CONFIG,
  conditions: { price: { positive: library.greaterThan(0) } },
  validators: { price: [new ConditionValidator(VALIDATOR)] },
  identityColumn: 'id',
  udfs: { total: { columns: ['price'], fn: () => 1 }, all: { columns: ['price'], batch: () => [1] } },
  segments: library.segmentOnColumn('price'),
  metadata: { team: 'x' },
}

const PROFILE = {
  datasetId: DATASET,
  schema: new DatasetSchema(),
  aggregateBy: 'day',
  workers: 1,
  seed: 1,
  limits: LIMITS,
}

/** A started logger of one worker, and how to see that it counts. */
export async function startedLogger(Logger = ProcessRollingLogger, more = {}) {
  const writer = new MemoryWriter()
  // Small, so that an endless iterable of messages comes to an end.
  const queueConfig = { maxBufferBytes: 1_000_000 }
  const options = {
    queueConfig,
    writeSchedule: null,
    syncEnabled: true,
    workers: 1,
    limits: LIMITS,
    flushOnExit: false,
    ...more,
  }
  const logger = new Logger({ ...options, writerFactory: { createWriters: () => [writer] } })
  logger.start()
  return { logger, writer }
}

export async function startedThreadLogger() {
  const writer = new MemoryWriter()
  const logger = new ThreadRollingLogger({ datasetId: DATASET, writeSchedule: null, writers: [writer], limits: LIMITS })
  return { logger, writer }
}

/** One profile, as bytes, in memory. */
async function profileBytes() {
  const { logger, writer } = await startedLogger()
  for (let n = 0; n < 10; n++) logger.log({ price: n, country: 'DE' }, { datasetId: DATASET, timestampMs: 0 })
  await logger.close()
  return writer.items[0].bytes
}

const BYTES = await profileBytes()
const VIEW = ProfileView.deserialize(BYTES)
const OTHER = ProfileView.deserialize(await profileBytes())
const WRITABLE = {
  bytes: BYTES,
  fileName: 'good.bin',
  datasetId: DATASET,
  orgId: null,
  datasetTimestampMs: 0,
  idempotencyKey: 'key',
  segment: { partition: 'p', partitionId: 'i', values: { price: '1' } },
}
const RESULTS = ResultSet.of([VIEW])

/** `call(...args)` with good arguments; `same`: what a good call gives, to be compared; `after`: takes back what it did. */
const fn = (name, good, more = {}) => ({ name, call: (...args) => library[name](...args), good: () => good, ...more })
/** A class as it is exported: a bundler may call it something else. */
const exported = new Map(Object.entries(library).map(([name, value]) => [value, name]))

const make = (Class, good, more = {}) => ({
  name: `new ${exported.get(Class)}`,
  call: (...args) => new Class(...args),
  good: () => good,
  ...more,
})
const method = (Class, name, self, good = [], more = {}) => ({
  name: `${exported.get(Class)}#${name}`,
  call: (...args) => self[name](...args),
  good: () => good,
  ...more,
})
const statically = (Class, name, good, more = {}) => ({
  name: `${exported.get(Class)}.${name}`,
  call: (...args) => Class[name](...args),
  good: () => good,
  ...more,
})

const ERRORS = Object.keys(library).filter((name) => name.endsWith('Error'))

/** What needs no logger: in `folder` files may be made. */
export function plainCalls(folder) {
  const path = join(folder, 'profile.bin')
  VIEW.write(path)
  const column = VIEW.column('price')
  const signaler = new PipeSignaler()
  const predicate = library.isNull()
  const memory = new library.MemoryWriter()
  const local = new LocalWriter(folder)
  const whylabs = new WhyLabsWriter(WHYLABS)
  const validator = new ConditionValidator(VALIDATOR)
  const comparing = ['equals', 'notEqual', 'lessThan', 'lessOrEquals', 'greaterThan', 'greaterOrEquals']
  return [
    ...comparing.map((name) => fn(name, [1])),
    ...['matches', 'fullmatch', 'search'].map((name) => fn(name, [/a/])),
    fn('isNull', []),
    fn('and', [predicate, predicate]),
    fn('or', [predicate, predicate]),
    fn('not', [predicate]),
    fn('truncateTimeMs', [3_600_001, 'hour']),
    fn('currentTimeMs', [], { same: () => null }),
    fn('segmentOnColumn', ['country']),
    fn('columns', [{ price: Float64Array.of(1, 2) }]),
    fn('arrow', [new Uint8Array(8)]),
    fn('profile', [[ROW], PROFILE], { same: (view) => view.toTable() }),
    fn('profileFile', [FILE, { ...READING, ...PROFILE }], { same: ({ views: _, ...result }) => result }),
    fn('closeOnSignal', [{ close: async () => {} }, { timeoutMs: 5, before: () => {} }], {
      same: () => null,
      after: (remove) => remove(),
    }),
    ...ERRORS.map((name) => make(library[name], ['words', 'reason', 'more'], { same: (error) => error.message })),
    ...ERRORS.map((name) => method(library[name], 'toJSON', new library[name]('words', 'reason'))),
    make(LoggerOptions, [OPTIONS]),
    make(Schedule, ['Hour', 3]),
    make(DatasetSchema, [SCHEMA], { nested: true }),
    make(SegmentationPartition, [{ name: 'n', columns: ['price'], map: () => 1, filter: () => true }]),
    make(ConditionValidator, [VALIDATOR]),
    method(ConditionValidator, 'validate', validator, ['price', 1, 'id']),
    make(FunctionTimer, [new Schedule('Hour', 1), () => {}], { same: () => null, after: (timer) => timer.stop() }),
    method(FunctionTimer, 'isAlive', new FunctionTimer(new Schedule('Hour', 1), () => {})),
    method(FunctionTimer, 'stop', new FunctionTimer(new Schedule('Hour', 1), () => {})),
    make(LogMessage, [0, DICT, SYNC]),
    make(RawLogMessage, [bytesOf(DICT), 0, SYNC]),
    make(RawLogEmbeddingsMessage, [bytesOf(EMBEDDINGS), 0]),
    make(RawPubSubMessage, [bytesOf(DICT), 0]),
    make(RawPubSubEmbeddingMessage, [bytesOf(EMBEDDINGS), 0]),
    make(FlushMessage, []),
    make(CloseMessage, []),
    make(ProcessStatusMessage, [{ id: 'id', timeoutMs: 5 }]),
    make(LocalWriter, [folder]),
    method(LocalWriter, 'write', local, [WRITABLE]),
    make(LocalWriterFactory, [folder], { same: () => null }),
    method(LocalWriterFactory, 'createWriters', new LocalWriterFactory(folder)),
    make(library.MemoryWriter, []),
    method(library.MemoryWriter, 'write', memory, [WRITABLE]),
    method(library.MemoryWriter, 'of', memory, ['nobody', 'o']),
    method(library.MemoryWriter, 'createWriters', memory, [], { same: () => null }),
    make(WhyLabsWriter, [WHYLABS], { same: (writer) => writer.name }),
    make(WhyLabsWriterFactory, [WHYLABS], { same: () => null }),
    method(WhyLabsWriter, 'write', whylabs, [WRITABLE], { fails: 'ERR_WRITER' }),
    method(
      WhyLabsWriter,
      'writeReference',
      whylabs,
      [VIEW, { datasetId: 'd', orgId: 'o', alias: 'a', datasetTimestampMs: 0 }],
      {
        fails: 'ERR_WRITER',
      },
    ),
    method(WhyLabsWriterFactory, 'createWriters', new WhyLabsWriterFactory(WHYLABS), ['d', 'o'], { same: () => null }),
    method(ThreadLoggerFactory, 'createLogger', new ThreadLoggerFactory(), ['d', 'o', new LoggerOptions()], {
      same: () => null,
    }),
    make(ThreadLoggerFactory, []),
    make(PipeSignaler, [], { same: () => null }),
    method(PipeSignaler, 'signal', signaler, [['nobody', null, 1]]),
    method(PipeSignaler, 'signalMany', signaler, [[['nobody', null, 1]]]),
    ...['isAlive', 'isDaemon', 'closeChild'].map((name) => method(PipeSignaler, name, new PipeSignaler())),
    ...['setDaemon', 'setName', 'getName'].map((name) => method(PipeSignaler, name, new PipeSignaler(), ['x'])),
    { name: 'PipeSignaler#start', call: () => started().start(), good: () => [], fails: 'ERR_INVALID_OPTION' },
    { name: 'PipeSignaler#join', call: (...args) => closing((one) => one.join(...args)), good: () => [5] },
    { name: 'PipeSignaler#register', call: (id) => answered(id), good: () => ['id'] },
    { name: 'PipeSignaler#run', call: () => ended().run(), good: () => [], fails: 'ERR_CLOSED' },
    { name: 'PipeSignaler#close', call: (...args) => started().close(...args), good: () => [] },
    make(ProfileView, [{ metricPaths: () => [] }], { same: () => null }),
    statically(ProfileView, 'read', [path]),
    statically(ProfileView, 'deserialize', [BYTES]),
    statically(ProfileView, 'mergeAll', [[VIEW, OTHER], { force: true }]),
    method(ProfileView, 'merge', VIEW, [OTHER, { force: true }]),
    method(ProfileView, 'write', VIEW, [path]),
    method(ProfileView, 'column', VIEW, ['price']),
    method(ProfileView, 'has', VIEW, ['price']),
    method(ProfileView, 'withMetadata', VIEW, [{ a: 'b' }]),
    method(ProfileView, 'withTags', VIEW, [{ a: 'b' }]),
    ...['serialize', 'withoutSegment', 'toTable', 'toJSON'].map((name) => method(ProfileView, name, VIEW)),
    make(ColumnView, [{ metricPaths: () => [] }, 'price'], { same: () => null }),
    method(ColumnView, 'metric', column, ['counts']),
    method(ColumnView, 'has', column, ['counts']),
    method(ColumnView, 'components', column, ['counts']),
    method(ColumnView, 'quantiles', column, [[0.5]]),
    method(ColumnView, 'ranks', column, [[1, 2]]),
    method(ColumnView, 'cdf', column, [[1, 2]]),
    method(ColumnView, 'pmf', column, [[1, 2]]),
    method(ColumnView, 'histogram', column, [{ bins: 3, edges: [1, 2, 3] }]),
    method(ColumnView, 'cardinality', column, [2]),
    method(ColumnView, 'frequentItems', column, [{ noFalseNegatives: true }]),
    ...['summary', 'ints', 'rankError', 'topValue', 'conditions', 'unicodeRanges'].map((name) =>
      method(ColumnView, name, column),
    ),
    make(ResultSet, [null, [], {}]),
    statically(ResultSet, 'of', [[VIEW], { force: true }]),
    statically(ResultSet, 'read', [[path], { force: true }]),
    method(ResultSet, 'segment', RESULTS, [{ country: 'DE' }, 'p']),
    method(ResultSet, 'view', RESULTS, [{ country: 'DE' }, 'p']),
    method(ResultSet, 'merge', RESULTS, [ResultSet.of([]), { force: true }]),
    method(library.Predicate, 'and', predicate, [predicate]),
    method(library.Predicate, 'or', predicate, [predicate]),
    make(library.Predicate, [{ is: 'null' }]),
    ...[BaseProcessRollingLogger, ProcessRollingLogger].map((Class) =>
      make(Class, [OPTIONS], { same: () => null, nested: true }),
    ),
    make(ThreadRollingLogger, [THREAD], { same: () => null, nested: true }),
  ]
}

function started() {
  const signaler = new PipeSignaler()
  signaler.start()
  return signaler
}

/** A call on a signaler that is closed right after. */
function closing(call) {
  const signaler = started()
  const promise = call(signaler)
  signaler.close()
  return promise
}

/** What is registered is signalled. */
function answered(id) {
  const signaler = started()
  const promise = signaler.register(id)
  signaler.signal([id, null])
  return promise
}

function ended() {
  const signaler = new PipeSignaler()
  signaler.close()
  return signaler
}

/** Calls of a started logger, by name: good arguments. */
export const LOGGER_CALLS = {
  log: [ROW, LOG],
  logRaw: [bytesOf(DICT), { ...LOG, form: 'log' }],
  logNdjson: [Buffer.from('{"price":1}\n'), { ...LOG, timestampColumn: 'at' }],
  logEmbeddings: [{ title: [[1, 2]] }, LOG],
  createWritable: [{ timestampMs: 0, datasetId: DATASET, orgId: 'o', signal, timestampColumn: 'at' }],
  logFile: [FILE, { ...READING, datasetId: DATASET, orgId: 'o', recordSource: true }],
  dataset: [DATASET, { orgId: 'o' }],
  send: [new LogMessage(0, DICT), { sync: true, signal }],
  sendMany: [[new LogMessage(0, DICT)]],
  processMessages: [{ signal }],
  processBatch: [[new LogMessage(0, DICT)], LogMessage],
  processLogDicts: [[DICT]],
  processLogMessages: [[new LogMessage(0, DICT, { sync: true })]],
  processRawLogDicts: [[new RawLogMessage(bytesOf(DICT), 0)]],
  processLogEmbeddingsDicts: [[EMBEDDINGS]],
  processLogEmbeddingsMessages: [[new RawLogEmbeddingsMessage(bytesOf(EMBEDDINGS), 0)]],
  processPubsub: [[new RawPubSubMessage(bytesOf({ message: { data: bytesOf(DICT).toString('base64') } }), 0)]],
  processPubsubEmbedding: [
    [new RawPubSubEmbeddingMessage(bytesOf({ message: { data: bytesOf(EMBEDDINGS).toString('base64') } }), 0)],
  ],
  processFlushMessage: [[new FlushMessage()]],
  processCloseMessage: [[new CloseMessage()]],
  processStatusMessage: [[new ProcessStatusMessage()]],
  flush: [{ signal }],
  status: [TIMED],
  getProfileViews: [DATASET, 'o', TIMED],
  drained: [{ signal }],
  stats: [],
  toJSON: [],
  close: [{ ...TIMED, onLoss: 'report' }],
  terminate: [],
  kill: [],
  run: [],
  start: [],
  join: [5],
  isAlive: [],
  isClosed: [],
  setClosed: [],
  closeMessageHandled: [],
  setCloseMessageHandled: [],
  closeMessageWait: [],
  isDone: [],
  setDone: [],
  doneWait: [],
  emit: ['warning', new Error('x')],
}

/** Calls of a logger of one dataset. */
export const THREAD_CALLS = {
  log: [ROW, { timestampMs: 0, sync: true, signal }],
  logFile: [FILE, { ...READING, recordSource: true }],
  flush: [{ signal }],
  status: [TIMED],
  getProfileViews: [TIMED],
  stats: [],
  toJSON: [],
  close: [{ ...TIMED, onLoss: 'report' }],
}

/** Calls of a handle of one dataset. */
export const HANDLE_CALLS = {
  log: [ROW, { timestampMs: 0, sync: true, signal }],
  logNdjson: [Buffer.from('{"price":1}\n'), { timestampMs: 0, sync: true, signal, timestampColumn: 'at' }],
  logEmbeddings: [{ title: [[1, 2]] }, { timestampMs: 0, sync: true, signal }],
  createWritable: [{ timestampMs: 0, signal, timestampColumn: 'at' }],
  logFile: [FILE, { ...READING, recordSource: true }],
  flush: [{ signal }],
  status: [TIMED],
  getProfileViews: [TIMED],
}

/** Options that only hold a name of this module's own calls, by the interface that declares them. */
export const OPTION_NAMES = {
  LoggerOptions: OPTIONS,
  QueueConfig: QUEUE,
  Limits: LIMITS,
  BucketWindow: LIMITS.bucketWindow,
  ThreadRollingLoggerOptions: THREAD,
  LogOptions: LOG,
  RawOptions: { form: 'log' },
  WritableOptions: { timestampColumn: 'at' },
  ReadFileOptions: READING,
  LogFileOptions: { datasetId: DATASET, orgId: 'o', recordSource: true },
  ProfileOptions: PROFILE,
  ProfileFileOptions: {},
  NdjsonOptions: { timestampColumn: 'at' },
  CloseOptions: { timeoutMs: 10_000, onLoss: 'report' },
  SendOptions: { sync: true, signal },
  TimedOptions: TIMED,
  Abortable: { signal },
  DatasetOptions: { orgId: 'o' },
  MergeOptions: { force: true },
  HistogramOptions: { bins: 3, edges: [1, 2, 3] },
  FrequentItemsOptions: { noFalseNegatives: true },
  StatusMessageOptions: { id: 'id', timeoutMs: 5 },
  TypeResolverSpec: { column: 'price' },
  SyncOptions: SYNC,
  MetricConfig: CONFIG,
  DatasetSchemaOptions: SCHEMA,
  ResolverSpec: { ...SCHEMA.resolvers[0], type: 'string' },
  PartitionOptions: { name: 'n', columns: ['price'], map: null, filter: null },
  ConditionValidatorOptions: VALIDATOR,
  WhyLabsOptions: WHYLABS,
  ReferenceOptions: { datasetId: 'd', orgId: 'o', alias: 'a', datasetTimestampMs: 0 },
  CloseOnSignalOptions: { timeoutMs: 5, before: null },
}
export { DATASET }
