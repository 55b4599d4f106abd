/** Holds a row of `ProfileView.toTable()` against the reference's summary of the same column. */

const FREQUENT = 'frequent_items/frequent_strings'
/** Namespaces that the library summarises; others travel through it unread. */
const SUMMARISED = new Set([
  'counts',
  'types',
  'ints',
  'distribution',
  'cardinality',
  'frequent_items',
  'condition_count',
  'unicode_range',
])
export const RANKS = {
  q_01: 0.01,
  q_05: 0.05,
  q_10: 0.1,
  q_25: 0.25,
  median: 0.5,
  q_75: 0.75,
  q_90: 0.9,
  q_95: 0.95,
  q_99: 0.99,
}
/** Values that a quantile sketch of k = 1024 holds before it first compacts. */
export const EXACT = 1024
/** Rank error of one query at k = 1024, 99 % sure: 2.296 / k^0.9021 (the sketch library's fit). */
export const RANK_ERROR = 0.00443

/** Numbers as the reference's side writes them: `null` and texts for what JSON has no number for. */
function number(value) {
  return value === null || value === undefined ? Number.NaN : Number(value)
}

function same(a, b) {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

/** Equal to 1e-9, relative to the number itself, or to the values' size where a mean is near zero. */
function near(a, b, scale) {
  if (same(a, b)) return true
  const off = Math.abs(a - b)
  return off <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)) || off <= 1e-12 * scale
}

/** Frequent items as [value, estimate, lower, upper], most frequent first, then by code points. */
export function sortedItems(items) {
  const rows = items.map((item) => (Array.isArray(item) ? item : [item.value, item.estimate, item.lower, item.upper]))
  return rows.sort((a, b) => b[1] - a[1] || Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])))
}

/**
 * Every difference between two summaries of one column, as texts.
 *
 * `closeness.sameFile`: nothing may differ. `closeness.items`: the frequent items expected instead of the table's.
 * `closeness.cardinality`: a relative error that two estimates may differ by, for sketches that were fed in other orders.
 */
export function differences(label, ours, theirs, closeness = {}) {
  const found = []
  if (ours === undefined) return [`${label}: the column is missing`]
  const scale = Math.max(Math.abs(number(theirs['distribution/max'])), Math.abs(number(theirs['distribution/min'])))
  for (const [key, value] of Object.entries(theirs)) {
    const [namespace, ...path] = key.split('/')
    const name = path.at(-1)
    if (!SUMMARISED.has(namespace) || key === FREQUENT) continue
    const [got, want] = [number(ours[key]), number(value)]
    let equal = same(got, want)
    if (!equal && !closeness.sameFile) {
      if (name === 'mean' || name === 'stddev') equal = near(got, want, scale)
      else if (name in RANKS) equal = theirs['distribution/n'] > EXACT
      else if (namespace === 'cardinality') equal = Math.abs(got - want) <= (closeness.cardinality ?? 0) * want
    }
    if (!equal) found.push(`${label} · ${key}: ${got}, the reference says ${want}`)
  }
  for (const key of Object.keys(ours)) {
    if (key !== 'column' && ours[key] !== null && !(key in theirs))
      found.push(`${label} · ${key}: not in the reference's table`)
  }
  const items = closeness.items ?? theirs[FREQUENT]
  if (items !== undefined && closeness.items !== false) {
    const [got, want] = [JSON.stringify(sortedItems(ours[FREQUENT] ?? [])), JSON.stringify(sortedItems(items))]
    if (got !== want)
      found.push(`${label} · frequent items: ${got.slice(0, 300)}, the reference says ${want.slice(0, 300)}`)
  }
  return found
}

/** Quantiles of a summary whose true rank among `values` is further off than the sketch's bound. */
export function rankErrors(label, row, values) {
  const numbers = values
    .filter(([kind]) => kind === 'integral' || kind === 'fractional' || kind === 'bool')
    .map(([, value]) => Number(value))
  if (numbers.length === 0) return []
  const sorted = Float64Array.from(numbers).sort()
  const slack = sorted.length <= EXACT ? 1 / sorted.length : RANK_ERROR
  return Object.entries(RANKS).flatMap(([name, rank]) => {
    const quantile = row[`distribution/${name}`]
    let below = 0
    while (below < sorted.length && sorted[below] < quantile) below += 1
    let upTo = below
    while (upTo < sorted.length && sorted[upTo] <= quantile) upTo += 1
    const hit = below / sorted.length - slack <= rank && rank <= upTo / sorted.length + slack
    return hit
      ? []
      : [`${label} · ${name}: ${quantile} covers ranks ${below / sorted.length} to ${upTo / sorted.length}`]
  })
}

/** Rows of `toTable()` by column. */
export function byColumn(view) {
  return new Map(view.toTable().map((row) => [row.column, row]))
}

/** Values as frequent items: their texts, cut to 128 code points, with their true numbers; fractional numbers are none. */
export function itemCounts(values) {
  const counts = new Map()
  for (const [kind, value] of values) {
    let text
    if (kind === 'integral') text = String(value)
    else if (kind === 'bool') text = value ? 'True' : 'False'
    else if (kind === 'text') text = value.length <= 128 ? value : [...value].slice(0, 128).join('')
    else continue
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

/** Frequent items of a summary whose bounds do not hold the true number, by `itemCounts` of the column's values. */
export function itemErrors(label, row, counts) {
  return (row[FREQUENT] ?? []).flatMap(({ value, estimate, lower, upper }) => {
    const count = counts.get(value) ?? 0
    const holds = lower <= count && count <= upper && lower <= estimate && estimate <= upper
    return holds ? [] : [`${label} · frequent item ${value}: ${count} of them, bounds ${lower} and ${upper}`]
  })
}
