/** What is found out about columns, before it is drawn. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importTs } from '../../support/typescript.mjs'
import { column, numbers, texts, viewOf } from './views.mjs'

const { summarise } = await importTs('cli/summary.ts')
const { figuresOf, isLabel } = await importTs('cli/summary-figures.ts')
const { barOfBlocks, columnsOfBlocks, shapesOf } = await importTs('cli/shapes.ts')

const names = (columns) => columns.map((each) => each.column)
const only = (one, facts = {}) => summarise(viewOf([one]), [], new Map([[one.row.column, facts]]))[0]

test('the summary of a column', () => {
  assert.deepEqual(
    only(
      column(
        'n',
        {
          'types/integral': 4,
          'types/fractional': 6,
          'distribution/n': 10,
          'distribution/min': -1,
          'distribution/q_25': 2,
          'distribution/median': 2.5,
          'distribution/q_75': 3,
          'distribution/max': 9,
          'distribution/mean': 3,
          'distribution/stddev': 1,
          'cardinality/est': 7.0000003,
          'cardinality/lower_1': 7,
          'cardinality/upper_1': 7.01,
        },
        { rankError: () => ({ rank: 0.01, interval: 0.02 }) },
      ),
    ),
    {
      column: 'n',
      type: 'number',
      count: 10,
      nulls: 0,
      distinct: 7,
      distinctEstimated: false,
      min: -1,
      q25: 2,
      median: 2.5,
      q75: 3,
      max: 9,
      quantilesEstimated: true,
      mean: 3,
      stddev: 1,
      shortest: null,
      longest: null,
      first: null,
      last: null,
      top: null,
    },
  )
  const text = only(texts('t', { value: 'b', estimate: 5 }, { 'distribution/n': 0, 'distribution/min': Number.NaN }))
  assert.deepEqual([text.type, text.min, text.quantilesEstimated], ['text', null, false])
  assert.deepEqual(text.top, { value: 'b', count: 5 })
  const nothing = only(column('x', { 'counts/null': 10 }))
  assert.deepEqual([nothing.type, nothing.nulls, nothing.distinct], ['null', 10, null])
  const top = { value: 'c', estimate: 5, lower: 4, upper: 5 }
  const mixed = column('m', { 'types/boolean': 1, 'types/string': 5, 'types/integral': 4 }, { topValue: () => top })
  assert.equal(only(mixed).type, 'text+integer+boolean')
  assert.deepEqual(only(mixed).top, { value: 'c', count: 5, atLeast: 4 })
  const endless = { 'types/fractional': 1, 'distribution/n': 1, 'distribution/max': Number.POSITIVE_INFINITY }
  assert.equal(only(column('e', endless)).max, null)
})

test('distinct values are never more than values, and estimates say so', () => {
  const distinct = (est, lower, upper, more = {}) => {
    const bounds = { 'cardinality/est': est, 'cardinality/lower_1': lower, 'cardinality/upper_1': upper }
    const { distinct, distinctEstimated } = only(texts('t', null, { ...bounds, ...more }))
    return [distinct, distinctEstimated]
  }
  assert.deepEqual(distinct(10.2, 9.9, 11), [10, true])
  assert.deepEqual(distinct(12, 11, 13), [10, true])
  assert.deepEqual(distinct(12, 11, 13, { 'counts/null': 7 }), [3, true])
  assert.deepEqual(distinct(3, 3, 3), [3, false])
  assert.deepEqual(distinct(4, 2, 6), [4, true])
})

test('whole numbers beyond 2⁵³ are what they were', () => {
  const [min, max] = [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n]
  const ids = (values) => {
    const made = numbers('n', [Number(min), 0, 0, 0, Number(max)], values)
    made.sketches.ints = () => ({ min, max })
    return only(made)
  }
  assert.deepEqual([ids().min, ids().max], [min, max])
  assert.equal(figuresOf(ids()).max, '9,223,372,036,854,775,807')
  // The largest is a fractional one, and no whole number.
  const mixed = ids({ 'distribution/max': 1e300, 'types/fractional': 2 })
  assert.deepEqual([mixed.min, mixed.max], [min, 1e300])
})

test('columns come in the order of the file, others behind them by name', () => {
  const view = viewOf(['__proto__', 'a', 'b', 'c', 'constructor'].map((name) => texts(name, null)))
  assert.deepEqual(names(summarise(view)), ['__proto__', 'a', 'b', 'c', 'constructor'])
  assert.deepEqual(names(summarise(view, ['c', 'gone', '__proto__'])), ['c', '__proto__', 'a', 'b', 'constructor'])
  const facts = new Map([['__proto__', { shortest: 2, longest: 7 }]])
  const [first, second] = summarise(view, ['constructor', '__proto__'], facts)
  assert.deepEqual([first.longest, second.shortest, second.longest], [null, 2, 7])
})

test('times and lengths that the reader knows', () => {
  const day = Date.UTC(2024, 2, 1)
  const dates = only(texts('t', null), { firstMs: day, lastMs: day + 86_400_000 })
  const { type, min, max } = figuresOf(dates)
  assert.deepEqual([type, min, max], ['date', '2024-03-01', '2024-03-02'])
  const times = figuresOf(only(texts('t', null), { firstMs: day, lastMs: day + 1000 }))
  assert.deepEqual([times.type, times.min, times.max], ['time', '2024-03-01 00:00:00', '2024-03-01 00:00:01'])
  assert.deepEqual([dates.type, JSON.stringify(dates.first)], ['text', '"2024-03-01T00:00:00.000Z"'])
  const beyond = only(texts('t', null), { firstMs: -1e300, lastMs: Number.NaN })
  assert.deepEqual([beyond.first, beyond.last, figuresOf(beyond).type], [null, null, 'text'])
  const lengths = figuresOf(only(texts('t', null), { shortest: 1, longest: 1200 }))
  assert.deepEqual([lengths.shortest, lengths.longest, lengths.min], ['1 char', '1,200 chars', null])
})

test('years and ids have no thousands separators, amounts have them', () => {
  const label = (name, min, max, values = {}) => isLabel(only(numbers(name, [min, min, min, max, max], values)))
  for (const name of ['id', 'orderId', 'order_id', 'userID', 'Zip Code', 'iata-code', 'birth year']) {
    assert.ok(label(name, 0, 99_999), name)
  }
  for (const name of ['paid', 'idle', 'decoded', 'price', 'yearly', '', '日本'])
    assert.ok(!label(name, 0, 99_999), name)
  assert.ok(label('built', 1900, 2024), 'may all be years')
  assert.ok(!label('built', 1200, 2024))
  assert.ok(label('t', 1_700_000_000, 1_800_000_000), 'ten digits each')
  assert.ok(!label('t', 900_000_000, 1_800_000_000), 'nine and ten')
  assert.ok(!label('t', 100_000_000, 900_000_000), 'nine each')
  const numbered = { 'counts/n': 1000, 'cardinality/est': 990 }
  assert.ok(label('n', 50_000, 51_200, numbered), 'they differ and fill their range')
  assert.ok(!label('n', 50_000, 99_000, numbered), 'they differ and are far apart')
  assert.ok(!label('n', 50_000, 51_200, { ...numbered, 'cardinality/est': 500 }), 'they repeat')
  assert.ok(!label('n', -1, 5, { 'cardinality/est': 10 }), 'below zero')
  assert.ok(!label('id', 1, 2, { 'types/fractional': 1 }), 'fractional ones among them')
  const year = figuresOf(
    only(numbers('n', [1990, 1995, 2000, 2005, 2010], { top: { value: '1999', estimate: 3, lower: 3 } })),
  )
  assert.deepEqual([year.min, year.median, year.max, year.top], ['1990', '2000', '2010', '1999 (3×)'])
})

test('estimates are marked, what is exact is not', () => {
  const estimated = numbers('n', [0, 1, 2, 3, 4000])
  estimated.sketches.rankError = () => ({ rank: 0.01, interval: 0.02 })
  const { min, q25, median, q75, max, mean } = figuresOf(only(estimated))
  assert.deepEqual([min, q25, median, q75, max, mean], ['0', '≈1', '≈2', '≈3', '4,000', '2'])
  assert.equal(figuresOf(only(numbers('n', [0, 1, 2, 3, 4]))).median, '2')
  assert.equal(figuresOf(only(texts('t', null, { 'cardinality/upper_1': 9 }))).distinct, '≈3')
})

test('a top value is shown unless all came up once', () => {
  const top = (value, estimate, values) => figuresOf(only(texts('t', { value, estimate }, values))).top
  assert.equal(top('', 4), '"" (4×)')
  assert.equal(top('a\x1b[2J', 4), 'a·[2J (4×)')
  assert.equal(top('1000', 4), '1000 (4×)', 'a text of digits')
  assert.equal(top('a', 1), null)
  assert.equal(top('a', 1, { 'counts/n': 1 }), 'a (1×)')
  const whole = numbers('n', [1, 1, 1, 1, 1500], { top: { value: '1500', estimate: 4, lower: 3 } })
  assert.equal(figuresOf(only(whole)).top, '1,500 (≤ 4×)')
})

test('pictures', () => {
  assert.equal(columnsOfBlocks([0, 1, 50, 100]), '▁▂▅█')
  assert.equal(columnsOfBlocks([7]), '█')
  assert.equal(columnsOfBlocks([0, 0]), '▁▁')
  assert.deepEqual([0, 0.04, 0.5, 1, 7].map(barOfBlocks), [
    '░░░░░░░░░░',
    '░░░░░░░░░░',
    '█████░░░░░',
    '██████████',
    '██████████',
  ])
  const view = viewOf([
    numbers('a', [0, 1, 2, 3, 4], { counts: [1, 2, 1] }),
    numbers('constant', [3, 3, 3, 3, 3], { counts: [10] }),
    numbers('widest', [-1.7e308, 0, 0, 0, 1.7e308], { type: 'fractional', counts: [Number.NaN] }),
    texts('often', { value: 'x', estimate: 5 }),
    texts('once', { value: 'x', estimate: 1 }),
    texts('half null', { value: 'x', estimate: 5 }, { 'counts/null': 5 }),
    column('null', { 'counts/null': 10 }),
  ])
  assert.deepEqual(
    [...shapesOf(view, summarise(view))],
    [
      ['a', '▅█▅'],
      ['often', '█████░░░░░'],
      ['half null', '██████████'],
    ],
  )
})
