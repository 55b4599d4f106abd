/** What profiles say, for comparison. */

/** By column: what the profiles of a dataset say, merged by the writer's single profile. */
export function tableOf(writer, datasetId) {
  const rows = writer.items.filter((item) => item.datasetId === datasetId).flatMap((item) => item.view().toTable())
  return Object.fromEntries(rows.map((row) => [row.column, row]))
}

/** How often each kind of value was counted, those that were not left out. */
export function kindsOf(row) {
  const kinds = { n: 'counts/n', null: 'counts/null', nan: 'counts/nan', inf: 'counts/inf' }
  for (const kind of ['integral', 'fractional', 'boolean', 'string', 'object', 'tensor']) kinds[kind] = `types/${kind}`
  const counts = Object.entries(kinds).map(([kind, key]) => [kind, row?.[key] ?? 0])
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

/** Frequent items, by value. */
export function itemsOf(row) {
  const items = row['frequent_items/frequent_strings'] ?? []
  return Object.fromEntries(items.map(({ value, estimate }) => [value, estimate]))
}
