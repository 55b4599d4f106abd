/**
 * The addon, typed. Every other module asks this one; nothing else knows where the binary comes from.
 *
 * Objects that cross have every field, in the order of the Rust side, and `null` for none.
 */
import { load } from './loader.js'

export interface NativeEngineOptions {
  /** Lanes, each with a thread. */
  workers: number
  /** What may wait: bytes, or messages. One of the two is given; it is the unit of every level below. */
  maxBufferBytes: number | null
  maxQueueMessages: number | null
  maxProfileBytes: number
  seed: number | null
  maxColumns: number
  maxSegments: number
  maxValueBytes: number
  maxNameBytes: number
  maxDepth: number
  maxMessageBytes: number
  writeTimeoutMs: number
  maxConcurrentWrites: number
}

/** A dataset to open. */
export interface NativeDataset {
  datasetId: string
  orgId: string | null
  /** Width of a bucket: 0 second, 1 minute, 2 hour, 3 day, 4 month, 5 year. */
  aggregateBy: number
  /** Same numbering as `aggregateBy`; `null`: nothing is written but by flush and close. */
  scheduleCadence: number | null
  scheduleInterval: number
  /** A plan as JSON: see `ts/schema/plan.ts`. */
  plan: string
  writers: NativeWriterSpec[]
}

/** How a dataset is written: by the engine itself (`dir`), or by calling back with the writer's `id`. */
export interface NativeWriterSpec {
  kind: 'local' | 'js' | 'whylabs'
  name: string
  dir: string | null
  /** Of one in JavaScript, its number there; of one of WhyLabs, that in the addon. */
  id: number | null
}

/** Where a WhyLabs writer uploads to. */
export interface NativeWhyLabsOptions {
  endpoint: string
  apiKey: string
  orgId: string | null
  region: string | null
  transactions: boolean
  timeoutMs: number
  userAgent: string
}

/** A profile for a WhyLabs writer that works alone. */
export interface NativeUpload {
  datasetId: string
  orgId: string | null
  datasetTimestampMs: number
  idempotencyKey: string
  /** Column and value, by turns. */
  segmentTags: string[]
  bytes: Uint8Array
}

/** A failed call of the operating system. */
export interface NativeSystemFailure {
  message: string
  /** Positive, as the system has it. */
  errno: number | null
  syscall: string
  path: string | null
}

/** How it failed. */
export interface NativeFailure {
  code: string
  message: string
}

export interface NativeKey {
  key: number
  lane: number
  /** The bucket, [startMs, endMs). */
  startMs: number
  endMs: number
}

/** What became of datasets that may be idle. */
export interface NativeIdle {
  /** These had nothing open, and are closed now. */
  closed: number[]
  /** These have nothing open either, but bytes for them came since this was asked last. */
  used: number[]
}

/** What the engine says, many at a time. `id` is the waiter's, or 0. */
export interface NativeSignal {
  kind:
    | 'settled'
    | 'flushed'
    | 'closed'
    | 'lost'
    | 'status'
    | 'write'
    | 'rejected'
    | 'written'
    | 'writeFailed'
    | 'datasetWanted'
    | 'drained'
    | 'warning'
    | 'error'
    | 'stopped'
  id: number
  code: string | null
  message: string | null
  dataset: string | null
  org: string | null
  /** flushed, closed: written and pending profiles. rejected: messages and rows. */
  first: number
  second: number
  /** Which row of its message a failure is about; `null`: none, or no failure. */
  row: number | null
  /** Of a message that counts in part. */
  lines: { tracked: number; rejected: number; lines: number[]; codes: string[] } | null
  /** Where a call of the operating system is what failed. */
  system: NativeSystemFailure | null
  writable: NativeWritable | null
  status: NativeDatasetStatus[] | null
  /** closed, lost: what will never be written. */
  lost: NativeLoss[] | null
}

/** Profiles of one dataset that are lost; without a dataset: rows that no worker came to. */
export interface NativeLoss {
  datasetId: string | null
  orgId: string | null
  profiles: number
  rows: number
  /** Profiles among them that may have been written: a writer has not answered. */
  unanswered: number
}

export interface NativeWritable {
  /** Given back by `writeDone`. */
  ticket: number
  writer: number
  bytes: Uint8Array
  fileName: string
  datasetId: string
  orgId: string | null
  datasetTimestampMs: number
  idempotencyKey: string
  segment: NativeSegment | null
}

