/** Segments: which rows go to which, from rows, columns, Arrow and raw bytes, by values and by functions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import {
  arrow,
  columns,
  DatasetSchema,
  InvalidOptionError,
  LocalWriterFactory,
  ProfileView,
  ResultSet,
  SegmentationPartition,
  segmentOnColumn,
  ThreadRollingLogger,
} from '../../dist/index.js'
import { memoryLogger, temporaryFolder } from '../support/logger.mjs'

const bytes = (value) => Buffer.from(JSON.stringify(value))
const byCountry = () => new DatasetSchema({ segments: segmentOnColumn('country') })

/** Segment values, joined, with the rows of each, ascending. */
function counted(writer, column = 'price') {
  const counts = new Map()
  for (const item of writer.items) {
    const key = Object.values(item.segment.values).join('|')
    const n = item.view().columnNames.includes(column) ? item.view().column(column).summary()['counts/n'] : 0
    counts.set(key, (counts.get(key) ?? 0) + n)
  }
  return [...counts].sort()
}

const ROWS = [
  { country: 'DE', price: 1 },
  { country: 'FR', price: 2.5 },
  { country: 'DE', price: 3 },
  { country: null, price: 4 },
  { price: 5 },
]

for (const [form, log] of [
  ['rows one by one', (logger) => ROWS.map((row) => logger.log(row, { datasetId: 'd' }))],
  ['an array of rows', (logger) => logger.log(ROWS, { datasetId: 'd' })],
  [
    'the wire form',
    (logger) =>
      logger.log(
        { columns: ['country', 'price'], data: ROWS.map(({ country, price }) => [country, price]) },
        { datasetId: 'd' },
      ),
  ],
  [
    'columns',
    (logger) =>
      logger.log(
        columns({ country: ROWS.map(({ country }) => country), price: Float64Array.from(ROWS, ({ price }) => price) }),
        { datasetId: 'd' },
      ),
  ],
  [
    'an Arrow table',
    (logger) =>
      logger.log(
        tableFromArrays({
          country: ROWS.map(({ country }) => country ?? null),
          price: Float64Array.from(ROWS, ({ price }) => price),
        }),
        { datasetId: 'd' },
      ),
  ],
  [
    'Arrow bytes',
    (logger) => {
      const table = tableFromArrays({
        country: ROWS.map(({ country }) => country ?? null),
        price: Float64Array.from(ROWS, ({ price }) => price),
      })
      logger.log(arrow(tableToIPC(table)), { datasetId: 'd' })
    },
  ],
  [
    'a raw request for a dataset that is not open',
    (logger) =>
      logger.logRaw(
        bytes({
          multiple: { columns: ['country', 'price'], data: ROWS.map(({ country = null, price }) => [country, price]) },
          datasetId: 'd',
          timestamp: Date.now(),
        }),
      ),
  ],
  [
    'lines of JSON',
    (logger) => logger.logNdjson(Buffer.from(ROWS.map((row) => JSON.stringify(row)).join('\n')), { datasetId: 'd' }),
  ],
]) {
  test(`${form}: a row goes to the segment of its value, and one without is counted`, async (t) => {
    const { logger, writer } = memoryLogger(t, { schema: byCountry() })
    const warnings = []
    logger.on('warning', ({ code }) => warnings.push(code))
    log(logger)
    await logger.flush()
    assert.deepEqual(counted(writer), [
      ['DE', 2],
      ['FR', 1],
    ])
    assert.deepEqual(warnings, ['ERR_NO_SEGMENT'])
    const { trackedRows, unsegmentedRows } = logger.stats()
    assert.deepEqual([trackedRows, unsegmentedRows], [5, 2])
  })
}

