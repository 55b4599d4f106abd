/** What `console.log` shows of profiles. */
import { type InspectOptions, inspect } from 'node:util'
import type { ColumnSummary } from './column-summary.js'
import { onOneLine } from './inspect.js'

/** The most columns that are shown, unless more are asked for by `maxArrayLength`. */
const MOST_COLUMNS = 20

/** A column's figures, for people: nulls as a share, the mean rounded. Types come with the commonest first. */
export function figuresOf(summary: ColumnSummary): Record<string, unknown> {
  const count = summary['counts/n']
  return {
    type: typeOf(summary),
    count,
    ...(count > 0 ? { nulls: percent(summary['counts/null'] / count) } : {}),
    ...(summary['distribution/n']
      ? {
          min: summary['distribution/min'],
          mean: rounded(summary['distribution/mean'] ?? 0),
          max: summary['distribution/max'],
        }
      : {}),
  }
}

/** The columns of a profile, as far as they are shown, and how many rows it counts at least. */
export function columnsOf(
  names: readonly string[],
  summaryOf: (name: string) => ColumnSummary,
  options: InspectOptions,
): Record<string, unknown> {
  const shown = names.slice(0, mostColumns(options)).map((name) => ({ name, summary: summaryOf(name) }))
  const more = names.length - shown.length
  return {
    // A row that lacks a column counts nothing there.
    rowsAtLeast: Math.max(0, ...shown.map(({ summary }) => summary['counts/n'])),
    columns: Object.fromEntries(shown.map(({ name, summary }) => [name, onOneLine(figuresOf(summary))])),
    ...(more > 0 ? { moreColumns: more } : {}),
  }
}

function mostColumns({ maxArrayLength: most }: InspectOptions): number {
  if (most === null) return Number.POSITIVE_INFINITY
  const isAsked = most !== undefined && most !== inspect.defaultOptions.maxArrayLength
  return isAsked ? most : MOST_COLUMNS
}

function typeOf(summary: ColumnSummary): string {
  const types = (['integral', 'fractional', 'boolean', 'string', 'object', 'tensor'] as const)
    .map((type) => ({ type, count: summary[`types/${type}`] }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
  return types.map(({ type }) => type).join(', ') || 'null'
}

function percent(share: number): string {
  return `${rounded(share * 100, 3)} %`
}

function rounded(value: number, digits = 6): number {
  return Number(value.toPrecision(digits))
}
