/** Whatever rows go into the encoder, the same come out of its blocks, read by a decoder of the test's own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBlock } from '../support/decode-block.mjs'
import { columns, cut, rowOf, table } from '../support/rows.mjs'
import { importTs } from '../support/typescript.mjs'

const { RowEncoder } = await importTs('encoder/encoder.ts')
const { InvalidDataError } = await importTs('errors.ts')
const limits = { maxColumns: 1000, maxNameBytes: 1024, maxValueBytes: 20, maxDepth: 8, maxMessageBytes: 2 ** 23 }
const LANES = 3

const lane = fc.integer({ min: 0, max: LANES - 1 })
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('row'), lane, columns, waits: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('rows'),
      lane,
      rows: fc.array(columns, { minLength: 1, maxLength: 20 }),
      waits: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('table'), lane, table, waits: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('refused'), lane, columns }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('unfit'), lane, columns, thrown: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('submit'), idle: fc.boolean() }) },
)

/** Mostly as in a logger; or so little that shapes are dropped all the time. */
const bounds = fc.oneof(
  fc.constant({ shapes: 256, arenaBytes: 2 ** 24 }),
  fc.record({ shapes: fc.integer({ min: 1, max: 4 }), arenaBytes: fc.constantFrom(1, 2 ** 14, 2 ** 24) }),
)

/** An encoder in place of whose engine stands a decoder; keeps what was put in and what came out. */
class Bench {
  shapes = new Map()
  found = []
  parts = new Map()
  expected = []
  messages = new Map()
  #ids = 0

  constructor(oneKey, bounds) {
    this.oneKey = oneKey
    this.encoder = new RowEncoder(
      {
        registerShape: (names) => {
          this.shapes.set(++this.#ids, names)
          return this.#ids
        },
        releaseShape: (shape) => assert.ok(this.shapes.delete(shape), 'a shape is released once'),
        submit: (lane, arena, text, textBytes, rows) =>
          this.take(lane, decodeBlock(arena, text.subarray(0, textBytes)), rows),
      },
      limits,
      { blockRows: 8, ...bounds },
    )
  }

  take(lane, block, rows) {
    assert.equal(block.rows.length, rows)
    const names = this.shapes.get(block.shape)
    assert.ok(names, 'the block has a shape in use')
    for (const { key, cells } of block.rows) {
      const row = new Map(names.map((name, column) => [name, cells[column]]).filter(([, cell]) => cell !== undefined))
      this.found.push({ lane, key, shape: block.shape, row })
    }
    for (const { waiter, rows, continues } of block.messages) {
      if (waiter === 0) continue
      const message = this.parts.get(waiter) ?? { rows: 0, ended: false }
      assert.ok(!message.ended, 'nothing comes after the last part of a message')
      this.parts.set(waiter, { rows: message.rows + rows, ended: !continues })
    }
  }

  expect(lane, entries) {
    const cell = ({ cell }) => (cell.kind === 'text' ? { ...cell, value: cut(cell.value, limits.maxValueBytes) } : cell)
    const key = this.oneKey ? 7 : this.expected.length + 1
    this.expected.push({ lane, key, row: new Map(entries.map(([name, it]) => [name, cell(it)])) })
    return key
  }

  /** A row that is kept, as the logger takes it. */
  row({ lane, columns, waits }) {
    const block = this.encoder.place(rowOf(columns), lane, false)
    const full = this.encoder.commit(block, this.expect(lane, columns))
    if (waits) this.note(block, 1, false, this.message(1))
    if (full) this.encoder.submit(block)
  }

  /** A message of many, as the logger takes it: in as many blocks as it needs. */
  set(data, lane, rows, waits) {
    const set = this.encoder.read(data)
    assert.equal(set.rows, rows.length)
    const waiter = this.message(waits ? rows.length : 0)
    const shape = this.encoder.shapeOf(set)
    let part = 0
    rows.forEach((entries, row) => {
      const block = this.encoder.open(shape, lane)
      block.putValues(set.values, row * set.columns.length)
      const full = this.encoder.commit(block, this.expect(lane, entries))
      part++
      if (!full && row < rows.length - 1) return
      this.note(block, part, row < rows.length - 1, waiter)
      part = 0
      if (full) this.encoder.submit(block)
    })
  }

  /** A number for a message that somebody waits for. */
  message(rows) {
    if (rows === 0) return 0
    const waiter = 2 ** 40 + this.messages.size
    this.messages.set(waiter, { rows, ended: true })
    return waiter
  }

  note(block, rows, continues, waiter) {
    this.encoder.noteMessage(block, rows, continues, waiter)
  }

  do(step) {
    if (step.does === 'row') this.row(step)
    else if (step.does === 'rows') {
      const names = new Set(step.rows.flatMap((columns) => columns.map(([name]) => name)))
      const missing = [...names].map((name) => [name, { cell: { kind: 'null' } }])
      const rows = step.rows.map((columns) => [...missing, ...columns])
      this.set(step.rows.map(rowOf), step.lane, rows, step.waits)
    } else if (step.does === 'table') {
      const { columns, data } = step.table
      const rows = data.map((values) => values.map((value, column) => [columns[column], value]))
      const wire = { columns, data: data.map((values) => values.map(({ value }) => value)) }
      assert.equal(this.encoder.place(wire, step.lane, true), null, 'the wire form is no row')
      this.set(wire, step.lane, rows, step.waits)
    } else if (step.does === 'refused') this.encoder.place(rowOf(step.columns), step.lane, false).undo()
    else if (step.does === 'unfit') this.unfit(step)
    else this.encoder.submitAll(step.idle)
  }

  /** A row that cannot be read to its end leaves nothing behind. */
  unfit({ lane, columns, thrown }) {
    const row = rowOf(columns)
    const get = () => {
      throw new Error('told to fail')
    }
    Object.defineProperty(row, 'unfit', thrown ? { get, enumerable: true } : { value: () => 1, enumerable: true })
    assert.throws(() => this.encoder.place(row, lane, false), InvalidDataError)
    assert.throws(() => this.encoder.read([row]), InvalidDataError)
  }
}

const serial = ({ lane, key, row }) =>
  `${lane} ${key} ${[...row]
    .map(
      ([name, { kind, value }]) =>
        `${JSON.stringify(name)} ${kind} ${Object.is(value, -0) ? '-0' : JSON.stringify(String(value))}`,
    )
    .sort()
    .join()}`

test('every row comes out of the blocks as it went in, in its lane and with its key, and in order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.boolean(), bounds, (steps, oneKey, bounds) => {
      const bench = new Bench(oneKey, bounds)
      for (const step of steps) bench.do(step)
      bench.encoder.submitAll()
      assert.equal(bench.encoder.openBytes, 0)
      assert.deepEqual(bench.found.map(serial).sort(), bench.expected.map(serial).sort())
      assert.deepEqual([...bench.parts].sort(), [...bench.messages].sort(), 'each message once, with all its rows')
      const last = new Map()
      for (const { lane, shape, key } of bench.found) {
        assert.ok(oneKey || key > (last.get(`${lane} ${shape}`) ?? 0), 'rows of one shape and lane keep their order')
        last.set(`${lane} ${shape}`, key)
      }
    }),
    { numRuns: 300, includeErrorInReport: true },
  )
})