test('a segment counts the nulls of columns that others have, where rows come together', async (t) => {
  const { logger, writer } = memoryLogger(t, { schema: byCountry() })
  logger.log(
    [
      { country: 'DE', a: 1 },
      { country: 'FR', b: 2 },
    ],
    { datasetId: 'd' },
  )
  logger.logRaw(
    bytes({ datasetId: 'd', timestamp: Date.now(), multiple: { columns: ['country', 'c'], data: [['DE', 1]] } }),
  )
  logger.logNdjson(Buffer.from('{"country":"DE","e":1}\n{"country":"FR"}'), { datasetId: 'd' })
  await logger.flush()
  const table = (country) => {
    const [item] = writer.items.filter(({ segment }) => segment.values.country === country)
    const rows = item.view().toTable()
    return Object.fromEntries(rows.map((row) => [row.column, [row['counts/n'], row['counts/null']]]))
  }
  assert.deepEqual(table('DE'), { a: [1, 0], b: [1, 1], c: [1, 0], country: [3, 0], e: [1, 0] })
  assert.deepEqual(table('FR'), { a: [1, 1], b: [1, 0], country: [2, 0], e: [1, 1] })
})

test('keys are the texts that the reference makes of values', async (t) => {
  const schema = new DatasetSchema({ segments: segmentOnColumn('k'), types: { f: 'fractional' } })
  const { logger, writer } = memoryLogger(t, { schema })
  const values = [
    1,
    1.5,
    true,
    false,
    'x',
    '1',
    1e16,
    1e22,
    -0,
    1e-7,
    12345678901234567890n,
    '',
    Number.NaN,
    new Date(),
  ]
  for (const k of values) logger.log({ k, price: 1 }, { datasetId: 'd' })
  logger.logNdjson(Buffer.from('{"k":1,"price":1}\n{"k":1.0,"price":1}\n{"k":[1],"price":1}'), { datasetId: 'd' })
  await logger.flush()
  assert.deepEqual(
    Object.fromEntries(counted(writer)),
    Object.fromEntries([
      ['', 1],
      ['0', 1],
      ['1', 3],
      ['1.0', 1],
      ['1.2345678901234567e+19', 1],
      ['1.5', 1],
      ['10000000000000000', 1],
      ['1e+22', 1],
      ['1e-07', 1],
      ['False', 1],
      ['True', 1],
      ['x', 1],
    ]),
  )
  assert.equal(logger.stats().unsegmentedRows, 3)
})

test('a column declared fractional keeps its point in keys', async (t) => {
  const schema = new DatasetSchema({ segments: segmentOnColumn('k'), types: { k: 'fractional' } })
  const { logger, writer } = memoryLogger(t, { schema })
  logger.log({ k: 5, price: 1 }, { datasetId: 'd' })
  logger.logNdjson(Buffer.from('{"k":5,"price":1}'), { datasetId: 'd' })
  await logger.flush()
  assert.deepEqual(counted(writer), [['5.0', 2]])
})

test('several columns: a missing value is nan; no two keys meet', async (t) => {
  const pair = new SegmentationPartition({ columns: ['a', 'b'] })
  const { logger, writer } = memoryLogger(t, { schema: new DatasetSchema({ segments: { pair } }) })
  assert.equal(pair.name, 'a,b')
  const rows = [
    { a: 'x', b: 'y', price: 1 },
    { a: 'x', b: null, price: 1 },
    { a: 'x\u0000', b: 'y', price: 1 },
    { a: 'x', b: '\u0000y', price: 1 },
    { a: 'xy', b: '', price: 1 },
  ]
  logger.log(rows, { datasetId: 'd' })
  await logger.flush()
  assert.equal(writer.items.length, 5)
  assert.deepEqual(
    counted(writer).map(([key]) => key),
    ['x\u0000|y', 'xy|', 'x|\u0000y', 'x|nan', 'x|y'],
  )
  assert.equal(logger.stats().unsegmentedRows, 0)
})

