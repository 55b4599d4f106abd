/** What a schema says of columns: their types and metrics, conditions, validators, computed columns. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  and,
  ConditionValidator,
  columns,
  DatasetSchema,
  equals,
  fullmatch,
  greaterOrEquals,
  greaterThan,
  HISTOGRAM_COUNTING_TRACKING_RESOLVER,
  isNull,
  LIMITED_TRACKING_RESOLVER,
  lessOrEquals,
  lessThan,
  MemoryWriter,
  matches,
  not,
  notEqual,
  or,
  Predicate,
  ProcessRollingLogger,
  STANDARD_RESOLVER,
  search,
} from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

const ORDERS = { datasetId: 'orders' }

/** The one profile that logging makes. */
async function profiled(t, schema, log) {
  const { logger, writer } = memoryLogger(t, { schema: new DatasetSchema(schema), workers: 1 })
  const warnings = []
  logger.on('warning', (warning) => warnings.push(warning))
  log(logger)
  await logger.flush()
  assert.equal(writer.items.length, 1)
  return { view: writer.items[0].view(), warnings, logger }
}

const metricsOf = (view, column) => view.column(column).metricNames

test('a declared type fixes the metrics', async (t) => {
  const types = { i: 'integral', f: 'fractional', b: 'boolean', s: 'string' }
  const { view } = await profiled(t, { types }, (logger) => {
    logger.log({ i: 1.5, f: 2, b: 'x', s: 3, free: 3 }, ORDERS)
    logger.logNdjson(Buffer.from('{"i":"x","f":7,"b":null,"s":0.5}'), ORDERS)
  })
  const numbers = ['cardinality', 'counts', 'distribution', 'frequent_items', 'ints', 'types']
  const texts = ['cardinality', 'counts', 'distribution', 'frequent_items', 'types']
  assert.deepEqual(metricsOf(view, 'i'), numbers)
  assert.deepEqual(metricsOf(view, 'f'), ['cardinality', 'counts', 'distribution', 'types'])
  assert.deepEqual(metricsOf(view, 'b'), numbers)
  assert.deepEqual(metricsOf(view, 's'), texts)
  const table = Object.fromEntries(view.toTable().map((row) => [row.column, row]))
  assert.deepEqual([table.f['types/fractional'], table.f['types/integral']], [2, 0])
  assert.deepEqual([table.free['types/fractional'], table.free['types/integral']], [0, 1])
  const items = view.column('s').frequentItems()
  assert.deepEqual(items.map(({ value }) => value).sort(), ['0.500000', '3'])
})

test('resolvers name the metrics of a column or a type', async (t) => {
  const log = (logger) => {
    logger.log({ id: 7, price: 0.5, name: 'a', ok: true }, ORDERS)
    logger.logNdjson(Buffer.from('{"id":8,"price":1.5,"name":"b","ok":false}'), ORDERS)
  }
  const made = async (resolvers) => (await profiled(t, { resolvers }, log)).view
  const limited = await made(LIMITED_TRACKING_RESOLVER)
  assert.deepEqual(metricsOf(limited, 'id'), ['counts', 'distribution', 'ints', 'types'])
  assert.deepEqual(metricsOf(limited, 'ok'), ['counts', 'distribution', 'ints', 'types'])
  assert.deepEqual(metricsOf(limited, 'name'), ['counts', 'types'])
  const histograms = await made(HISTOGRAM_COUNTING_TRACKING_RESOLVER)
  assert.deepEqual(metricsOf(histograms, 'id'), ['counts', 'distribution', 'types'])
  const own = await made([
    ...STANDARD_RESOLVER,
    { column: 'id', metrics: ['distribution', 'ints'], exclude: true },
    { column: 'price', metrics: ['frequent_items'], config: { maxFrequentItemSize: 64 } },
  ])
  assert.deepEqual(metricsOf(own, 'id'), ['cardinality', 'counts', 'frequent_items', 'types'])
  assert.deepEqual(metricsOf(own, 'price'), ['cardinality', 'counts', 'distribution', 'frequent_items', 'types'])
  assert.deepEqual(
    own
      .column('price')
      .frequentItems()
      .map(({ value }) => value)
      .sort(),
    ['0.500000', '1.500000'],
  )
})

