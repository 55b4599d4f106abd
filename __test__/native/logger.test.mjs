/** The logger through the real addon: what `log` takes, what promises mean, what comes out. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import {
  LocalWriterFactory,
  ProcessRollingLogger,
  ProfileView,
  Schedule,
  ThreadRollingLogger,
  TimeGranularity,
} from '../../dist/index.js'
import { memoryLogger, temporaryFolder } from '../support/logger.mjs'

const table = (item) =>
  Object.fromEntries(
    item
      .view()
      .toTable()
      .map((row) => [row.column, row]),
  )

test('every kind of value is counted under its type', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const row = {
    int: 5,
    float: 1.5,
    text: 'a',
    yes: true,
    none: null,
    big: 2n ** 60n,
    huge: 2n ** 70n,
    date: new Date(),
    list: ['a'],
  }
  await logger.log(
    {
      ...row,
      numbers: [1, 2],
      ragged: [[1], [2, 3]],
      object: {},
      typed: new Float32Array(2),
      nan: Number.NaN,
      inf: Number.POSITIVE_INFINITY,
    },
    {
      datasetId: 'kinds',
      sync: true,
    },
  )
  await logger.flush()
  const columns = table(writer.items[0])
  const typeOf = (name) =>
    ['integral', 'fractional', 'boolean', 'string', 'object', 'tensor'].filter(
      (type) => columns[name][`types/${type}`] === 1,
    )
  assert.deepEqual(typeOf('int'), ['integral'])
  assert.deepEqual(typeOf('float'), ['fractional'])
  assert.deepEqual(typeOf('text'), ['string'])
  assert.deepEqual(typeOf('yes'), ['boolean'])
  assert.deepEqual(typeOf('none'), [])
  assert.deepEqual(typeOf('big'), ['integral'])
  assert.deepEqual(typeOf('huge'), ['fractional'])
  assert.deepEqual(typeOf('date'), ['object'])
  assert.deepEqual(typeOf('list'), ['object'])
  assert.deepEqual(typeOf('numbers'), ['tensor'])
  assert.deepEqual(typeOf('ragged'), ['object'])
  assert.deepEqual(typeOf('object'), ['object'])
  assert.deepEqual(typeOf('typed'), ['tensor'])
  assert.equal(columns.none['counts/null'], 1)
  assert.equal(columns.nan['counts/nan'], 1)
  assert.equal(columns.inf['counts/inf'], 1)
})

test('an array of rows has the union of its columns, a lone row only its own', async (t) => {
  const { logger, writer } = memoryLogger(t)
  await logger.log([{ a: 1 }, { b: 'x' }], { datasetId: 'union', sync: true })
  await logger.log({ a: 2 }, { datasetId: 'union', sync: true })
  await logger.log(
    {
      columns: ['b', 'a'],
      data: [
        ['y', 3],
        [null, 4],
      ],
    },
    { datasetId: 'union', sync: true },
  )
  await logger.flush()
  const { a, b } = table(writer.items[0])
  assert.deepEqual([a['counts/n'], a['counts/null']], [5, 1])
  assert.deepEqual([b['counts/n'], b['counts/null']], [4, 2])
  assert.equal(a['ints/max'], 4)
})

test('rows of one message over many blocks are one message', async (t) => {
  const { logger, writer } = memoryLogger(t, { workers: 3 })
  const rows = Array.from({ length: 10_000 }, (_, i) => ({ i, text: `row ${i % 7}` }))
  await logger.log(rows, { datasetId: 'many', sync: true })
  const stats = logger.stats()
  assert.deepEqual([stats.acceptedMessages, stats.trackedMessages, stats.trackedRows], [1, 1, 10_000])
  await logger.flush()
  assert.equal(writer.count('many', 'i'), 10_000)
})

test('a hot dataset is spread over lanes and comes out as one profile', async (t) => {
  const { logger, writer } = memoryLogger(t, { workers: 3 })
  for (let i = 0; i < 100_000; i++) logger.log({ i }, { datasetId: 'hot', timestampMs: 0 })
  const result = await logger.flush()
  assert.deepEqual(result, { written: 1, pending: 0 })
  assert.equal(writer.count('hot', 'i'), 100_000)
  assert.equal(writer.items[0].datasetTimestampMs, 0)
})

test('rows go to the bucket of their own time, in UTC', async (t) => {
  const { logger, writer } = memoryLogger(t, { aggregateBy: TimeGranularity.Month })
  const times = [Date.UTC(2024, 1, 29, 23), new Date(Date.UTC(2024, 2, 1)), Date.UTC(1928, 4, 5), -1, 0]
  for (const timestampMs of times) await logger.log({ a: 1 }, { datasetId: 'times', timestampMs, sync: true })
  await logger.flush()
  const starts = writer.items.map((item) => item.datasetTimestampMs).sort((a, b) => a - b)
  assert.deepEqual(starts, [Date.UTC(1928, 4), Date.UTC(1969, 11), 0, Date.UTC(2024, 1), Date.UTC(2024, 2)])
  for (const item of writer.items) assert.equal(item.view().datasetTimestamp.getTime(), item.datasetTimestampMs)
})

test('a late row opens its bucket again, as another part', async (t) => {
  const { logger, writer } = memoryLogger(t)
  for (let part = 0; part < 2; part++) {
    await logger.log({ a: part }, { datasetId: 'late', timestampMs: 0, sync: true })
    await logger.flush()
  }
  assert.equal(new Set(writer.items.map((item) => item.fileName)).size, 2)
  const merged = writer.items[0].view().merge(writer.items[1].view())
  assert.equal(merged.column('a').summary()['counts/n'], 2)
})

test('status shows everything accepted before it, by dataset and org', async (t) => {
  const { logger } = memoryLogger(t)
  logger.log({ a: 1 }, { datasetId: 'orders' })
  logger.log({ a: 1 }, { datasetId: 'orders', orgId: 'org-1' })
  const { statuses } = await logger.status()
  assert.deepEqual(Object.keys(statuses).sort(), ['orders', 'org-1_orders'])
  assert.equal(statuses.orders.datasetTimestamps, 1)
  assert.equal(ProfileView.deserialize(statuses.orders.views[0]).column('a').summary()['counts/n'], 1)
})

test('a writer that fails is tried again with the same bytes', async (t) => {
  const { logger, writer } = memoryLogger(t)
  writer.failures = 1
  const failed = []
  logger.on('writeFailed', (event) => failed.push(event))
  await logger.log({ a: 1 }, { datasetId: 'retry', sync: true })
  assert.deepEqual(await logger.flush(), { written: 0, pending: 1 })
  assert.equal(failed[0].error.code, 'ERR_WRITER')
  // The second attempt is this flush's, or one that was due before it.
  assert.equal((await logger.flush()).pending, 0)
  assert.equal(logger.stats().writtenProfiles, 1)
  assert.equal(writer.attempts, 2)
})

test('close says what a dead writer left, and loses it loudly', async (t) => {
  const { logger, writer } = memoryLogger(t)
  writer.failures = Number.POSITIVE_INFINITY
  const warnings = []
  logger.on('warning', (error) => warnings.push(error))
  logger.log({ a: 1 }, { datasetId: 'lost', orgId: 'org-1' })
  logger.log([{ a: 1 }, { a: 2 }], { datasetId: 'two' })
  const closed = logger.close({ timeoutMs: 200 })
  const lost = [
    { datasetId: 'lost', orgId: 'org-1', profiles: 1, rows: 1 },
    { datasetId: 'two', orgId: null, profiles: 1, rows: 2 },
  ]
  await assert.rejects(closed, { code: 'ERR_DATA_LOST', written: 0, pending: 2, lost })
  assert.equal(logger.close(), closed, 'a second call gives the same promise')
  assert.deepEqual(await logger.close({ onLoss: 'report' }), { written: 0, pending: 2 })
  assert.match(warnings[0].message, /1 row of dataset "lost" of organisation "org-1", 2 rows of dataset "two"/)
  const { lostProfiles, lostRows } = logger.stats()
  assert.deepEqual([logger.exitCode, lostProfiles, lostRows], [0, 2, 3])
})

test('a logger has ended once its close has, whatever closed it', async (t) => {
  for (const close of [(it) => it.close(), (it) => it[Symbol.asyncDispose]()]) {
    const { logger } = memoryLogger(t)
    logger.log({ a: 1 }, { datasetId: 'd' })
    await close(logger)
    assert.deepEqual([logger.exitCode, logger.isAlive()], [0, false])
  }
})

test('await using rejects too where rows are lost, and a logger of one dataset as well', async () => {
  const write = () => [false, 'down']
  const options = { writeSchedule: null, writerFactory: { createWriters: () => [{ write }] } }
  const use = async () => {
    const logger = new ProcessRollingLogger(options)
    logger.start()
    logger.log({ a: 1 }, { datasetId: 'd' })
    await logger.flush()
    const close = logger.close.bind(logger)
    logger.close = () => close({ timeoutMs: 1 })
    await logger[Symbol.asyncDispose]()
  }
  await assert.rejects(use(), { code: 'ERR_DATA_LOST' })
  const thread = new ThreadRollingLogger({ writers: [{ write }], writeSchedule: null })
  thread.log({ a: 1 })
  await assert.rejects(thread.close({ timeoutMs: 1 }), { code: 'ERR_DATA_LOST' })
})

test('a close that loses nothing resolves: rejected and dropped rows are told elsewhere', async (t) => {
  const { logger } = memoryLogger(t, { writerFactory: { createWriters: () => [] } })
  logger.on('rejected', () => {})
  logger.log({ a: 1 }, { datasetId: 'd' })
  logger.logRaw(Buffer.from('{'), { datasetId: 'd' })
  assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
})

test('local files appear whole, and junk in their folder harms nothing', async (t) => {
  const folder = join(temporaryFolder(t), 'a', 'b')
  const { logger } = memoryLogger(t, { writerFactory: new LocalWriterFactory(folder) })
  logger.log({ a: 1 }, { datasetId: 'x/../y: 1' })
  assert.deepEqual(await logger.flush(), { written: 1, pending: 0 })
  const [name] = readdirSync(folder)
  assert.match(name, /^x~2f\.\.~2fy~3a~201_\d{4}-\d\d-\d\d-[0-9a-f]{8}-0001\.bin$/)
  assert.equal(ProfileView.read(join(folder, name)).column('a').summary()['counts/n'], 1)
})

test('a folder that goes away, or turns into a file, is a failed write and no crash', async (t) => {
  const folder = join(temporaryFolder(t), 'gone')
  const { logger } = memoryLogger(t, { writerFactory: new LocalWriterFactory(folder) })
  logger.log({ a: 1 }, { datasetId: 'one' })
  await logger.flush()
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  logger.log({ a: 2 }, { datasetId: 'one' })
  assert.deepEqual(await logger.flush(), { written: 0, pending: 1 })
  rmSync(folder)
  assert.deepEqual(await logger.flush(), { written: 1, pending: 0 })
  chmodSync(folder, 0o700)
})

/** The bytes of a profile but for the moment when it was made. */
function bytesOf({ bytes, view }) {
  const made = [0x20]
  for (let rest = BigInt(view().creationTimestamp.getTime()); rest > 0n; rest >>= 7n)
    made.push(Number((rest & 0x7fn) | 0x80n))
  made[made.length - 1] &= 0x7f
  const found = Buffer.from(bytes).indexOf(Buffer.from(made))
  assert.ok(found > 0)
  return Buffer.from(bytes)
    .fill(0, found, found + made.length)
    .toString('hex')
}