for (const [kind, make] of [
  ['the process logger', (t, schema) => memoryLogger(t, { schema })],
  [
    'a logger of one dataset',
    (t, schema) => {
      const items = []
      const writer = { items, write: (item) => void items.push(item) }
      const logger = new ThreadRollingLogger({ writers: [writer], schema, datasetId: 'd' })
      t.after(() => logger.close())
      return { logger, writer }
    },
  ],
]) {
  test(`${kind}: segments over a computed column, a part per segment, one segment cache`, async (t) => {
    const schema = new DatasetSchema({
      udfs: { total: { columns: ['price', 'count'], fn: (row) => row.price * row.count } },
      segments: {
        size: new SegmentationPartition({
          name: 'size',
          columns: ['size'],
          map: (row) => (row.total > 10 ? 'large' : 'small'),
          filter: (row) => row.price !== 0,
        }),
        ...segmentOnColumn('total'),
      },
    })
    const { logger, writer } = make(t, schema)
    const options = kind === 'the process logger' ? { datasetId: 'd' } : {}
    logger.log({ price: 2, count: 3 }, options)
    logger.log(columns({ price: Int32Array.of(7, 0), count: [2, 9] }), options)
    await logger.log([{ price: 6, count: 1 }, { price: 1 }], { ...options, sync: true })
    const status = await logger.status()
    const { segmentCaches, datasetProfiles, views } = status.statuses?.d ?? status
    assert.deepEqual([segmentCaches, datasetProfiles, views.length], [1, 0, 5])
    const tables = views.map((view) => ProfileView.deserialize(view))
    assert.ok(tables.every((view) => view.columnNames.includes('total')))
    assert.deepEqual(tables.map(({ segment }) => Object.values(segment.values).join()).sort(), [
      '0',
      '14',
      '6',
      'large',
      'small',
    ])
    await logger.flush()
    assert.deepEqual(counted(writer), [
      ['0', 1],
      ['14', 1],
      ['6', 2],
      ['large', 1],
      ['small', 3],
    ])
    const [large] = writer.items.filter(({ segment }) => segment.values.size === 'large')
    assert.deepEqual(large.view().columnNames, ['count', 'price', 'total'])
    const { metadata, tags } = large.view()
    const [size] = schema.partitions
    const named = Object.entries(metadata).filter(([key]) => !key.startsWith('rp.'))
    assert.deepEqual(Object.fromEntries(named), {
      segp_id: size.id,
      segp_name: 'size',
      segp_col: 'size',
      segp_filter: '(row) => row.price !== 0',
    })
    assert.deepEqual(tags, { 'whylogs.tag.size': 'large' })
  })
}

test('raw bytes are refused where functions have to see rows', async (t) => {
  const schema = new DatasetSchema({ udfs: { total: { columns: ['a'], fn: ({ a }) => a } } })
  const { logger } = memoryLogger(t, { schema })
  const request = bytes({ datasetId: 'd', timestamp: Date.now(), multiple: { columns: ['a'], data: [[1]] } })
  await assert.rejects(logger.logRaw(request, { sync: true }), { code: 'ERR_UDF_NEEDS_ROWS' })
  assert.throws(() => logger.logNdjson(Buffer.from('{"a":1}'), { datasetId: 'd' }), { code: 'ERR_UDF_NEEDS_ROWS' })
  assert.throws(() => logger.log(tableFromArrays({ a: [1] }), { datasetId: 'd' }), { code: 'ERR_UDF_NEEDS_ROWS' })
  const { acceptedMessages, rejectedMessages, refusedMessages } = logger.stats()
  assert.deepEqual([acceptedMessages, rejectedMessages, refusedMessages], [1, 1, 2])
})

test('files carry the segment in their names', async (t) => {
  const folder = temporaryFolder(t)
  const { logger } = memoryLogger(t, { schema: byCountry(), writerFactory: new LocalWriterFactory(folder) })
  const names = []
  logger.on('written', ({ fileName }) => names.push(fileName))
  logger.log({ country: '../x/Y', price: 1 }, { datasetId: 'd' })
  await logger.flush()
  assert.match(names[0], /^d_[^/]+_~2e\.~2fx~2f~59\.bin$/)
})