/** Which segment a profile is of. */
export interface NativeSegment {
  partition: string
  partitionId: string
  /** Column and value, by turns. */
  tags: string[]
  isOverflow: boolean
}

export interface NativeDatasetStatus {
  datasetId: string
  orgId: string | null
  /** Bucket starts of the open profiles, each once, ms. */
  timestamps: number[]
  /** How many of these buckets have segments. */
  segmented: number
  writers: number
  pendingWritables: number
  pendingViews: Uint8Array[]
  views: Uint8Array[]
}

export interface NativeStats {
  /** Messages that were submitted. */
  acceptedMessages: number
  /** Rows of these. */
  acceptedRows: number
  /** Rows found in messages that crossed as bytes; `acceptedRows` counts them as well, once they are read. */
  rawRows: number
  /** Those of them whose time is far from now. */
  lateRows: number
  /** Rows that were tracked but belong to no segment of their dataset, so that they are in no profile. */
  unsegmentedRows: number
  /** Rows in the overflow of a partition, since a bucket had `limits.maxSegments` segments; in those of several partitions several times. */
  overflowedRows: number
  /** Texts in messages submitted as bytes that were cut. */
  cutTexts: number
  /** Messages all of whose rows are in a profile. */
  trackedMessages: number
  /** Rows that are in a profile. */
  trackedRows: number
  /** Messages that were accepted and could not be tracked. */
  rejectedMessages: number
  /** Rows of these, as far as they are known, and lines that were left out. */
  rejectedRows: number
  /** Bytes that wait to be profiled. */
  queueBytes: number
  /** Messages that wait to be profiled. */
  queueMessages: number
  /** What profiles take of memory, bytes, about: open ones, what waits for writers, and the copies that these hold. */
  profileBytes: number
  /** Profiles that wait for a writer. */
  pendingWritables: number
  /** Profiles that every writer has acknowledged. */
  writtenProfiles: number
  /** Attempts to write that failed. */
  writeFailures: number
  /** Attempts after which a profile may be counted twice where it is written. */
  maybeDuplicates: number
  /** Profiles that will never be written. */
  lostProfiles: number
  /** Rows that will never be written, each once: one in segments of several partitions counts with the profile of the first. */
  lostRows: number
}

export interface NativeSummaryEntry {
  column: string
  /** Summary keys and their numbers, in the reference's order. */
  keys: string[]
  values: number[]
  /** `null`: the column keeps no frequent items. */
  frequentItems: NativeFrequentItem[] | null
}

export interface NativeFrequentItem {
  value: string
  estimate: number
  lower: number
  upper: number
}

/** One component of a metric: one of the three is there. */
export interface NativeComponent {
  path: string
  /** Decimal digits. */
  integer: string | null
  double: number | null
  /** As the file has it. */
  bytes: Uint8Array | null
}

/** One decoded profile; immutable. */
export interface NativeProfile {
  serialize(): Uint8Array
  /** Refuses what would count twice or in the wrong place, unless `force` is set. */
  merge(other: NativeProfile, force: boolean): NativeProfile
  datasetTimestampMs(): number
  creationTimestampMs(): number
  /** Pairs, flattened: key, value, key, value … */
  tags(): string[]
  metadata(): string[]
  columnNames(): string[]
  /** `namespace/component` paths of a column. */
  metricPaths(column: string): string[]
  /** One entry for `column`, or for all when `null`. */
  summary(column: string | null): NativeSummaryEntry[]
  /** NaN for every rank when nothing was counted. */
  quantiles(column: string, ranks: number[]): number[]
  /** How many numbers lie below each edge. */
  countsBelow(column: string, edges: number[]): number[]
  /** How far a rank may be off, and a difference of two; nothing where there is no sketch. */
  rankError(column: string): number[]
  /** estimate, lower, upper. */
  cardinality(column: string, stdDevs: number): number[]
  /** `all`: also what is not certain to be frequent. */
  frequentItems(column: string, all: boolean): NativeFrequentItem[]
  /** `null`: the sketch cannot know it. */
  topValue(column: string): NativeFrequentItem | null
  components(column: string): NativeComponent[]
  /** Pairs of tags with their prefix, flattened; `null`: it is no segment. */
  segment(): string[] | null
  /** A copy with other tags and metadata; without `isSegment` it is of no segment. */
  withEntries(tags: string[], metadata: string[], isSegment: boolean): NativeProfile
}

