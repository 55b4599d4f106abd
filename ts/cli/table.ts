import { clip, displayWidth } from './format.js'

export interface TableColumn {
  title: string
  align: 'left' | 'right'
  /** May be cut to this width when the table is too wide; absent: never cut. */
  shrinkTo?: number
  /** Widest it ever gets. */
  maxWidth?: number
  /** Columns with the highest number go first when cutting is not enough; absent: never goes. */
  dropAs?: number
}

const INDENT = '  '
const GAP = '  '

/** Lines of a table that is no wider than `width` columns of a terminal (`null`: as wide as it gets). */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly string[][],
  width: number | null,
): string[] {
  let kept = columns.map((_, index) => index)
  for (;;) {
    const widths = fit(columns, kept, rows, width)
    if (widths !== null) return draw(columns, kept, widths, rows)
    const gone = kept.reduce(
      (worst, index) => (rank(columns[index]) > rank(columns[worst]) ? index : worst),
      kept[0] ?? 0,
    )
    if (rank(columns[gone]) < 0) {
      const least = kept.map((index) => columns[index]?.shrinkTo ?? natural(columns, rows, index))
      return draw(columns, kept, least, rows).map((line) => clip(line, width ?? Number.POSITIVE_INFINITY))
    }
    kept = kept.filter((index) => index !== gone)
  }
}

function rank(column: TableColumn | undefined): number {
  return column?.dropAs ?? -1
}

/** Widths that fit, taken from the widest column that may shrink; `null` when none do. */
function fit(
  columns: readonly TableColumn[],
  kept: readonly number[],
  rows: readonly string[][],
  width: number | null,
): number[] | null {
  const widths = kept.map((index) => natural(columns, rows, index))
  if (width === null) return widths
  let over = widths.reduce((sum, each) => sum + each, 0) + INDENT.length + GAP.length * (kept.length - 1) - width
  while (over > 0) {
    let widest = -1
    for (const [place, index] of kept.entries()) {
      const least = columns[index]?.shrinkTo ?? Number.POSITIVE_INFINITY
      if ((widths[place] ?? 0) > least && (widths[place] ?? 0) > (widths[widest] ?? 0)) widest = place
    }
    if (widest < 0) return null
    widths[widest] = (widths[widest] ?? 0) - 1
    over--
  }
  return widths
}

function natural(columns: readonly TableColumn[], rows: readonly string[][], index: number): number {
  const column = columns[index]
  let width = displayWidth(column?.title ?? '')
  for (const row of rows) width = Math.max(width, displayWidth(row[index] ?? ''))
  return Math.min(width, column?.maxWidth ?? width)
}

function draw(
  columns: readonly TableColumn[],
  kept: readonly number[],
  widths: readonly number[],
  rows: readonly string[][],
): string[] {
  const cells = [columns.map((column) => column.title), ...rows]
  return cells.map((row) => {
    const line = kept.map((index, place) => pad(row[index] ?? '', widths[place] ?? 0, columns[index]?.align ?? 'left'))
    return INDENT + line.join(GAP).trimEnd()
  })
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const shown = clip(text, width)
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(shown)))
  return align === 'right' ? blanks + shown : shown + blanks
}
