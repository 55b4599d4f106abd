import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { importTs } from '../../support/typescript.mjs'
import { collect, pieces } from './support.mjs'

const { readCsv, columnNames, detectDelimiter } = await importTs('cli/readers/csv.ts')
const { splitLines } = await importTs('cli/readers/lines.ts')
const { fieldValue } = await importTs('cli/readers/values.ts')

async function read(text, { delimiter = ',', size } = {}) {
  const malformed = []
  const csv = await readCsv(splitLines(pieces(text, size)), delimiter, 'test.csv')
  const { rows, places } = await collect(csv.batches((line, reason) => malformed.push([line, reason])))
  return { columns: csv.columns, rows, places, malformed }
}

test('records with their lines', async () => {
  const { columns, rows, places } = await read('a,b\r\n1,x\r\n\r\n2,"y, ""z"""\n3,"two\nlines"\n4,end')
  assert.deepEqual(columns, ['a', 'b'])
  assert.deepEqual(rows, [
    { a: 1, b: 'x' },
    { a: 2, b: 'y, "z"' },
    { a: 3, b: 'two\nlines' },
    { a: 4, b: 'end' },
  ])
  assert.deepEqual(places, [2, 4, 5, 7])
})

test('a quote that opens no field is an ordinary character', async () => {
  assert.deepEqual((await read('size\n5" pipe\n"6"" pipe"\n')).rows, [{ size: '5" pipe' }, { size: '6" pipe' }])
})

test('a wrong number of fields costs one line', async () => {
  const { rows, malformed } = await read('a,b\n1,2\n3\n4,5,6\n7,8\n')
  assert.deepEqual(rows, [
    { a: 1, b: 2 },
    { a: 7, b: 8 },
  ])
  assert.deepEqual(malformed, [
    [3, '2 fields expected, 1 found'],
    [4, '2 fields expected, 3 found'],
  ])
})

test('a quote that is never closed costs one line', async () => {
  const { rows, places, malformed } = await read('a,b\n1,x\n2,"oops\n3,y\n4,"fine, really"\n5,z\n')
  assert.deepEqual(
    rows.map((row) => row.a),
    [1, 3, 4, 5],
  )
  assert.deepEqual(places, [2, 4, 5, 6])
  assert.deepEqual(malformed, [[3, 'text follows a closing quote']])
  const last = await read('a,b\n1,x\n2,"oops\n3,y\n')
  assert.deepEqual(
    last.rows.map((row) => row.a),
    [1, 3],
  )
  assert.deepEqual(last.malformed, [[3, 'a quote is never closed']])
})

test('an unclosed quote far from the end does not hold back the rest', async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `${index},x`)
  lines[10] = '10,"x'
  const { rows, malformed } = await read(`a,b\n${lines.join('\n')}\n`)
  assert.equal(rows.length, 4999)
  assert.deepEqual(malformed, [[12, 'a quote is never closed']])
})

test('text after a closing quote costs one line', async () => {
  const { rows, malformed } = await read('a,b\n"1"x,2\n3,4\n')
  assert.deepEqual(rows, [{ a: 3, b: 4 }])
  assert.deepEqual(malformed, [[2, 'text follows a closing quote']])
})

test('names of columns', () => {
  assert.deepEqual(columnNames([' a ', '', 'a', 'a', '__proto__']), ['a', 'column_2', 'a_2', 'a_3', '__proto___2'])
})

test('an input without a header is refused', async () => {
  await assert.rejects(read('\n\n'), { name: 'UserError', message: /no header/ })
  await assert.rejects(read('a,"b\n1,2\n'), { name: 'UserError', message: /header in line 1/ })
})

test('the delimiter is the commonest of the header', () => {
  assert.equal(detectDelimiter('a;b;"c,d,e,f"\n1,2;3;4'), ';')
  assert.equal(detectDelimiter('a\tb,c\td'), '\t')
  assert.equal(detectDelimiter('a|b'), '|')
  assert.equal(detectDelimiter('single'), ',')
})

test('what fields mean', () => {
  const meanings = [
    ['', null],
    ['0', 0],
    ['-1', -1],
    ['12.50', 12.5],
    ['1e3', 1000],
    ['-2.5E-3', -0.0025],
    ['.5', 0.5],
    [' 7 ', 7],
    ['9007199254740991', 9007199254740991],
    ['true', true],
    ['FALSE', false],
    [' True ', true],
    ...[
      '007',
      '-01',
      '00.5',
      '+49',
      '9007199254740993',
      '123456789012345678901',
      '0x1F',
      '1,000',
      '1_000',
      '1.',
      '.',
      '-',
      '1e999',
      'NaN',
      'Infinity',
      'inf',
      'null',
      'NA',
      'tRue',
      'yes',
      '1e',
      '1 2',
      '12:30',
      '1.2.3',
      ' ',
      'text',
      'ünï',
      '٣',
    ].map((text) => [text, text]),
  ]
  for (const [field, value] of meanings) assert.deepEqual(fieldValue(field), value, JSON.stringify(field))
})

test('a number that is written as JavaScript writes it is read as itself', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = String(value)
      const whole = /^-?\d+$/.test(text) && !Number.isSafeInteger(value)
      assert.equal(fieldValue(text), /e\+/.test(text) || !whole ? Number(text) : text)
    }),
  )
})

const field = fc.string({ unit: fc.constantFrom('a', '1', '"', ',', '\n', '\r\n', ' ', 'é', '😀') })
const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

test('what is written by the rules is read the same as by csv-parse, in pieces of any size', async () => {
  const table = fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 20 }), async (records, size) => {
      const text = `x,y,z\n${records.map((record) => record.map(quote).join(',')).join('\n')}\n`
      const expected = parse(text, { columns: true, record_delimiter: '\n' })
      const { rows, malformed } = await read(text, { size })
      assert.deepEqual(malformed, [])
      const typed = expected.map((row) =>
        Object.fromEntries(Object.entries(row).map(([key, value]) => [key, fieldValue(value)])),
      )
      assert.deepEqual(rows, typed)
    }),
  )
})

test('every line of any text is a record, part of one, or complained about', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', '"', ',', ' ') })
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
      const { places, malformed } = await read(`x,y\n${lines.join('\n')}`)
      const seen = [...places, ...malformed.map(([number]) => number)].sort((one, other) => one - other)
      assert.equal(new Set(seen).size, seen.length, 'no line twice')
      for (const number of seen) assert.ok(number >= 2 && number <= lines.length + 1)
      assert.deepEqual(
        places,
        [...places].sort((one, other) => one - other),
        'records in order',
      )
    }),
  )
})
