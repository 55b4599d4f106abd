import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { importTs } from '../../support/typescript.mjs'
import { fakeIo } from './support.mjs'

const { renderTable } = await importTs('cli/table.ts')
const format = await importTs('cli/format.ts')
const { summaryTable } = await importTs('cli/summary-table.ts')
const { summarise, fold } = await importTs('cli/summary.ts')
const { Progress } = await importTs('cli/progress.ts')

test('numbers for people', () => {
  const shown = {
    0: '0',
    5: '5',
    [-1234567]: '-1,234,567',
    0.1: '0.1',
    1.23456789: '1.23457',
    123456.789: '123,456.8',
    1e15: '1e15',
    1.5e20: '1.5e20',
    0.00001234: '1.234e-5',
  }
  for (const [value, text] of Object.entries(shown)) assert.equal(format.formatNumber(Number(value)), text)
  assert.equal(format.formatNumber(-0), '0')
  assert.equal(format.formatNumber(Number.NaN), '–')
  assert.equal(format.formatNumber(Number.NEGATIVE_INFINITY), '-∞')
})

test('buckets are shown as finely as they are', () => {
  const time = Date.UTC(2001, 2, 4, 5, 6, 7)
  const shown = { second: '2001-03-04 05:06:07', minute: '2001-03-04 05:06', hour: '2001-03-04 05:00' }
  for (const [unit, text] of Object.entries({ ...shown, day: '2001-03-04', month: '2001-03', year: '2001' })) {
    assert.equal(format.formatBucket(time, unit), text)
  }
})

test('nothing in a value can move the cursor', () => {
  assert.equal(format.printable('a\x1b[31m\nb\u202ec\ud800'), 'a·[31m·b·c·')
})

test('cutting counts the columns that a terminal uses', () => {
  assert.equal(format.displayWidth('日本'), 4)
  assert.equal(format.displayWidth('e\u0301'), 1)
  assert.equal(format.clip('日本語', 5), '日本…')
  assert.equal(format.clip('abc', 3), 'abc')
})

const cell = fc.string({ maxLength: 40 }).map(format.printable)

test('a table never is wider than the terminal, and keeps its first column', () => {
  const columns = [
    { title: 'name', align: 'left', shrinkTo: 6 },
    { title: 'number', align: 'right', dropAs: 2 },
    { title: 'text', align: 'left', shrinkTo: 5, dropAs: 1 },
  ]
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
      fc.integer({ min: 10, max: 120 }),
      (rows, width) => {
        const lines = renderTable(columns, rows, width)
        assert.equal(lines.length, rows.length + 1)
        for (const line of lines) assert.ok(format.displayWidth(line) <= width, line)
        assert.match(lines[0], /^ {2}name/)
      },
    ),
  )
})

test('without a terminal nothing is cut but what is endless', () => {
  const columns = [
    { title: 'n', align: 'right' },
    { title: 't', align: 'left', maxWidth: 5 },
  ]
  assert.deepEqual(
    renderTable(
      columns,
      [
        ['1,000', 'abcdefgh'],
        ['7', 'x'],
      ],
      null,
    ),
    ['      n  t', '  1,000  abcd…', '      7  x'],
  )
})

const row = (column, values) => ({ column, 'counts/n': 10, 'counts/null': 0, ...values })

/** A view of these columns; `tops`: the items that are known to be on top, by column. */
const viewOf = (rows, tops = {}) => ({
  toTable: () => rows,
  column: (name) => ({ topValue: () => tops[name] ?? null }),
})

