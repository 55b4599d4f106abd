import type { FrequentItem, TableRow } from '../index.js'
import type { View } from './profiler.js'

/** What is said of one column; `null` where nobody knows. Whole numbers beyond 2⁵³ are bigints. */
export interface ColumnSummary {
  column: string
  type: string
  /** Values counted, nulls among them. */
  count: number
  nulls: number
  /** Number of distinct values, never above that of values. */
  distinct: number | null
  /** Whether that is an estimate. */
  distinctEstimated: boolean
  min: number | bigint | null
  q25: number | null
  median: number | null
  q75: number | null
  max: number | bigint | null
  /** Whether the median and the quartiles are estimates. */
  quantilesEstimated: boolean
  mean: number | null
  stddev: number | null
  /** The fewest and the most characters of its texts. */
  shortest: number | null
  longest: number | null
  /** The first and last of its times. */
  first: Date | null
  last: Date | null
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

/** What a reader may know of a column and its profile does not: how long its texts are, and its first and last time, where all of them are times. */
export type ColumnFacts = { [Fact in 'shortest' | 'longest' | 'firstMs' | 'lastMs']?: number | null }

const NO_FACTS: ReadonlyMap<string, ColumnFacts> = new Map()

/** A summary a column: those in `order` first, as they stand there, then all others by name. */
export function summarise(
  view: View,
  order: readonly string[] = [],
  facts: ReadonlyMap<string, ColumnFacts> = NO_FACTS,
): ColumnSummary[] {
  const places = new Map(order.map((column, index) => [column, index]))
  const place = (row: TableRow): number => places.get(row.column) ?? order.length
  // Rows come by name, and the order of equal ones stays.
  const rows = [...view.toTable()]
  return rows
    .sort((one, other) => place(one) - place(other))
    .map((row) => summariseColumn(view, row, facts.get(row.column)))
}

function summariseColumn(view: View, row: TableRow, facts: ColumnFacts = {}): ColumnSummary {
  const sketches = view.column(row.column)
  const numbers = (finite(row['distribution/n']) ?? 0) > 0
  const figure = (key: (typeof FIGURES)[number]): number | null => (numbers ? finite(row[`distribution/${key}`]) : null)
  const bounds = [figure('min'), figure('max')] as const
  // The sketch of numbers keeps doubles; another keeps whole numbers as they are.
  const ints = bounds.some(isLarge) ? sketches.ints() : null
  const count = finite(row['counts/n']) ?? 0
  const nulls = finite(row['counts/null']) ?? 0
  const top = sketches.topValue()
  const type = typeName(row)
  // What is known of texts says nothing of values that are none.
  const isTime = type === 'text'
  return {
    column: row.column,
    type,
    count,
    nulls,
    ...distinctOf(row, Math.max(0, count - nulls)),
    min: exactBound(bounds[0], ints?.min),
    q25: figure('q_25'),
    median: figure('median'),
    q75: figure('q_75'),
    max: exactBound(bounds[1], ints?.max),
    quantilesEstimated: numbers && sketches.rankError()?.rank !== 0,
    mean: figure('mean'),
    stddev: figure('stddev'),
    shortest: facts.shortest ?? null,
    longest: facts.longest ?? null,
    first: isTime ? time(facts.firstMs) : null,
    last: isTime ? time(facts.lastMs) : null,
    top: top && shownTop(top),
  }
}

const FIGURES = ['min', 'q_25', 'median', 'q_75', 'max', 'mean', 'stddev'] as const
const TYPES = ['integral', 'fractional', 'boolean', 'string', 'object', 'tensor'] as const
const TYPE_NAMES: Readonly<Record<string, string>> = {
  integral: 'integer',
  fractional: 'number',
  string: 'text',
}

/** The kinds of values, the commonest first; whole numbers among fractional ones are no kind of their own. */
function typeName(row: TableRow): string {
  const counts = TYPES.map((type) => ({ type: type as string, count: finite(row[`types/${type}`]) ?? 0 })).filter(
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

/** A sketch of few values has bounds that leave one whole number between them. */
function distinctOf(row: TableRow, values: number): Pick<ColumnSummary, 'distinct' | 'distinctEstimated'> {
  const estimate = finite(row['cardinality/est'])
  if (estimate === null) return { distinct: null, distinctEstimated: false }
  const rounded = Math.round(estimate)
  const [lower, upper] = [row['cardinality/lower_1'], row['cardinality/upper_1']].map((bound) => finite(bound))
  const known = lower != null && upper != null && Math.round(lower) === rounded && Math.round(upper) === rounded
  return { distinct: Math.min(rounded, values), distinctEstimated: !known }
}

function exactBound(double: number | null, whole: number | bigint | undefined): number | bigint | null {
  return isLarge(double) && whole !== undefined && Number(whole) === double ? whole : double
}

/** Whether a whole number of this size may have lost digits. */
function isLarge(double: number | null): boolean {
  return double !== null && Math.abs(double) > Number.MAX_SAFE_INTEGER
}

function time(ms: number | null | undefined): Date | null {
  const date = new Date(ms ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date
}

function shownTop({ value, estimate, lower }: FrequentItem): TopValue {
  return lower < estimate ? { value, count: estimate, atLeast: lower } : { value, count: estimate }
}

function finite(value: unknown): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}
