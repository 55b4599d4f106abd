/** `columns`: data by column count what the same data as rows count, but that typed arrays keep their type. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columns } from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'
import { itemsOf, kindsOf, tableOf } from '../support/profiles.mjs'

const invalid = (column) => ({ code: 'ERR_INVALID_DATA', column })

test('a typed array keeps its type, whatever its values', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const arrays = {
    i8: Int8Array.of(-128, 0, 127),
    i16: Int16Array.of(-32_768, 0, 32_767),
    i32: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1),
    i64: BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n),
    u8: Uint8Array.of(0, 1, 255),
    clamped: Uint8ClampedArray.of(-7, 1, 300),
    u16: Uint16Array.of(0, 1, 65_535),
    u32: Uint32Array.of(0, 1, 2 ** 32 - 1),
    u64: BigUint64Array.of(0n, 1n, 2n ** 63n),
    f32: Float32Array.of(0.5, 5, Number.NaN),
    f64: Float64Array.of(5, Number.NaN, Number.NEGATIVE_INFINITY),
  }
  assert.equal(logger.log(columns(arrays), { datasetId: 'd' }), true)
  await logger.flush()
  const table = tableOf(writer, 'd')
  assert.deepEqual(Object.keys(table).sort(), Object.keys(arrays).sort())
  for (const name of ['i8', 'i16', 'i32', 'i64', 'u8', 'clamped', 'u16', 'u32']) {
    assert.deepEqual(kindsOf(table[name]), { n: 3, integral: 3 }, name)
    assert.equal(table[name]['ints/min'], Number(arrays[name][0]), name)
    assert.equal(table[name]['ints/max'], Number(arrays[name][2]), name)
  }
  // Nothing wraps.
  assert.deepEqual(kindsOf(table.u64), { n: 3, integral: 2, fractional: 1 })
  assert.equal(table.u64['distribution/max'], 2 ** 63)
  assert.deepEqual(kindsOf(table.f32), { n: 3, null: 1, nan: 1, fractional: 2 })
  assert.equal(table.f32['distribution/mean'], 2.75)
  assert.deepEqual(kindsOf(table.f64), { n: 3, null: 1, nan: 1, inf: 1, fractional: 2 })
  assert.deepEqual(itemsOf(table.f64), {})
  assert.equal(table.f64['distribution/mean'], 5)
  const { acceptedMessages, acceptedRows, trackedRows } = logger.stats()
  assert.deepEqual([acceptedMessages, acceptedRows, trackedRows], [1, 3, 3])
})

test('plain columns are typed value by value', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const sparse = ['x']
  sparse.length = 4
  const data = {
    mixed: ['a', 1, 2.5, true],
    empty: [null, undefined, Number.NaN, Number.POSITIVE_INFINITY],
    big: [2n ** 62n, -(2n ** 63n), 2n ** 63n, 0n],
    nested: [[1, 2], [], { a: 1 }, new Date(0)],
    views: [Float32Array.of(1), new Uint8Array(0), Buffer.from('b'), [[1], [2, 3]]],
    text: ['é', '😀', '', '\ud800'],
    halves: ['a\ud83d', '', '\ude00b', 'c'],
    sparse,
  }
  await logger.log(columns(data), { datasetId: 'd', sync: true })
  await logger.flush()
  const table = tableOf(writer, 'd')
  assert.deepEqual(kindsOf(table.mixed), { n: 4, integral: 1, fractional: 1, boolean: 1, string: 1 })
  assert.deepEqual(kindsOf(table.empty), { n: 4, null: 3, nan: 1, inf: 1, fractional: 1 })
  assert.deepEqual(kindsOf(table.big), { n: 4, integral: 3, fractional: 1 })
  assert.deepEqual(kindsOf(table.nested), { n: 4, object: 3, tensor: 1 })
  assert.deepEqual(kindsOf(table.views), { n: 4, object: 3, tensor: 1 })
  assert.deepEqual(itemsOf(table.text), { é: 1, '😀': 1, '': 1, '\ufffd': 1 })
  assert.deepEqual(itemsOf(table.halves), { 'a\ufffd': 1, '': 1, '\ufffdb': 1, c: 1 })
  assert.deepEqual(kindsOf(table.sparse), { n: 4, null: 3, string: 1 })
})

const value = fc.oneof(
  // Not so large that their squares overflow: the sum would depend on the order in which they come.
  fc.double({ min: -1e6, max: 1e6 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 53, 2 ** 63),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('\ud83d', '\ude00', 'é', 'a'), maxLength: 4 }),
  fc.array(fc.oneof(fc.integer(), fc.array(fc.integer(), { maxLength: 2 })), { maxLength: 3 }),
  fc.record({ a: fc.integer() }),
  fc.constant(new Date(0)),
)

/** What the mean of up to 40 values may be off by: where large ones cancel out, last digits of the largest remain. */
const lastDigits = (table) => 40 * Number.EPSILON * Math.max(-table['distribution/min'], table['distribution/max'], 0)