/** What comes with the bytes of a message. */
export interface NativeRawMessage {
  /** 0 log request, 1 embeddings request, 2 and 3 the same in an envelope, 4 newline-delimited JSON, 5 columns (`ts/columns/frame.ts`), 6 Arrow IPC. */
  kind: number
  /** Where a message goes that names no dataset itself. */
  datasetId: string | null
  orgId: string | null
  /** The time of rows that name none. */
  timestampMs: number
  timestampColumn: string | null
  /** Times outside of these are counted as late, or refused. */
  earliestMs: number
  latestMs: number
  refuses: boolean
  /** 0: nobody. */
  waiter: number
}

/** Messages that the addon parses itself. */
export interface NativeRaw {
  /** Copies `bytes`; gives the level of what waits in the engine's lanes. */
  submitRaw(engine: number, message: NativeRawMessage, bytes: Uint8Array): number
  /**
   * The same for a message in two parts: what describes it, and buffers, each of which comes to lie at a multiple of 8. All are copied once.
   */
  submitParts(engine: number, message: NativeRawMessage, head: Uint8Array, buffers: Uint8Array[]): number
  /** Answers `datasetWanted`: the dataset's number, or why there is none. */
  answerDataset(
    engine: number,
    datasetId: string,
    orgId: string | null,
    dataset: number | null,
    refusal: string | null,
    isFull: boolean,
  ): void
}

/** How a file is read. */
export interface NativeFileOptions {
  /** `null`: what is pushed, or standard input. */
  path: string | null
  /** The file's name, whose endings say what it is. */
  name: string
  /** What profiles call this reading in their metadata, under the file's hash; `null`: they do not. */
  sourceLabel: string | null
  /** Bytes come by `push`. */
  isPushed: boolean
  format: string | null
  /** One ASCII character. */
  delimiter: string | null
  encoding: string | null
  columns: string[] | null
  timestampColumn: string | null
  timestampFormat: string | null
  /** The time of rows that name none. */
  timestampMs: number
  /** Times outside of these are counted as late, or refused. */
  earliestMs: number
  latestMs: number
  refuses: boolean
}

/** How far a file has been read. */
export interface NativeFileProgress {
  bytes: number
  /** `null`: nobody knows. */
  size: number | null
  rows: number
  leftOut: number
}

/** What became of a file. */
export interface NativeFileReport {
  format: string | null
  bytes: number
  rows: number
  untimed: number
  leftOut: number
  cutTexts: number
  columns: string[]
  facts: NativeColumnFacts[]
  notes: string[]
  complaints: { place: number; code: string; reason: string }[]
  /** Why it was not read to its end. */
  failure: NativeFileFailure | null
}

/** What is known of a column and not in its profile. */
export interface NativeColumnFacts {
  column: string
  shortest: number | null
  longest: number | null
  firstMs: number | null
  lastMs: number | null
}

export interface NativeFileFailure {
  code: string
  message: string
  place: number | null
  system: NativeSystemFailure | null
}

/** A file that is being read. */
export interface NativeFile {
  /** Hands over the next bytes; `false`: `waiter` is settled when more are wanted. */
  push(chunk: Uint8Array, waiter: number): boolean
  /** There are no more bytes, or they broke off for this reason. */
  end(failure: string | null): void
  cancel(): void
  progress(): NativeFileProgress
  report(): NativeFileReport
}

/** Files that are read into datasets, each on a thread of its own. */
export interface NativeFiles {
  /** `waiter` is settled when all that was sent is tracked, and the file has ended. */
  fileStart(engine: number, dataset: number, options: NativeFileOptions, waiter: number): NativeFile
  /** Throws what is wrong with a timestamp format or an encoding. */
  fileCheck(timestampFormat: string | null, encoding: string | null): void
}

/** Writers of WhyLabs, by number. */
export interface NativeWhyLabs {
  whylabsOpen(options: NativeWhyLabsOptions): number
  /** Lets go of a writer; engines that have it keep it. */
  whylabsClose(writer: number): void
  whylabsWrite(writer: number, item: NativeUpload): Promise<NativeFailure | null>
  whylabsWriteReference(writer: number, alias: string, item: NativeUpload): Promise<NativeFailure | null>
}

