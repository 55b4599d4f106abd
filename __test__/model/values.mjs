/**
 * The values of programs. Each column has a range of numbers and texts of its own, so that a value
 * counted in another column shows in minimum, maximum, sum and frequent items.
 */

/** Columns by number: usual names, and names that objects treat in ways of their own. */
const NAMES = ['a', 'b', 'c', 'd', 'e', 'größe', 'x y', '7', '0', 'length', '__proto__', 'toString']

export const COLUMNS = NAMES.length

/** The name of column `number`; beyond the usual ones each number has a name of its own. */
export const nameOf = (number) => NAMES[number] ?? `col-${number}`

const MIXED = ['int', 'text', 'null', 'bool', 'half', 'int', 'object']
const OBJECT = { kind: 'object' }
const TENSOR = { kind: 'tensor' }
const NULL = { kind: 'null' }

const base = (column) => 1000 * (column + 1)
const number = (value) => ({ value, cell: { kind: 'number', value } })

/** What each kind gives in row `i` of a column: the value, and the cell that it is to count as. */
const VALUES = {
  int: (column, i) => number(base(column) + (i % 7)),
  negative: (column, i) => number(-base(column) - (i % 5)),
  half: (column, i) => number(base(column) + (i % 4) + 0.5),
  text: (column, i) => ofText(`${nameOf(column)}:${i % 5}`),
  long: (column, i) => ofText(`${nameOf(column)}:${'é'.repeat(60)}${i % 3}`),
  empty: () => ofText(''),
  bool: (_, i) => ({ value: i % 3 === 0, cell: { kind: 'bool', value: i % 3 === 0 } }),
  null: () => ({ value: null, cell: NULL }),
  undefined: () => ({ value: undefined, cell: NULL }),
  nan: () => number(Number.NaN),
  infinity: (_, i) => number(i % 2 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY),
  bigint: (column, i) => ({ ...number(base(column) + (i % 7)), value: BigInt(base(column) + (i % 7)) }),
  long64: (column, i) => ofLong(2n ** 60n + BigInt(base(column) + (i % 3))),
  huge: (column) => number((column + 1) * 1e30),
  date: () => ({ value: new Date(0), cell: OBJECT }),
  object: (_, i) => ({ value: i % 2 ? { a: [1] } : [1, 'a'], cell: OBJECT }),
  whole: (column, i) => ({
    value: base(column) + (i % 4),
    cell: { kind: 'fractional', value: base(column) + (i % 4) },
  }),
  tensor: (_, i) => ({ value: i % 2 ? [1, 2] : [[1], [2]], cell: TENSOR }),
}

const ofText = (value) => ({ value, cell: { kind: 'text', value } })
const ofLong = (value) => ({ value, cell: { kind: 'integer', value } })

/** The kinds, those first that programs shrink to. `whole` comes of typed arrays alone: a whole number that is fractional. */
export const KINDS = [...Object.keys(VALUES).filter((kind) => kind !== 'whole'), 'mixed', 'missing']

/** Value and cell of row `i` in a column; `null`: the row lacks the column. */
export function valueAt(column, kind, i) {
  if (kind === 'missing') return i % 2 ? VALUES.int(column, i) : null
  return VALUES[kind === 'mixed' ? MIXED[i % MIXED.length] : kind](column, i)
}

/** What stands for a kind where a form of input cannot have it. */
const IN_JSON = {
  undefined: 'null',
  nan: 'null',
  infinity: 'null',
  bigint: 'int',
  long64: 'int',
  date: 'object',
}
const IN_ARROW = { int: 'int', negative: 'int', half: 'half', text: 'text', long: 'text', bool: 'bool', null: 'null' }

export const inJson = (kind) => IN_JSON[kind] ?? kind
export const inArrow = (kind) => IN_ARROW[kind] ?? 'int'

/** Values of which columns are told apart as segments, and the text of each; `null`: in no segment. */
const SEGMENTS = [
  ['DE', 'DE'],
  ['FR', 'FR'],
  [1, '1'],
  [true, 'True'],
  [null, null],
]

export const SEGMENT_COLUMN = 'segment'
/** Stands for the segment of what there is no room for. */
export const OVERFLOW = 'overflow'

/** The key of a segment that a profile tells of; `null`: of none. */
export const keyOfSegment = (segment) => (segment?.isOverflow ? OVERFLOW : (segment?.values[SEGMENT_COLUMN] ?? null))

/** The value of the segment's column in row `i`, its cell, and the segment's key; `isText`: nothing but texts and null. */
export function segmentOf(i, isText) {
  const [value, key] = SEGMENTS[isText ? [0, 1, 4][i % 3] : i % SEGMENTS.length]
  const kind = { string: 'text', number: 'number', boolean: 'bool', object: 'null' }[typeof value]
  return { value, cell: { kind, value }, key }
}
