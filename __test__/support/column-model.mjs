/** What a column's summary must say of known cells, worked out plainly. Sketches are left out; they are exact in small columns. */
import { cut } from './rows.mjs'

const TWO_63 = 2 ** 63

const word = new DataView(new ArrayBuffer(8))

function bitsOf(value) {
  word.setFloat64(0, value)
  return word.getBigUint64(0)
}

function typeOf({ kind, value }) {
  if (kind === 'number') {
    if (Number.isNaN(value)) return 'nan'
    if (!Number.isFinite(value)) return 'inf'
    return Number.isInteger(value) && Math.abs(value) < TWO_63 ? 'integral' : 'fractional'
  }
  return { integer: 'integral', bool: 'boolean', text: 'string' }[kind] ?? kind
}

/** `cells` are the column's, nulls among them; `maxValueBytes` of a text count. */
export function summaryOf(cells, maxValueBytes) {
  const of = {}
  for (const cell of cells) {
    const type = typeOf(cell)
    of[type] ??= []
    of[type].push(cell)
  }
  const count = (type) => of[type]?.length ?? 0
  const integers = (of.integral ?? []).map(({ value }) => BigInt(value))
  const doubles = (of.fractional ?? []).map(({ value }) => value)
  const bools = (of.boolean ?? []).map(({ value }) => Number(value))
  const texts = (of.string ?? []).map(({ value }) => cut(value, maxValueBytes))
  const all = [...integers.map(Number), ...doubles, ...bools]
  const summary = {
    'counts/n': cells.length,
    'counts/null': count('null') + count('nan'),
    'counts/nan': count('nan'),
    'counts/inf': count('inf'),
    'counts/true': bools.filter((value) => value === 1).length,
    'types/integral': integers.length,
    'types/fractional': doubles.length + count('inf'),
    'types/boolean': bools.length,
    'types/string': texts.length,
    'types/object': count('object'),
    'types/tensor': count('tensor'),
  }
  if (all.length + texts.length + count('inf') > 0) {
    summary['distribution/n'] = all.length
    summary['distribution/min'] = all.length > 0 ? Math.min(...all) : Number.NaN
    summary['distribution/max'] = all.length > 0 ? Math.max(...all) : Number.NaN
    // The sketch hashes 64 bits, of an integer or of a double: 5e-324 and 1 are one.
    const bits = [...integers, ...bools].map((value) => BigInt.asUintN(64, BigInt(value)))
    const distinct = new Set([...bits, ...doubles.map(bitsOf), ...texts.filter((text) => text !== '')])
    summary['cardinality/est'] = distinct.size
  }
  if (integers.length + bools.length > 0) {
    const bound = (pick) => integers.reduce((best, value) => (pick(value, best) ? value : best))
    const none = Number(2n ** 63n - 1n)
    summary['ints/min'] = integers.length > 0 ? Number(bound((value, best) => value < best)) : none
    summary['ints/max'] = integers.length > 0 ? Number(bound((value, best) => value > best)) : -none
  }
  const items = [...integers.map(String), ...bools.map((value) => (value ? 'True' : 'False')), ...texts]
  return { summary, items: tally(items), numbers: all }
}

function tally(items) {
  const counts = {}
  for (const item of items) counts[`_${item}`] = (counts[`_${item}`] ?? 0) + 1
  return counts
}

/** The same of a column as the library shows it: the exact figures, and the frequent items. */
export function shown(column, keys) {
  const summary = Object.fromEntries(
    keys.map((key) => [key, key === 'cardinality/est' ? Math.round(column[key]) : column[key]]),
  )
  const items = column['frequent_items/frequent_strings'] ?? []
  return { summary, items: Object.fromEntries(items.map(({ value, estimate }) => [`_${value}`, estimate])) }
}
