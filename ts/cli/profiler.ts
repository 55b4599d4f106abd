import type {
  FileInput,
  FileResult,
  FrequentItem,
  Histogram,
  HistogramOptions,
  IntBounds,
  RankError,
  ReadFileOptions,
  TableRow,
} from '../index.js'

export const AGGREGATIONS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const
export type Aggregation = (typeof AGGREGATIONS)[number]

export interface ProfilerOptions {
  datasetId: string
  outDir: string
  aggregateBy: Aggregation
  /** `null`: the logger's own choice. */
  workers: number | null
}

/** Everything the command asks of a logger, for one dataset. */
export interface Profiler {
  /** Reads a file into the dataset. */
  read(file: FileInput, options: ReadFileOptions): Promise<FileResult>
  /** Writes what was logged and stops. */
  close(): Promise<Outcome>
  /** Stops without writing anything. */
  discard(): Promise<void>
}

export interface Outcome {
  /** Paths of the profiles that were written. */
  files: string[]
  /** Profiles that could not be written, and why the last of them could not. */
  unwritten: number
  reason: string | null
}

export type ProfilerFactory = (options: ProfilerOptions) => Profiler

/** What the commands need of a decoded profile; `ProfileView` is one. */
export interface View {
  readonly datasetTimestamp: Date
  readonly creationTimestamp: Date
  readonly tags: Record<string, string>
  readonly metadata: Record<string, string>
  readonly origin: Origin
  /** Throws where it is refused. */
  merge(other: View): View
  column(name: string): Sketches
  write(path: string): void | Promise<void>
  toTable(): TableRow[]
}

/** What is asked of one column besides its row of the table; `ColumnView` is one. */
export interface Sketches {
  topValue(): FrequentItem | null
  /** Bounds of its whole numbers. */
  ints(): IntBounds | null
  rankError(): RankError | null
  histogram(options: HistogramOptions): Histogram | null
  /** The parts of a metric as they stand in the file; whole numbers beyond 2⁵³ are bigints. */
  components(metric: string): Record<string, unknown>
}

/** Where a profile comes from, as far as it says so. */
export interface Origin {
  readonly datasetId: string | null
  readonly orgId: string | null
  readonly producer: string | null
  readonly version: string | null
  readonly parts: readonly string[]
  readonly sources: Readonly<Record<string, string>>
}

export type ReadView = (path: string) => View

/** Merges also what is otherwise refused. */
export type MergeAnyway = (left: View, right: View) => View
