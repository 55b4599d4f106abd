/**
 * Where Python's process logger hangs, loses rows or counts wrongly, ours does not. One test a fault; those that other files hold are named in
 * docs/divergences.md.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import {
  BaseProcessRollingLogger,
  FlushMessage,
  LocalWriterFactory,
  LogMessage,
  ProcessRollingLogger,
  ProfileView,
  Schedule,
} from '../../dist/index.js'
import { memoryLogger, temporaryFolder } from '../support/logger.mjs'

const to = { datasetId: 'd' }
const good = { datasetId: 'd', timestamp: 1, multiple: { columns: ['a'], data: [[1]] } }
const bytes = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const rejections = (logger) => {
  const events = []
  logger.on('rejected', (event) => events.push(event))
  return events
}

test('a kill under a hot writer never hangs, and the next call says so', async (t) => {
  for (let round = 0; round < 15; round++) {
    const { logger } = memoryLogger(t)
    for (let a = 0; a < 2000; a++) logger.log({ a, text: `v${a}` }, to)
    const waiting = [logger.log({ a: 1 }, { ...to, sync: true }), logger.flush(), logger.status()]
    logger.kill()
    const outcomes = await Promise.allSettled(waiting)
    assert.ok(outcomes.every(({ status, reason }) => status === 'fulfilled' || reason.code === 'ERR_NOT_ALIVE'))
    assert.throws(() => logger.log({ a: 1 }, to), /The logger has ended: it was killed/)
    assert.throws(() => logger.start(), { code: 'ERR_CLOSED' })
  }
})

test('status keeps its timeout whatever stands still', async (t) => {
  class Stuck extends BaseProcessRollingLogger {
    processBatch() {
      return new Promise(() => {})
    }
  }
  const { logger } = memoryLogger(t, { Logger: Stuck })
  logger.send({})
  await assert.rejects(logger.status({ timeoutMs: 1 }), { code: 'ERR_TIMEOUT' })
  logger.kill()
})

test('a row larger than the buffer is refused at once, in both forms, and harms nothing', async (t) => {
  const { logger } = memoryLogger(t, { queueConfig: { maxBufferBytes: 10_000 } })
  const row = { a: 'x'.repeat(20_000) }
  assert.throws(() => logger.log(row, to), { code: 'ERR_MESSAGE_TOO_LARGE' })
  await assert.rejects(logger.log(row, { ...to, sync: true }), { code: 'ERR_MESSAGE_TOO_LARGE' })
  await logger.log({ a: 1 }, { ...to, sync: true })
})

test('a status of more than 100 MB', async (t) => {
  const { logger } = memoryLogger(t)
  const names = Array.from({ length: 9000 }, (_, column) => `c${column}`)
  // Frequent items are kept as text: 90 of 128 characters a column.
  for (let row = 0; row < 90; row++) {
    const text = `${row} `.padEnd(128, 'x')
    await logger.log({ columns: names, data: [names.map(() => text)] }, { ...to, sync: true })
  }
  const { statuses } = await logger.status({ timeoutMs: 60_000 })
  assert.ok(statuses.d.views[0].length > 100_000_000)
})

test('thousands of changes of message type in one batch', async (t) => {
  const { logger, writer } = memoryLogger(t)
  for (let i = 0; i < 600; i++) logger.sendMany([new LogMessage(1, good), new FlushMessage()])
  await logger.close()
  assert.equal(writer.count('d', 'a'), 600)
})

const BAD_BYTES = {
  'malformed JSON': '{"datasetId": "d", ',
  'a row too wide': { ...good, multiple: { columns: ['a'], data: [[1], [1, 2]] } },
  'a row too short': { ...good, multiple: { columns: ['a', 'b'], data: [[1]] } },
  'a timestamp that is text': { ...good, timestamp: 'now' },
  'an array for a body': '[1]',
  'a column name that is a number': { ...good, multiple: { columns: [7], data: [[1]] } },
  'no rows': { datasetId: 'd', timestamp: 1 },
}
for (const [name, bad] of Object.entries(BAD_BYTES)) {
  test(`${name} among twenty good messages is rejected alone`, async (t) => {
    const { logger, writer } = memoryLogger(t)
    const events = rejections(logger)
    for (let i = 0; i < 10; i++) logger.logRaw(bytes(good))
    logger.logRaw(bytes(bad))
    for (let i = 0; i < 10; i++) logger.logRaw(bytes(good))
    await logger.flush()
    assert.equal(writer.count('d', 'a'), 20)
    assert.deepEqual(events.length, 1)
    assert.match(events[0].error.code, /^ERR_INVALID_(DATA|TIMESTAMP)$/)
  })
}

test('a request without a dataset is rejected alone', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const events = rejections(logger)
  for (const request of [good, { ...good, datasetId: undefined }, good]) logger.logRaw(bytes(request))
  await logger.flush()
  assert.equal(writer.count('d', 'a'), 2)
  assert.deepEqual(
    events.map(({ error }) => error.code),
    ['ERR_MISSING_DATASET_ID'],
  )
})

test('the same columns in another order are matched by name, in every form', async (t) => {
  const { logger } = memoryLogger(t)
  logger.log({ columns: ['a', 'b'], data: [[1, 'x']] }, to)
  logger.log({ columns: ['b', 'a'], data: [['y', 2]] }, to)
  logger.logRaw(bytes({ ...good, timestamp: null, multiple: { columns: ['b', 'a'], data: [['z', 3]] } }))
  logger.log([{ b: 'w', a: 4 }], to)
  const [view] = await logger.getProfileViews('d')
  assert.equal(view.column('a').summary()['types/integral'], 4)
  assert.equal(view.column('b').summary()['types/string'], 4)
})

test('odd keys and empty data are rows like others', async (t) => {
  const { logger } = memoryLogger(t)
  for (const data of [
    { 1: 5 },
    { '': 5 },
    { null: 5 },
    {},
    [],
    [{}],
    { columns: [], data: [] },
    [{ a: 1 }, { b: 1 }],
  ]) {
    await logger.log(data, { ...to, sync: true })
  }
  const [view] = await logger.getProfileViews('d')
  assert.deepEqual(view.columnNames.toSorted(), ['', '1', 'a', 'b', 'null'])
})

test('a writer that fails more than three times loses nothing', async (t) => {
  const { logger, writer } = memoryLogger(t)
  writer.failures = 6
  logger.log({ a: 1 }, to)
  while ((await logger.flush()).pending > 0);
  assert.equal(writer.count('d', 'a'), 1)
})

test('of two writers, the one that fails at the close is tried again', async (t) => {
  const made = [memoryLogger(t).writer, memoryLogger(t).writer]
  made[0].failures = 1
  const { logger } = memoryLogger(t, { writerFactory: { createWriters: () => made } })
  logger.log({ a: 1 }, to)
  assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
  assert.deepEqual(
    made.map((writer) => writer.count('d', 'a')),
    [1, 1],
  )
})

test('tracking goes on while a writer takes its time', async (t) => {
  const { logger, writer } = memoryLogger(t)
  let go
  writer.gate = new Promise((resolve) => {
    go = resolve
  })
  logger.log({ a: 1 }, to)
  const flushed = logger.flush()
  await logger.log({ a: 2 }, { ...to, sync: true })
  assert.equal(logger.stats().trackedRows, 2)
  go()
  assert.deepEqual(await flushed, { written: 1, pending: 0 })
})

test('a clock that goes back puts rows in the earlier bucket and keeps them all', async (t) => {
  let now = Date.UTC(2024, 1, 29, 0, 0, 1)
  const { logger, writer } = memoryLogger(t, { currentTimeFn: () => now })
  logger.log({ a: 1 }, to)
  now -= 2000
  logger.log({ a: 2 }, to)
  await logger.flush()
  assert.deepEqual(writer.items.map(({ datasetTimestampMs }) => datasetTimestampMs).sort(), [
    Date.UTC(2024, 1, 28),
    Date.UTC(2024, 1, 29),
  ])
})

test('times 0 and before 1970 are times', async (t) => {
  const { logger, writer } = memoryLogger(t)
  for (const timestampMs of [0, -1, Date.UTC(1950, 0, 1)])
    await logger.log({ a: 1 }, { ...to, timestampMs, sync: true })
  await logger.flush()
  const days = writer.items.map((item) => item.view().datasetTimestamp.toISOString().slice(0, 10))
  assert.deepEqual(days.sort(), ['1950-01-01', '1969-12-31', '1970-01-01'])
})

test('seconds taken for milliseconds are warned of', async (t) => {
  const { logger } = memoryLogger(t)
  const warned = once(logger, 'warning')
  logger.log({ a: 1 }, { ...to, timestampMs: 1_700_000_000 })
  assert.match((await warned)[0].message, /that times are milliseconds/)
})

test('schedules that cannot be kept are refused when the logger is made; others work', () => {
  for (const [cadence, interval] of [
    ['Minute', 4],
    ['Second', 299],
    ['Month', 1],
    ['Year', 1],
  ]) {
    const options = { writeSchedule: new Schedule(cadence, interval) }
    assert.throws(() => new ProcessRollingLogger(options), { code: 'ERR_INVALID_OPTION', option: 'writeSchedule' })
  }
  assert.throws(() => new Schedule('Minute', 0), { code: 'ERR_INVALID_OPTION' })
  new ProcessRollingLogger({ writeSchedule: new Schedule('Second', 300) })
})

test('buckets of a second', async (t) => {
  const { logger, writer } = memoryLogger(t, { aggregateBy: 'Second' })
  for (const timestampMs of [1000, 1999, 2000]) logger.log({ a: 1 }, { ...to, timestampMs })
  await logger.flush()
  assert.deepEqual(writer.items.map(({ datasetTimestampMs }) => datasetTimestampMs).sort(), [1000, 2000])
})

test('file names tell datasets apart, and have neither blank nor colon', async (t) => {
  const folder = temporaryFolder(t)
  const { logger } = memoryLogger(t, { writerFactory: new LocalWriterFactory(folder), aggregateBy: 'Second' })
  for (const datasetId of ['one', 'One', 'a b:c/d', '..']) {
    for (let second = 0; second < 15; second++) logger.log({ a: 1 }, { datasetId, timestampMs: second * 1000 })
  }
  await logger.close()
  const files = readdirSync(folder)
  assert.equal(files.length, 60)
  assert.equal(new Set(files.map((file) => file.toLowerCase().split('_')[0])).size, 4)
  assert.ok(files.every((file) => /^[a-z0-9.~_TZ-]+\.bin$/.test(file)))
  assert.ok(files.every((file) => ProfileView.read(`${folder}/${file}`).columnNames.length === 1))
})
