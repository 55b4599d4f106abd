/** A file, or rows in memory, into profiles, in one call. */
import { EventEmitter } from 'node:events'
import { basename } from 'node:path'
import { InvalidDataError, UnreadableFileError } from '../errors.js'
import { RollingCore } from '../logger/rolling-core.js'
import { viewsOf } from '../logger/status.js'
import type { LoggerEvents, TrackData } from '../logger/types.js'
import { namesOf, optionsOf, text } from '../option-checks.js'
import { type Limits, type LoggerOptions, resolveBuckets, resolveOptions } from '../options.js'
import { ProfileView } from '../profile-view.js'
import { hasMethod, isList, reading } from '../refusal.js'
import type { RowLike } from '../row.js'
import type { DatasetSchema } from '../schema/dataset-schema.js'
import { type GranularityName, TimeGranularity } from '../time.js'
import { type Input, inputOf, READING, readingOptions } from './checks.js'
import type { ColumnFacts, FileComplaint, FileFormat, FileInput, FileResult, ReadFileOptions } from './types.js'

/** How profiles are made where there is no logger. */
export interface ProfileOptions<TRow extends RowLike = RowLike> {
  /**
   * The dataset, which names the profiles. Left out: the file's name without endings; `'default'` where there is none.
   *
   * @default undefined
   */
  datasetId?: string | undefined
  /**
   * How profiles are made.
   *
   * @default new DatasetSchema()
   */
  schema?: DatasetSchema<TRow> | undefined
  /**
   * The width of a time bucket, in UTC.
   *
   * @default TimeGranularity.Day
   */
  aggregateBy?: GranularityName | undefined
  /**
   * Threads that profile.
   *
   * @default the number of cores, at most 8
   */
  workers?: number | undefined
  /**
   * Seed of the random choices of sketches: the same rows then give the same bytes.
   *
   * @default undefined
   */
  seed?: number | undefined
  /**
   * Limits that guard against data that are too large or hostile.
   *
   * @default as those of a logger
   */
  limits?: Limits | undefined
}

/** Options of `profileFile`. */
export interface ProfileFileOptions<TRow extends RowLike = RowLike> extends ReadFileOptions, ProfileOptions<TRow> {}

/** What an iterable of rows may give, bytes. */
const MOST_ITERATED_BYTES = 256 * 1024 * 1024

const PROFILE: Record<keyof ProfileOptions, true> = {
  datasetId: true,
  schema: true,
  aggregateBy: true,
  workers: true,
  seed: true,
  limits: true,
}
const PROFILE_NAMES = namesOf<ProfileOptions>(PROFILE)
const PROFILE_FILE = namesOf<ProfileFileOptions>({ ...READING, ...PROFILE })

/** What became of a file that was profiled: its profiles, and what {@link FileResult} tells. */
export class FileProfile implements FileResult {
  readonly format: FileFormat | null
  readonly bytes: number
  readonly rows: number
  readonly withoutTimestamp: number
  readonly leftOut: number
  readonly cutTexts: number
  readonly columns: string[]
  readonly facts: ColumnFacts[]
  readonly notes: string[]
  readonly complaints: FileComplaint[]
  /** A profile a time bucket, and a segment, where the schema has some. */
  readonly views: readonly ProfileView[]
  #whole: ProfileView | null = null

  /** @internal */
  constructor(result: FileResult, views: readonly ProfileView[]) {
    this.format = result.format
    this.bytes = result.bytes
    this.rows = result.rows
    this.withoutTimestamp = result.withoutTimestamp
    this.leftOut = result.leftOut
    this.cutTexts = result.cutTexts
    this.columns = result.columns
    this.facts = result.facts
    this.notes = result.notes
    this.complaints = result.complaints
    this.views = views
  }

  /** The whole file in one profile, over all time buckets. @throws UnreadableFileError where the file holds no row */
  view(): ProfileView {
    if (this.views.length === 0) throw new UnreadableFileError('The file holds no row, so that there is no profile.')
    this.#whole ??= ProfileView.mergeAll(this.views)
    return this.#whole
  }
}

