/** Profiles that have been made: reading, merging, summaries. */
import { basename, dirname } from 'node:path'
import { fs } from './builtin.js'
import type { ColumnSummary, TableRow } from './column-summary.js'
import { ColumnView, exact, summaryOf } from './column-view.js'
import { InvalidOptionError } from './errors.js'
import { showAs } from './inspect.js'
import { columnsOf } from './inspect-profile.js'
import { type NativeProfile, native } from './native.js'
import { guarded } from './native-errors.js'
import { bytesArgument, entriesOf, flag, instance, listOf, namedString, optionsOf, text } from './option-checks.js'
import { OVERFLOW_TAG, originOf, type ProfileOrigin } from './origin.js'
import { received } from './received.js'
import { hasMethod, isA } from './refusal.js'
import type { RowLike } from './row.js'
import { ioErrorFrom, ioErrorOf } from './system-failure.js'

/** Which segment a profile is of. */
export interface ProfileSegment {
  /** Name of the partition, as far as the file tells. */
  readonly partition: string | null
  /** Id of the partition, 128 hexadecimal digits, as far as the file tells. */
  readonly partitionId: string | null
  /** The value in each column, in the order of the partition; none of the overflow. */
  readonly values: Readonly<Record<string, string>>
  /** It has the rows of all segments beyond `limits.maxSegments`. */
  readonly isOverflow?: boolean
}

/** A profile in words that JSON has: NaN is null, whole numbers beyond 2⁵³ are decimal digits. */
export interface ProfileJson {
  /** Start of the bucket, as an ISO 8601 date-time. */
  datasetTimestamp: string
  /** When the profile was begun, as an ISO 8601 date-time. */
  creationTimestamp: string
  /** Its tags. */
  tags: Record<string, string>
  /** Its metadata. */
  metadata: Record<string, string>
  /** The segment it is of; `null`: it is of all rows. */
  segment: ProfileSegment | null
  /** What `toTable` tells, by column. */
  columns: Record<string, Record<string, unknown>>
}

/** Texts by name; an object of an `interface` or a class serves as well. */
export type Texts<T> = RowLike & { readonly [Name in keyof T]: string }

/** How profiles are merged. */
export interface MergeOptions {
  /**
   * Merge also what is otherwise refused: profiles of different datasets or organisations (the result is of none), parts and sources that are counted already (they count
   * again), and metrics that cannot be merged (they are left out).
   *
   * @default false
   */
  force?: boolean | undefined
}

const TAG_PREFIX = 'whylogs.tag.'

/** Pairs, flattened, as a record. @internal */
export function recordOf(pairs: string[]): Record<string, string> {
  const record: Record<string, string> = {}
  for (let i = 0; i + 1 < pairs.length; i += 2) record[pairs[i] as string] = pairs[i + 1] as string
  return record
}

/**
 * A profile: immutable, read from bytes that this package or whylogs made.
 *
 * @example
 * ```ts
 * const week = ProfileView.mergeAll(paths.map((path) => ProfileView.read(path)))
 * console.table(week.toTable())
 * ```
 */
export class ProfileView {
  readonly #profile: NativeProfile

  static {
    showAs('ProfileView', ProfileView.prototype, (view, options) => {
      const { datasetId, orgId } = view.origin
      const { datasetTimestamp, segment } = view
      return {
        datasetId,
        ...(orgId === null ? {} : { orgId }),
        datasetTimestamp,
        ...(segment === null ? {} : { segment: segment.values }),
        ...columnsOf(view.columnNames, (name) => view.column(name).summary(), options),
      }
    })
  }

  private constructor(profile: NativeProfile) {
    if (!hasMethod(profile, 'metricPaths')) throw new InvalidOptionError('profile', MADE_ELSEWHERE)
    this.#profile = profile
  }

  /** Reads a file. @throws IoError, ProfileFormatError */
  static read(path: string): ProfileView {
    namedString('path', path)
    let bytes: Uint8Array
    try {
      bytes = fs().readFileSync(path)
    } catch (error) {
      throw ioErrorFrom('The profile could not be read', error)
    }
    return ProfileView.deserialize(bytes)
  }

