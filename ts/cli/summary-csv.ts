import { csvText } from './csv-text.js'
import type { ColumnSummary } from './summary.js'

type Field = string | number | bigint | null

/** What each field is called, and what it holds: numbers as exact as they are known. */
const FIELDS: readonly (readonly [string, (column: ColumnSummary) => Field])[] = [
  ['column', ({ column }) => column],
  ['type', ({ type }) => type],
  ['count', ({ count }) => count],
  ['nulls', ({ nulls }) => nulls],
  ['distinct', ({ distinct }) => distinct],
  ['min', ({ min }) => min],
  ['q25', ({ q25 }) => q25],
  ['median', ({ median }) => median],
  ['q75', ({ q75 }) => q75],
  ['max', ({ max }) => max],
  ['mean', ({ mean }) => mean],
  ['stddev', ({ stddev }) => stddev],
  ['shortest', ({ shortest }) => shortest],
  ['longest', ({ longest }) => longest],
  ['first', ({ first }) => first?.toISOString() ?? null],
  ['last', ({ last }) => last?.toISOString() ?? null],
  ['top', ({ top }) => top?.value ?? null],
  ['top_count', ({ top }) => top?.count ?? null],
]

/** A record a column, behind the name of what it is a column of. */
export function summaryCsv(
  title: string,
  groups: readonly { name: string; columns: readonly ColumnSummary[] }[],
): string {
  const records = groups.flatMap(({ name, columns }) =>
    columns.map((column) => [name, ...FIELDS.map(([, of]) => of(column))]),
  )
  return csvText([[title, ...FIELDS.map(([name]) => name)], ...records])
}
