import type { View } from './profiler.js'
import type { ColumnSummary } from './summary.js'
import { isOneOfMany } from './summary-figures.js'

/** A picture of each column in block characters, by name; columns of which there is nothing to draw are missing. */
export type Shapes = ReadonlyMap<string, string>

/** Terminal columns that a picture takes. */
export const SHAPE_CELLS = 10

export function shapesOf(view: View, columns: readonly ColumnSummary[]): Shapes {
  const shapes = new Map<string, string>()
  for (const column of columns) {
    const shape = histogram(view, column) ?? bar(column)
    if (shape !== null) shapes.set(column.column, shape)
  }
  return shapes
}

/** How a column's numbers are spread from its smallest to its largest, in intervals of equal width. */
function histogram(view: View, { column, type, min, max }: ColumnSummary): string | null {
  if (min === null || max === null || type === 'boolean') return null
  // Of one number there is no spread, and of the widest range no width.
  if (!(max > min) || !Number.isFinite(Number(max) - Number(min))) return null
  const counts = view.column(column).histogram({ bins: SHAPE_CELLS })?.counts
  return counts === undefined ? null : columnsOfBlocks(counts)
}

const HEIGHTS = '▁▂▃▄▅▆▇█'

/** The lowest block stands for none; what is there at all is higher. */
export function columnsOfBlocks(counts: readonly number[]): string {
  const most = Math.max(...counts)
  const height = (count: number): number => (count > 0 ? 1 + Math.round((count / most) * (HEIGHTS.length - 2)) : 0)
  return counts.map((count) => HEIGHTS[height(count)] ?? '').join('')
}

/** The share of the top value among all values. */
function bar(column: ColumnSummary): string | null {
  const { top, count, nulls } = column
  return top === null || isOneOfMany(column) ? null : barOfBlocks(top.count / Math.max(1, count - nulls))
}

export function barOfBlocks(share: number): string {
  const filled = Math.max(0, Math.min(SHAPE_CELLS, Math.round(share * SHAPE_CELLS)))
  return '█'.repeat(filled) + '░'.repeat(SHAPE_CELLS - filled)
}
