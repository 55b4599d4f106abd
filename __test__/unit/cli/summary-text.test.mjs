/** What a person sees of columns: tables, and records where a terminal is too narrow for them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { importTs } from '../../support/typescript.mjs'
import { column, numbers, texts, viewOf } from './views.mjs'

const { displayWidth, printable } = await importTs('cli/format.ts')
const { summarise } = await importTs('cli/summary.ts')
const { summaryText } = await importTs('cli/summary-table.ts')
const { shapesOf } = await importTs('cli/shapes.ts')

const VIEW = viewOf([
  texts('country', { value: 'Bosnia and Herzegovina', estimate: 6 }, { 'counts/null': 2, 'cardinality/upper_1': 9 }),
  column('note', { 'counts/null': 10 }),
  texts('ordered', null, { 'cardinality/est': 10 }),
  numbers('price', [0.5, 3, 9.75, 20, 1500], { type: 'fractional', counts: [8, 1, 0, 0, 0, 0, 0, 0, 0, 1] }),
  numbers('year', [1998, 2001, 2010, 2015, 2024], {
    counts: [1, 1, 0, 1, 2, 1, 1, 1, 1, 1],
    top: { value: '2010', estimate: 3, lower: 3 },
  }),
])
const FACTS = new Map([
  ['ordered', { firstMs: Date.UTC(2024, 0, 1), lastMs: Date.UTC(2024, 2, 31) }],
  ['country', { shortest: 2, longest: 22 }],
])
const COLUMNS = summarise(VIEW, ['ordered', 'country', 'year', 'price', 'note'], FACTS)
const SHAPES = shapesOf(VIEW, COLUMNS)

/** Lines of `columns`, the ones above where none are given. */
const lines = (width, { detailed = false, shapes = null, columns = COLUMNS } = {}) =>
  summaryText(columns, { width, detailed, shapes }).split('\n')

test('elsewhere than on a terminal: all figures, no pictures', () => {
  assert.deepEqual(lines(null), [
    '  column   type         nulls  distinct         min   q25  median   q75         max  top value',
    '  ordered  date             0       ≈10  2024-01-01     –       –     –  2024-03-31  –',
    '  country  text       2 (20%)        ≈3     2 chars     –       –     –    22 chars  Bosnia and Herzegovina (6×)',
    '  year     integer          0         5        1998  2001    2010  2015        2024  2010 (3×)',
    '  price    number           0         5         0.5     3    9.75    20       1,500  –',
    '  note     null     10 (100%)         –           –     –       –     –           –  –',
  ])
})

test('a terminal of 120 columns', () => {
  assert.deepEqual(lines(120, { shapes: SHAPES }), [
    '  column   type         nulls  distinct         min   q25  median   q75         max  shape       top value',
    '  ordered  date             0       ≈10  2024-01-01     –       –     –  2024-03-31              –',
    '  country  text       2 (20%)        ≈3     2 chars     –       –     –    22 chars  ████████░░  Bosnia and Herzegovina…',
    '  year     integer          0         5        1998  2001    2010  2015        2024  ▅▅▁▅█▅▅▅▅▅  2010 (3×)',
    '  price    number           0         5         0.5     3    9.75    20       1,500  █▃▁▁▁▁▁▁▁▃  –',
    '  note     null     10 (100%)         –           –     –       –     –           –              –',
  ])
})

test('a terminal of 80 columns', () => {
  assert.deepEqual(lines(80, { shapes: SHAPES }), [
    '  column   type     nulls  distinct         min  median         max  shape/top',
    '  ordered  date         0       ≈10  2024-01-01       –  2024-03-31  –',
    '  country  text       20%        ≈3     2 chars       –    22 chars  Bosnia and…',
    '  year     integer      0         5        1998    2010        2024  ▅▅▁▅█▅▅▅▅▅',
    '  price    number       0         5         0.5    9.75       1,500  █▃▁▁▁▁▁▁▁▃',
    '  note     null      100%         –           –       –           –  –',
  ])
  const plain = lines(81)
  assert.equal(plain[0], '  column   type     nulls  distinct         min  median         max  top value')
  assert.equal(plain[3], '  year     integer      0         5        1998    2010        2024  2010 (3×)')
})

test('a terminal of 40 columns', () => {
  assert.deepEqual(lines(40, { shapes: SHAPES }), [
    '  ordered',
    '    type date   nulls 0   distinct ≈10',
    '    min 2024-01-01   max 2024-03-31',
    '  country',
    '    type text   nulls 2 (20%)',
    '    distinct ≈3',
    '    shortest 2 chars   longest 22 chars',
    '    shape ████████░░',
    '    top Bosnia and Herzegovina (6×)',
    '  year',
    '    type integer   nulls 0   distinct 5',
    '    min 1998   q25 2001   median 2010',
    '    q75 2015   max 2024',
    '    shape ▅▅▁▅█▅▅▅▅▅   top 2010 (3×)',
    '  price',
    '    type number   nulls 0   distinct 5',
    '    min 0.5   q25 3   median 9.75',
    '    q75 20   max 1,500',
    '    shape █▃▁▁▁▁▁▁▁▃',
    '  note',
    '    type null   nulls 10 (100%)',
  ])
})

