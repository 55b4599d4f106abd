/** How a dataset's rows are told apart. */

import { crypto } from '../builtin.js'
import { InvalidOptionError } from '../errors.js'
import { showAs } from '../inspect.js'
import { callable, columnNames, entriesOf, instance, namedString, optionsOf, text } from '../option-checks.js'
import { received } from '../received.js'
import { isList, reading } from '../refusal.js'
import type { RowLike } from '../row.js'
import type { AnyRow, ColumnName, ForRows, SchemaRow } from './rows.js'

/** Lets rows through, or keeps them out of all segments of a partition. */
export type SegmentFilter<TRow = RowLike> = (row: SchemaRow<TRow>) => boolean

/** What a {@link SegmentationPartition} is made of. */
export type PartitionOptions<TRow = RowLike> = PartitionByColumns<TRow> | PartitionByMap<TRow>

/** What partitions have in common. */
export interface PartitionOptionsBase<TRow> {
  /**
   * What the partition is called. Where it is missing, it is called by its columns.
   *
   * @default columns.join(',')
   */
  name?: string | undefined
  /**
   * Lets rows into the segments of this partition. Where it is missing, all rows are let in.
   *
   * @default undefined
   */
  filter?: SegmentFilter<TRow> | undefined
}

/** A partition by the values that rows have. */
export interface PartitionByColumns<TRow> extends PartitionOptionsBase<TRow> {
  /** The columns whose values tell the segments apart. */
  columns: readonly ColumnName<TRow>[]
  /**
   * A partition by columns has none.
   *
   * @default undefined
   */
  map?: undefined
}

/** A partition by values that a function gives. */
export interface PartitionByMap<TRow> extends PartitionOptionsBase<TRow> {
  /** What the values that `map` gives are called in the names of segments; no row has to have such columns. */
  columns: readonly string[]
  /** Gives the values of the columns for a row: one, or a list of as many as there are columns. `null`: no segment. */
  map: (row: SchemaRow<TRow>) => unknown
}

const NAMES = new Set(['name', 'columns', 'map', 'filter'])

/**
 * One way of telling rows apart: each combination of values in its columns is a segment, with profiles of its own.
 *
 * Its `id` is the reference's for the same columns; of functions it takes the text, so that it changes with them.
 *
 * @example
 * ```ts
 * const bySize = new SegmentationPartition({
 *   name: 'size',
 *   columns: ['size'],
 *   map: (row) => (Number(row.total) > 100 ? 'large' : 'small'),
 * })
 * new DatasetSchema({ segments: { size: bySize } })
 * ```
 */
export class SegmentationPartition<TRow extends RowLike = RowLike> {
  /** Tells partitions of different rows apart, for the compiler alone. @internal */
  declare readonly forRows?: ForRows<TRow>
  /** What the partition is called. */
  readonly name: string
  /** The columns that segments are named by. */
  readonly columns: readonly string[]
  /** Gives the values of the columns for a row; `null`: they are the row's own. */
  readonly map: ((row: AnyRow) => unknown) | null
  /** Lets rows into the segments; `null`: all. */
  readonly filter: SegmentFilter | null
  /** 128 hexadecimal digits. */
  readonly id: string

  static {
    // The id is long, and tells a person nothing.
    showAs('SegmentationPartition', SegmentationPartition.prototype, ({ name, columns, map, filter }) => ({
      name,
      columns,
      ...(map === null ? {} : { map }),
      ...(filter === null ? {} : { filter }),
    }))
  }

  /** Tells rows apart by `columns`, or by what `map` gives for them. @throws InvalidOptionError naming the option. */
  constructor(given: PartitionOptions<NoInfer<TRow>>) {
    const options = optionsOf(given, NAMES, 'partition')
    const { map = null, filter = null } = options
    const columns = isList(options.columns) ? columnNames('partition.columns', options.columns) : []
    if (columns.length === 0) {
      throw new InvalidOptionError(
        'partition.columns',
        `must be an array of names of columns, at least one${received(options.columns)}`,
      )
    }
    if (map !== null) callable('partition.map', map)
    if (filter !== null) callable('partition.filter', filter)
    this.name = text('partition.name', options.name) ?? columns.join(',')
    this.columns = columns
    this.map = map as ((row: AnyRow) => unknown) | null
    this.filter = filter as SegmentFilter | null
    this.id = sha512(this.filterText + sha512([...columns].sort().join(',') + textOfFunction(map)))
  }

  /** The filter as text. */
  get filterText(): string {
    return textOfFunction(this.filter)
  }
}

/**
 * Segments by the values of one column.
 *
 * @example
 * ```ts
 * new DatasetSchema({ segments: segmentOnColumn('country') })
 * ```
 */
export function segmentOnColumn<TRow extends RowLike = RowLike>(
  column: ColumnName<NoInfer<TRow>>,
): Record<string, SegmentationPartition<TRow>> {
  namedString('column', column)
  return { [column]: new SegmentationPartition<TRow>({ columns: [column] }) }
}

/** The most partitions, as in the reference. */
const MOST_PARTITIONS = 10

/** @throws InvalidOptionError naming the option. */
export function checkPartitions(
  given: Readonly<Record<string, SegmentationPartition>> | undefined,
): SegmentationPartition[] {
  const partitions = entriesOf('schema.segments', given ?? {}).map(([name, partition]) =>
    instance(`schema.segments.${name}`, partition, SegmentationPartition),
  )
  if (partitions.length > MOST_PARTITIONS) {
    const reason = `must hold at most ${MOST_PARTITIONS} partitions. Received ${partitions.length}`
    throw new InvalidOptionError('schema.segments', reason)
  }
  return partitions
}

/** Not what a function of the caller's says it is. */
function textOfFunction(fn: unknown): string {
  return typeof fn === 'function' ? reading('partition', () => Function.prototype.toString.call(fn)) : ''
}

function sha512(text: string): string {
  return crypto().createHash('sha512').update(text, 'utf8').digest('hex')
}
