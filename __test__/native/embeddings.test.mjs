/** `logEmbeddings`: one tensor counted a column and message, by the rules that hold for embeddings in JSON. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryLogger } from '../support/logger.mjs'
import { kindsOf, tableOf } from '../support/profiles.mjs'

const matrix = [
  [1, 2],
  [3, 4],
]

test('one tensor a column and message, however it is given', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const given = {
    nested: matrix,
    flat: [1, 2, 3],
    typed: Float32Array.of(1, 2),
    rows: [Float32Array.of(1, 2), Float64Array.of(3, 4)],
    dims: { data: new Float32Array(6), dims: [1, 2, 3] },
    bigints: [1n, 2],
  }
  assert.equal(logger.logEmbeddings(given, { datasetId: 'd' }), true)
  await logger.logEmbeddings(given, { datasetId: 'd', sync: true })
  await logger.logEmbeddings({ only: matrix }, { datasetId: 'd', sync: 'accepted' })
  await logger.flush()
  const table = tableOf(writer, 'd')
  for (const name of Object.keys(given)) assert.deepEqual(kindsOf(table[name]), { n: 2, tensor: 2 }, name)
  assert.deepEqual(kindsOf(table.only), { n: 1, tensor: 1 })
  const { acceptedMessages, acceptedRows, trackedRows } = logger.stats()
  assert.deepEqual([acceptedMessages, acceptedRows, trackedRows], [3, 3, 3])
})

const objects = {
  texts: ['a', 'b'],
  mixed: [1, 'a'],
  nulls: [1, null],
  nested: [['a'], ['b']],
  empty: [],
  text: 'a',
  map: { a: 1 },
  inner: [{ a: 1 }],
}

test('what is no regular array of numbers counts as an object', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const more = {
    ...objects,
    bytes: Buffer.from('ab'),
    none: new Float32Array(0),
    flat: { data: new Int8Array(0), dims: [0, 3] },
  }
  logger.logEmbeddings(more, { datasetId: 'd' })
  await logger.flush()
  const table = tableOf(writer, 'd')
  for (const name of Object.keys(more)) assert.deepEqual(kindsOf(table[name]), { n: 1, object: 1 }, name)
})

const refused = [1, null, true, [[1], [2, 3]], [1, [2]], [[1], 'a'], [[[1]], [2]], [[], [1]]]

test('a lone number, a ragged list and unfit dimensions are refused, and nothing of the message is kept', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const gone = new Float32Array(4)
  structuredClone(null, { transfer: [gone.buffer] })
  const data = new Float32Array(6)
  const unfit = [[], [5], [2, -3], [1.5, 4], ['6'], 6, [7], Array(40).fill(1)].map((dims) => ({ data, dims }))
  const cyclic = []
  cyclic.push(cyclic)
  for (const value of [...refused, ...unfit, undefined, 1n, gone, [gone], { data: gone, dims: [0] }, cyclic]) {
    const error = { code: 'ERR_INVALID_DATA', column: 'bad' }
    assert.throws(() => logger.logEmbeddings({ good: [1], bad: value }, { datasetId: 'd' }), error)
    await assert.rejects(logger.logEmbeddings({ bad: value }, { datasetId: 'd', sync: true }), error)
  }
  for (const wrong of [null, 7, 'a', [[1]], new Map()]) {
    assert.throws(() => logger.logEmbeddings(wrong, { datasetId: 'd' }), { code: 'ERR_UNSUPPORTED_DATA' })
  }
  assert.throws(() => logger.logEmbeddings({ a: [1] }), { code: 'ERR_MISSING_DATASET_ID' })
  await logger.flush()
  assert.equal(writer.items.length, 0)
  const { offeredMessages, refusedMessages } = logger.stats()
  assert.equal(offeredMessages, refusedMessages)
})

test('they count what embeddings in JSON count', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const values = { ...objects, matrix, flat: [1], deep: [[[1, 2]], [[3, 4]]] }
  const json = (embeddings) => Buffer.from(JSON.stringify({ datasetId: 'json', timestamp: null, embeddings }))
  await logger.logRaw(json(values), { form: 'embeddings', sync: true })
  logger.logEmbeddings(values, { datasetId: 'here' })
  await logger.flush()
  const [expected, actual] = ['json', 'here'].map((id) => tableOf(writer, id))
  for (const name of Object.keys(values)) assert.deepEqual(kindsOf(actual[name]), kindsOf(expected[name]), name)
  for (const value of refused) {
    await assert.rejects(logger.logRaw(json({ value }), { form: 'embeddings', sync: true }), {
      code: 'ERR_INVALID_DATA',
    })
  }
})

test('limits hold', (t) => {
  const limits = { maxMessageBytes: 4096, maxColumns: 2, maxNameBytes: 4, maxDepth: 2 }
  const { logger } = memoryLogger(t, { limits, defaultDatasetId: 'd' })
  const fails = (data, code) => assert.throws(() => logger.logEmbeddings(data), { code })
  fails({ a: new Float32Array(1024) }, 'ERR_MESSAGE_TOO_LARGE')
  fails({ a: { data: new Float32Array(1024), dims: [1024] } }, 'ERR_MESSAGE_TOO_LARGE')
  fails({ a: Array(512).fill(1) }, 'ERR_MESSAGE_TOO_LARGE')
  fails({ a: new Float32Array(512), b: new Float32Array(512) }, 'ERR_MESSAGE_TOO_LARGE')
  const wide = Array(300).fill([])
  fails({ a: [wide, wide] }, 'ERR_INVALID_DATA')
  fails({ a: Array(300).fill(Array(300).fill(1)) }, 'ERR_MESSAGE_TOO_LARGE')
  fails({ a: [[[1]]] }, 'ERR_INVALID_DATA')
  fails({ a: [1], b: [1], c: [1] }, 'ERR_TOO_MANY_COLUMNS')
  fails({ abcde: [1] }, 'ERR_INVALID_DATA')
  assert.equal(logger.logEmbeddings({ a: [[1]], abcd: [1] }), true)
})
