/** How a dataset's profiles are made. */

import { InvalidOptionError } from '../errors.js'
import { showAs } from '../inspect.js'
import { native } from '../native.js'
import { guarded } from '../native-errors.js'
import { columnNames, entriesOf, instance, listOf, notOneOf, optionsOf, text } from '../option-checks.js'
import { SOURCE_PREFIX } from '../origin.js'
import { received, receivedType } from '../received.js'
import { isA } from '../refusal.js'
import type { RowLike } from '../row.js'
import { type MetricConfig, type ResolvedConfig, resolveConfig } from './metric-config.js'
import { type JsCondition, type Planned, planOf } from './plan.js'
import { Predicate } from './predicates.js'
import { type ColumnType, type ResolverFunction, type ResolverSpec, Resolvers, TYPES } from './resolvers.js'
import type { BatchUdf, ByColumn, ColumnName, ForRows, RowUdf, Udf } from './rows.js'
import { checkPartitions, type SegmentationPartition } from './segments.js'
import { ConditionValidator, type ValuePredicate } from './validators.js'

/** Conditions by column and name. Functions get the values of their column that are not null. */
export type Conditions<TRow> = RowLike extends TRow
  ? Readonly<Record<string, Readonly<Record<string, Predicate | ValuePredicate>>>>
  : {
      readonly [Name in ColumnName<TRow>]?: Readonly<
        Record<string, Predicate | ValuePredicate<NonNullable<TRow[Name & keyof TRow]>>>
      >
    }

/**
 * What a {@link DatasetSchema} is made of. `TRow` is what its functions see of a row, computed columns among
 * them, and tells which columns there are.
 */
export interface DatasetSchemaOptions<TRow extends RowLike = RowLike> {
  /**
   * Columns whose type is not left to their values: they have the metrics of that type from the start and no others, and every value updates them. In a
   * column declared `fractional` every number is a double, also one that is whole.
   *
   * @default {}
   */
  types?: ByColumn<TRow, ColumnType> | undefined
  /**
   * Which metrics columns get: a list, or a function that is asked about each column.
   *
   * @default STANDARD_RESOLVER
   */
  resolvers?: readonly ResolverSpec<TRow>[] | ResolverFunction | undefined
  /**
   * Sizes and settings of metrics, of columns whose resolver has none of its own.
   *
   * @default {}
   */
  defaultConfigs?: MetricConfig | undefined
  /**
   * Questions about values whose answers are counted, by column and name. Predicates are answered on the engine's threads, functions on the calling thread.
   *
   * @default {}
   */
  conditions?: Conditions<TRow> | undefined
  /**
   * What looks at each value of a column on the calling thread, before it is logged.
   *
   * @default {}
   */
  validators?: ByColumn<TRow, readonly ConditionValidator[]> | undefined
  /**
   * The column whose values stand for rows in what validators tell.
   *
   * @default undefined
   */
  identityColumn?: ColumnName<TRow> | undefined
  /**
   * Computed columns by name, in this order: a later one sees the earlier ones.
   *
   * @default {}
   */
  udfs?: Readonly<Record<string, Udf<TRow>>> | undefined
  /**
   * Ways of telling rows apart, by name, at most ten. With any, every profile is of one segment.
   *
   * @default {}
   */
  segments?: Readonly<Record<string, SegmentationPartition<TRow>>> | undefined
  /**
   * Entries for the metadata of every profile. Of the names that begin with `rp.`, which are this package's own, `rp.source.<id>` alone can be given: what the rows
   * are read from, with a value of its own for each reading, so that profiles of two readings of one source are not merged by mistake.
   *
   * @default {}
   */
  metadata?: Record<string, string> | undefined
}

const NAMES = new Set([
  'types',
  'resolvers',
  'defaultConfigs',
  'conditions',
  'validators',
  'identityColumn',
  'udfs',
  'segments',
  'metadata',
])

