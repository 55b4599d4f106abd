/** Whole profiles of ours against the reference's. */
import assert from 'node:assert/strict'
import { byColumn, differences, itemCounts, itemErrors, rankErrors } from './table.mjs'
import { stepsOf } from './values.mjs'

/** Three standard errors of the cardinality sketch: estimates of sketches that were fed in another order. */
const ANOTHER_ORDER = 0.05
/** Distinct values that the cardinality sketch holds before its estimate depends on their order. */
const COUPONS = 383
/** Distinct items that the table of frequent items holds before it depends on their order which are left out. */
const ITEMS = 768

/** Columns of values as steps, as the reference is sent them. */
export function sent(columns, mode) {
  return [...columns].map(([name, values]) => ({ name, steps: stepsOf(values, mode) }))
}

/**
 * Differences of a view of ours from the reference's profile of the same values, over all columns. `inOrder`: our sketches
 * saw the values in the order in which the reference did, so that those of columns of one kind agree to the last digit.
 * `fractionalItems`: a file of the reference was merged in, which has fractional numbers among its frequent items.
 */
export function allDifferences(label, view, theirs, columns, { inOrder = true, fractionalItems = false } = {}) {
  const rows = byColumn(view)
  return [...columns].flatMap(([name, values]) => {
    const at = `${label} · ${name}`
    const kinds = new Set(values.map(([kind]) => kind))
    kinds.delete('null')
    // Bigints that no double holds travel apart from the other numbers of their block, and so come after them.
    const apart = values.some(([, value]) => typeof value === 'bigint')
    const ordered = inOrder && kinds.size <= 1 && !apart
    const counts = itemCounts(values)
    const expected = theirs.table[name]
    const closeness = {
      items: ordered || counts.size <= ITEMS ? theirs.frequentItemsWithoutFractional?.[name]?.items : false,
      cardinality: ordered || (expected['cardinality/est'] ?? 0) <= COUPONS ? 0 : ANOTHER_ORDER,
    }
    return [
      ...differences(at, rows.get(name), expected, closeness),
      ...rankErrors(at, rows.get(name) ?? {}, values),
      ...(fractionalItems ? [] : itemErrors(at, rows.get(name) ?? {}, counts)),
    ]
  })
}

/** Differences between what we and the reference read out of one file. */
export function readDifferences(label, view, theirs) {
  const rows = byColumn(view)
  assert.deepEqual([...rows.keys()].sort(), Object.keys(theirs.table).sort(), label)
  return [...rows].flatMap(([name, row]) =>
    differences(`${label} · ${name}`, row, theirs.table[name], { sameFile: true }),
  )
}
