import { formatDecimal, formatNumber, formatShare, formatTime, printable } from './format.js'
import type { ColumnSummary } from './summary.js'

/** How each figure of a column is written for people; `null`: there is none. */
export interface Figures {
  name: string
  type: string
  count: string
  nulls: string
  nullShare: string
  distinct: string | null
  min: string | null
  q25: string | null
  median: string | null
  q75: string | null
  max: string | null
  mean: string | null
  stddev: string | null
  shortest: string | null
  longest: string | null
  top: string | null
}

export function figuresOf(column: ColumnSummary): Figures {
  const { nulls, count, distinct, first, last } = column
  const label = isLabel(column)
  const bound = (value: number | bigint | null): string | null =>
    value === null ? null : isWhole(column) ? whole(value, label) : formatNumber(Number(value))
  const quantile = (value: number | null): string | null =>
    value === null ? null : about(column.quantilesEstimated) + (label ? whole(value, true) : formatNumber(value))
  const times = first !== null && last !== null ? [first, last].map((each) => formatTime(each, [first, last])) : null
  const share = nulls > 0 ? formatShare(nulls / count) : ''
  return {
    name: column.column === '' ? '""' : printable(column.column),
    type: times === null ? column.type : isMidnight(first) && isMidnight(last) ? 'date' : 'time',
    count: formatNumber(count),
    nulls: nulls > 0 ? `${formatNumber(nulls)} (${share})` : '0',
    nullShare: nulls > 0 ? share : '0',
    distinct: distinct === null ? null : about(column.distinctEstimated) + formatNumber(distinct),
    min: times?.[0] ?? bound(column.min),
    q25: quantile(column.q25),
    median: quantile(column.median),
    q75: quantile(column.q75),
    max: times?.[1] ?? bound(column.max),
    mean:
      column.mean === null ? null : label ? formatNumber(column.mean).replaceAll(',', '') : formatNumber(column.mean),
    stddev: column.stddev === null ? null : formatNumber(column.stddev),
    shortest: characters(column.shortest),
    longest: characters(column.longest),
    top: topText(column, label),
  }
}

const about = (estimated: boolean): string => (estimated ? '≈' : '')

function characters(length: number | null): string | null {
  return length === null ? null : `${formatNumber(length)} ${length === 1 ? 'char' : 'chars'}`
}

function isMidnight(time: Date | null): boolean {
  return time !== null && time.getTime() % 86_400_000 === 0
}

function topText(column: ColumnSummary, label: boolean): string | null {
  if (column.top === null || isOneOfMany(column)) return null
  const { value, count, atLeast } = column.top
  const times = `${atLeast === undefined ? '' : '≤ '}${formatNumber(count)}×`
  // Only where no text could be meant, for a text of digits is shown as it is.
  const number = column.type === 'integer' && /^-?\d{1,19}$/.test(value)
  return `${value === '' ? '""' : number ? whole(BigInt(value), label) : printable(value)} (${times})`
}

/** Whether the top value came up once, as all others did: it says nothing. */
export function isOneOfMany({ top, count, nulls }: ColumnSummary): boolean {
  return top !== null && top.count === 1 && count - nulls > 1
}

/** Whether all its numbers are whole ones; fractional ones among them would give the type another name. */
function isWhole({ type }: ColumnSummary): boolean {
  const types = type.split('+')
  return types.includes('integer') && !types.includes('boolean')
}

/** All digits, without thousands separators where the numbers are names. */
function whole(value: number | bigint, label: boolean): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return formatNumber(value)
  const digits = BigInt(value)
  return label ? `${digits}` : formatDecimal(digits)
}

/** Words of a column's name that say that its numbers name something. */
const NAMING: ReadonlySet<string> = new Set(['id', 'ids', 'key', 'code', 'zip', 'zipcode', 'postcode', 'phone', 'year'])
const YEARS = [1800, 2100] as const
/** Whole numbers that all have as many digits are mostly names or times. */
const MANY_DIGITS = 10
/** Fewer values that differ say nothing. */
const ENOUGH_VALUES = 10

/**
 * Whether the numbers of a column are names of something, or years, rather than amounts: its name says so; or all could
 * be years; or all have the same number of digits, ten or more; or nearly all differ and fill half of their range.
 */
export function isLabel(column: ColumnSummary): boolean {
  const { min, max } = column
  if (!isWhole(column) || min === null || max === null) return false
  const words = column.column.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []
  if (words.some((word) => NAMING.has(word.toLowerCase()))) return true
  if (min < 0) return false
  if (min >= YEARS[0] && max <= YEARS[1]) return true
  if (`${min}`.length === `${max}`.length && `${max}`.length >= MANY_DIGITS) return true
  const values = column.count - column.nulls
  const differ = values >= ENOUGH_VALUES && (column.distinct ?? 0) >= 0.95 * values
  return differ && Number(max) - Number(min) < 2 * values
}