/**
 * How a dataset's profiles are made. Given to a logger, it is that of all its datasets; a logger factory may give each its own.
 *
 * `TRow` is what a row is, with the columns that it computes: the compiler then checks the names of columns, and functions over rows get
 * such rows. Without it, columns may have any name.
 *
 * @example
 * ```ts
 * const schema = new DatasetSchema({
 *   types: { price: 'fractional' },
 *   udfs: { total: { columns: ['price', 'count'], fn: (row) => Number(row.price) * Number(row.count) } },
 *   conditions: { total: { positive: greaterThan(0) } },
 *   segments: segmentOnColumn('country'),
 * })
 * new ProcessRollingLogger({ schema })
 *
 * interface Order {
 *   price: number
 *   count: number
 * }
 * const forOrders = new DatasetSchema<Order & { total: number }>({
 *   udfs: { total: { columns: ['price', 'count'], fn: (row) => row.price * row.count } },
 *   conditions: { total: { positive: (total) => total > 0 } },
 * })
 * new ProcessRollingLogger<Order>({ schema: forOrders })
 * ```
 */
export class DatasetSchema<TRow extends RowLike = RowLike> implements Planned {
  /** Tells schemas for different rows apart, for the compiler alone. @internal */
  declare readonly forRows?: ForRows<TRow>
  /** The columns whose type is declared. */
  readonly types: Readonly<Record<string, ColumnType>>
  /** Sizes and settings of metrics, with nothing missing. */
  readonly defaultConfigs: ResolvedConfig
  /** @internal */
  readonly resolvers: Resolvers
  /** @internal */
  readonly conditions: ReadonlyMap<string, Record<string, Predicate | ValuePredicate>>
  /** @internal */
  readonly jsConditions: readonly JsCondition[]
  /** @internal */
  readonly validators: ReadonlyMap<string, readonly ConditionValidator[]>
  /** The column whose values stand for rows in what validators tell; `null`: there is none. */
  readonly identityColumn: string | null
  /** @internal */
  readonly udfs: ReadonlyMap<string, Udf>
  /** The ways in which rows are told apart. */
  readonly partitions: readonly SegmentationPartition[]
  /** Entries for the metadata of every profile. */
  readonly metadata: Readonly<Record<string, string>>
  /** As it crosses. @internal */
  readonly plan: string

  static {
    showAs('DatasetSchema', DatasetSchema.prototype, shownSchema)
  }

  /** Checks the options, all of which may be left out. @throws InvalidOptionError naming the option. */
  constructor(options: DatasetSchemaOptions<NoInfer<TRow>> = {}) {
    const given = optionsOf(options as DatasetSchemaOptions, NAMES, 'schema')
    const types = entriesOf('schema.types', given.types ?? {})
    for (const [column, type] of types) if (!TYPES.includes(type)) throw notOneOf(`schema.types.${column}`, type, TYPES)
    this.types = Object.fromEntries(types)
    this.defaultConfigs = resolveConfig(given.defaultConfigs ?? {}, 'schema.defaultConfigs')
    this.resolvers = new Resolvers(given.resolvers, this.defaultConfigs)
    this.conditions = checkConditions(given.conditions ?? {})
    this.jsConditions = [...this.conditions].flatMap(([column, conditions]) => functionsOf(column, conditions))
    this.validators = checkValidators(given.validators ?? {})
    this.identityColumn = text('schema.identityColumn', given.identityColumn) ?? null
    this.udfs = checkUdfs(given.udfs ?? {})
    this.partitions = checkPartitions(given.segments)
    this.metadata = checkMetadata(given.metadata ?? {})
    this.plan = planOf(this)
    if (HALF_A_CHARACTER.test(this.plan)) {
      throw new InvalidOptionError('schema', 'must hold texts of whole characters: one has half of a surrogate pair')
    }
    guarded(() => native.checkPlan(this.plan))
  }

  /** Whether something is found out about rows on the calling thread, so that raw bytes cannot be taken. */
  get needsRows(): boolean {
    return (
      this.udfs.size > 0 ||
      this.validators.size > 0 ||
      this.jsConditions.length > 0 ||
      this.resolvers.asksByColumn ||
      this.partitions.some(({ map, filter }) => map !== null || filter !== null)
    )
  }
}