test('the same seed gives the same bytes, whatever the pauses between rows', async (t) => {
  const run = async (seed, pauseAt) => {
    const { logger, writer } = memoryLogger(t, { seed, workers: 2 })
    for (let i = 0; i < 5000; i++) {
      const row = { a: i % 3 === 0 ? i : Math.sqrt(i), s: `v${i % 1500}`, b: i % 7 === 0 }
      logger.log(i % 5 === 0 ? { a: row.a, other: i } : row, { datasetId: `d${i % 2}`, timestampMs: 0 })
      if (i % pauseAt === pauseAt - 1) await setTimeout(8)
    }
    await logger.close()
    return writer.items.map(bytesOf).sort()
  }
  const straight = await run(42, Number.POSITIVE_INFINITY)
  assert.equal(straight.length, 2)
  assert.deepEqual(await run(42, 700), straight)
  assert.deepEqual(await run(42, 333), straight)
  // So few rows leave few choices: two seeds may agree on them.
  const others = []
  for (const seed of [43, 44, 45, 46]) others.push(await run(seed, Number.POSITIVE_INFINITY))
  assert.ok(others.some((bytes) => bytes.join() !== straight.join()))
})

test('with a seed, rows are there when a scheduled write comes', async (t) => {
  const { logger, writer } = memoryLogger(t, {
    seed: 42,
    minWriteIntervalMs: 1000,
    writeSchedule: new Schedule(TimeGranularity.Second, 1),
  })
  const written = once(logger, 'written')
  logger.log({ a: 1 }, { datasetId: 'seeded' })
  const held = setInterval(() => {}, 1000)
  t.after(() => clearInterval(held))
  await written
  assert.equal(writer.items[0].view().column('a').summary()['counts/n'], 1)
})