test('a function is asked for the metrics of each column and type, once', async (t) => {
  const asked = []
  const resolvers = (column, type, usual) => {
    asked.push(`${column} ${type}`)
    return column === 'secret' ? [] : usual.filter((metric) => metric !== 'frequent_items')
  }
  const { view } = await profiled(t, { resolvers }, (logger) => {
    logger.log({ secret: 'x', open: 'y' }, ORDERS)
    logger.log([{ open: 'z', late: 1 }], ORDERS)
    logger.log(columns({ open: ['w'] }), ORDERS)
  })
  assert.deepEqual(metricsOf(view, 'secret'), ['counts', 'types'])
  assert.deepEqual(metricsOf(view, 'open'), ['cardinality', 'counts', 'distribution', 'types'])
  assert.deepEqual(metricsOf(view, 'late'), ['cardinality', 'counts', 'distribution', 'ints', 'types'])
  assert.equal(asked.length, 12)
  assert.equal(new Set(asked).size, 12)
})

test('sizes are those of the configuration', async (t) => {
  const many = Array.from({ length: 300 }, (_, i) => ({ i, s: `v${i}` }))
  const { view } = await profiled(t, { defaultConfigs: { kllK: 64, hllLgK: 6, fiLgMaxK: 4 } }, (logger) => {
    logger.log(many, ORDERS)
  })
  const bounds = view.column('i').cardinality()
  assert.ok(bounds.upper - bounds.lower > 20, 'a small sketch knows less')
  assert.ok(view.serialize().length < 6000)
  const { view: large } = await profiled(t, {}, (logger) => logger.log(many, ORDERS))
  assert.ok(large.serialize().length > 6000)
  const config = new DatasetSchema({ defaultConfigs: { kllK: 64 } }).defaultConfigs
  assert.deepEqual([config.kllK, config.largeKllK, config.kllKLarge], [64, false, 1024])
  assert.equal(new DatasetSchema().defaultConfigs.largeKllK, true)
})

/** Matches by condition, and the total. */
async function conditionsOf(t, conditions, values) {
  const { view } = await profiled(t, { conditions: { x: conditions } }, (logger) => {
    for (const x of values) logger.log({ x }, ORDERS)
  })
  const summary = Object.entries(view.column('x').summary())
  const counts = summary.filter(([key]) => key.startsWith('condition_count/'))
  return Object.fromEntries(counts.map(([key, count]) => [key.slice('condition_count/'.length), count]))
}

test('every predicate counts what it holds of', async (t) => {
  const values = [1, 5, 5.5, -2n, 2n ** 60n, 'abc', 'b', '', null, undefined, Number.NaN, true, [1], {}, Infinity]
  const counted = await conditionsOf(
    t,
    {
      equals: equals(5),
      equalsText: equals('b'),
      notEqual: notEqual(5),
      lessThan: lessThan(5),
      lessOrEquals: lessOrEquals(5),
      greaterThan: greaterThan(5),
      greaterOrEquals: greaterOrEquals(5.5),
      big: equals(2n ** 60n),
      matches: matches(/b|a/),
      fullmatch: fullmatch(/[abc]+/),
      search: search('C'.toLowerCase()),
      ignoresCase: search(/C/i),
      isNull: isNull(),
      and: and(greaterThan(0), lessThan(6)),
      or: or(equals('b'), equals('')),
      chained: greaterThan(0).and(lessThan(2)).or(equals('abc')),
      not: not(equals(5)),
      notPositive: not(greaterThan(0)),
      js: (value) => typeof value === 'string' && value.length === 3,
      throws: (value) => value.length.toString.call(null) === 1,
    },
    values,
  )
  assert.deepEqual(counted, {
    and: 3,
    big: 1,
    chained: 1,
    equals: 1,
    equalsText: 1,
    fullmatch: 2,
    greaterOrEquals: 3,
    greaterThan: 3,
    ignoresCase: 1,
    isNull: 3,
    js: 1,
    lessOrEquals: 3,
    lessThan: 2,
    matches: 2,
    not: 10,
    notEqual: 10,
    notPositive: 1,
    or: 2,
    search: 1,
    throws: 0,
    total: 11,
  })
})