/**
 * Profiles a file (CSV, TSV, JSON, Parquet or Arrow, plain or packed), on threads of its own that end with it.
 *
 * @throws UnreadableFileError, IoError, UnknownColumnError, UdfNeedsRowsError, InvalidOptionError; the reason of `signal`
 * @example
 * ```ts
 * const file = await profileFile('orders.csv', { timestampColumn: 'created_at' })
 * console.log(file.rows, file.view().column('price')?.mean)
 * ```
 */
export async function profileFile<TRow extends RowLike = RowLike>(
  file: FileInput,
  options: ProfileFileOptions<TRow> = {},
): Promise<FileProfile> {
  const given = optionsOf(options, PROFILE_FILE)
  const how = readingOptions(given)
  const input = inputOf(file)
  text('datasetId', given.datasetId)
  const { schema, aggregateBy, workers, seed, limits } = given
  const datasetId = given.datasetId || nameOf(input)
  const core = coreOf({ schema, aggregateBy, workers, seed, limits, datasetId })
  return await running(core, async () => {
    const result = await core.logFile(file, how)
    return new FileProfile(result, await openViews(core))
  })
}

/**
 * Profiles what is in memory: a row, rows, `columns({ … })`, or a table of `apache-arrow`. It is one message, so that a row that lacks a column which
 * another has counts a null there.
 *
 * @throws what `log` of a logger says
 * @example
 * ```ts
 * const view = await profile([{ price: 9.5 }, { price: 12 }])
 * ```
 */
export async function profile<TRow extends RowLike = RowLike>(
  data: TrackData<TRow>,
  options: ProfileOptions<TRow> = {},
): Promise<ProfileView> {
  const given = optionsOf(options, PROFILE_NAMES)
  text('datasetId', given.datasetId)
  const core = coreOf(given, isEndless(data) ? MOST_ITERATED_BYTES : Number.MAX_SAFE_INTEGER)
  return await running(core, async () => {
    await core.logSync(data, { sync: true })
    const views = await openViews(core)
    if (views.length === 0) throw new InvalidDataError('There are no rows, so that there is no profile.')
    return ProfileView.mergeAll(views)
  })
}

/** What is in memory is there already, so that its size is the caller's choice; what an iterable gives has yet to come. */
function isEndless(data: unknown): boolean {
  return !isList(data) && hasMethod(data, Symbol.iterator)
}

/** A logger's inside that writes nothing. */
function coreOf<TRow extends RowLike>(
  { datasetId, ...given }: ProfileOptions<TRow>,
  most: number = Number.MAX_SAFE_INTEGER,
): RollingCore {
  const { maxMessageBytes = most, ...limits } = reading('options.limits', () => ({ ...given.limits }))
  const options: LoggerOptions<TRow> = {
    ...given,
    aggregateBy: given.aggregateBy ?? TimeGranularity.Day,
    defaultDatasetId: datasetId || 'default',
    syncEnabled: true,
    flushOnExit: false,
    writeSchedule: null,
    limits: { ...limits, maxMessageBytes },
    queueConfig: { maxBufferBytes: Number.MAX_SAFE_INTEGER },
  }
  const resolved = resolveOptions(options as LoggerOptions)
  const settings = {
    ...resolveBuckets(options as LoggerOptions, TimeGranularity.Day),
    schema: resolved.schema,
    writers: [],
  }
  return new RollingCore(resolved, new EventEmitter<LoggerEvents>(), {
    settingsOf: () => settings,
    processBatch: () => {},
    ended: () => null,
  })
}

async function running<T>(core: RollingCore, run: () => Promise<T>): Promise<T> {
  core.start()
  try {
    return await run()
  } finally {
    core.stop(0)
  }
}

async function openViews(core: RollingCore): Promise<ProfileView[]> {
  const { statuses } = await core.status(Number.POSITIVE_INFINITY)
  return viewsOf(Object.values(statuses))
}

/** A file's name without folder and endings: `in/orders.2024.csv.gz` is `orders.2024`. */
function nameOf(input: Input): string {
  if (!('path' in input)) return ''
  const name = basename(input.path).replace(/\.(?:gz|zst)$/i, '')
  return name.replace(/(?<=.)\.[^.]+$/, '')
}
