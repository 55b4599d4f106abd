/** Loggers of one dataset, alone and as parts of a process logger; factories. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import {
  DatasetSchema,
  LoggerOptions,
  MemoryWriter,
  ProcessRollingLogger,
  Schedule,
  ThreadLoggerFactory,
  ThreadRollingLogger,
  TimeGranularity,
} from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

const NOON = Date.UTC(2024, 1, 29, 12)
const starts = (items) => items.map((item) => new Date(item.datasetTimestampMs).toISOString()).sort()

test('a bare LoggerOptions has the defaults of a logger of one dataset', () => {
  const options = new LoggerOptions()
  assert.equal(options.aggregateBy, 'Hour')
  assert.deepEqual({ ...options.writeSchedule }, { cadence: 'Minute', interval: 5 })
  assert.equal(options.syncEnabled, false)
  assert.equal(options.queueType, 'FASTER_FIFO')
  assert.equal(options.queueConfig.maxBatchSize, 50_000)
  assert.equal(options.threadQueueConfig.maxBufferBytes, 100_000_000)
  assert.equal(typeof options.writerFactory.createWriters, 'function')
  assert.equal(options.currentTimeFn, Date.now)
  assert.equal(new LoggerOptions({ aggregateBy: TimeGranularity.Month }).aggregateBy, 'Month')
  new ProcessRollingLogger(options)
})

test('alone: runs from its first row on, by the hour, and may always be waited for', async () => {
  const writer = new MemoryWriter()
  const logger = new ThreadRollingLogger({ writers: [writer], datasetId: 'orders', currentTimeFn: () => NOON })
  assert.equal(logger.log({ a: 1 }), true)
  await logger.log([{ a: 2 }, { a: 3 }], { timestampMs: NOON + 3_600_000, sync: true })
  const status = await logger.status()
  assert.deepEqual([status.datasetTimestamps, status.datasetProfiles, status.writers], [2, 2, 1])
  assert.equal((await logger.getProfileViews()).length, 2)
  assert.deepEqual(await logger.flush(), { written: 2, pending: 0 })
  logger.log({ a: 4 })
  assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
  assert.equal(logger.close() instanceof Promise, true)
  assert.throws(() => logger.log({ a: 5 }), { code: 'ERR_CLOSED' })
  await assert.rejects(logger.flush(), { code: 'ERR_CLOSED' })
  const noon = '2024-02-29T12:00:00.000Z'
  assert.deepEqual(starts(writer.of('orders')), [noon, noon, '2024-02-29T13:00:00.000Z'])
})

test('its options are checked', () => {
  assert.throws(() => new ThreadRollingLogger({ writers: 'none' }), { code: 'ERR_INVALID_OPTION' })
  assert.throws(() => new ThreadRollingLogger({ aggregateBy: 'Week' }), { code: 'ERR_INVALID_OPTION' })
  const often = new Schedule(TimeGranularity.Minute, 4)
  assert.throws(() => new ThreadRollingLogger({ writeSchedule: often }), /must be five minutes or longer/)
  new ThreadRollingLogger({ writeSchedule: often, minWriteIntervalMs: 1000 })
})

test('a factory gives each dataset and organisation its own width, schedule and writers', async (t) => {
  const writers = { hourly: new MemoryWriter(), daily: new MemoryWriter() }
  const asked = []
  const loggerFactory = {
    createLogger(datasetId, orgId, options) {
      asked.push([datasetId, orgId, options.aggregateBy])
      const hourly = datasetId === 'hot' && orgId === 'o'
      return new ThreadRollingLogger({
        writers: [hourly ? writers.hourly : writers.daily],
        aggregateBy: hourly ? TimeGranularity.Hour : options.aggregateBy,
        writeSchedule: null,
      })
    },
  }
  const { logger } = memoryLogger(t, { loggerFactory })
  for (const hour of [1, 2]) {
    const timestampMs = Date.UTC(2024, 1, 29, hour)
    logger.log({ a: 1 }, { datasetId: 'hot', orgId: 'o', timestampMs })
    logger.log({ a: 1 }, { datasetId: 'hot', timestampMs })
  }
  const bytes = Buffer.from(
    JSON.stringify({ datasetId: 'raw', timestamp: NOON, multiple: { columns: ['a'], data: [[1]] } }),
  )
  logger.logRaw(bytes)
  await logger.flush()
  assert.deepEqual(asked, [
    ['hot', 'o', 'Day'],
    ['hot', undefined, 'Day'],
    ['raw', undefined, 'Day'],
  ])
  assert.deepEqual(starts(writers.hourly.of('hot', 'o')), ['2024-02-29T01:00:00.000Z', '2024-02-29T02:00:00.000Z'])
  assert.deepEqual(starts(writers.daily.of('hot')), ['2024-02-29T00:00:00.000Z'])
  assert.equal(writers.daily.of('raw').length, 1)
})

test('a logger that a factory gave is a face of the process logger’s dataset', async (t) => {
  const given = new Map()
  const factory = new ThreadLoggerFactory()
  const loggerFactory = {
    createLogger(datasetId, orgId, options) {
      given.set(datasetId, factory.createLogger(datasetId, orgId, options))
      return given.get(datasetId)
    },
  }
  const { logger, writer } = memoryLogger(t, { loggerFactory })
  logger.log({ a: 1 }, { datasetId: 'one' })
  logger.log({ a: 1 }, { datasetId: 'other' })
  await given.get('one').log({ a: 2 }, { sync: true })
  assert.equal((await given.get('one').status()).datasetProfiles, 1)
  assert.deepEqual(await given.get('one').close(), { written: 1, pending: 0 })
  assert.deepEqual([writer.count('one', 'a'), writer.count('other', 'a')], [2, 0])
  assert.throws(() => given.get('one').log({ a: 3 }), { code: 'ERR_CLOSED' })
  assert.equal((await logger.status()).statuses.other.datasetProfiles, 1)
})

test('a factory that throws, or gives what cannot be a part, fails its dataset’s calls alone', async (t) => {
  const running = new ThreadRollingLogger()
  running.log({ a: 1 })
  t.after(() => running.close({ timeoutMs: 1, onLoss: 'report' }))
  const shared = new ThreadRollingLogger({ writeSchedule: null })
  const answers = {
    throws: () => {
      throw new Error('no such dataset')
    },
    nothing: () => undefined,
    running: () => running,
    shared: () => shared,
    again: () => shared,
    plain: () => ({ aggregateBy: 'Day', writeSchedule: null, writers: [] }),
    badly: () => ({ aggregateBy: 'Week', writeSchedule: null, writers: [] }),
  }
  const { logger } = memoryLogger(t, { loggerFactory: { createLogger: (datasetId) => answers[datasetId]() } })
  const outcome = async (datasetId) => {
    const code = await logger.log({ a: 1 }, { datasetId, sync: true }).then(
      () => 'fine',
      (error) => error.code,
    )
    return [datasetId, code]
  }
  assert.deepEqual(Object.fromEntries(await Promise.all(Object.keys(answers).map(outcome))), {
    throws: 'ERR_WRITER_FACTORY',
    nothing: 'ERR_WRITER_FACTORY',
    running: 'ERR_WRITER_FACTORY',
    shared: 'fine',
    again: 'ERR_WRITER_FACTORY',
    plain: 'fine',
    badly: 'ERR_WRITER_FACTORY',
  })
})

test('profiles beyond limits.maxProfileBytes are written early, as parts, and every row counts once', async (t) => {
  const { logger, writer } = memoryLogger(t, { limits: { maxProfileBytes: 100_000 } })
  for (let round = 0; round < 3; round++) {
    for (let dataset = 0; dataset < 500; dataset++) {
      if (!logger.log({ a: round }, { datasetId: `d${dataset}` })) await logger.drained()
    }
  }
  // Everything is tracked; then it is seen to that profiles keep to their limit.
  await logger.getProfileViews()
  // Writers in JavaScript have their turns between the looks.
  while (logger.stats().profileBytes > 100_000) await setTimeout(1)
  const open = (await logger.getProfileViews()).length
  assert.ok(open < 100, `${open} are open`)
  await logger.close()
  assert.ok(writer.items.length > 500)
  for (let dataset = 0; dataset < 500; dataset++) assert.equal(writer.count(`d${dataset}`, 'a'), 3)
})

test('a loop that gives writers no turn is refused nothing while profiles take little beyond their limit', async (t) => {
  const { logger, writer } = memoryLogger(t, { limits: { maxProfileBytes: 100_000 } })
  for (let dataset = 0; dataset < 1000; dataset++) logger.log({ a: 1 }, { datasetId: `d${dataset}` })
  assert.equal(writer.items.length, 0)
  await logger.close()
  for (let dataset = 0; dataset < 1000; dataset++) assert.equal(writer.count(`d${dataset}`, 'a'), 1)
})

test('a schema decides types and sizes, for a logger, for a dataset of a factory, and for bytes', async (t) => {
  const schema = new DatasetSchema({ types: { price: 'fractional' }, defaultConfigs: { fiDisabled: true, hllLgK: 4 } })
  const row = { price: 5, count: 5, name: 'x' }
  const shown = (view) => {
    const price = view.column('price').summary()
    const kinds = [price['types/fractional'], price['types/integral'], view.column('count').summary()['types/integral']]
    return [...kinds, view.column('name').summary()['frequent_items/frequent_strings'] === undefined]
  }
  const { logger } = memoryLogger(t, {
    schema,
    loggerFactory: {
      createLogger: (datasetId, _orgId, options) =>
        new ThreadRollingLogger({ schema: datasetId === 'plain' ? undefined : options.schema }),
    },
  })
  logger.log(row, { datasetId: 'rows' })
  logger.logNdjson(Buffer.from(JSON.stringify(row)), { datasetId: 'bytes' })
  logger.log(row, { datasetId: 'plain' })
  const views = async (id) => (await logger.getProfileViews(id)).map(shown)
  assert.deepEqual(await views('rows'), [[1, 0, 1, true]])
  assert.deepEqual(await views('bytes'), [[1, 0, 1, true]])
  assert.deepEqual(await views('plain'), [[0, 1, 1, false]])
  for (let i = 0; i < 3000; i++) logger.log({ name: `n${i}` }, { datasetId: 'rows' })
  const [view] = await logger.getProfileViews('rows')
  const { estimate, lower, upper } = view.column('name').cardinality()
  // Sixteen registers: bounds are far apart.
  assert.ok((upper - lower) / estimate > 0.3)
})

test('schemas are checked', () => {
  for (const [given, option] of [
    [{ types: { a: 'text' } }, 'schema.types.a'],
    [{ defaultConfigs: { hllLgK: 3 } }, 'schema.defaultConfigs.hllLgK'],
    [{ defaultConfigs: { kllK: 70_000 } }, 'schema.defaultConfigs.kllK'],
    [{ defaultConfigs: { other: 1 } }, 'schema.defaultConfigs.other'],
    [{ resolvers: [{ metrics: [] }] }, 'schema.resolvers[0]'],
  ]) {
    assert.throws(() => new DatasetSchema(given), { code: 'ERR_INVALID_OPTION', option })
  }
  assert.throws(() => new ProcessRollingLogger({ schema: {} }), { option: 'schema' })
})
