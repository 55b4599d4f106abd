/** Profiles beside the model: equal in every figure, or a part of it. */
import { shown } from '../support/column-model.mjs'
import { entryOf } from './model.mjs'

/** Sums below this are exact in the mean of merged profiles, but for the last bits. */
const EXACT_SUM = 1e12

/** By place: the merged profile, as a table by column. */
export function merged(profiles) {
  const views = new Map()
  for (const { place, view } of profiles) entryOf(views, place, () => []).push(view)
  return new Map(
    [...views].map(([place, [first, ...others]]) => [
      place,
      tableOf(others.length > 0 ? first.merge(...others) : first),
    ]),
  )
}

const tableOf = (view) => new Map(view.toTable().map((row) => [row.column, row]))

/** What differs, as sentences; none: the profiles say what the model says. */
export function differences(model, found) {
  const differing = []
  for (const [place, columns] of model.places) {
    const table = found.get(place) ?? new Map()
    for (const [name, cells] of columns) {
      const row = table.get(name)
      if (row === undefined) differing.push(`${place} has no column ${name}`)
      else differing.push(...differencesOf(model, cells, row).map((what) => `${place} ${name}: ${what}`))
    }
  }
  return [...differing, ...strangers(model, found)]
}

/** Columns that nobody logged. */
function strangers(model, found) {
  const strange = []
  for (const [place, table] of found) {
    const columns = model.places.get(place)
    for (const name of table.keys())
      if (!columns?.has(name)) strange.push(`${place} has a column ${name} that nobody logged`)
  }
  return strange
}

function differencesOf(model, cells, row) {
  const { summary, items, numbers } = model.summary(cells)
  const is = shown(row, Object.keys(summary))
  const differing = []
  for (const [key, value] of Object.entries(summary)) {
    if (!Object.is(is.summary[key], value) && is.summary[key] !== value)
      differing.push(`${key} is ${is.summary[key]}, not ${value}`)
  }
  for (const item of new Set([...Object.keys(items), ...Object.keys(is.items)])) {
    if (items[item] !== is.items[item])
      differing.push(`item ${item.slice(1)} comes ${is.items[item] ?? 0} times, not ${items[item] ?? 0}`)
  }
  const sum = numbers.reduce((total, value) => total + value, 0)
  const difference = Math.abs((row['distribution/mean'] ?? 0) * numbers.length - sum)
  const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const allowed = largest * numbers.length < EXACT_SUM ? 0.2 : largest * numbers.length * 1e-12
  if (numbers.length > 0 && !(difference <= allowed)) differing.push(`the sum is off by ${difference}`)
  return differing
}

/** Figures of which a part cannot have more than the whole. */
const COUNTS = /^(counts|types)\/|^distribution\/n$|^cardinality\/est$/

/** What the profiles have that the model has not: after a kill they say a part of what it says. */
export function excesses(model, found) {
  const differing = strangers(model, found)
  for (const [place, table] of found) {
    for (const [name, row] of table) {
      const cells = model.places.get(place)?.get(name)
      if (cells) differing.push(...excessesOf(model, cells, row).map((what) => `${place} ${name}: ${what}`))
    }
  }
  return differing
}

function excessesOf(model, cells, row) {
  const { summary, items } = model.summary(cells)
  const is = shown(
    row,
    Object.keys(row).filter((key) => COUNTS.test(key) || /^distribution\/m(in|ax)$/.test(key)),
  )
  const differing = []
  for (const [key, value] of Object.entries(is.summary)) {
    if (COUNTS.test(key) && !(value <= (summary[key] ?? 0)))
      differing.push(`${key} is ${value}, of ${summary[key] ?? 0}`)
  }
  const { 'distribution/min': min, 'distribution/max': max } = is.summary
  if (min < summary['distribution/min']) differing.push(`the minimum ${min} is none of its values`)
  if (max > summary['distribution/max']) differing.push(`the maximum ${max} is none of its values`)
  for (const [item, count] of Object.entries(is.items)) {
    if (!(count <= (items[item] ?? 0)))
      differing.push(`item ${item.slice(1)} comes ${count} times, of ${items[item] ?? 0}`)
  }
  return differing
}