export interface Native extends NativeRaw, NativeFiles, NativeWhyLabs {
  engineStart(options: NativeEngineOptions, onSignals: (signals: NativeSignal[]) => void): number
  /** Holds (true) or releases (false) the event loop for pending promises. */
  engineRef(engine: number, held: boolean): void
  /** Forgets the handle; the engine stops if it runs, and its threads are waited for elsewhere. */
  engineRelease(engine: number): void
  /** The operating system's number of the engine's main thread; `null` where it cannot be told. */
  engineThread(engine: number): number | null
  /**
   * The read end of a pipe, which becomes readable (end of file) when the engine has stopped; it is the caller's to close. `null` for the
   * engine: one that is readable at once. `null`: no such thing on this platform.
   */
  sentinel(engine: number | null): number | NativeSystemFailure | null
  openDataset(engine: number, dataset: NativeDataset): number
  /** Describes a column of a dataset in use; `column` is JSON. */
  describeColumn(engine: number, dataset: number, name: string, column: string): void
  /** Throws what is wrong with a plan. */
  checkPlan(plan: string): void
  /** Every call holds the key once more; its number is never given to another. */
  holdKey(engine: number, dataset: number, timestampMs: number): NativeKey
  /** Lets go of keys that no block names after the one with this sequence number, or after the last one. */
  releaseKeys(engine: number, keys: Float64Array, sequence: number): void
  /** The sequence number of what was submitted last. */
  lastSequence(engine: number): number
  /** Lets go of those datasets that have nothing open, and of which no bytes came since it was asked last. */
  closeIdleDatasets(engine: number, datasets: Float64Array): NativeIdle
  /** Gives memory back to the system that is free, soon, on a thread of its own. */
  giveBackMemory(): void
  registerShape(engine: number, columns: string[]): number
  releaseShape(engine: number, shape: number): void
  /**
   * Takes the block in `arena` (and `text`), gathered and copied; both are the caller's again at return.
   * Gives the level of what waits in the engine's lanes.
   */
  submit(engine: number, lane: number, arena: Uint8Array, text: Uint8Array, textBytes: number): number
  queueLevel(engine: number): number
  /** Blocks the caller until `more` fits, at most `timeoutMs`; false when it does not, or when what waits first waits for JS. */
  waitForSpace(engine: number, more: number, timeoutMs: number): boolean
  /** Whether nothing is admitted, since profiles that writers have not taken hold the memory. */
  isMemoryFull(engine: number): boolean
  /** Asks for one `drained` signal as soon as the level is no higher than `mark`. */
  armDrained(engine: number, mark: number): void
  /** Answered by `settled` when everything submitted before is tracked or rejected. */
  reach(engine: number, id: number): void
  /** Of one dataset, or of all (`null`). */
  flush(engine: number, id: number, dataset: number | null): void
  status(engine: number, id: number, dataset: number | null): void
  /** The number of what was sealed last: for `written`. */
  sealed(engine: number): number
  /** Answered by `settled` when everything submitted before and sealed after `since` is written. */
  written(engine: number, id: number, dataset: number | null, since: number): void
  /** Drains, writes, retries until `timeoutMs`, stops; answered by `closed` with the id, then `stopped`. */
  close(engine: number, id: number, timeoutMs: number): void
  /** Stops without writing, each worker after the block in hand; answered by `stopped` with ERR_NOT_ALIVE and this message. */
  stop(engine: number, message: string): void
  /** Whether a `write` signal is still to be followed; asked once, just before the writer is called. */
  writeBegin(engine: number, ticket: number): boolean
  /** Answers a `write` signal; `reason` says why it is not `ok`. `cause` is the id of the signal `writeFailed` that tells of it. */
  writeDone(engine: number, ticket: number, ok: boolean, reason: string, cause: number): void
  stats(engine: number): NativeStats
  bucketOf(granularity: number, timestampMs: number): number[]
  /**
   * `replaces`: whether a file of that name that holds something else may be replaced. `cleans`: whether what processes
   * have left in the folder is removed. Gives how it failed.
   */
  writeLocal(
    dir: string,
    fileName: string,
    bytes: Uint8Array,
    replaces: boolean,
    cleans: boolean,
  ): NativeSystemFailure | null
  profileDeserialize(bytes: Uint8Array): NativeProfile
}

export const native: Native = load() as Native
