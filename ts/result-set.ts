/** Many profiles of a dataset together: its segments, over any number of files. */
import { join } from 'node:path'
import { fs } from './builtin.js'
import { DifferentDatasetsError, InvalidOptionError } from './errors.js'
import { showAs } from './inspect.js'
import { entriesOf, instance, listOf, namedString, text } from './option-checks.js'
import { checkForce, type MergeOptions, type ProfileSegment, ProfileView } from './profile-view.js'
import { isList } from './refusal.js'
import type { RowLike } from './row.js'
import { ioErrorFrom } from './system-failure.js'
import { plainText } from './thrown.js'

/** One segment's profile. */
export interface SegmentedProfile extends ProfileSegment {
  /** All that was counted of it. */
  readonly view: ProfileView
}

/**
 * The profiles of a dataset, merged by segment: parts, hours and days of one segment are one. Immutable.
 *
 * @example
 * ```ts
 * const results = ResultSet.read(paths)
 * console.table(results.segment({ country: 'DE' })?.view.toTable())
 * console.log(results.view()?.column('price').quantiles([0.5]))
 * ```
 */
export class ResultSet {
  /** Of the rows that no segment names; `null`: there is no such profile. */
  readonly unsegmented: ProfileView | null
  /** In the order in which they came up. */
  readonly segments: readonly SegmentedProfile[]
  readonly #options: MergeOptions

  static {
    showAs('ResultSet', ResultSet.prototype, ({ partitions, segments, unsegmented }) => ({
      partitions,
      segments: segments.map(({ values }) => values),
      unsegmented,
    }))
  }

  private constructor(unsegmented: ProfileView | null, segments: readonly SegmentedProfile[], options: MergeOptions) {
    if (!isList(segments))
      throw new InvalidOptionError('segments', 'must be a list: use ResultSet.of or ResultSet.read')
    this.unsegmented = unsegmented
    this.segments = segments
    this.#options = options
  }

  /** Of views, all of one dataset. @throws DifferentDatasetsError, CountedTwiceError, UnmergeableMetricError unless `force` is set */
  static of(views: Iterable<ProfileView>, options: MergeOptions = {}): ResultSet {
    const force = checkForce(options)
    const whole: ProfileView[] = []
    const segments = new Map<string, SegmentedProfile>()
    const owners = new Set<string>()
    for (const view of listOf('views', views, (one) => instance('views', one, ProfileView))) {
      const { datasetId, orgId } = view.origin
      if (datasetId !== null) owners.add(JSON.stringify([datasetId, orgId]))
      // Segments of two datasets would be merged when they are asked for together.
      if (owners.size > 1 && !force) {
        throw new DifferentDatasetsError(
          'The profiles are of different datasets or organisations; { force: true } takes them as one.',
        )
      }
      const { segment } = view
      if (segment === null) {
        whole.push(view)
        continue
      }
      const key = keyOf(segment)
      segments.set(key, { ...segment, view: segments.get(key)?.view.merge(view, options) ?? view })
    }
    return new ResultSet(
      whole.length > 0 ? ProfileView.mergeAll(whole, options) : null,
      [...segments.values()],
      options,
    )
  }

  /** Of files, and of all files named `*.bin` below folders. @throws IoError, ProfileFormatError, and what {@link ResultSet.of} throws */
  static read(paths: string | Iterable<string>, options: MergeOptions = {}): ResultSet {
    const files = (
      typeof paths === 'string' ? [paths] : listOf('paths', paths, (path) => namedString('paths', path))
    ).flatMap(filesOf)
    return ResultSet.of(
      files.map((file) => ProfileView.read(file)),
      options,
    )
  }

  /** Names of the partitions, each once. */
  get partitions(): string[] {
    return [...new Set(this.segments.map(({ partition, values }) => partition ?? Object.keys(values).join(',')))]
  }

  /**
   * The segment with exactly these values, as texts; `partition` tells two of the same columns apart. `null`: there is none.
   *
   * @throws InvalidOptionError when several partitions have it.
   */
  segment(values: RowLike, partition?: string): SegmentedProfile | null {
    const wanted = wantedOf(values, partition)
    const found = this.segments.filter(
      (segment) =>
        (partition === undefined || segment.partition === partition) &&
        Object.keys(segment.values).length === wanted.length &&
        wanted.every(([column, value]) => segment.values[column] === value),
    )
    if (found.length > 1)
      throw new InvalidOptionError('partition', 'must be given: several partitions have this segment')
    return found[0] ?? null
  }

  /**
   * One profile: of all rows, or of the segments that have these values in these columns, merged. `null`: there is none.
   *
   * Every row is in a segment of each partition, so those of one are merged: the named one, or the first.
   */
  view(values: RowLike = {}, partition?: string): ProfileView | null {
    const wanted = wantedOf(values, partition)
    if (wanted.length === 0 && partition === undefined && this.unsegmented !== null) return this.unsegmented
    const fitting = this.segments.filter(
      (segment) =>
        (partition === undefined || segment.partition === partition) &&
        wanted.every(([column, value]) => segment.values[column] === value),
    )
    const views = fitting.filter(({ partitionId }) => partitionId === fitting[0]?.partitionId).map(({ view }) => view)
    const whole = views.map((view) => view.withoutSegment())
    return whole.length === 0 ? null : ProfileView.mergeAll(whole, this.#options)
  }

  /** A new set of both, segment by segment. @throws What {@link ResultSet.of} throws */
  merge(other: ResultSet, options: MergeOptions = {}): ResultSet {
    return ResultSet.of([...this.#views(), ...instance('other', other, ResultSet).#views()], options)
  }

  #views(): ProfileView[] {
    const views = this.segments.map(({ view }) => view)
    return this.unsegmented === null ? views : [this.unsegmented, ...views]
  }
}

function keyOf({ partition, partitionId, values }: ProfileSegment): string {
  return JSON.stringify([partition, partitionId, Object.entries(values)])
}

/** Keys are texts as Python writes them. */
function valueText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return plainText(value)
}

/** What a segment is to have in its columns, as texts. @throws InvalidOptionError */
function wantedOf(values: RowLike, partition: string | undefined): [string, string][] {
  text('partition', partition)
  const entries = entriesOf('values', values as Record<string, unknown>)
  return entries.map(([column, value]) => [column, valueText(value)])
}

function filesOf(path: string): string[] {
  namedString('paths', path)
  try {
    const { readdirSync, statSync } = fs()
    if (!statSync(path).isDirectory()) return [path]
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.bin'))
    return names.sort().map((name) => join(path, name))
  } catch (error) {
    throw ioErrorFrom('The profiles could not be read', error)
  }
}