for (const segments of [{}, segmentOnColumn('country')]) {
  const name = Object.keys(segments).length > 0 ? 'segmented' : 'whole'
  test(`${name}: texts cut on the engine's threads are counted, and told of`, async (t) => {
    const schema = new DatasetSchema({ segments })
    const { logger } = memoryLogger(t, { schema, limits: { maxValueBytes: 10 } })
    const warnings = []
    logger.on('warning', ({ code, name }) => warnings.push(`${code} ${name}`))
    const long = 'x'.repeat(11)
    logger.logNdjson(Buffer.from(JSON.stringify({ country: 'DE', a: long, b: 'ok' })), { datasetId: 'd' })
    logger.log(tableFromArrays({ country: ['DE', 'DE'], a: [long, long] }), { datasetId: 'd' })
    const request = { columns: ['country', 'a'], data: [['DE', '😀😀😀']] }
    logger.logRaw(bytes({ datasetId: 'd', timestamp: Date.now(), multiple: request }))
    await logger.flush()
    assert.equal(logger.stats().cutTexts, 4)
    assert.deepEqual(warnings, ['ERR_VALUE_CUT ValueCutError'])
  })
}

test('each segment of a bucket may have as many columns as a profile may', async (t) => {
  const { logger, writer } = memoryLogger(t, { schema: byCountry(), limits: { maxColumns: 3 } })
  await logger.log({ country: 'DE', price: 1, b: 1 }, { datasetId: 'd', sync: true })
  await logger.log({ country: 'FR', price: 1, c: 1 }, { datasetId: 'd', sync: true })
  const late = logger.log({ country: 'FR', d: 1 }, { datasetId: 'd', sync: true })
  await assert.rejects(late, { code: 'ERR_TOO_MANY_COLUMNS' })
  await logger.flush()
  assert.deepEqual(counted(writer), [
    ['DE', 1],
    ['FR', 1],
  ])
})

test('columns of values that are odd in their column are too many as others are', async (t) => {
  const { logger, writer } = memoryLogger(t, { schema: byCountry(), limits: { maxColumns: 3 } })
  await logger.log({ country: 'DE', price: 1, b: {} }, { datasetId: 'd', sync: true })
  const late = logger.log({ country: 'DE', price: 1, c: {} }, { datasetId: 'd', sync: true })
  await assert.rejects(late, { code: 'ERR_TOO_MANY_COLUMNS' })
  await logger.flush()
  assert.deepEqual(counted(writer), [['DE', 1]])
})

test('a function that tells segments apart by texts and numbers adds no column', async (t) => {
  const map = ({ n }) => (n > 1 ? 'many' : n)
  const schema = new DatasetSchema({ segments: { size: new SegmentationPartition({ columns: ['size'], map }) } })
  const { logger, writer } = memoryLogger(t, { schema })
  await logger.log([{ n: 5 }, { n: 1 }, { n: 0 }], { datasetId: 'd', sync: true })
  await logger.flush()
  assert.deepEqual(
    writer.items.flatMap((item) => item.view().columnNames),
    ['n', 'n', 'n'],
  )
})

test('rows of more segments than there may be go to one overflow segment', async (t) => {
  const { logger, writer } = memoryLogger(t, { schema: byCountry(), limits: { maxSegments: 2 } })
  const warnings = []
  logger.on('warning', ({ code, name }) => warnings.push(`${code} ${name}`))
  const rows = ['DE', 'FR', 'IT', 'DE', 'ES', 'IT'].map((country, price) => ({ country, price }))
  await logger.log(rows, { datasetId: 'd', sync: true })
  await logger.flush()
  assert.deepEqual(warnings, ['ERR_TOO_MANY_SEGMENTS TooManySegmentsError'])
  const { trackedRows, overflowedRows, unsegmentedRows } = logger.stats()
  assert.deepEqual([trackedRows, overflowedRows, unsegmentedRows], [6, 3, 0])
  const found = writer.items.map(({ segment, fileName }) => [
    fileName.split('_').at(-1),
    segment.values.country,
    segment.isOverflow,
  ])
  assert.deepEqual(found.sort(), [
    ['~44~45.bin', 'DE', undefined],
    ['~46~52.bin', 'FR', undefined],
    ['~overflow.bin', undefined, true],
  ])
  const results = ResultSet.of(writer.items.map((item) => item.view()))
  const [overflow] = results.segments.filter(({ isOverflow }) => isOverflow)
  assert.equal(overflow.view.column('price').summary()['counts/n'], 3)
  assert.deepEqual([overflow.values, overflow.view.tags], [{}, { 'whylogs.tag.rp.overflow': 'true' }])
  assert.equal(results.view().column('price').summary()['counts/n'], 6)
  assert.deepEqual(results.view().tags, {})
  // What is written makes room.
  await logger.log({ country: 'ES', price: 1 }, { datasetId: 'd', sync: true })
  await logger.flush()
  assert.deepEqual(writer.items.at(-1).segment.values, { country: 'ES' })
})

