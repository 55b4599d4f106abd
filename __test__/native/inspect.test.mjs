/** What `console.log` shows of public objects. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  arrow,
  BaseProcessRollingLogger,
  ConditionValidator,
  columns,
  DataLossError,
  DatasetSchema,
  FlushMessage,
  FunctionTimer,
  greaterThan,
  InvalidDataError,
  LocalWriterFactory,
  LogMessage,
  MemoryWriter as OwnMemoryWriter,
  PipeSignaler,
  ProcessRollingLogger,
  ProfileView,
  RawLogMessage,
  RawPubSubMessage,
  ResultSet,
  Schedule,
  SegmentationPartition,
  segmentOnColumn,
  ThreadRollingLogger,
  TimeGranularity,
} from '../../dist/index.js'
import { MemoryWriter, memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'orders', timestampMs: Date.UTC(2026, 10, 27, 12) }

/** The profile of some rows. */
async function viewOf(t, rows, options = {}, place = to) {
  const { logger, writer } = memoryLogger(t, { currentTimeFn: () => to.timestampMs, ...options })
  for (const row of rows) logger.log(row, place)
  await logger.flush()
  return writer.items[0].view()
}

const ORDERS = [
  { price: 1, country: 'DE', note: null },
  { price: 2.5, country: null, note: null },
  { price: 4, country: 'FR', note: null },
]

test('a profile is shown with its dataset, bucket and columns', async (t) => {
  const view = await viewOf(t, ORDERS, {}, { ...to, orgId: 'eu' })
  assert.equal(
    inspect(view),
    `ProfileView {
  datasetId: 'orders',
  orgId: 'eu',
  datasetTimestamp: 2026-11-27T00:00:00.000Z,
  rowsAtLeast: 3,
  columns: {
    country: { type: 'string', count: 3, nulls: '33.3 %' },
    note: { type: 'null', count: 3, nulls: '100 %' },
    price: { type: 'integral, fractional', count: 3, nulls: '0 %', min: 1, mean: 2.5, max: 4 }
  }
}`,
  )
})

test('a profile of a segment is shown with the segment', async (t) => {
  const schema = new DatasetSchema({ segments: segmentOnColumn('country') })
  const view = await viewOf(t, [{ price: 1, country: 'DE' }], { schema })
  assert.match(inspect(view), /segment: \{ country: 'DE' \}/)
  const shown = inspect(ResultSet.of([view]))
  assert.match(shown, /^ResultSet \{.*partitions: \[ 'country' \].*segments: \[ \{ country: 'DE' \} \]/s)
})

test('of many columns the first are shown, or as many as are asked for', async (t) => {
  const view = await viewOf(t, [Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`c${n}`, n]))])
  const shown = (options) => {
    const text = inspect(view, options)
    return [text.match(/count: 1/g)?.length ?? 0, Number(/moreColumns: (\d+)/.exec(text)?.[1] ?? 0)]
  }
  assert.deepEqual(shown(), [20, 30])
  assert.deepEqual(shown({ maxArrayLength: 2 }), [2, 48])
  assert.deepEqual(shown({ maxArrayLength: 0 }), [0, 50])
  assert.deepEqual(shown({ maxArrayLength: 60 }), [50, 0])
  assert.deepEqual(shown({ maxArrayLength: null }), [50, 0])
})

