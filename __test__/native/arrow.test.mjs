/** Arrow: tables and batches of `apache-arrow`, and IPC bytes, count the same; damaged bytes reject their message alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Arrow from 'apache-arrow'
import { arrow } from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'
import { itemsOf, kindsOf, tableOf } from '../support/profiles.mjs'

const rejection = { code: 'ERR_INVALID_DATA', name: 'InvalidDataError' }
const vector = (values, type) => Arrow.vectorFromArray(values, type)
const listOf = (type) => new Arrow.List(new Arrow.Field('item', type))
const fixed = (size, type) => new Arrow.FixedSizeList(size, new Arrow.Field('item', type))

/** A column of each type that is told apart, four rows each. */
const everything = {
  i8: vector([1, null, -3, 4], new Arrow.Int8()),
  i64: vector([1n, -(2n ** 63n), null, 4n], new Arrow.Int64()),
  u8: vector([1, 2, 3, 255], new Arrow.Uint8()),
  u32: vector([1, 2, null, 2 ** 32 - 1], new Arrow.Uint32()),
  u64: vector([1n, 2n ** 63n, null, 4n], new Arrow.Uint64()),
  f16: vector([1, 0.5, null, -2], new Arrow.Float16()),
  f32: vector([1, 0.5, null, Number.NaN], new Arrow.Float32()),
  f64: vector([5, Number.NaN, null, Number.POSITIVE_INFINITY], new Arrow.Float64()),
  bool: vector([true, null, false, true], new Arrow.Bool()),
  text: vector(['a', null, '', 'é'], new Arrow.Utf8()),
  large: vector(['a', null, 'a', 'é'], new Arrow.LargeUtf8()),
  dict: vector(['x', null, 'y', 'x'], new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int16())),
  nulls: vector([null, null, null, null], new Arrow.Null()),
  time: vector([new Date(0), null, new Date(1), new Date(2)], new Arrow.TimestampMillisecond()),
  day: vector([new Date(0), null, new Date(1), new Date(2)], new Arrow.DateDay()),
  bytes: vector([Uint8Array.of(1), null, Uint8Array.of(), Uint8Array.of(2)], new Arrow.Binary()),
  list: vector([[1, 2], null, [], [3]], listOf(new Arrow.Int32())),
  holes: vector([[1, null], [1], null, [2, 3]], listOf(new Arrow.Float64())),
  texts: vector([['a'], null, [], ['b']], listOf(new Arrow.Utf8())),
  array: vector([[1, 2], null, [3, 4], [5, null]], fixed(2, new Arrow.Float32())),
  matrix: vector(
    [
      [
        [1, 2],
        [3, 4],
      ],
      [[1], [2, 3]],
      [],
      [[1]],
    ],
    listOf(listOf(new Arrow.Int8())),
  ),
  struct: vector(
    [{ a: 1 }, null, { a: 2 }, { a: 3 }],
    new Arrow.Struct([new Arrow.Field('a', new Arrow.Int32(), true)]),
  ),
}

const kinds = {
  i8: { n: 4, null: 1, integral: 3 },
  i64: { n: 4, null: 1, integral: 3 },
  u8: { n: 4, integral: 4 },
  u32: { n: 4, null: 1, integral: 3 },
  u64: { n: 4, null: 1, integral: 2, fractional: 1 },
  f16: { n: 4, null: 1, fractional: 3 },
  f32: { n: 4, null: 2, nan: 1, fractional: 2 },
  f64: { n: 4, null: 2, nan: 1, inf: 1, fractional: 2 },
  bool: { n: 4, null: 1, boolean: 3 },
  text: { n: 4, null: 1, string: 3 },
  large: { n: 4, null: 1, string: 3 },
  dict: { n: 4, null: 1, string: 3 },
  nulls: { n: 4, null: 4 },
  time: { n: 4, null: 1, object: 3 },
  day: { n: 4, null: 1, object: 3 },
  bytes: { n: 4, null: 1, object: 3 },
  list: { n: 4, null: 1, object: 1, tensor: 2 },
  holes: { n: 4, null: 1, object: 1, tensor: 2 },
  texts: { n: 4, null: 1, object: 3 },
  array: { n: 4, null: 1, object: 1, tensor: 2 },
  matrix: { n: 4, object: 2, tensor: 2 },
  struct: { n: 4, null: 1, object: 3 },
}