test('columns count what the same data as rows count', async (t) => {
  const options = { seed: 1, workers: 1 }
  const property = fc.asyncProperty(
    fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 40 }),
    async (rows) => {
      const { logger, writer } = memoryLogger(t, options)
      const names = ['a', 'b\u00e9', '']
      const data = Object.fromEntries(names.map((name, at) => [name, rows.map((row) => row[at])]))
      logger.log({ columns: names, data: rows }, { datasetId: 'rows' })
      logger.log(columns(data), { datasetId: 'columns' })
      await logger.close()
      const [expected, actual] = ['rows', 'columns'].map((id) => tableOf(writer, id))
      for (const name of names) {
        assert.deepEqual(itemsOf(actual[name]), itemsOf(expected[name]))
        for (const [key, figure] of Object.entries(expected[name])) {
          if (key === 'frequent_items/frequent_strings' || typeof figure !== 'number') continue
          // Integers of both kinds, numbers and bigints, come in another order: the last digit of a
          // moment may differ. The square of a number below 1e-150 keeps only a few digits.
          const allowed =
            Math.abs(figure) * 1e-9 + 1e-150 + (key === 'distribution/mean' ? lastDigits(expected[name]) : 0)
          const close = Number.isFinite(figure) && Math.abs(actual[name][key] - figure) <= allowed
          assert.ok(close || Object.is(actual[name][key], figure), `${name} ${key}: ${actual[name][key]} ${figure}`)
        }
      }
    },
  )
  await fc.assert(property, { numRuns: 60 })
})

test('a part of a buffer is that part alone, of any kind of buffer', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const whole = Float64Array.from({ length: 10 }, (_, i) => i)
  const shared = new Float64Array(new SharedArrayBuffer(16))
  shared.set([3, 4])
  const pooled = Buffer.from([3, 4])
  const unaligned = new Uint8Array(5)
  unaligned.set([3, 4], 3)
  const resizable = new Float64Array(new ArrayBuffer(16, { maxByteLength: 64 }))
  resizable.set([3, 4])
  const data = { part: whole.subarray(3, 5), shared, pooled, unaligned: unaligned.subarray(3), resizable }
  logger.log(columns(data), { datasetId: 'd' })
  await logger.flush()
  const table = tableOf(writer, 'd')
  for (const name of Object.keys(data)) {
    assert.deepEqual([table[name]['counts/n'], table[name]['distribution/mean']], [2, 3.5], name)
  }
})

test('a buffer that was taken away is refused, before and after it was wrapped', (t) => {
  const { logger } = memoryLogger(t)
  const array = Float64Array.of(1, 2)
  const later = columns({ x: array })
  structuredClone(null, { transfer: [array.buffer] })
  assert.throws(() => columns({ x: array }), invalid('x'))
  assert.throws(() => logger.log(later, { datasetId: 'd' }), invalid('x'))
  const buffer = new ArrayBuffer(64, { maxByteLength: 64 })
  const gone = new Float64Array(buffer, 8, 2)
  const tracking = new Float64Array(buffer)
  const both = columns({ a: tracking.subarray(0, 2), b: gone })
  buffer.resize(0)
  assert.throws(() => logger.log(both, { datasetId: 'd' }), { code: 'ERR_INVALID_DATA' })
  // One that is empty of its own accord has no rows, and that is no fault.
  assert.equal(logger.log(columns({ x: new Float64Array(0) }), { datasetId: 'd' }), true)
  assert.equal(logger.log(columns({}), { datasetId: 'd' }), true)
})

test('a buffer that is taken away while its dataset is opened rejects the message', async (t) => {
  const array = Float64Array.of(1, 2)
  const writerFactory = {
    createWriters() {
      structuredClone(null, { transfer: [array.buffer] })
      return [{ write() {} }]
    },
  }
  const { logger } = memoryLogger(t, { writerFactory })
  const logged = logger.log(columns({ x: array }), { datasetId: 'd', sync: true })
  await assert.rejects(logged, { code: 'ERR_INVALID_DATA' })
})

