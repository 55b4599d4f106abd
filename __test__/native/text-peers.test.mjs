/** Odd CSV against csv-parse, and large files of odd texts, which are read in parcels, against the rows themselves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { items, kinds, profiled } from '../support/file-tables.mjs'
import { randomOf } from '../support/same-table.mjs'

const picker = (random) => (list) => list[Math.floor(random() * list.length)]

/** A small text of fields that readers differ over, and how its lines end. */
function oddCsv(random) {
  const pick = picker(random)
  const end = pick(['\n', '\r\n', '\r'])
  const width = pick([2, 3, 4])
  const fields = [
    '1',
    'x',
    '"x"',
    '"a,b"',
    `"l${end}m"`,
    '"q""q"',
    '""""',
    '',
    '""',
    ' y ',
    'z"z',
    '"1"',
    ' "s"',
    'true',
  ]
  const row = (each) => Array.from({ length: width }, each).join(',')
  const rows = Array.from({ length: pick([1, 2, 3, 5]) }, () => row(() => pick(fields)))
  const content = [row((_, at) => `c${at}`), ...rows].join(end) + pick(['', end])
  return { content, end }
}

/** How often each value of a column comes up, by the names that a profile has for values. */
function counted(values) {
  const counts = {}
  for (const value of values.filter((each) => each !== '')) {
    const name = value === 'true' ? 'True' : value
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

test('odd CSV says what csv-parse reads of it', async (t) => {
  for (let seed = 0; seed < 250; seed++) {
    const { content, end } = oddCsv(randomOf(seed))
    const options = { columns: true, relax_quotes: true, record_delimiter: end, skip_empty_lines: true }
    const rows = parse(content, options)
    const { result, table } = await profiled(t, content, 'odd.csv', { delimiter: ',', workers: 1 })
    const label = `${seed}: ${JSON.stringify(content)}`
    assert.deepEqual([result.rows, result.leftOut], [rows.length, 0], label)
    for (const [name, row] of Object.entries(table)) {
      const values = rows.map((each) => each[name])
      assert.equal(row['counts/null'], values.filter((value) => value === '').length, label)
      assert.deepEqual(items(row), counted(values), label)
    }
  }
})

const PIECES = ['}', '{', '[', ']', '"', '\\', '\n', '\r\n', 'é', '😀', ',', '{"x":1}', '"]}', '\\"', '\0', '\u2028']

/** Some megabytes of rows. */
function largeRows() {
  const random = randomOf(5)
  const pick = picker(random)
  const texts = Array.from({ length: 200 }, (_, at) => {
    const odd = Array.from({ length: 6 }, () => pick(PIECES)).join('')
    return `${at}${odd}${at % 10 === 0 ? 'x'.repeat(2000) : 'y'}`
  })
  const nested = [null, true, 1, 2.5, 't', [1, 2], { a: [{ b: '}' }] }, {}]
  return Array.from({ length: 40_000 }, (_, i) => ({ i, s: pick(texts), k: nested[i % nested.length] }))
}

test('large files of odd texts lose and gain nothing where parcels meet', async (t) => {
  const rows = largeRows()
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`
  const third = Math.ceil(rows.length / 3)
  const parts = [0, 1, 2].map((at) => rows.slice(at * third, (at + 1) * third))
  const contents = {
    'large.csv': `i,s\n${rows.map(({ i, s }) => `${i},${quoted(s)}\n`).join('')}`,
    'large-crlf.csv': `s,i\r\n${rows.map(({ i, s }) => `${quoted(s)},${i}`).join('\r\n')}`,
    'large.ndjson': rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    'large-array.json': JSON.stringify(rows, null, 1),
    'large-sequence.json': rows.map((row) => JSON.stringify(row, null, 1)).join('\n'),
    'large-arrays.json': parts.map((part, at) => JSON.stringify(part, null, at)).join(''),
  }
  const expected = counted(rows.map(({ s }) => s).filter((s) => s.length <= 128))
  for (const [name, content] of Object.entries(contents)) {
    assert.ok(content.length > 8 << 20, `${name} has parcels`)
    const { result, table } = await profiled(t, content, name)
    assert.deepEqual([result.rows, result.leftOut], [rows.length, 0], name)
    assert.equal(table.i['distribution/mean'], (rows.length - 1) / 2, name)
    const short = Object.entries(items(table.s)).filter(([value]) => value in expected)
    assert.deepEqual(Object.fromEntries(short), expected, name)
    if (name.endsWith('csv')) continue
    const each = rows.length / 8
    const found = `${each} integral, ${each} fractional, ${each} boolean, ${each} string, ${2 * each} object, ${each} tensor, ${each} null`
    assert.equal(kinds(table.k), found, name)
  }
})