/** Every way in which a table may be handed over. */
const ways = {
  table: (table) => table,
  stream: (table) => arrow(Arrow.tableToIPC(table, 'stream')),
  file: (table) => arrow(Arrow.tableToIPC(table, 'file')),
}

for (const [way, wrap] of Object.entries(ways)) {
  test(`each type counts as what it is: ${way}`, async (t) => {
    const { logger, writer } = memoryLogger(t)
    await logger.log(wrap(new Arrow.Table(everything)), { datasetId: 'd', sync: true })
    await logger.flush()
    const table = tableOf(writer, 'd')
    assert.deepEqual(Object.fromEntries(Object.keys(kinds).map((name) => [name, kindsOf(table[name])])), kinds)
    assert.deepEqual([table.i64['ints/min'], table.u8['ints/max']], [-(2 ** 63), 255])
    assert.deepEqual([table.f16['distribution/min'], table.f16['distribution/max']], [-2, 1])
    assert.equal(table.u64['distribution/max'], 2 ** 63)
    assert.equal(table.bool['counts/true'], 2)
    assert.deepEqual(itemsOf(table.text), { a: 1, '': 1, é: 1 })
    assert.deepEqual(itemsOf(table.large), { a: 2, é: 1 })
    assert.deepEqual(itemsOf(table.dict), { x: 2, y: 1 })
    assert.equal(logger.stats().trackedRows, 4)
  })

  test(`several batches, and slices of them, count what they hold: ${way}`, async (t) => {
    const { logger, writer } = memoryLogger(t)
    const length = 41
    const rows = Array.from({ length }, (_, i) => i)
    const dictionaryType = new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int8(), 1)
    const entries = vector(['d0', 'd1', null, 'd3'], new Arrow.Utf8())
    const made = (from) => {
      const own = rows.map((i) => i + from)
      return new Arrow.Table({
        n: vector(
          own.map((i) => (i % 5 === 0 ? null : i)),
          new Arrow.Int32(),
        ),
        b: vector(
          own.map((i) => (i % 7 === 0 ? null : i % 3 === 0)),
          new Arrow.Bool(),
        ),
        s: vector(
          own.map((i) => (i % 6 === 0 ? null : `s${i}`)),
          new Arrow.Utf8(),
        ),
        l: vector(
          own.map((i) => (i % 4 === 0 ? null : Array(i % 3).fill(i))),
          listOf(new Arrow.Int32()),
        ),
        a: vector(
          own.map((i) => (i % 9 === 0 ? null : [i, i])),
          fixed(2, new Arrow.Int8()),
        ),
        d: new Arrow.Vector([
          Arrow.makeData({ type: dictionaryType, data: Int8Array.from(own, (i) => i % 4), dictionary: entries }),
        ]),
      })
    }
    const first = made(0)
    const second = made(length).batches.map(({ data }) => new Arrow.RecordBatch(first.schema, data))
    const table = new Arrow.Table([...first.batches, ...second])
    assert.equal(table.batches.length, 2)
    const slice = table.slice(3, 61)
    logger.log(wrap(slice), { datasetId: 'arrow' })
    const values = slice.toArray().map((row) => row.toJSON())
    const plain = values.map((row) => ({ ...row, l: row.l && [...row.l], a: row.a && [...row.a] }))
    logger.log(plain, { datasetId: 'rows' })
    await logger.flush()
    const [expected, actual] = ['rows', 'arrow'].map((id) => tableOf(writer, id))
    for (const name of ['n', 'b', 's', 'l', 'a', 'd']) {
      assert.deepEqual(kindsOf(actual[name]), kindsOf(expected[name]), name)
      if (name < 'd') continue
      assert.deepEqual(itemsOf(actual[name]), itemsOf(expected[name]), name)
    }
    assert.deepEqual([actual.n['ints/min'], actual.n['ints/max']], [expected.n['ints/min'], expected.n['ints/max']])
    assert.equal(actual.b['counts/true'], expected.b['counts/true'])
  })
}

