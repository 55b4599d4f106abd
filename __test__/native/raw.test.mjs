/** Messages as bytes: read on the engine's threads, tracked as `log` would, rejected alone. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { MemoryWriter, memoryLogger } from '../support/logger.mjs'

const bytes = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const request = (datasetId, columns, data, more = {}) =>
  bytes({ datasetId, timestamp: null, multiple: { columns, data }, ...more })
const lines = (rows) => bytes(rows.map((row) => JSON.stringify(row)).join('\n'))
const tableOf = (writer, datasetId) =>
  Object.fromEntries(
    writer.items
      .filter((item) => item.datasetId === datasetId)
      .flatMap((item) => item.view().toTable())
      .map((row) => [row.column, row]),
  )

function ledgerHolds(stats) {
  assert.equal(stats.offeredMessages, stats.acceptedMessages + stats.refusedMessages + stats.droppedMessages)
  assert.equal(stats.acceptedMessages, stats.trackedMessages + stats.rejectedMessages)
  assert.equal(stats.acceptedRows, stats.trackedRows + stats.rejectedRows)
  assert.equal(stats.queueBytes, 0)
}

test('a request, lines and rows give one profile', async (t) => {
  const { logger, writer } = memoryLogger(t, { seed: 1, workers: 1 })
  const rows = Array.from({ length: 500 }, (_, i) => ({
    n: i % 7,
    x: i / 8 + 1 / 16,
    s: `v${i % 40}`,
    b: i % 3 === 0,
    z: i % 5 === 0 ? null : i,
    t: [i, 2],
    o: { i },
  }))
  const columns = Object.keys(rows[0])
  const data = rows.map((row) => Object.values(row))
  assert.equal(logger.logRaw(request('raw', columns, data)), true)
  assert.equal(logger.logNdjson(lines(rows), { datasetId: 'lines' }), true)
  assert.equal(logger.log(rows, { datasetId: 'rows' }), true)
  await logger.flush()
  const expected = tableOf(writer, 'rows')
  for (const id of ['raw', 'lines']) {
    const table = tableOf(writer, id)
    assert.deepEqual(Object.keys(table).sort(), columns.toSorted())
    for (const column of columns) {
      // The order of texts within the table of frequent items and the choices of the quantile sketch are all that may differ.
      const { 'frequent_items/frequent_strings': items, ...figures } = expected[column]
      for (const [key, value] of Object.entries(figures)) {
        if (/\/q_|\/median/.test(key)) continue
        // Moments are merged in other portions, so their last digit may differ.
        const close = Math.abs(table[column][key] - value) <= Math.abs(value) * 1e-12
        assert.ok(close || Object.is(table[column][key], value), `${id} ${column} ${key}`)
      }
      assert.equal(table[column]['frequent_items/frequent_strings']?.length, items?.length)
    }
  }
  const stats = logger.stats()
  assert.deepEqual([stats.acceptedMessages, stats.acceptedRows], [3, 1500])
  ledgerHolds(stats)
})

test('a dataset first named inside bytes is opened with its own writers, in any form of bytes', async (t) => {
  const opened = []
  const writer = new MemoryWriter()
  const writerFactory = {
    createWriters(datasetId, orgId) {
      opened.push([datasetId, orgId])
      return [writer]
    },
  }
  const { logger } = memoryLogger(t, { writerFactory })
  const inner = request('a', ['x'], [[1]], { orgId: 'acme' })
  logger.logRaw(inner)
  await logger.logRaw(inner, { sync: true })
  const buffer = inner.buffer.slice(inner.byteOffset, inner.byteOffset + inner.byteLength)
  await logger.logRaw(buffer, { sync: true })
  assert.deepEqual(opened, [['a', 'acme']])
  await logger.logRaw(request('b', ['x'], [[1]]), { sync: true, orgId: 'other' })
  assert.deepEqual(opened[1], ['b', 'other'])
  const { statuses } = await logger.status()
  assert.deepEqual(Object.keys(statuses).sort(), ['acme_a', 'other_b'])
  assert.deepEqual(await logger.close(), { written: 2, pending: 0 })
  assert.equal(writer.count('a', 'x'), 3)
})

test('close and flush wait for a dataset that is yet to be opened', async (t) => {
  const { logger, writer } = memoryLogger(t, { workers: 3 })
  for (let i = 0; i < 30; i++) logger.logRaw(request(`d${i % 10}`, ['x'], [[i]]))
  assert.deepEqual(await logger.flush(), { written: 10, pending: 0 })
  for (let i = 0; i < 10; i++) logger.logRaw(request(`e${i}`, ['x'], [[i]]))
  assert.deepEqual(await logger.close(), { written: 10, pending: 0 })
  assert.equal(writer.count('d3', 'x'), 3)
  ledgerHolds(logger.stats())
})

test('a factory that throws rejects the messages of its dataset alone', async (t) => {
  const writer = new MemoryWriter()
  let fails = true
  const writerFactory = {
    createWriters(datasetId) {
      if (datasetId === 'bad' && fails) throw new Error('no key')
      return [writer]
    },
  }
  const { logger } = memoryLogger(t, { writerFactory })
  const bad = logger.logRaw(request('bad', ['x'], [[1]]), { sync: true })
  const good = logger.logRaw(request('good', ['x'], [[1]]), { sync: true })
  await assert.rejects(bad, {
    code: 'ERR_WRITER_FACTORY',
    name: 'WriterFactoryError',
    message: /dataset bad failed: no key/,
  })
  await good
  assert.throws(() => logger.logNdjson(bytes('{}'), { datasetId: 'bad' }), { code: 'ERR_WRITER_FACTORY' })
  fails = false
  await logger.logRaw(request('bad', ['x'], [[1]]), { sync: true })
  await logger.flush()
  assert.deepEqual([writer.count('bad', 'x'), writer.count('good', 'x')], [1, 1])
  ledgerHolds(logger.stats())
})

test('what is wrong in the bytes rejects that message alone, by its promise or by the event', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const events = []
  logger.on('rejected', (event) => events.push(event))
  const good = request('d', ['x'], [[1]])
  const wrong = {
    ERR_INVALID_DATA: [
      bytes('{'),
      bytes('[1]'),
      bytes({ datasetId: 'd' }),
      bytes({ datasetId: 'd', single: { x: 1 } }),
      request('d', ['x'], [[1], [1, 2]]),
      request('d', ['x', 'y'], [[1]]),
      request('d', ['x', 7], [[1, 2]]),
      request('d', ['x', 'x'], [[1, 2]]),
      Buffer.from([0xff, 0xfe]),
      new Uint8Array(0),
    ],
    ERR_INVALID_TIMESTAMP: [
      request('d', ['x'], [[1]], { timestamp: 'now' }),
      request('d', ['x'], [[1]], { timestamp: 1e18 }),
    ],
    ERR_MISSING_DATASET_ID: [request(null, ['x'], [[1]])],
  }
  let count = 0
  for (const [code, messages] of Object.entries(wrong)) {
    for (const message of messages) {
      logger.logRaw(good)
      await assert.rejects(logger.logRaw(message, { sync: true }), { code })
      logger.logRaw(message)
      logger.logRaw(good)
      count++
    }
  }
  await logger.flush()
  assert.equal(writer.count('d', 'x'), 2 * count)
  assert.equal(events.length, 2 * count)
  const ragged = events.find((event) => event.error.row === 1)
  assert.deepEqual([ragged.error.code, ragged.error.name, ragged.messages], ['ERR_INVALID_DATA', 'InvalidDataError', 1])
  ledgerHolds(logger.stats())
})

test('what can be told without reading is refused at once', async (t) => {
  const { logger } = memoryLogger(t, { limits: { maxMessageBytes: 1000 }, syncEnabled: false })
  assert.throws(() => logger.logRaw('{}'), { code: 'ERR_UNSUPPORTED_DATA', message: /string/ })
  assert.throws(() => logger.logRaw(null), { code: 'ERR_UNSUPPORTED_DATA' })
  assert.throws(() => logger.logNdjson([1]), { code: 'ERR_UNSUPPORTED_DATA' })
  assert.throws(() => logger.logNdjson(bytes('{}')), { code: 'ERR_MISSING_DATASET_ID' })
  assert.throws(() => logger.logRaw(Buffer.alloc(1000)), { code: 'ERR_MESSAGE_TOO_LARGE' })
  assert.throws(() => logger.logRaw(bytes('{}'), { timestampMs: Number.NaN }), { code: 'ERR_INVALID_TIMESTAMP' })
  await assert.rejects(logger.logRaw(bytes('{}'), { sync: true }), { code: 'ERR_SYNC_DISABLED' })
  await logger.close()
  assert.throws(() => logger.logRaw(bytes('{}')), { code: 'ERR_CLOSED' })
  const stats = logger.stats()
  assert.deepEqual([stats.offeredMessages, stats.refusedMessages], [8, 8])
})

test('bytes count against the buffer, and nothing waits for what waits for this thread', async (t) => {
  const options = { queueConfig: { maxBufferBytes: 20_000 }, onFull: 'block', blockTimeoutMs: 600_000 }
  const { logger } = memoryLogger(t, options)
  const message = request('new', ['x'], [['y'.repeat(6000)]])
  let refused = 0
  for (let i = 0; i < 10; i++) {
    try {
      logger.logRaw(message)
    } catch (error) {
      assert.equal(error.code, 'ERR_QUEUE_FULL')
      refused++
    }
  }
  assert.equal(refused, 7)
  await logger.flush()
  assert.equal(logger.logRaw(message), true)
  await logger.flush()
  const stats = logger.stats()
  assert.deepEqual([stats.acceptedMessages, stats.trackedRows], [4, 4])
  ledgerHolds(stats)
})

test('dropped bytes are counted', async (t) => {
  const { logger } = memoryLogger(t, { queueConfig: { maxBufferBytes: 5000 }, onFull: 'drop' })
  for (let i = 0; i < 3; i++) logger.logRaw(request('new', ['x'], [['y'.repeat(3000)]]))
  await logger.flush()
  assert.equal(logger.stats().droppedMessages, 2)
  ledgerHolds(logger.stats())
})

test('rows have the time of their column, the message’s, the request’s or now', async (t) => {
  const now = Date.UTC(2024, 1, 29, 12)
  const { logger, writer } = memoryLogger(t, { currentTimeFn: () => now })
  const warned = once(logger, 'warning')
  logger.logRaw(request('d', ['x'], [[1]], { timestamp: 0 }))
  logger.logRaw(request('d', ['x'], [[1]]))
  logger.logRaw(request('d', ['x'], [[1]]), { timestampMs: Date.UTC(2024, 1, 28) })
  const rows = [{ x: 1, at: '2024-02-27' }, { x: 1, at: Date.UTC(2024, 1, 26) }, { x: 1 }]
  logger.logNdjson(lines(rows), { datasetId: 'd', timestampColumn: 'at' })
  await logger.flush()
  const [warning] = await warned
  assert.equal(warning.code, 'ERR_BUCKET_WINDOW')
  const days = writer.items.map((item) => [
    new Date(item.datasetTimestampMs).toISOString().slice(0, 10),
    item.view().column('x').summary()['counts/n'],
  ])
  assert.deepEqual(days.toSorted(), [
    ['1970-01-01', 1],
    ['2024-02-26', 1],
    ['2024-02-27', 1],
    ['2024-02-28', 1],
    ['2024-02-29', 2],
  ])
  assert.equal(logger.stats().lateRows, 1)
})

test('a bucket window holds for bytes as well', async (t) => {
  const { logger } = memoryLogger(t, { limits: { bucketWindow: { pastMs: 1000, futureMs: 1000 } } })
  const old = logger.logRaw(request('d', ['x'], [[1]], { timestamp: 0 }), { sync: true })
  await assert.rejects(old, { code: 'ERR_BUCKET_WINDOW' })
  ledgerHolds(logger.stats())
})

test('the caller may use its buffer again', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const buffer = Buffer.from(lines([{ x: 1 }, { x: 2 }]))
  logger.logNdjson(buffer, { datasetId: 'd' })
  buffer.fill(0)
  await logger.flush()
  assert.equal(writer.count('d', 'x'), 2)
})

test('embeddings and envelopes are forms of their own', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const envelope = (payload) =>
    bytes({ subscription: 's', message: { attributes: {}, data: payload.toString('base64'), message_id: '1' } })
  const embeddings = (value) => bytes({ datasetId: 'e', timestamp: null, embeddings: { v: value } })
  const matrix = [
    [1, 2],
    [3, 4],
    [5, 6],
  ]
  logger.logRaw(embeddings(matrix), { form: 'embeddings' })
  logger.logRaw(envelope(embeddings(matrix)), { form: 'pubSubEmbeddings' })
  logger.logRaw(envelope(request('d', ['x'], [[1], [2]])), { form: 'pubSub' })
  const ragged = logger.logRaw(embeddings([[1], [2, 3]]), { form: 'embeddings', sync: true })
  await assert.rejects(ragged, { code: 'ERR_INVALID_DATA' })
  await assert.rejects(logger.logRaw(bytes({}), { form: 'pubSub', sync: true }), { code: 'ERR_INVALID_DATA' })
  assert.throws(() => logger.logRaw(bytes({}), { form: 'toString' }), { code: 'ERR_INVALID_OPTION' })
  await logger.flush()
  const { v } = tableOf(writer, 'e')
  assert.deepEqual([v['counts/n'], v['types/tensor']], [2, 2])
  assert.equal(writer.count('d', 'x'), 2)
})

test('bytes that wait for a dataset end with the logger', async (t) => {
  const { logger } = memoryLogger(t)
  const waiting = logger.logRaw(request('new', ['x'], [[1]]), { sync: true })
  logger.kill()
  await assert.rejects(waiting, { code: 'ERR_NOT_ALIVE' })
})