test('depth, colours and compact are as asked for', async (t) => {
  const view = await viewOf(t, ORDERS)
  assert.equal(inspect({ a: { b: { c: view } } }), '{ a: { b: { c: [ProfileView] } } }')
  assert.match(inspect(view, { depth: 0 }), /columns: \[Object\]/)
  assert.match(inspect([view], { depth: 1 }), /columns: \[Object\]/)
  assert.match(inspect({ view }), /country: \[Object\]/)
  assert.ok(inspect(view, { depth: null, colors: true }).includes("\u001b[32m'string'\u001b[39m"))
  assert.match(inspect(view, { compact: false }), /country: \{\n {6}type: 'string',\n/)
})

test('a column is shown with its figures, and none of its values', async (t) => {
  const view = await viewOf(t, ORDERS)
  const shown = inspect(view.column('price'))
  assert.match(shown, /^ColumnView \{\n {2}name: 'price',\n {2}type: 'integral, fractional',\n {2}count: 3,\n/)
  assert.match(shown, /min: 1,\n {2}mean: 2\.5,\n {2}max: 4,\n {2}distinct: 3,\n/)
  assert.doesNotMatch(inspect(view.column('country'), { depth: null, showHidden: true }), /DE|FR/)
})

test('a profile without columns, and one of whylogs without a name, are shown', async () => {
  const logger = new ThreadRollingLogger({ writers: [new MemoryWriter()] })
  logger.log({})
  const [view] = await logger.getProfileViews()
  assert.match(inspect(view), /datasetId: 'default'.*rowsAtLeast: 0, *\n? *columns: \{\}/s)
  await logger.close()
  const file = new URL('../fixtures/python/rows-7.bin', import.meta.url).pathname
  assert.match(inspect(ProfileView.read(file)), /^ProfileView \{\n {2}datasetId: null,\n/)
})

test('what fails while it is shown is no failure of console.log', () => {
  assert.match(inspect(Object.create(ProfileView.prototype)), /^ProfileView \{\s+notShown: '.+'\s+\}$/)
  assert.match(
    inspect(Object.create(ProcessRollingLogger.prototype)),
    /^ProcessRollingLogger \{\s+notShown: '.+'\s+\}$/,
  )
  assert.match(inspect(new LogMessage(0, null)), /^LogMessage \{\s+notShown: .+\s+\}$/)
  for (const type of [ProfileView, ProcessRollingLogger, DatasetSchema]) inspect(type.prototype)
})

test('a logger is shown with its state and counters, in every state', async (t) => {
  const fresh = new ProcessRollingLogger({ workers: 1 })
  fresh.name = 'mine'
  assert.equal(
    inspect(fresh),
    `ProcessRollingLogger {
  name: 'mine',
  state: 'new',
  datasets: 0,
  workers: 1,
  queue: { bytes: 0, messages: 0, maxBytes: 100000000 },
  stats: {}
}`,
  )
  const { logger } = memoryLogger(t)
  logger.log({ a: 1 }, { datasetId: 'orders' })
  await logger.flush()
  assert.match(inspect(logger), /state: 'running',\n {2}datasets: 1,.*trackedRows: 1,\n {4}writtenProfiles: 1/s)
  await logger.close()
  assert.match(inspect(logger), /state: 'closed',.*exitCode: 0,.*writtenProfiles: 1/s)
  const { logger: killed } = memoryLogger(t, { queueType: 'MP', queueConfig: { maxQueueMessages: 7 } })
  killed.kill()
  assert.match(inspect(killed), /state: 'dead',.*exitCode: -9,.*maxMessages: 7/s)
})

test('a logger of a class of its own is shown under its name', () => {
  class ServiceLogger extends BaseProcessRollingLogger {}
  assert.match(inspect(new ServiceLogger()), /^ServiceLogger \{\n {2}name: 'ServiceLogger-\d+',/)
})

test('a logger of one dataset is shown with its dataset and writers', async () => {
  const logger = new ThreadRollingLogger({ datasetId: 'orders', orgId: 'eu', writers: [new MemoryWriter()] })
  logger.log({ a: 1 })
  await logger.close()
  const shown = inspect(logger)
  assert.match(shown, /^ThreadRollingLogger \{\n {2}datasetId: 'orders',\n {2}orgId: 'eu',\n {2}state: 'closed',/)
  assert.match(shown, /writers: \[ 'memory' \]/)
  const { datasetId, state, stats } = JSON.parse(JSON.stringify(logger))
  assert.deepEqual([datasetId, state, stats.writtenProfiles], ['orders', 'closed', 1])
})

test('a logger in JSON is its state and counters', async (t) => {
  const { logger } = memoryLogger(t)
  logger.log({ a: 1 }, { datasetId: 'orders' })
  await logger.flush()
  const { name, state, exitCode, workers, datasets, queue, stats } = JSON.parse(JSON.stringify(logger))
  assert.deepEqual(
    { name, state, exitCode, workers, datasets, queue },
    {
      name: logger.name,
      state: 'running',
      exitCode: null,
      workers: 2,
      datasets: 1,
      queue: { bytes: 0, messages: 0, maxBytes: 100_000_000, maxMessages: null },
    },
  )
  assert.deepEqual(stats, logger.stats())
})

test('an error is shown, and in JSON, with its fields', () => {
  const error = new InvalidDataError('Reading the row failed.', 3, 'price', { cause: new Error('inner') })
  const shown = inspect(error)
  for (const part of [/^InvalidDataError: Reading the row failed\./, /row: 3/, /column: 'price'/, /cause.*inner/]) {
    assert.match(shown, part)
  }
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    name: 'InvalidDataError',
    code: 'ERR_INVALID_DATA',
    message: 'Reading the row failed.',
    row: 3,
    column: 'price',
  })
  const lost = [{ datasetId: 'd', orgId: null, profiles: 1, rows: 2 }]
  assert.deepEqual(JSON.parse(JSON.stringify(new DataLossError('Lost.', { pending: 1, lost }))).lost, lost)
})

test('what else there is shows what it is about, and no bytes or rows', async (t) => {
  const message = { datasetId: 'd', timestamp: null, multiple: { columns: ['a'], data: [['secret']] } }
  const raw = Buffer.from('secret')
  const schema = new DatasetSchema({
    types: { price: 'fractional' },
    conditions: { price: { positive: greaterThan(0) } },
    udfs: { total: { columns: ['price'], fn: () => 1 } },
    segments: segmentOnColumn('country'),
    validators: { price: [new ConditionValidator({ name: 'prices', conditions: { odd: () => true } })] },
    identityColumn: 'id',
    defaultConfigs: { hllLgK: 10 },
  })
  const timer = new FunctionTimer(new Schedule(TimeGranularity.Minute, 5), () => {})
  t.after(() => timer.stop())
  const writer = new OwnMemoryWriter()
  writer.write({ fileName: 'orders.bin', bytes: raw })
  const { logger } = memoryLogger(t)
  const wide = (object) => inspect(object, { breakLength: Number.POSITIVE_INFINITY })
  const cases = [
    [
      new LogMessage(5, message, { id: 'i' }),
      "LogMessage { datasetId: 'd', timestamp: null, columns: [ 'a' ], rows: 1, requestTime: 5, id: 'i', sync: false }",
    ],
    [new RawLogMessage(raw, 5, { id: 'i' }), "RawLogMessage { bytes: 6, requestTime: 5, id: 'i', sync: false }"],
    [new RawPubSubMessage(raw, 5), 'RawPubSubMessage { bytes: 6, requestTime: 5 }'],
    [new FlushMessage(), "FlushMessage { kind: 'flush' }"],
    [
      columns({ price: Float64Array.of(1, 2), name: ['secret', null] }),
      "Columns { rows: 2, columns: { price: 'Float64Array', name: 'Array' } }",
    ],
    [arrow(raw), 'Arrow { bytes: 6 }'],
    [logger.dataset('orders', { orgId: 'eu' }), "DatasetHandle { datasetId: 'orders', orgId: 'eu' }"],
    [new Schedule(TimeGranularity.Minute, 5), "Schedule { cadence: 'Minute', interval: 5 }"],
    [new DatasetSchema(), 'DatasetSchema {}'],
    [
      new SegmentationPartition({ columns: ['a', 'b'] }),
      "SegmentationPartition { name: 'a,b', columns: [ 'a', 'b' ] }",
    ],
    [new LocalWriterFactory('/tmp/profiles'), "LocalWriterFactory { dir: '/tmp/profiles' }"],
    [writer, "MemoryWriter { items: [ { fileName: 'orders.bin', bytes: 6 } ] }"],
    [
      new ConditionValidator({ name: 'v', conditions: { odd: () => true } }),
      "ConditionValidator { name: 'v', total: 0, failures: { odd: 0 } }",
    ],
  ]
  for (const [object, shown] of cases) assert.equal(wide(object), shown)
  assert.equal(
    wide(schema),
    "DatasetSchema { types: { price: 'fractional' }, defaultConfigs: { hllLgK: 10 }, conditions: { price: [ 'positive' ] }, " +
      "validators: { price: [ 'prices' ] }, udfs: [ 'total' ], segments: [ 'country' ], identityColumn: 'id' }",
  )
  assert.match(wide(timer), /^FunctionTimer \{ cadence: 'Minute', interval: 5, isAlive: true, next: 2.*Z \}$/)
  const signaler = new PipeSignaler()
  signaler.start()
  const answer = signaler.register('secret')
  assert.match(wide(signaler), /^PipeSignaler \{ name: 'PipeSignaler-\d+', isAlive: true, waiting: 1 \}$/)
  signaler.signal(['secret', null])
  await answer
})