test('the summary of a column', () => {
  const tops = { t: { value: 'b', estimate: 5, lower: 5 }, m: { value: 'c', estimate: 5, lower: 4 } }
  const rows = [
    row('n', {
      'types/integral': 4,
      'types/fractional': 6,
      'distribution/n': 10,
      'distribution/min': -1,
      'distribution/median': 2.5,
      'distribution/max': 9,
      'distribution/mean': 3,
      'distribution/stddev': 1,
      'cardinality/est': 7.0000003,
    }),
    row('t', {
      'types/string': 10,
      'distribution/n': 0,
      'distribution/min': Number.NaN,
      'frequent_items/frequent_strings': [{ value: 'a', estimate: 9, lower: 9, upper: 9 }],
    }),
    row('x', { 'counts/null': 10 }),
    row('m', { 'types/boolean': 1, 'types/string': 5, 'types/integral': 4 }),
    row('e', { 'types/fractional': 1, 'distribution/n': 1, 'distribution/max': Number.POSITIVE_INFINITY }),
  ]
  const [numbers, text, nothing, mixed, endless] = summarise(viewOf(rows, tops))
  assert.deepEqual(numbers, {
    column: 'n',
    type: 'number',
    count: 10,
    nulls: 0,
    distinct: 7,
    min: -1,
    median: 2.5,
    max: 9,
    mean: 3,
    stddev: 1,
    top: null,
  })
  assert.deepEqual([text.type, text.min, text.top], ['text', null, { value: 'b', count: 5 }])
  assert.deepEqual([nothing.type, nothing.nulls, nothing.distinct], ['null', 10, null])
  assert.equal(mixed.type, 'text+integer+boolean')
  assert.deepEqual(mixed.top, { value: 'c', count: 5, atLeast: 4 })
  assert.equal(endless.max, null)
})

test('the table of a summary', () => {
  const rows = [
    row('price', {
      'types/integral': 10,
      'distribution/n': 10,
      'distribution/min': 1,
      'distribution/median': 2,
      'distribution/max': 1500,
      'cardinality/est': 3,
    }),
    row('co\nde', {
      'types/string': 8,
      'counts/null': 2,
    }),
  ]
  const tops = {
    price: { value: '1500', estimate: 4, lower: 3 },
    'co\nde': { value: '', estimate: 4, lower: 4 },
  }
  const columns = summarise(viewOf(rows, tops))
  assert.equal(
    summaryTable(columns, null, false),
    [
      '  column  type     nulls  distinct  min  median    max  top value',
      '  price   integer      0         3    1       2  1,500  1,500 (≤ 4×)',
      '  co·de   text         2         –    –       –      –  "" (4×)',
    ].join('\n'),
  )
  assert.match(summaryTable(columns, null, true), /values.*mean.*stddev/)
})

const view = (day, parts = [day]) => ({
  datasetTimestamp: new Date(Date.UTC(2024, 0, day)),
  parts,
  merge: (other) => view(day, [...parts, ...other.parts]),
})

async function* listed(views) {
  yield* views
}

test('folding counts parts and buckets', async () => {
  const folded = await fold(listed([view(3), view(1), view(3), view(9)]))
  assert.deepEqual(folded.view.parts, [3, 1, 3, 9])
  assert.deepEqual([folded.parts, folded.buckets], [4, 3])
  assert.deepEqual([folded.firstMs, folded.lastMs], [Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 9)])
  assert.equal(await fold(listed([])), null)
})

test('progress: drawn over itself on a terminal, nothing elsewhere', () => {
  const io = fakeIo({ progressWidth: 80 })
  const progress = new Progress(io, true)
  progress.start('a.csv')
  io.time += 2000
  progress.update(4000, 0.5)
  assert.equal(io.stderr, '\r\x1b[2K████████████░░░░░░░░░░░░  50%  4,000 rows  2,000 rows/s  a.csv')
  progress.update(4001, 0.5)
  assert.ok(!io.stderr.includes('4,001'), 'not drawn again at once')
  progress.clear()
  assert.ok(io.stderr.endsWith('\r\x1b[2K'))
  const silent = fakeIo()
  const none = new Progress(silent, true)
  none.start('a.csv')
  none.update(1, null)
  none.clear()
  assert.equal(silent.stderr, '')
})