test('counts, means and deviations', () => {
  const [titles, , , year] = lines(null, { detailed: true })
  assert.match(titles, /^ {2}column +type +values +nulls .* max +mean +stddev +top value$/)
  assert.match(year, / 10 +0 +5 +1998 +2001 +2010 +2015 +2024 +2010 +1\.5 +2010 \(3×\)$/)
  const records = lines(100, { detailed: true })
  assert.equal(records[1], '    type date   values 10   nulls 0   distinct ≈10')
  assert.ok(records.includes('    mean 9.75   stddev 1.5'))
})

const named = (...names) => summarise(viewOf(names.map((name) => texts(name, { value: 'x', estimate: 5 }))))

test('hostile names', () => {
  const columns = named('__proto__', 'a\x1b[2J\nb\r\tc', '\u202eevil', 'a|b`c', '', '日本語の列', '\ud800')
  assert.deepEqual(
    lines(null, { columns }).map((line) => line.slice(0, 14).split(/ {2,}/)[1]),
    ['column', '__proto__', 'a·[2J·b··c', '·evil', 'a|b`c', '""', '日本語の列', '·'],
  )
  for (const width of [1, 5, 20, 80]) {
    const text = lines(width, { columns }).join('')
    assert.equal(text, printable(text))
  }
})

test('names are not cut until they look alike', () => {
  const columns = named('temperature of the air, lowest', 'temperature of the air, highest')
  // There is no room for names of 25 columns in a table.
  assert.equal(lines(60, { columns })[0], '  temperature of the air, lowest')
  const table = lines(80, { columns })
  assert.deepEqual(
    table.slice(1).map((line) => line.slice(0, 27)),
    ['  temperature of the air, l…', '  temperature of the air, h…'].map((line) => line.slice(0, 27)),
  )
})

test('a name longer than a line goes on in the next, and an endless one ends', () => {
  const records = lines(20, { columns: named('abcdefghij'.repeat(3), '日'.repeat(1000)) })
  assert.deepEqual(records.slice(0, 2), ['  abcdefghijabcdefgh', '  ijabcdefghij'])
  const endless = records.filter((line) => line.includes('日'))
  assert.deepEqual(endless, [...Array(3).fill(`  ${'日'.repeat(9)}`), `  ${'日'.repeat(8)}…`])
})

test('no columns, and one row', () => {
  assert.match(lines(null, { columns: [] })[0], /^ {2}column +type/)
  assert.match(lines(80, { columns: [] })[0], /^ {2}column +type/)
  const once = {
    'counts/n': 1,
    'types/integral': 1,
    'cardinality/est': 1,
    'cardinality/lower_1': 1,
    'cardinality/upper_1': 1,
  }
  const top = { value: '7', estimate: 1, lower: 1 }
  const view = viewOf([numbers('n', [7, 7, 7, 7, 7], { ...once, counts: [1], top })])
  const columns = summarise(view)
  assert.equal(
    lines(80, { columns, shapes: shapesOf(view, columns) })[1],
    '  n       integer      0         1    7       7    7  ██████████  7 (1×)',
  )
})

const name = fc.string({ unit: 'binary', maxLength: 60 })
const figures = fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true }), fc.double({ noNaN: true }))
const anyColumn = fc.oneof(
  fc
    .tuple(name, figures, fc.nat(10))
    .map(([name, [min, median, max], nulls]) =>
      numbers(name, [min, median, median, median, max], { 'counts/null': nulls, counts: [1, 2, 3] }),
    ),
  fc.tuple(name, name, fc.nat(10)).map(([name, value, estimate]) => texts(name, { value, estimate })),
)

test('no line is wider than the terminal, every column is told, and none of what could harm it is printed', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyColumn, { minLength: 1, maxLength: 5, selector: ({ row }) => printable(row.column) }),
      fc.integer({ min: 8, max: 200 }),
      fc.boolean(),
      (made, width, detailed) => {
        const view = viewOf(made)
        const columns = summarise(view)
        const all = lines(width, { detailed, columns, shapes: shapesOf(view, columns) })
        for (const line of all) {
          assert.ok(displayWidth(line) <= width, line)
          assert.equal(line, printable(line))
        }
        const isTable = /^ {2}column +type/.test(all[0])
        const told = isTable ? all.slice(1) : all.filter((line) => /^ {4}typ/.test(line))
        assert.equal(told.length, made.length)
      },
    ),
  )
})