test('what is unfit is refused at once', async (t) => {
  const { logger } = memoryLogger(t)
  assert.throws(() => columns({ a: [1], b: Int8Array.of(1, 2) }), invalid('b'))
  for (const wrong of [new DataView(new ArrayBuffer(8)), 'text', 7, null, { length: 1 }, new Set([1])]) {
    assert.throws(() => columns({ a: wrong }), invalid('a'))
  }
  for (const wrong of [null, undefined, 7, 'a', [1], new Map(), Int8Array.of(1)]) {
    assert.throws(() => columns(wrong), { code: 'ERR_UNSUPPORTED_DATA' })
  }
  for (const wrong of [Symbol('s'), () => {}]) {
    assert.throws(() => logger.log(columns({ a: [1, wrong] }), { datasetId: 'd' }), {
      ...invalid('a'),
      row: 1,
    })
  }
  const thrower = new Proxy([], {
    get() {
      throw new Error('no')
    },
  })
  await assert.rejects(logger.log(columns({ a: [thrower] }), { datasetId: 'd', sync: true }), {
    ...invalid('a'),
    row: 0,
  })
  const grown = [1]
  const later = columns({ a: grown, b: [2] })
  grown.push(3)
  assert.throws(() => logger.log(later, { datasetId: 'd' }), { code: 'ERR_INVALID_DATA' })
  assert.throws(() => logger.log(columns({ a: [1] })), { code: 'ERR_MISSING_DATASET_ID' })
  const { offeredMessages, refusedMessages } = logger.stats()
  assert.deepEqual([offeredMessages, refusedMessages], [5, 5])
})

test('limits hold', async (t) => {
  const limits = { maxMessageBytes: 4096, maxColumns: 2, maxNameBytes: 4, maxValueBytes: 3, maxDepth: 2 }
  const { logger, writer } = memoryLogger(t, { limits, defaultDatasetId: 'd', workers: 1 })
  const refused = (data, code) => assert.throws(() => logger.log(columns(data)), { code })
  refused({ a: new Float64Array(512) }, 'ERR_MESSAGE_TOO_LARGE')
  refused({ a: Array(512).fill(0.5) }, 'ERR_MESSAGE_TOO_LARGE')
  refused({ a: Array(2000).fill('abc') }, 'ERR_MESSAGE_TOO_LARGE')
  refused({ a: [1], b: [1], c: [1] }, 'ERR_TOO_MANY_COLUMNS')
  refused({ ééé: [1] }, 'ERR_INVALID_DATA')
  refused({ '\ud800': [1] }, 'ERR_INVALID_DATA')
  logger.log(columns({ éé: ['abcdef', 'éé', [[[1]]]], b: [[[1]], 1, 2] }))
  // More than the message has, the profile may not have.
  await assert.rejects(logger.log(columns({ c: [1] }), { sync: true }), { code: 'ERR_TOO_MANY_COLUMNS' })
  await logger.flush()
  const table = tableOf(writer, 'd')
  assert.deepEqual(itemsOf(table.éé), { abc: 1, é: 1 })
  assert.deepEqual(kindsOf(table.éé), { n: 3, string: 2, object: 1 })
  assert.deepEqual(kindsOf(table.b), { n: 3, integral: 2, tensor: 1 })
  assert.equal(logger.stats().cutTexts, 2)
})

test('the arrays are the caller’s again, a message may be logged twice, and a full queue drops it', async (t) => {
  const options = { queueConfig: { maxBufferBytes: 20_000 }, onFull: 'drop', defaultDatasetId: 'd' }
  const { logger, writer } = memoryLogger(t, options)
  const x = Float64Array.of(1, 1)
  const message = columns({ x })
  assert.equal(message.rows, 2)
  logger.log(message)
  x.fill(3)
  logger.log(message)
  await logger.flush()
  const merged = writer.items.map((item) => item.view().column('x').summary()['distribution/mean'])
  assert.equal(merged.reduce((sum, mean) => sum + mean, 0) / merged.length, 2)
  const large = columns({ x: new Float64Array(1500) })
  for (let i = 0; i < 5; i++) logger.log(large)
  await logger.flush()
  const { droppedMessages, droppedRows, trackedRows, queueBytes } = logger.stats()
  assert.equal(droppedRows, droppedMessages * 1500)
  assert.equal(trackedRows, 4 + (5 - droppedMessages) * 1500)
  assert.ok(droppedMessages > 0)
  assert.equal(queueBytes, 0)
})
