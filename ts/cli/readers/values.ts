/**
 * What a CSV field means. Text carries no types, so each is read by its own look:
 *
 * - empty: null
 * - `true`, `false` (also `True`, `TRUE`, …): boolean
 * - decimal digits with an optional `-`, point and exponent: number, unless a number would not be the same thing:
 *   leading zeros (`007`), a leading `+` and whole numbers beyond ±(2⁵³ − 1) stay text, for they are codes more often
 *   than quantities and would come out changed
 * - anything else, also hexadecimal, `NaN`, `Infinity` and digits with group separators: text, unchanged
 *
 * Blanks around a number or boolean are ignored.
 */
export function fieldValue(field: string): string | number | boolean | null {
  if (field === '') return null
  const code = field.charCodeAt(0)
  // Most text begins with a letter other than those of the two booleans: no pattern is tried on it.
  if (code > 57 && code !== 84 && code !== 116 && code !== 70 && code !== 102 && code < 128) return field
  if (NUMBER.test(field)) {
    const value = Number(field)
    if (!Number.isFinite(value)) return field
    return Number.isInteger(value) && !Number.isSafeInteger(value) && WHOLE.test(field) ? field : value
  }
  return BOOLEANS.get(field.trim()) ?? field
}

const NUMBER = /^ *-?(?:(?:0|[1-9]\d*)(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)? *$/
const WHOLE = /^ *-?\d+ *$/
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
])
