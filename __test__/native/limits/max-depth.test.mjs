/** `limits.maxDepth`: arrays inside each other, up to a million of them. */
import { columns } from '../../../dist/index.js'
import { testCap } from './support/cap.mjs'
import { everyForm, FORMS, pushOf, unfit } from './support/forms.mjs'

const DEEP = 1_000_000
/** Of a type, which Arrow's own code walks as deep. */
const DEEP_TYPE = 1000

function nested(depth) {
  let value = 1
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

/** Text, since nothing writes JSON as deep. */
const json = (depth) => '['.repeat(depth) + ']'.repeat(depth)
const OBJECT = { s: 'DE', value: {} }

/** In rows it counts as an object, whatever else would have been made of it. */
const counted = everyForm((form) => ({
  make: (to) => form.pack([{ s: 'DE', value: nested(DEEP) }], to),
  how: 'counted',
  counts: [[OBJECT]],
  peakMb: 8,
}))
const rejected = unfit(() => [], 'ERR_INVALID_DATA', { hereMb: 8, thereMb: 24 })

const request = ({ datasetId, timestampMs }) =>
  `{"datasetId":"${datasetId}","timestamp":${timestampMs},"multiple":{"columns":["s","value"],"data":[["DE",${json(DEEP)}]]}}`

/** A column of lists of lists, as `apache-arrow` has it. */
function deepColumn() {
  const { Field, Float64, List, makeData, Vector } = FORMS['an Arrow table'].library()
  let data = makeData({ type: new Float64(), data: Float64Array.of(1) })
  for (let level = 0; level < DEEP_TYPE; level++) {
    const type = new List(new Field('item', data.type, true))
    data = makeData({ type, length: 1, nullCount: 0, valueOffsets: Int32Array.of(0, 1), child: data })
  }
  return new Vector([data])
}

await testCap(import.meta.filename, {
  name: 'maxDepth',
  cases: {
    ...counted,
    'columns()': { ...counted['columns()'], make: () => columns({ s: ['DE'], value: [nested(DEEP)] }) },
    'an Arrow table': {
      ...rejected['an Arrow table'],
      make: () => FORMS['an Arrow table'].of({ value: deepColumn() }),
    },
    'Arrow bytes': { ...rejected['Arrow bytes'], make: () => FORMS['Arrow bytes'].of({ value: deepColumn() }) },
    'a request': { ...rejected['a request'], make: (to) => Buffer.from(request(to)) },
    'a pushed request': { ...rejected['a pushed request'], make: (to) => pushOf(request(to)) },
    'lines of JSON': {
      ...rejected['lines of JSON'],
      make: () => Buffer.from(`{"s":"DE","price":3}\n{"s":"DE","value":${json(DEEP)}}\n{"s":"DE","price":3}`),
    },
    embeddings: { ...rejected.embeddings, make: () => ({ tensor: nested(DEEP) }) },
    'a request with embeddings': {
      ...rejected['a request with embeddings'],
      make: ({ datasetId, timestampMs }) =>
        Buffer.from(`{"datasetId":"${datasetId}","timestamp":${timestampMs},"embeddings":{"tensor":${json(DEEP)}}}`),
    },
  },
})
