import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { importTs } from '../../support/typescript.mjs'
import { fakeIo } from './support.mjs'

const { renderTable } = await importTs('cli/table.ts')
const format = await importTs('cli/format.ts')
const { fold } = await importTs('cli/fold.ts')
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

test('thousands are apart as Intl has them', () => {
  const intl = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 })
  fc.assert(
    fc.property(fc.bigInt(), fc.integer({ min: -1e12, max: 1e12 }), (whole, millionths) => {
      assert.equal(format.formatDecimal(whole), intl.format(whole))
      const value = millionths / 1e6
      if (Math.abs(value) > 1e-4) assert.equal(format.formatDecimal(value), intl.format(value))
    }),
    { numRuns: 1000 },
  )
})

test('buckets are shown as finely as they are', () => {
  const time = Date.UTC(2001, 2, 4, 5, 6, 7)
  const shown = { second: '2001-03-04 05:06:07', minute: '2001-03-04 05:06', hour: '2001-03-04 05:00' }
  for (const [unit, text] of Object.entries({ ...shown, day: '2001-03-04', month: '2001-03', year: '2001' })) {
    assert.equal(format.formatBucket(time, unit), text)
  }
})

test('shares and times for people', () => {
  const shares = { 0: '0%', 0.0004: '<0.1%', 0.001: '0.1%', 0.2836: '28.4%', 0.9996: '>99.9%', 1: '100%' }
  for (const [share, text] of Object.entries(shares)) assert.equal(format.formatShare(Number(share)), text)
  const [day, noon, later] = ['2024-03-01', '2024-03-01T12:00:00Z', '2024-03-01T12:00:00.250Z'].map(
    (at) => new Date(at),
  )
  assert.equal(format.formatTime(day, [day, day]), '2024-03-01')
  assert.equal(format.formatTime(day, [day, noon]), '2024-03-01 00:00:00')
  assert.equal(format.formatTime(noon, [noon, later]), '2024-03-01 12:00:00.000')
  const early = new Date('-000010-01-01T00:00:00Z')
  assert.equal(format.formatTime(early, [early]), '-000010-01-01')
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

const SHRINKING = [
  { title: 'name', align: 'left', shrinkTo: 6 },
  { title: 'number', align: 'right' },
  { title: 'text', align: 'left', shrinkTo: 5 },
]

test('a table is never wider than the terminal, keeps all columns, and is not made where that cannot be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
      fc.integer({ min: 10, max: 120 }),
      (rows, width) => {
        const lines = renderTable(SHRINKING, rows, width)
        const numbers = Math.max(...['number', ...rows.map((row) => row[1])].map(format.displayWidth))
        const names = Math.max(...['name', ...rows.map((row) => row[0])].map(format.displayWidth))
        const texts = Math.max(...['text', ...rows.map((row) => row[2])].map(format.displayWidth))
        const least = 2 + Math.min(names, 6) + 2 + numbers + 2 + Math.min(texts, 5)
        assert.equal(lines !== null, least <= width)
        if (lines === null) return
        assert.equal(lines.length, rows.length + 1)
        for (const line of lines) assert.ok(format.displayWidth(line) <= width, line)
        assert.match(lines[0], /^ {2}name +number +text$/)
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