test('decimals are fractional', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const words = new Uint32Array([150, 0, 0, 0, 0xffff_ffe7, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff])
  const data = Arrow.makeData({ type: new Arrow.Decimal(2, 10), length: 2, data: words })
  const table = new Arrow.Table({ x: new Arrow.Vector([data]) })
  for (const wrap of Object.values(ways)) await logger.log(wrap(table), { datasetId: 'd', sync: true })
  await logger.flush()
  for (const item of writer.items) {
    const summary = item.view().column('x').summary()
    assert.equal(summary['types/fractional'], summary['counts/n'])
    assert.deepEqual([summary['distribution/min'], summary['distribution/max']], [-0.25, 1.5])
  }
})

test('a record batch is a table of one', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const table = new Arrow.Table({ x: vector([1, 2, 3], new Arrow.Int32()) })
  logger.log(table.batches[0], { datasetId: 'd' })
  logger.log(table.batches[0].slice(1, 3), { datasetId: 'd' })
  await logger.flush()
  assert.equal(writer.count('d', 'x'), 5)
})

test('a slice hands over what it covers', (t) => {
  const { logger } = memoryLogger(t, { limits: { maxMessageBytes: 2000 }, defaultDatasetId: 'd' })
  const rows = Array.from({ length: 2000 }, (_, i) => i)
  const table = new Arrow.Table({
    n: vector(rows, new Arrow.Float64()),
    s: vector(
      rows.map((i) => `text number ${i}`),
      new Arrow.Utf8(),
    ),
    l: vector(
      rows.map((i) => [i, i]),
      listOf(new Arrow.Int32()),
    ),
  })
  assert.throws(() => logger.log(table), { code: 'ERR_MESSAGE_TOO_LARGE' })
  assert.throws(() => logger.log(arrow(Arrow.tableToIPC(table))), { code: 'ERR_MESSAGE_TOO_LARGE' })
  for (let at = 0; at < 100; at += 10) assert.equal(logger.log(table.slice(at, at + 10)), true)
})

test('dictionaries may grow and be replaced within a stream', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const type = new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int32(), 7)
  const schema = new Arrow.Schema([new Arrow.Field('d', type, true)])
  const batch = (entries, indices) => {
    const dictionary = vector(entries, new Arrow.Utf8())
    const child = Arrow.makeData({ type, data: Int32Array.from(indices), dictionary, nullCount: 0 })
    const struct = Arrow.makeData({
      type: new Arrow.Struct(schema.fields),
      length: indices.length,
      nullCount: 0,
      children: [child],
    })
    return new Arrow.RecordBatch(schema, struct)
  }
  const stream = Arrow.RecordBatchStreamWriter.writeAll([batch(['a', 'b'], [0, 1, 1]), batch(['c', 'd'], [0, 1])])
  logger.log(arrow(stream.toUint8Array(true)), { datasetId: 'd' })
  await logger.flush()
  assert.deepEqual(itemsOf(tableOf(writer, 'd').d), { a: 1, b: 2, c: 1, d: 1 })
})

test('bytes that are no Arrow, or damaged, reject their message alone', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const events = []
  logger.on('rejected', (event) => events.push(event))
  const table = new Arrow.Table({ x: vector([1, null, 3]), s: vector(['a', 'b', 'a'], new Arrow.Utf8()) })
  const [stream, file] = ['stream', 'file'].map((form) => Arrow.tableToIPC(table, form))
  const wrong = [new Uint8Array(0), Buffer.from('{"x":1}'), Buffer.from('ARROW1'), file.subarray(0, file.length - 1)]
  for (const bytes of wrong) {
    await assert.rejects(logger.log(arrow(bytes), { datasetId: 'd', sync: true }), rejection)
  }
  for (let cut = 1; cut < stream.length - 8; cut += 7) {
    await logger.log(arrow(stream.subarray(0, cut)), { datasetId: 'cut', sync: true }).catch((error) => {
      assert.equal(error.code, 'ERR_INVALID_DATA')
    })
  }
  let refused = 0
  for (const bytes of [stream, file]) {
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = Uint8Array.from(bytes)
        damaged[at] ^= flip
        try {
          await logger.log(arrow(damaged), { datasetId: 'damaged', sync: true })
        } catch (error) {
          assert.match(error.code, /^ERR_(INVALID_DATA|TOO_MANY_COLUMNS)$/)
          refused++
        }
      }
    }
  }
  assert.ok(refused > 100)
  await logger.log(arrow(stream), { datasetId: 'good', sync: true })
  await logger.flush()
  assert.equal(writer.count('good', 'x'), 3)
  logger.log(arrow(Buffer.from('no')), { datasetId: 'd' })
  await logger.flush()
  assert.equal(events.at(-1).error.code, 'ERR_INVALID_DATA')
  const stats = logger.stats()
  assert.equal(stats.acceptedMessages, stats.trackedMessages + stats.rejectedMessages)
  assert.equal(stats.queueBytes, 0)
})

