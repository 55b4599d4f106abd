/** When a comparison of main_job.py agrees. */
import { differences, EXACT, RANK_ERROR, RANKS } from './table.mjs'

/** Distinct values that the cardinality sketch holds before its estimate depends on how its parts came together. */
const COUPONS = 383
/** Three standard errors of it. */
const ANOTHER_WAY = 0.05
/** Distinct items that the table of frequent items holds before it depends on their order which are left out. */
const ITEMS = 768

const near = (a, b) => a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))

/** Every difference of one comparison, as texts. */
export function comparisonDifferences(
  label,
  { files, rows, ours, own, secondMoments, itemsWithoutFractional, ranks, counts, distinct },
) {
  if (!ours) return [`${label}: ${rows} rows, and no profile of them`]
  if (!own) return [`${label}: ${files.join(', ')} of no rows`]
  const columns = new Set([...Object.keys(ours), ...Object.keys(own)])
  return [...columns].flatMap((column) => {
    const at = `${label} · ${column}`
    if (!ours[column]) return [`${at}: the column is missing`]
    if (!own[column]) return [`${at}: the reference has no such column`]
    // A bucket is made of what several threads read, the whole of its buckets: other ways to the same union.
    const sameWay = (own[column]['cardinality/est'] ?? 0) <= COUPONS
    const closeness = {
      cardinality: sameWay ? 0 : ANOTHER_WAY,
      items: distinct[column] <= ITEMS ? itemsWithoutFractional[column] : false,
    }
    return [
      ...differences(at, ours[column], own[column], closeness),
      ...momentDifferences(at, secondMoments[column]),
      ...rankDifferences(at, ours[column]['distribution/n'], ranks[column]),
      ...itemDifferences(at, ours[column]['frequent_items/frequent_strings'] ?? [], counts[column]),
    ]
  })
}

function momentDifferences(label, moments) {
  if (!moments || near(moments[0], moments[1])) return []
  return [`${label} · m2: ${moments[0]}, the reference says ${moments[1]}`]
}

function rankDifferences(label, n, ranks = {}) {
  const slack = n <= EXACT ? 1 / n : RANK_ERROR
  return Object.entries(ranks).flatMap(([name, [below, upTo]]) => {
    const hit = below / n - slack <= RANKS[name] && RANKS[name] <= upTo / n + slack
    return hit ? [] : [`${label} · ${name}: covers ranks ${below / n} to ${upTo / n}`]
  })
}

function itemDifferences(label, items, counts = {}) {
  return items.flatMap(([value, estimate, lower, upper]) => {
    const holds = lower <= counts[value] && counts[value] <= upper && lower <= estimate && estimate <= upper
    return holds ? [] : [`${label} · frequent item: ${counts[value]} of them, bounds ${lower} and ${upper}`]
  })
}