  /** Decodes bytes. @throws ProfileFormatError */
  static deserialize(bytes: Uint8Array): ProfileView {
    const checked = bytesArgument('bytes', bytes)
    return new ProfileView(guarded(() => native.profileDeserialize(checked)))
  }

  /** All of them in one, at least one, as `merge` makes it. @throws InvalidOptionError, and what `merge` throws */
  static mergeAll(views: Iterable<ProfileView>, options: MergeOptions = {}): ProfileView {
    const [first, ...others] = listOf('views', views, (view) => instance('views', view, ProfileView))
    if (first === undefined) throw new InvalidOptionError('views', 'must hold at least one profile')
    return first.merge(...others, options)
  }

  /** The bytes that whylogs reads. */
  serialize(): Uint8Array {
    return guarded(() => this.#profile.serialize())
  }

  /** Writes a file, whole or not at all. @throws IoError */
  write(path: string): void {
    const name = basename(namedString('path', path))
    if (name === '' || name === '.' || name === '..') {
      throw new InvalidOptionError('path', `must name a file${received(path)}`)
    }
    const failure = guarded(() => native.writeLocal(dirname(path), name, this.serialize(), true, false))
    if (failure !== null) throw ioErrorOf('The profile could not be written', failure)
  }

  /**
   * A new profile of what all have counted: the earliest of the times, tags and metadata of the last that has them, and the segment where all
   * are of the same. Options come last.
   *
   * @throws DifferentDatasetsError, CountedTwiceError, UnmergeableMetricError unless `force` is set; InvalidOptionError
   */
  merge(...others: [...ProfileView[], MergeOptions]): ProfileView
  /** A new profile of what all have counted. */
  merge(...others: ProfileView[]): ProfileView
  merge(...others: (ProfileView | MergeOptions)[]): ProfileView {
    const last = others.at(-1)
    // What is no profile is options, or is refused as such.
    const options = last === undefined || isA(last, ProfileView) ? {} : last
    const views = options === last ? others.slice(0, -1) : others
    const force = checkForce(options)
    const merge = (left: NativeProfile, right: ProfileView | MergeOptions): NativeProfile => {
      const other = instance('views', right, ProfileView)
      return guarded(() => left.merge(other.#profile, force))
    }
    return new ProfileView(views.reduce(merge, this.#profile))
  }

  /** Whose it is, who made it, and which parts and sources it counts. */
  get origin(): ProfileOrigin {
    return originOf(this.metadata)
  }

  /** Start of the bucket. */
  get datasetTimestamp(): Date {
    return new Date(this.#profile.datasetTimestampMs())
  }

  /** When the profile was begun. */
  get creationTimestamp(): Date {
    return new Date(this.#profile.creationTimestampMs())
  }

  /** Its tags: by which whylogs tells profiles apart, such as the columns of its segment. */
  get tags(): Record<string, string> {
    return recordOf(this.#profile.tags())
  }

  /** Its metadata: what is known of it besides what it counts. */
  get metadata(): Record<string, string> {
    return recordOf(this.#profile.metadata())
  }

  /** The segment it is of; `null`: it is of all rows. */
  get segment(): ProfileSegment | null {
    const tags = guarded(() => this.#profile.segment())
    if (tags === null) return null
    const { segp_name: partition = null, segp_id: partitionId = null } = this.metadata
    const values = Object.entries(recordOf(tags)).map(([key, value]) => [withoutPrefix(key), value])
    const { [OVERFLOW_TAG]: overflow, ...own } = Object.fromEntries(values)
    const segment = { partition, partitionId, values: own }
    return overflow === 'true' ? { ...segment, isOverflow: true } : segment
  }

  /** Whether it has no columns. */
  get isEmpty(): boolean {
    return this.columnNames.length === 0
  }

  /** Ascending. */
  get columnNames(): string[] {
    return this.#profile.columnNames()
  }

  /** Whether it has a column of that name; {@link ProfileView.column} throws where it has none. */
  has(column: string): boolean {
    return this.columnNames.includes(column)
  }

  /** One column. @throws UnknownColumnError */
  column(name: string): ColumnView {
    text('name', name ?? null)
    guarded(() => this.#profile.metricPaths(name))
    return new ColumnView(this.#profile, name)
  }

  /** The same profile with these entries besides its own. Keys that begin with `whylogs.tag.` are written among the tags. */
  withMetadata<T extends Texts<T>>(entries: T): ProfileView {
    return this.#with(this.tags, { ...this.metadata, ...textsOf(entries) }, true)
  }

  /** The same profile with these tags besides its own. */
  withTags<T extends Texts<T>>(entries: T): ProfileView {
    return this.#with({ ...this.tags, ...textsOf(entries) }, this.metadata, true)
  }

  /** The same profile as one of all rows: without the tags and metadata of a segment. */
  withoutSegment(): ProfileView {
    const columns = [OVERFLOW_TAG, ...Object.keys(this.segment?.values ?? {})].map((column) => `${TAG_PREFIX}${column}`)
    const tags = Object.entries(this.tags).filter(([key]) => !columns.includes(key))
    const metadata = Object.entries(this.metadata).filter(([key]) => !key.startsWith('segp_'))
    return this.#with(Object.fromEntries(tags), Object.fromEntries(metadata), false)
  }

  /** One plain object a column: `column` and the reference's own summary keys. Whole numbers beyond 2⁵³ are the nearest that a number can be. */
  toTable(): TableRow[] {
    return guarded(() => this.#profile.summary(null)).map((entry) => ({ column: entry.column, ...summaryOf(entry) }))
  }

  /** Everything it tells, for `JSON.stringify`; equal profiles give equal texts. */
  toJSON(): ProfileJson {
    const { tags, metadata, segment } = this
    return {
      datasetTimestamp: this.datasetTimestamp.toISOString(),
      creationTimestamp: this.creationTimestamp.toISOString(),
      tags,
      metadata,
      segment,
      columns: Object.fromEntries(
        this.toTable().map(({ column, ...row }) => [column, this.#json(column, row as ColumnSummary)]),
      ),
    }
  }

  #json(column: string, summary: ColumnSummary): Record<string, unknown> {
    const entries = Object.entries(summary).sort(([a], [b]) => (a < b ? -1 : 1))
    const whole = new Map<string, string>()
    for (const { path, integer } of guarded(() => this.#profile.components(column))) {
      if (integer !== null && typeof exact(integer) === 'bigint') whole.set(path, integer)
    }
    return Object.fromEntries(
      entries.map(([key, value]) => [key, Number.isNaN(value) ? null : (whole.get(key) ?? value)]),
    )
  }

  #with(tags: Record<string, string>, metadata: Record<string, string>, isSegment: boolean): ProfileView {
    const [flatTags, flatMetadata] = [Object.entries(tags).flat(), Object.entries(metadata).flat()]
    return new ProfileView(guarded(() => this.#profile.withEntries(flatTags, flatMetadata, isSegment)))
  }
}

/** @internal */
export function checkForce(options: MergeOptions): boolean {
  return flag('force', optionsOf(options, MERGE_OPTIONS).force, false)
}

const MADE_ELSEWHERE = 'must be one of the addon: use ProfileView.read or ProfileView.deserialize'
const MERGE_OPTIONS = new Set(['force'])

function textsOf(entries: RowLike): Record<string, string> {
  const all = entriesOf('entries', entries as Record<string, string>)
  for (const [key, value] of all) if (typeof value !== 'string') text(`entries.${key}`, value ?? null)
  return Object.fromEntries(all)
}

function withoutPrefix(key: string): string {
  return key.startsWith(TAG_PREFIX) ? key.slice(TAG_PREFIX.length) : key
}