test('tables that are none, or have lost their buffers, are refused at once', (t) => {
  const { logger } = memoryLogger(t, { defaultDatasetId: 'd' })
  assert.throws(() => arrow('text'), { code: 'ERR_UNSUPPORTED_DATA' })
  assert.throws(() => arrow(null), { code: 'ERR_UNSUPPORTED_DATA' })
  const gone = new Arrow.Table({ x: Arrow.makeVector(Float64Array.of(1, 2)) })
  structuredClone(null, { transfer: [gone.batches[0].data.children[0].values.buffer] })
  assert.throws(() => logger.log(gone), { code: 'ERR_INVALID_DATA', column: 'x' })
  class Fake {
    schema = { fields: [{ name: 'x' }] }
    numRows = 1
    batches
    constructor(child) {
      this.batches = [{ data: { length: 1, offset: 0, children: child === undefined ? [] : [child] } }]
    }
  }
  const int = { typeId: 2, bitWidth: 32, isSigned: true }
  const child = { type: int, length: 1, offset: 0, children: [], values: Int32Array.of(1) }
  assert.equal(logger.log(new Fake(child)), true)
  const fakes = [undefined, { ...child, values: 'no' }, { ...child, length: -1 }, { ...child, type: { typeId: 5 } }]
  for (const fake of fakes) assert.throws(() => logger.log(new Fake(fake)), { code: 'ERR_INVALID_DATA' })
})

test('limits hold', async (t) => {
  const limits = { maxColumns: 2, maxNameBytes: 4, maxValueBytes: 3, maxDepth: 2 }
  const { logger, writer } = memoryLogger(t, { limits, defaultDatasetId: 'd' })
  const one = vector([1])
  const deep = vector([[[[1]]]], listOf(listOf(listOf(new Arrow.Int8()))))
  const unfit = {
    ERR_TOO_MANY_COLUMNS: { a: one, b: one, c: one },
    ERR_INVALID_DATA: { abcde: one },
  }
  for (const [code, data] of [...Object.entries(unfit), ['ERR_INVALID_DATA', { x: deep }]]) {
    const table = new Arrow.Table(data)
    assert.throws(() => logger.log(table), { code })
    for (const way of ['stream', 'file']) {
      await assert.rejects(logger.log(ways[way](table), { sync: true }), { code })
    }
  }
  const text = new Arrow.Table({ s: vector(['abcdef', 'éé'], new Arrow.Utf8()) })
  for (const wrap of Object.values(ways)) await logger.log(wrap(text), { sync: true })
  await logger.flush()
  assert.deepEqual(itemsOf(tableOf(writer, 'd').s), { abc: 3, é: 3 })
})

test('rows that look a little like a table are rows', async (t) => {
  const { logger, writer } = memoryLogger(t, { defaultDatasetId: 'd' })
  logger.log({ schema: { fields: [] }, batches: [], numRows: 7 })
  class Order {
    schema = 'a'
    numRows = 1
  }
  logger.log(new Order())
  await logger.flush()
  assert.equal(writer.count('d', 'schema'), 2)
})

test('a dictionary of very many chunks is refused before each of very many batches describes it', async (t) => {
  const { logger } = memoryLogger(t)
  const PARTS = 20_000
  const chunk = vector(['a'], new Arrow.Utf8()).data[0]
  const dictionary = new Arrow.Vector(new Array(PARTS).fill(chunk))
  const type = new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int32(), 1)
  const indices = Arrow.makeData({ type, data: Int32Array.of(0), dictionary, nullCount: 0 })
  const schema = new Arrow.Schema([new Arrow.Field('word', type)])
  const batch = new Arrow.RecordBatch(
    schema,
    Arrow.makeData({ type: new Arrow.Struct(schema.fields), children: [indices] }),
  )
  const table = new Arrow.Table(schema, new Array(PARTS).fill(batch))
  assert.throws(() => logger.log(table, { datasetId: 'd' }), { code: 'ERR_MESSAGE_TOO_LARGE' })
})