test('partitions are checked; their ids are those of their columns and functions', () => {
  for (const [make, option] of [
    [() => new SegmentationPartition({ columns: [] }), 'partition.columns'],
    [() => new SegmentationPartition({ columns: ['a'], map: 1 }), 'partition.map'],
    [() => new SegmentationPartition({ columns: ['a'], other: 1 }), 'partition.other'],
    [() => new DatasetSchema({ segments: { a: { columns: ['a'] } } }), 'schema.segments.a'],
    [
      () =>
        new DatasetSchema({
          segments: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [i, segmentOnColumn('a').a])),
        }),
      'schema.segments',
    ],
  ]) {
    assert.throws(make, (error) => error instanceof InvalidOptionError && error.option === option)
  }
  const id = (options) => new SegmentationPartition(options).id
  assert.equal(id({ columns: ['b', 'a'] }), id({ columns: ['a', 'b'] }), 'whatever their order')
  assert.notEqual(id({ columns: ['a'] }), id({ columns: ['a'], filter: () => true }))
  assert.match(id({ columns: ['a'] }), /^[0-9a-f]{128}$/)
})

const twoWays = (options) =>
  new DatasetSchema({
    segments: {
      first: new SegmentationPartition({ columns: ['country'], ...options }),
      second: new SegmentationPartition({ name: 'second', columns: ['price'] }),
    },
  })

for (const [form, log] of [
  ['as a row', (logger, rows) => rows.map((row) => logger.log(row, { datasetId: 'd' }))],
  [
    'as bytes',
    (logger, rows) => logger.logNdjson(Buffer.from(rows.map(JSON.stringify).join('\n')), { datasetId: 'd' }),
  ],
]) {
  test(`a row that comes ${form}, in two partitions, is lost once`, async (t) => {
    const { logger, writer } = memoryLogger(t, { schema: twoWays() })
    writer.failures = Number.POSITIVE_INFINITY
    // The last one is in the second partition alone.
    log(logger, [
      { country: 'DE', price: 1 },
      { country: 'FR', price: 1 },
      { country: null, price: 1 },
    ])
    const lost = [{ datasetId: 'd', orgId: null, profiles: 3, rows: 3 }]
    await assert.rejects(logger.close({ timeoutMs: 1 }), { code: 'ERR_DATA_LOST', lost })
    const { lostProfiles, lostRows, trackedRows } = logger.stats()
    assert.deepEqual([lostProfiles, lostRows, trackedRows], [3, 3, 3])
  })
}

test('rows that the second partition alone takes are not lost once they are written', async (t) => {
  const { logger, writer } = memoryLogger(t, { schema: twoWays() })
  logger.log({ country: null, price: 1 }, { datasetId: 'd' })
  await logger.flush()
  logger.log({ country: 'DE', price: 2 }, { datasetId: 'd' })
  await logger.processMessages()
  logger.kill()
  await logger.join()
  assert.equal(writer.items.length, 1)
  assert.equal(logger.stats().lostRows, 1)
})

test('open profiles say which segment they are of', async (t) => {
  const { logger } = memoryLogger(t, { schema: byCountry() })
  logger.log(ROWS, { datasetId: 'd' })
  const views = await logger.getProfileViews('d')
  assert.deepEqual(
    views.map(({ segment }) => segment?.values).sort((left, right) => (left.country < right.country ? -1 : 1)),
    [{ country: 'DE' }, { country: 'FR' }],
  )
})
