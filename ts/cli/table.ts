import { clip, displayWidth } from './format.js'

export interface TableColumn {
  title: string
  align: 'left' | 'right'
  /** May be cut to this width when the table is too wide; absent: never cut. */
  shrinkTo?: number
  /** Widest it ever gets. */
  maxWidth?: number
}

const INDENT = '  '
const GAP = '  '

/**
 * Lines of a table that is no wider than `width` columns of a terminal (`null`: as wide as it gets). `null` where it
 * cannot be made as narrow.
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string[] | null {
  const widths = columns.map((column, index) => natural(column, rows, index))
  let over =
    widths.reduce((sum, each) => sum + each, INDENT.length + GAP.length * (widths.length - 1)) - (width ?? Infinity)
  while (over > 0) {
    const widest = widestThatShrinks(columns, widths)
    if (widest === null) return null
    widths[widest] = (widths[widest] ?? 0) - 1
    over--
  }
  return [columns.map(({ title }) => title), ...rows].map((row) => {
    const line = columns.map(({ align }, index) => pad(row[index] ?? '', widths[index] ?? 0, align))
    return INDENT + line.join(GAP).trimEnd()
  })
}

function widestThatShrinks(columns: readonly TableColumn[], widths: readonly number[]): number | null {
  let widest: number | null = null
  for (const [index, { shrinkTo = Infinity }] of columns.entries()) {
    const width = widths[index] ?? 0
    if (width > shrinkTo && width > (widest === null ? 0 : (widths[widest] ?? 0))) widest = index
  }
  return widest
}

function natural(column: TableColumn, rows: readonly (readonly string[])[], index: number): number {
  let width = displayWidth(column.title)
  for (const row of rows) width = Math.max(width, displayWidth(row[index] ?? ''))
  return Math.min(width, column.maxWidth ?? width)
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const shown = clip(text, width)
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(shown)))
  return align === 'right' ? blanks + shown : shown + blanks
}