test('conditions see raw bytes and columns as well', async (t) => {
  const conditions = { x: { positive: greaterThan(0), none: isNull() } }
  const { view } = await profiled(t, { conditions }, (logger) => {
    logger.logNdjson(Buffer.from('{"x":1}\n{"x":-1.5}\n{"x":null}\n{"y":1}'), ORDERS)
    logger.log(columns({ x: Float64Array.of(2, -1) }), ORDERS)
  })
  const summary = view.column('x').summary()
  assert.deepEqual(
    ['positive', 'none', 'total'].map((name) => summary[`condition_count/${name}`]),
    [2, 2, 4],
  )
})

test('predicates and conditions are checked', () => {
  for (const [make, option] of [
    [() => greaterThan(Number.NaN), 'predicate'],
    [() => equals(null), 'predicate'],
    [() => matches(5), 'predicate'],
    [() => and(equals(1), () => true), 'predicate'],
    [() => new DatasetSchema({ conditions: { a: { total: equals(1) } } }), 'schema.conditions.a.total'],
    [() => new DatasetSchema({ conditions: { a: { b: 5 } } }), 'schema.conditions.a.b'],
    [() => new DatasetSchema({ resolvers: [{ type: 'text', metrics: [] }] }), 'schema.resolvers[0].type'],
    [() => new DatasetSchema({ resolvers: [{ type: 'string', metrics: ['kll'] }] }), 'schema.resolvers[0].metrics'],
    [() => new DatasetSchema({ resolvers: 5 }), 'schema.resolvers'],
    [() => new DatasetSchema({ udfs: { a: { columns: ['b'] } } }), 'schema.udfs.a'],
    [() => new DatasetSchema({ udfs: { a: { fn: () => 1 } } }), 'schema.udfs.a.columns'],
    [() => new DatasetSchema({ validators: { a: [{}] } }), 'schema.validators.a'],
    [() => new ConditionValidator({ name: 'v', conditions: { a: 1 } }), 'validator.conditions.a'],
    [
      () => new DatasetSchema({ defaultConfigs: { unicodeRanges: { UNKNOWN: [0, 1] } } }),
      'schema.defaultConfigs.unicodeRanges.UNKNOWN',
    ],
    [
      () => new DatasetSchema({ defaultConfigs: { unicodeRanges: { a: [5, 1] } } }),
      'schema.defaultConfigs.unicodeRanges.a',
    ],
  ]) {
    assert.throws(make, { code: 'ERR_INVALID_OPTION', option })
  }
  const lookahead = () => new DatasetSchema({ conditions: { a: { b: search(/(?=x)/) } } })
  assert.throws(lookahead, { code: 'ERR_INVALID_OPTION', message: /conditions: b: .*look-around/s })
  assert.ok(equals(1) instanceof Predicate)
})

test('computed columns: row by row, many at once, over one another, and where a column is missing', async (t) => {
  let batches = 0
  const udfs = {
    total: { columns: ['price', 'count'], fn: (row) => row.price * row.count },
    doubled: {
      columns: ['total'],
      batch: ({ total }, rows) => {
        batches++
        assert.equal(total.length, rows)
        return total.map((value) => value * 2)
      },
    },
    broken: {
      columns: ['price'],
      fn: () => {
        throw new Error('no')
      },
    },
    short: { columns: ['price'], batch: () => [1] },
  }
  const rows = [
    { price: 2, count: 3 },
    { price: 5, count: 1 },
  ]
  const { view, warnings } = await profiled(t, { udfs }, (logger) => {
    logger.log(rows, ORDERS)
    logger.log({ price: 1 }, ORDERS)
    logger.log(columns({ price: Float64Array.of(1, 1), count: Int32Array.of(1, 2) }), ORDERS)
  })
  const table = Object.fromEntries(view.toTable().map((row) => [row.column, row]))
  assert.equal(table.total['distribution/mean'], (6 + 5 + 1 + 2) / 4)
  assert.equal(table.doubled['distribution/max'], 12)
  assert.equal(table.price['types/fractional'], 2, 'typed arrays keep their type')
  assert.equal(batches, 2)
  assert.deepEqual([table.broken['counts/n'], table.broken['counts/null']], [5, 5])
  assert.deepEqual([table.short['counts/n'], table.short['counts/null']], [5, 4])
  assert.deepEqual(
    warnings.map(({ code, message, cause }) => [code, message.split(' ')[0], cause.constructor.name]),
    [
      ['ERR_UDF', 'broken', 'Error'],
      ['ERR_UDF', 'short', 'RangeError'],
    ],
  )
  assert.deepEqual(rows, [
    { price: 2, count: 3 },
    { price: 5, count: 1 },
  ])
})

