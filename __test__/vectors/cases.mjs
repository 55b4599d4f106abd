/** Rows for the shared vectors: what the encoder is given, and what a decoder must find. `null` is null; a missing column is absent. */

const object = { $: 'object' }
const tensor = { $: 'tensor' }

/** Each case: rows with their key, and the cells that are not what they look like in JSON. */
export const cases = [
  { name: 'numbers, bools and texts', rows: [[1, { f: 1.5, b: true, s: 'a' }], [1, { f: -2, b: false, s: '' }]] },
  { name: 'two keys', rows: [[3, { n: 1 }], [4, { n: 2 }], [3, { n: 3 }]] },
  { name: 'numbers of keys beyond 32 bits', rows: [[2 ** 53 - 1, { n: 1 }], [2 ** 32, { n: 2 }], [2 ** 53 - 1, { n: 3 }]] },
  { name: 'nulls and absent columns', rows: [[1, { a: 1, b: null, c: 'x' }], [1, { a: 2, c: 'y' }], [1, { a: null, b: 3, c: null }]] },
  { name: 'text beyond ASCII', rows: [[1, { s: 'größe' }], [1, { s: '数据😀' }], [1, { s: 'e\u0301' }]] },
  {
    name: 'half surrogates that fuse when joined',
    rows: [[1, { s: 'x\ud83d' }], [1, { s: '\ude00y' }], [1, { s: 'z' }]],
    cells: [['x\ufffd'], ['\ufffdy'], ['z']],
  },
  {
    name: 'half surrogates that fuse over rows without text',
    rows: [[1, { s: 'x\ud83d' }], [1, { s: null }], [1, { s: '' }], [1, { s: '\ude00y' }]],
    cells: [['x\ufffd'], [null], [''], ['\ufffdy']],
  },
  {
    name: 'values outside their column’s kind',
    rows: [[1, { a: 1, b: 'x' }], [1, { a: 'odd', b: 2 }], [1, { a: true, b: new Date(0) }], [1, { a: [1, 2], b: 2n ** 62n }]],
    cells: [[1, 'x'], ['odd', 2], [true, object], [tensor, { $: 'integer', value: String(2n ** 62n) }]],
  },
  { name: 'a message of several rows with a waiter', rows: [[1, { a: 1 }], [1, { a: 2 }], [1, { a: 3 }]], message: [1, 2, 77] },
]
