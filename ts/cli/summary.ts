import type { FrequentItem, TableRow } from '../index.js'
import type { View } from './profiler.js'

/** What the table says of one column; `null` where the profile has nothing to say. */
export interface ColumnSummary {
  column: string
  type: string
  /** Values counted, nulls among them. */
  count: number
  nulls: number
  /** Estimated number of distinct values. */
  distinct: number | null
  min: number | null
  median: number | null
  max: number | null
  mean: number | null
  stddev: number | null
  top: TopValue | null
}

/** The value that none outnumbers. */
export interface TopValue {
  value: string
  /** How often it came up, at most; exact for a column of few distinct values. */
  count: number
  /** How often it came up, at least, where the sketch does not know exactly. */
  atLeast?: number
}

export function summarise(view: View): ColumnSummary[] {
  return view.toTable().map((row) => summariseColumn(row, view.column(row.column).topValue()))
}

function summariseColumn(row: TableRow, top: FrequentItem | null): ColumnSummary {
  const numbers = (count(row, 'distribution/n') ?? 0) > 0
  const distribution = (key: 'min' | 'median' | 'max' | 'mean' | 'stddev'): number | null =>
    numbers ? finite(row[`distribution/${key}`]) : null
  const n = count(row, 'counts/n') ?? 0
  return {
    column: row.column,
    type: typeName(row),
    count: n,
    nulls: count(row, 'counts/null') ?? 0,
    distinct: roundedEstimate(row['cardinality/est']),
    min: distribution('min'),
    median: distribution('median'),
    max: distribution('max'),
    mean: distribution('mean'),
    stddev: distribution('stddev'),
    top: top && shownTop(top),
  }
}

const TYPES = ['integral', 'fractional', 'boolean', 'string', 'object', 'tensor'] as const
const TYPE_NAMES: Readonly<Record<string, string>> = {
  integral: 'integer',
  fractional: 'number',
  string: 'text',
}

/** The kinds of values, the commonest first; whole numbers among fractional ones are no kind of their own. */
function typeName(row: TableRow): string {
  const counts = TYPES.map((type) => ({ type: type as string, count: count(row, `types/${type}`) ?? 0 })).filter(
    (each) => each.count > 0,
  )
  const fractional = counts.find((each) => each.type === 'fractional')
  const integral = counts.find((each) => each.type === 'integral')
  if (fractional !== undefined && integral !== undefined) {
    fractional.count += integral.count
    counts.splice(counts.indexOf(integral), 1)
  }
  if (counts.length === 0) return 'null'
  counts.sort((one, other) => other.count - one.count)
  return counts.map(({ type }) => TYPE_NAMES[type] ?? type).join('+')
}

function shownTop({ value, estimate, lower }: FrequentItem): TopValue {
  return lower < estimate ? { value, count: estimate, atLeast: lower } : { value, count: estimate }
}

function count(
  row: TableRow,
  key: 'counts/n' | 'counts/null' | 'distribution/n' | `types/${(typeof TYPES)[number]}`,
): number | null {
  return finite(row[key])
}

function finite(value: unknown): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

function roundedEstimate(value: unknown): number | null {
  const estimate = finite(value)
  return estimate === null ? null : Math.round(estimate)
}

/** The earliest and latest bucket, and all parts folded into one view; `null` without any part. */
export interface Folded {
  view: View
  buckets: number
  firstMs: number
  lastMs: number
  parts: number
}

/** Adds one view to another. */
export type Combine = (left: View, right: View) => View

/** Folds views one by one, so that no more than two are held at a time. */
export async function fold(
  views: AsyncIterable<View>,
  combine: Combine = (left, right) => left.merge(right),
): Promise<Folded | null> {
  let merged: View | null = null
  let parts = 0
  const starts = new Set<number>()
  for await (const view of views) {
    merged = merged === null ? view : combine(merged, view)
    starts.add(view.datasetTimestamp.getTime())
    parts++
  }
  if (merged === null) return null
  let firstMs = Number.POSITIVE_INFINITY
  let lastMs = Number.NEGATIVE_INFINITY
  for (const start of starts) {
    firstMs = Math.min(firstMs, start)
    lastMs = Math.max(lastMs, start)
  }
  return { view: merged, buckets: starts.size, firstMs, lastMs, parts }
}
