/**
 * Encodes thousands of rows of forms that come, go and return, and prints how many blocks they made and a hash of what these say:
 * `node encode-many.mjs`. With `--disallow-code-generation-from-strings` it has to print the same.
 */
import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { decodeBlock } from '../support/decode-block.mjs'
import { importTs } from '../support/typescript.mjs'

const { RowEncoder } = await importTs('encoder/encoder.ts')
const limits = { maxColumns: 1000, maxNameBytes: 1024, maxValueBytes: 300, maxDepth: 8, maxMessageBytes: 2 ** 23 }
const hash = createHash('sha256')
let blocks = 0
let shapes = 0

const encoder = new RowEncoder(
  {
    registerShape: (names) => {
      hash.update(JSON.stringify(names))
      return ++shapes
    },
    releaseShape: () => {},
    submit: (lane, arena, text, textBytes, rows) => {
      blocks++
      hash.update(
        `${lane} ${rows} ${inspect(decodeBlock(arena, text.subarray(0, textBytes)), { depth: 9, maxArrayLength: 99 })}`,
      )
    },
  },
  limits,
  { blockRows: 8, shapes: 256, arenaBytes: 2 ** 24 },
)

class Point {
  constructor(x) {
    this.x = x
    this.kind = 'point'
  }
}

/** Row `i`: mostly plain ones, in runs long enough for every phase of the encoder, with all kinds of others among them. */
function rowAt(i) {
  const plain = { x: i / 7, n: i % 10, kind: `k${i % 3}`, ok: i % 2 === 0 }
  if (i % 1000 === 999) return new Point(i)
  if (i % 501 === 500) return Object.assign(Object.create(null), plain)
  if (i % 203 === 202) return { ...plain, x: null, ok: undefined }
  if (i % 151 === 150) return { ...plain, kind: i, n: 'text' }
  if (i % 97 === 96) return { kind: 'reordered', x: 1 }
  if (i % 53 === 52) return { ...plain, kind: 'x'.repeat(400) }
  if (i % 41 === 40) return { x: i, kind: '😀é', n: [1, 2], ok: new Date(i) }
  if (i > 3000 && i % 2 === 0) return { ...plain, extra: i }
  if (i > 2000 && i % 3 === 0) return { x: plain.x, kind: plain.kind, ok: plain.ok }
  return plain
}

for (let i = 0; i < 8000; i++) {
  const row = rowAt(i)
  const block = encoder.place(row, i % 2, Object.getPrototypeOf(row) === Object.prototype)
  if (encoder.commit(block, i % 4)) encoder.submit(block)
}
encoder.submitAll()
console.log(`${blocks} blocks of ${shapes} shapes: ${hash.digest('hex')}`)