/** What was given, by name; functions and predicates would be long. */
function shownSchema(schema: DatasetSchema): object {
  const { types, metadata, identityColumn, partitions, defaultConfigs } = schema
  const usual: Record<string, unknown> = resolveConfig({}, 'usual')
  const shown = {
    types,
    defaultConfigs: Object.fromEntries(
      Object.entries(defaultConfigs).filter(([name, value]) => !isSame(value, usual[name])),
    ),
    conditions: Object.fromEntries([...schema.conditions].map(([column, named]) => [column, Object.keys(named)])),
    validators: Object.fromEntries(
      [...schema.validators].map(([column, some]) => [column, some.map(({ name }) => name)]),
    ),
    udfs: [...schema.udfs.keys()],
    segments: partitions.map(({ name }) => name),
    metadata,
  }
  const given = Object.entries(shown).filter(([, entries]) => Object.keys(entries).length > 0)
  return { ...Object.fromEntries(given), ...(identityColumn === null ? {} : { identityColumn }) }
}

function isSame(value: unknown, usual: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(usual)
}

/** In JSON, whole characters stand as they are. */
const HALF_A_CHARACTER = /(?<!\\)(?:\\\\)*\\ud[89a-f]/
const UDF_NAMES = new Set(['columns', 'fn', 'batch'])

function functionsOf(column: string, conditions: Record<string, Predicate | ValuePredicate>): JsCondition[] {
  const functions: JsCondition[] = []
  for (const [name, predicate] of Object.entries(conditions)) {
    if (!isA(predicate, Predicate)) functions.push({ column, name, predicate })
  }
  return functions
}

function checkConditions(given: NonNullable<DatasetSchemaOptions['conditions']>): DatasetSchema['conditions'] {
  const checked = entriesOf('schema.conditions', given).map(([column, conditions]) => {
    const entries = entriesOf(`schema.conditions.${column}`, conditions)
    for (const [name, condition] of entries) {
      const option = `schema.conditions.${column}.${name}`
      if (name === 'total')
        throw new InvalidOptionError(option, 'must have another name: total is the number of values')
      if (!isA(condition, Predicate) && typeof condition !== 'function') {
        throw new InvalidOptionError(option, `must be a predicate or a function${received(condition)}`)
      }
    }
    return [column, Object.fromEntries(entries)] as const
  })
  return new Map(checked)
}

function checkValidators(given: NonNullable<DatasetSchemaOptions['validators']>): DatasetSchema['validators'] {
  const checked = entriesOf('schema.validators', given).map(([column, validators]) => {
    const option = `schema.validators.${column}`
    return [column, listOf(option, validators, (one) => instance(option, one, ConditionValidator))] as const
  })
  return new Map(checked)
}

function checkMetadata(given: Record<string, string>): Record<string, string> {
  const entries = entriesOf('schema.metadata', given)
  for (const [key, value] of entries) {
    const option = `schema.metadata.${key}`
    if (typeof value !== 'string') throw new InvalidOptionError(option, `must be a string${receivedType(value)}`)
    if (key.startsWith('rp.') && !key.startsWith(SOURCE_PREFIX)) {
      throw new InvalidOptionError(option, 'must have another name: only rp.source.<id> may begin with rp.')
    }
  }
  return Object.fromEntries(entries)
}

function checkUdfs(given: NonNullable<DatasetSchemaOptions['udfs']>): DatasetSchema['udfs'] {
  return new Map(entriesOf('schema.udfs', given).map(([name, udf]) => [name, checkUdf(`schema.udfs.${name}`, udf)]))
}

/** A computed column, copied. */
function checkUdf(option: string, given: Udf): Udf {
  const { columns, fn, batch } = optionsOf(given as RowUdf & BatchUdf, UDF_NAMES, option)
  if (typeof batch !== 'function' && typeof fn !== 'function') {
    throw new InvalidOptionError(option, 'must have a function fn, or batch')
  }
  const names = columnNames(`${option}.columns`, columns)
  return typeof batch === 'function' ? { columns: names, batch } : { columns: names, fn }
}
