/**
 * Functions generated for rows of one form: some columns of a shape in their order, each of a kind known beforehand.
 *
 * Such a function loads every value by a name of its own, so that the engine's inline caches see one form of row each; a loop over names shares
 * one cache among all columns and all forms. It gives `false` and leaves no trace where a row has other columns; a value of another kind goes to
 * `write`, as everywhere. Where generating code is forbidden (`--disallow-code-generation-from-strings`), and for rows that come by only once, the loop in
 * `OpenBlock.put` does the same.
 */
import { KIND_BOOL, KIND_F64, KIND_TEXT } from './layout.js'

/** What a generated function writes to; see `OpenBlock`. */
export interface RowTarget {
  readonly rows: number
  readonly f64: Float64Array
  readonly u32: Uint32Array
  readonly u8: Uint8Array
  readonly texts: string[]
  readonly maxUnits: number
  rowExtra: number
  write(column: number, value: unknown): number
  skip(from: number, to: number): void
  finishRow(units: number): void
}

/** Writes a row into the next slot; `false`: it has other columns than these, in this order. */
export type RowWriter = (target: RowTarget, row: Record<string, unknown>) => boolean

/** A function of more columns is compiled slowly, or never. */
const MAX_COLUMNS = 256
/** A shape whose rows come in more forms, or whose columns change their kinds more often, is left to the loop. */
const MAX_FORMS = 16

/** The functions of one shape, by the columns that a row has and the kinds of all. */
export class RowWriters {
  readonly #names: readonly string[]
  readonly #byForm = new Map<string, RowWriter | null>()

  constructor(names: readonly string[]) {
    this.#names = names
  }

  /** The function for rows that have the columns `present`, ascending; `null`: there is none. */
  of(present: readonly number[], kinds: Uint8Array, capacity: number): RowWriter | null {
    if (kinds.length > MAX_COLUMNS || present.length === 0) return null
    const form = `${present.join()}:${kinds.join()}`
    let writer = this.#byForm.get(form)
    if (writer === undefined) {
      if (this.#byForm.size >= MAX_FORMS) return null
      writer = generate(this.#names, present, kinds, capacity)
      this.#byForm.set(form, writer)
    }
    return writer
  }
}

function generate(
  names: readonly string[],
  present: readonly number[],
  kinds: Uint8Array,
  capacity: number,
): RowWriter | null {
  const lines: string[] = []
  let next = 0
  for (const column of present) {
    if (column > next) lines.push(`block.skip(${next}, ${column})`)
    const otherwise = `units += block.write(${column}, v${column})`
    const store = storing(kinds[column], `v${column}`, column * capacity)
    lines.push(`const v${column} = row[${JSON.stringify(names[column])}]`)
    lines.push(store === null ? otherwise : `${store} else ${otherwise}`)
    next = column + 1
  }
  if (next < names.length) lines.push(`block.skip(${next}, ${names.length})`)
  const body = `
const names = ${JSON.stringify(present.map((column) => names[column]))}
return (block, row) => {
  let columns = 0
  for (const name in row) if (name !== names[columns++]) return false
  if (columns !== ${present.length}) return false
  const { rows: slot, f64, u32, u8, texts, maxUnits } = block
  let units = 0
  block.rowExtra = 0
  ${lines.join('\n  ')}
  block.finishRow(units)
  return true
}`
  try {
    return new Function(body)() as RowWriter
  } catch (error) {
    if (error instanceof EvalError) return null
    throw error
  }
}

/** The statement that stores a value of this kind; what is of another kind is left to an `else`. */
function storing(kind: number | undefined, value: string, base: number): string | null {
  switch (kind) {
    case KIND_F64:
      return `if (typeof ${value} === 'number') f64[slot + ${base}] = ${value}; `
    case KIND_BOOL:
      return `if (typeof ${value} === 'boolean') u8[slot + ${base * 8}] = ${value} ? 1 : 0; `
    case KIND_TEXT:
      return `if (typeof ${value} === 'string' && ${value}.length <= maxUnits) { const n = ${value}.length; texts[slot + ${base}] = ${value}; u32[slot + ${base * 2}] = n; units += n } `
    default:
      return null
  }
}
