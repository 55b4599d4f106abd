import { clip, displayWidth } from './format.js'
import { SHAPE_CELLS, type Shapes } from './shapes.js'
import type { ColumnSummary } from './summary.js'
import { type Figures, figuresOf } from './summary-figures.js'
import { type Drawn, summaryRecords } from './summary-records.js'
import { renderTable, type TableColumn } from './table.js'

const NOTHING = '–'

interface Cell extends TableColumn {
  show: (figures: Figures, shape: string | undefined) => string | null
}

/** Names are not cut shorter, nor so short that two look alike. */
const SHORTEST_NAME = 10
/** Nor shorter than this, if leaving out other things gives them room. */
const EASY_NAME = 24
const LONGEST_NAME = 48
const SHORTEST_TOP = 12
const EASY_TOP = 20

const TYPE: Cell = { title: 'type', align: 'left', shrinkTo: 7, maxWidth: 24, show: ({ type }) => type }
const COUNT: Cell = { title: 'values', align: 'right', show: ({ count }) => count }
const NULLS: Cell = { title: 'nulls', align: 'right', show: ({ nulls }) => nulls }
const NULL_SHARE: Cell = { title: 'nulls', align: 'right', show: ({ nullShare }) => nullShare }
const DISTINCT: Cell = { title: 'distinct', align: 'right', show: ({ distinct }) => distinct }
const MIN: Cell = { title: 'min', align: 'right', show: ({ min, shortest }) => min ?? shortest }
const Q25: Cell = { title: 'q25', align: 'right', show: ({ q25 }) => q25 }
const MEDIAN: Cell = { title: 'median', align: 'right', show: ({ median }) => median }
const Q75: Cell = { title: 'q75', align: 'right', show: ({ q75 }) => q75 }
const MAX: Cell = { title: 'max', align: 'right', show: ({ max, longest }) => max ?? longest }
const MEAN: Cell = { title: 'mean', align: 'right', show: ({ mean }) => mean }
const STDDEV: Cell = { title: 'stddev', align: 'right', show: ({ stddev }) => stddev }
const SHAPE: Cell = { title: 'shape', align: 'left', show: (_, shape) => shape ?? '' }
const TOP: Cell = { title: 'top value', align: 'left', shrinkTo: SHORTEST_TOP, maxWidth: 40, show: ({ top }) => top }
/** Numbers by their shape, others by their top value. */
const SHAPE_OR_TOP: Cell = {
  ...TOP,
  title: 'shape/top',
  shrinkTo: SHAPE_CELLS,
  show: ({ top, median, type }, shape) => (median !== null && type !== 'boolean' && shape !== undefined ? shape : top),
}

/** The cells behind the name, from all there is to what fits a usual terminal. */
const LAYOUTS: readonly (readonly Cell[])[] = [
  [TYPE, NULLS, DISTINCT, MIN, Q25, MEDIAN, Q75, MAX, SHAPE, TOP],
  [TYPE, NULLS, DISTINCT, MIN, MEDIAN, MAX, SHAPE, TOP],
  [TYPE, NULL_SHARE, DISTINCT, MIN, MEDIAN, MAX, SHAPE_OR_TOP],
]
const DETAILED_LAYOUTS: readonly (readonly Cell[])[] = [
  [TYPE, COUNT, NULLS, DISTINCT, MIN, Q25, MEDIAN, Q75, MAX, MEAN, STDDEV, SHAPE, TOP],
]

export interface TableOptions {
  /** Columns of the terminal; `null`: no line is too long. */
  width: number | null
  /** With counts, means and deviations. */
  detailed: boolean
  /** `null`: nothing is drawn. */
  shapes: Shapes | null
}

/** A line a column of the data, or, where the terminal is too narrow for that, a few lines a column. */
export function summaryText(columns: readonly ColumnSummary[], options: TableOptions): string {
  const { width, shapes, detailed } = options
  const drawn = columns.map((column) => ({ figures: figuresOf(column), shape: shapes?.get(column.column) }))
  const name = nameCell(width === null ? [] : drawn.map(({ figures }) => figures.name))
  const layouts = (detailed ? DETAILED_LAYOUTS : LAYOUTS).map((layout) => [
    name,
    ...(shapes === null ? withoutPictures(layout) : layout),
  ])
  for (const cells of [...layouts.map(easy), ...layouts.slice(-1)]) {
    const lines = renderTable(cells, rowsOf(drawn, cells), width)
    if (lines !== null) return lines.join('\n')
  }
  return summaryRecords(drawn, width ?? 0, detailed).join('\n')
}

/** The table as titles and texts, without pictures. */
export function summaryCells(
  columns: readonly ColumnSummary[],
  detailed: boolean,
): { cells: readonly TableColumn[]; rows: string[][] } {
  const layout = (detailed ? DETAILED_LAYOUTS : LAYOUTS)[0] ?? []
  const cells = [nameCell([]), ...withoutPictures(layout)]
  const drawn = columns.map((column) => ({ figures: figuresOf(column), shape: undefined }))
  return { cells, rows: rowsOf(drawn, cells) }
}

function withoutPictures(layout: readonly Cell[]): Cell[] {
  return layout.filter((cell) => cell !== SHAPE).map((cell) => (cell === SHAPE_OR_TOP ? TOP : cell))
}

/** The same cells, cut less. */
function easy(cells: readonly Cell[]): Cell[] {
  return cells.map((cell, index) => {
    if (cell === TOP || cell === SHAPE_OR_TOP) return { ...cell, shrinkTo: EASY_TOP }
    if (index > 0 || cell.shrinkTo === undefined) return cell
    return { ...cell, shrinkTo: Math.max(EASY_NAME, cell.shrinkTo) }
  })
}

function rowsOf(columns: readonly Drawn[], cells: readonly Cell[]): string[][] {
  return columns.map(({ figures, shape }) => cells.map((cell) => cell.show(figures, shape) ?? NOTHING))
}

/** `names`: those that have to be told apart when they are cut; none: nothing is cut. */
function nameCell(names: readonly string[]): Cell {
  const cell: Cell = { title: 'column', align: 'left', show: ({ name }) => name }
  if (names.length === 0) return cell
  const least = leastWidth(names)
  return { ...cell, shrinkTo: least, maxWidth: Math.max(LONGEST_NAME, least) }
}

/** The least width at which no two names that differ look alike. */
function leastWidth(names: readonly string[]): number {
  const widest = names.reduce((most, name) => Math.max(most, displayWidth(name)), SHORTEST_NAME)
  const apart = (width: number): boolean => new Set(names.map((name) => clip(name, width))).size === different
  const different = new Set(names).size
  let [low, high] = [SHORTEST_NAME, widest]
  while (low < high) {
    const middle = (low + high) >> 1
    if (apart(middle)) high = middle
    else low = middle + 1
  }
  return low
}
