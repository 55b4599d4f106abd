/** A schema as it crosses: the JSON that `crates/binding/src/plan.rs` reads. */
import { isA } from '../refusal.js'
import type { ResolvedConfig } from './metric-config.js'
import { ELSEWHERE, Predicate } from './predicates.js'
import type { ColumnType, Resolvers } from './resolvers.js'
import type { SegmentationPartition } from './segments.js'
import type { ValuePredicate } from './validators.js'

/** A condition that is a function. */
export interface JsCondition {
  readonly column: string
  readonly name: string
  readonly predicate: ValuePredicate
}

/** A schema, as far as it crosses. */
export interface Planned {
  readonly types: Readonly<Record<string, ColumnType>>
  readonly resolvers: Resolvers
  readonly conditions: ReadonlyMap<string, Record<string, Predicate | ValuePredicate>>
  readonly jsConditions: readonly JsCondition[]
  readonly partitions: readonly SegmentationPartition[]
  readonly metadata: Readonly<Record<string, string>>
  readonly needsRows: boolean
}

/** What the names of columns begin with that are none of the data. */
const HELPER = '\u0000rolling-profiles/'

/** The column with the value in column `place` of partition `index`. */
export function segmentColumn(index: number, place: number): string {
  return `${HELPER}segment/${index}/${place}`
}

/** The column that is true for the rows that a partition takes. */
export function filterColumn(index: number): string {
  return `${HELPER}filter/${index}`
}

/** The column that is true where a condition holds. */
export function conditionColumn(column: string, name: string): string {
  return `${HELPER}condition/${column.length}/${column}/${name}`
}

/** The plan of a dataset. */
export function planOf(schema: Planned): string {
  const names = new Set([...schema.resolvers.columns, ...Object.keys(schema.types), ...schema.conditions.keys()])
  const helpers: Record<string, { column: string; name: string } | null> = {}
  for (const { column, name } of schema.jsConditions) helpers[conditionColumn(column, name)] = { column, name }
  const partitions = schema.partitions.map(({ name, id, columns, map, filter, filterText }, index) => {
    const sources = map === null ? columns : columns.map((_, place) => segmentColumn(index, place))
    if (map !== null) for (const source of sources) helpers[source] = null
    if (filter !== null) helpers[filterColumn(index)] = null
    const isFiltered = filter !== null
    return {
      name,
      id,
      columns,
      sources,
      filterText: isFiltered ? filterText : null,
      filter: isFiltered ? filterColumn(index) : null,
    }
  })
  return JSON.stringify({
    usual: columnOf(schema, null),
    columns: Object.fromEntries([...names].map((name) => [name, columnOf(schema, name)])),
    partitions,
    helpers,
    metadata: schema.metadata,
    needsRows: schema.needsRows,
  })
}

/** The plan of one column. */
export function columnPlanOf(schema: Planned, column: string): string {
  return JSON.stringify(columnOf(schema, column))
}

function columnOf(schema: Planned, column: string | null): object {
  const config = schema.resolvers.config(column)
  const conditions = Object.entries((column === null ? undefined : schema.conditions.get(column)) ?? {})
  return {
    settings: settingsOf(config),
    metrics: schema.resolvers.bits(column),
    declared: column === null ? null : (schema.types[column] ?? null),
    unicode: {
      ranges: Object.entries(config.unicodeRanges).map(([name, [first, last]]) => [name, first, last]),
      lowerCase: config.lowerCase,
      normalize: config.normalize,
    },
    conditions: conditions.map(([name, condition]) => [name, isA(condition, Predicate) ? condition.spec : ELSEWHERE]),
  }
}

function settingsOf(config: ResolvedConfig): object {
  return {
    hllLgK: config.hllLgK,
    kllK: config.largeKllK ? config.kllKLarge : config.kllK,
    fiLgMaxK: config.fiLgMaxK,
    fiDisabled: config.fiDisabled,
    maxFrequentItemSize: config.maxFrequentItemSize,
  }
}