test('validators count, sample and tell of failures', async (t) => {
  const failures = []
  const validator = new ConditionValidator({
    name: 'prices',
    conditions: {
      positive: (value) => value > 0,
      small: (value) => value < 100,
      throws: () => {
        throw new Error('no')
      },
    },
    onFailure: (failure) => failures.push(failure),
    sampleSize: 2,
  })
  const schema = { validators: { price: [validator] }, identityColumn: 'id' }
  const { view } = await profiled(t, schema, (logger) => {
    logger.log({ id: 'a', price: -1 }, ORDERS)
    logger.log([{ id: 'b', price: 5 }, { id: 'c', price: 500 }, { id: 'd' }, { id: 'e', price: -7 }], ORDERS)
  })
  assert.equal(view.column('price').summary()['counts/n'], 5)
  assert.equal(validator.total, 4)
  assert.deepEqual(validator.failures, { positive: 2, small: 1, throws: 0 })
  assert.deepEqual(
    failures.map(({ condition, value, identity }) => [condition, value, identity]),
    [
      ['positive', -1, 'a'],
      ['small', 500, 'c'],
      ['positive', -7, 'e'],
    ],
  )
  assert.equal(validator.samples.length, 2)
  assert.ok(validator.samples.every((sample) => ['a', 'c', 'e'].includes(sample)))
})

test('characters are counted by ranges where that is asked for', async (t) => {
  const defaultConfigs = { trackUnicodeRanges: true }
  const { view } = await profiled(t, { defaultConfigs }, (logger) => {
    for (const text of ['Abc 123', 'größe', '😀', '']) logger.log({ text, n: 1 }, ORDERS)
  })
  const summary = view.column('text').summary()
  const maximum = (range) => summary[`unicode_range/${range}:distribution/max`]
  assert.deepEqual(
    ['digits', 'latin-upper', 'latin-lower', 'emoticon', 'string_length', 'UNKNOWN'].map(maximum),
    [3, 0, 4, 1, 7, 1],
  )
  assert.ok(!metricsOf(view, 'n').includes('unicode_range'))
  const own = { ...defaultConfigs, unicodeRanges: { upper: [65, 90] }, lowerCase: false, normalize: false }
  const { view: upper } = await profiled(t, { defaultConfigs: own }, (logger) => {
    logger.log({ text: 'ABc' }, ORDERS)
  })
  assert.equal(upper.column('text').summary()['unicode_range/upper:distribution/max'], 2)
})

test('a row whose copying fails is refused, and so is anything that is no row', async (t) => {
  const schema = new DatasetSchema({ udfs: { b: { columns: ['a'], fn: () => 1 } } })
  const { logger } = memoryLogger(t, { schema })
  const row = Object.defineProperty({}, 'a', {
    enumerable: true,
    get: () => {
      throw new Error('no')
    },
  })
  assert.throws(() => logger.log(row, ORDERS), { code: 'ERR_INVALID_DATA' })
  assert.throws(() => logger.log('text', ORDERS), { code: 'ERR_UNSUPPORTED_DATA' })
  assert.throws(() => logger.log([1], ORDERS), { code: 'ERR_UNSUPPORTED_DATA' })
  assert.throws(() => logger.log({ columns: ['a'], data: [[1, 2]] }, ORDERS), { code: 'ERR_INVALID_DATA' })
})

test('equal seeds give equal bytes, also with segments and conditions', async () => {
  const once = async () => {
    const writer = new MemoryWriter()
    const logger = new ProcessRollingLogger({
      schema: new DatasetSchema({ conditions: { x: { half: lessThan(0.5) } }, defaultConfigs: { kllK: 16 } }),
      seed: 7,
      workers: 1,
      writeSchedule: null,
      writerFactory: writer,
      currentTimeFn: () => 0,
    })
    logger.start()
    for (let i = 0; i < 5000; i++) logger.log({ x: Math.sin(i), s: `k${i % 700}` }, ORDERS)
    await logger.close()
    const { datasetTimestampMs } = writer.items[0]
    const table = writer.items[0].view().toTable()
    return { datasetTimestampMs, table }
  }
  assert.deepEqual(await once(), await once())
})
