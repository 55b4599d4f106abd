/** Views of made-up columns, as the summary asks them. */

/** Sketches that know nothing beyond the row of the table. */
const SILENT = {
  topValue: () => null,
  ints: () => null,
  rankError: () => ({ rank: 0, interval: 0 }),
  histogram: () => null,
  components: () => ({}),
}

/** A column's row of the table and what its sketches answer. */
export const column = (name, values, sketches = {}) => ({
  row: { column: name, 'counts/n': 10, 'counts/null': 0, ...values },
  sketches: { ...SILENT, ...sketches },
})

/** Numbers between bounds; `counts`: how they are spread. */
export const numbers = (
  name,
  [min, q25, median, q75, max],
  { counts, top = null, type = 'integral', ...values } = {},
) =>
  column(
    name,
    {
      [`types/${type}`]: 10,
      'distribution/n': 10,
      'distribution/min': min,
      'distribution/q_25': q25,
      'distribution/median': median,
      'distribution/q_75': q75,
      'distribution/max': max,
      'distribution/mean': median,
      'distribution/stddev': 1.5,
      'cardinality/est': 5,
      'cardinality/lower_1': 5,
      'cardinality/upper_1': 5.0001,
      ...values,
    },
    { topValue: () => top, histogram: () => (counts ? { counts } : null) },
  )

export const texts = (name, top, values = {}) =>
  column(
    name,
    { 'types/string': 10, 'cardinality/est': 3, 'cardinality/lower_1': 3, 'cardinality/upper_1': 3, ...values },
    { topValue: () => top && { lower: top.estimate, upper: top.estimate, ...top } },
  )

export function viewOf(columns) {
  const byName = new Map(columns.map(({ row, sketches }) => [row.column, sketches]))
  return { toTable: () => columns.map(({ row }) => row), column: (name) => byName.get(name) }
}
