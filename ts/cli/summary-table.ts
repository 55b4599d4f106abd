import { formatNumber, printable } from './format.js'
import type { ColumnSummary } from './summary.js'
import { renderTable, type TableColumn } from './table.js'

const NOTHING = '–'

interface Cell extends TableColumn {
  show: (summary: ColumnSummary) => string
}

const number = (value: number | null): string => (value === null ? NOTHING : formatNumber(value))

const NAME: Cell = {
  title: 'column',
  align: 'left',
  shrinkTo: 10,
  maxWidth: 48,
  show: (each) => printable(each.column),
}
const TYPE: Cell = { title: 'type', align: 'left', shrinkTo: 7, maxWidth: 24, dropAs: 1, show: (each) => each.type }
const COUNT: Cell = { title: 'values', align: 'right', dropAs: 9, show: (each) => number(each.count) }
const NULLS: Cell = { title: 'nulls', align: 'right', dropAs: 3, show: (each) => number(each.nulls) }
const DISTINCT: Cell = { title: 'distinct', align: 'right', dropAs: 4, show: (each) => number(each.distinct) }
const MIN: Cell = { title: 'min', align: 'right', dropAs: 5, show: (each) => number(each.min) }
const MEDIAN: Cell = { title: 'median', align: 'right', dropAs: 6, show: (each) => number(each.median) }
const MAX: Cell = { title: 'max', align: 'right', dropAs: 5, show: (each) => number(each.max) }
const MEAN: Cell = { title: 'mean', align: 'right', dropAs: 7, show: (each) => number(each.mean) }
const STDDEV: Cell = { title: 'stddev', align: 'right', dropAs: 8, show: (each) => number(each.stddev) }
const TOP: Cell = {
  title: 'top value',
  align: 'left',
  shrinkTo: 12,
  maxWidth: 40,
  dropAs: 2,
  show: (each) => topText(each),
}

const SHORT: readonly Cell[] = [NAME, TYPE, NULLS, DISTINCT, MIN, MEDIAN, MAX, TOP]
const LONG: readonly Cell[] = [NAME, TYPE, COUNT, NULLS, DISTINCT, MIN, MEDIAN, MAX, MEAN, STDDEV, TOP]

/** A line a column of the data; `detailed` adds counts, means and deviations. */
export function summaryTable(columns: readonly ColumnSummary[], width: number | null, detailed: boolean): string {
  const cells = detailed ? LONG : SHORT
  const rows = columns.map((column) => cells.map((cell) => cell.show(column)))
  return renderTable(cells, rows, width).join('\n')
}

function topText(column: ColumnSummary): string {
  if (column.top === null) return NOTHING
  const { value, count, atLeast } = column.top
  const times = `${atLeast === undefined ? '' : '≤ '}${formatNumber(count)}×`
  return `${value === '' ? '""' : numeric(column, value) ? formatNumber(Number(value)) : printable(value)} (${times})`
}

/** Only where no text could be meant, for a text of digits is shown as it is. */
function numeric(column: ColumnSummary, value: string): boolean {
  return (column.type === 'integer' || column.type === 'number') && Number.isSafeInteger(Number(value))
}
