/** Raw messages that come alone, read by us and by Python whylogs. Needs `ROLLING_PROFILES_PYTHON`; see docs/compatibility.md. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { memoryLogger } from '../support/logger.mjs'
import { interpreter, Reference } from './python.mjs'
import { byColumn, differences } from './table.mjs'

const base64 = (text) => Buffer.from(text).toString('base64')
const request = (columns, data, more = {}) =>
  JSON.stringify({ datasetId: 'd', timestamp: 1_700_000_000_000, multiple: { columns, data }, ...more })
const embeddings = (columns) =>
  JSON.stringify({ datasetId: 'd', timestamp: 1_700_000_000_000, embeddings: columns, orgId: '' })
const envelope = (text) => JSON.stringify({ subscription: 's', message: { data: base64(text), message_id: '1' } })

const rows = Array.from({ length: 300 }, (_, i) => [i - 150, `w${i % 50}`, i % 3 === 0])
const MESSAGES = {
  'ints, texts and bools': ['log', request(['i', 's', 'b'], rows)],
  'integers beyond 2^53': [
    'log',
    request(['i'], [[0]]).replace('[[0]]', '[[9007199254740993],[-9223372036854775807]]'),
  ],
  'fractions as written': [
    'log',
    request(['f'], [[0]]).replace('[[0]]', '[[1.0],[1e2],[0.1],[5e-324],[1.7976931348623157e308]]'),
  ],
  'lists and objects': [
    'log',
    request(
      ['t', 'o', 'l'],
      [
        [[1, 2.5], { a: [1] }, ['x']],
        [
          [
            [1, 2],
            [3, 4],
          ],
          {},
          [],
        ],
      ],
    ),
  ],
  'escapes and texts of other scripts': [
    'log',
    '{"datasetId":"d","multiple":{"columns":["\\u00e9"],"data":[["\\ud83d\\ude00"],["\\n\\"\\\\"],[""],["žluť"]]}}',
  ],
  'fields in another order': [
    'log',
    '{"orgId":null,"multiple":{"data":[[1]],"columns":["x"]},"more":1,"datasetId":"d"}',
  ],
  'a field that comes twice': ['log', '{"datasetId":"no","datasetId":"d","multiple":{"columns":["x"],"data":[[1]]}}'],
  'an envelope': ['pubSub', envelope(request(['x', 's'], [[1, 'a']]))],
  'a matrix, a vector and what is none': [
    'embeddings',
    embeddings({
      m: [
        [1, 2],
        [3, 4],
      ],
      v: [1.5],
      t: [['a']],
      n: [[1, null]],
      e: [],
    }),
  ],
  'embeddings in an envelope': ['pubSubEmbeddings', envelope(embeddings({ m: [[[1, 2]], [[3, 4]]] }))],
}
const KINDS = { log: 'request', pubSub: 'pubsub', embeddings: 'embeddings', pubSubEmbeddings: 'pubsub-embeddings' }
/** What the reference drops or raises at, with the rest of its batch in most cases. */
const REFUSED = {
  'no JSON': ['log', '{'],
  'no rows': ['log', '{"datasetId":"d"}'],
  'a row too wide': ['log', request(['x'], [[1], [1, 2]])],
  'an infinite number': ['log', request(['x'], [[0]]).replace('[[0]]', '[[1e999]]')],
  'a trailing comma': ['log', request(['x'], [[0]]).replace('[[0]]', '[[0],]')],
  'something behind the end': ['log', `${request(['x'], [[0]])} 1`],
  'ragged embeddings': ['embeddings', embeddings({ m: [[1], [2, 3]] })],
  'a number for embeddings': ['embeddings', embeddings({ m: 5 })],
  'a list of embeddings': ['embeddings', '{"datasetId":"d","embeddings":[[1]]}'],
}

/**
 * Which metrics a column of nothing but lists and objects has hangs on its dtype in the reference, on its values here; see docs/divergences.md.
 */
function comparable(summary) {
  const sketched = ['boolean', 'integral', 'fractional', 'string'].some((type) => summary[`types/${type}`] > 0)
  if (sketched) return summary
  return Object.fromEntries(Object.entries(summary).filter(([key]) => /^(counts|types)\//.test(key)))
}

if (!interpreter) {
  test('raw messages are not compared live: ROLLING_PROFILES_PYTHON names no Python with whylogs', () => {
    for (const [, text] of Object.values(MESSAGES)) assert.equal(typeof JSON.parse(text), 'object')
  })
} else {
  let reference
  before(() => {
    reference = new Reference(interpreter)
  })
  after(() => reference.close())

  for (const [name, [form, text]] of Object.entries(MESSAGES)) {
    test(`${name}: counted as the reference counts it`, async (t) => {
      const { table } = await reference.ask({ do: 'wire', kind: KINDS[form], text })
      const { logger, writer } = memoryLogger(t, { workers: 1, seed: 1 })
      await logger.logRaw(Buffer.from(text), { form, sync: true })
      await logger.flush()
      assert.equal(writer.items.length, 1)
      const ours = byColumn(writer.items[0].view())
      assert.deepEqual([...ours.keys()].sort(), Object.keys(table).sort())
      const found = Object.keys(table).flatMap((column) =>
        differences(column, ours.get(column), comparable(table[column])),
      )
      assert.deepEqual(found, [])
    })
  }

  for (const [name, [form, text]] of Object.entries(REFUSED)) {
    test(`${name}: refused by both`, async (t) => {
      await assert.rejects(reference.ask({ do: 'wire', kind: KINDS[form], text }))
      const { logger } = memoryLogger(t)
      await assert.rejects(logger.logRaw(Buffer.from(text), { form, sync: true }), { code: 'ERR_INVALID_DATA' })
    })
  }
}
