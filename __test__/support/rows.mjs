/** Random rows for property tests, and what the documents say becomes of a value. */
import fc from 'fast-check'

const names = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'größe') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('0', '7', '42', '', 'x y', '__proto__', 'constructor', 'toString', 'length'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
)

/** Texts that begin and end with all that can go wrong at a border. */
const texts = fc
  .array(fc.constantFrom('a', 'b', 'é', '数', '😀', '\ud83d', '\ude00', '\0', '\ufeff'), { maxLength: 14 })
  .map((pieces) => pieces.join(''))

const numbers = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53) - 2, 2 ** 63, -(2 ** 63), 0.1),
)

const bigints = fc.oneof(
  fc.bigInt({ min: -5n, max: 5n }),
  fc.constantFrom(
    2n ** 53n - 1n,
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 63n,
    -(10n ** 30n),
  ),
)

const tensors = fc.constantFrom(
  () => [1, 2],
  () => [
    [1, 2n],
    [3, 4],
  ],
  () => new Float32Array([1]),
  () => [new Uint8Array(2)],
)
const objects = fc.constantFrom(
  () => [],
  () => ({}),
  () => ({ a: [1] }),
  () => [1, 'a'],
  () => [[1], [1, 2]],
  () => [1, [2]],
  () => new Date(0),
  () => new Map(),
  () => new Float64Array(0),
  () => Buffer.from('ab'),
)

/** A value, and the cell it is to become (for texts: before they are cut). */
const cells = fc.oneof(
  { weight: 4, arbitrary: numbers.map((value) => ({ value, cell: { kind: 'number', value } })) },
  { weight: 4, arbitrary: texts.map((value) => ({ value, cell: { kind: 'text', value } })) },
  { weight: 2, arbitrary: fc.boolean().map((value) => ({ value, cell: { kind: 'bool', value } })) },
  { weight: 2, arbitrary: bigints.map((value) => ({ value, cell: ofBigint(value) })) },
  { weight: 2, arbitrary: fc.constantFrom(null, undefined).map((value) => ({ value, cell: { kind: 'null' } })) },
  { weight: 1, arbitrary: tensors.map((make) => ({ value: make(), cell: { kind: 'tensor' } })) },
  { weight: 1, arbitrary: objects.map((make) => ({ value: make(), cell: { kind: 'object' } })) },
)

function ofBigint(value) {
  if (Number.isSafeInteger(Number(value))) return { kind: 'number', value: Number(value) }
  return BigInt.asIntN(64, value) === value ? { kind: 'integer', value } : { kind: 'number', value: Number(value) }
}

/** Columns of one row, in any order: `[name, { value, cell }]`. */
export const columns = fc.uniqueArray(fc.tuple(names, cells), { maxLength: 6, selector: ([name]) => name })

/** A row of the wire form's column names, and as many rows of values. */
export const table = fc
  .tuple(fc.uniqueArray(names, { maxLength: 4 }), fc.integer({ min: 0, max: 20 }))
  .chain(([columns, rows]) =>
    fc.record({
      columns: fc.constant(columns),
      data: fc.array(fc.array(cells, { minLength: columns.length, maxLength: columns.length }), {
        minLength: rows,
        maxLength: rows,
      }),
    }),
  )

/** The row as a caller has it; its own columns, whatever they are called. */
export const rowOf = (columns) => Object.fromEntries(columns.map(([name, { value }]) => [name, value]))

/** The longest start of a text that takes no more than `maxBytes` in UTF-8, lone surrogates made U+FFFD. */
export function cut(text, maxBytes) {
  let kept = ''
  let bytes = 0
  for (const character of text.toWellFormed()) {
    bytes += Buffer.byteLength(character)
    if (bytes > maxBytes) break
    kept += character
  }
  return kept
}
