/** What is refused: with which error, and that nothing else is harmed. The ledger holds throughout. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProcessRollingLogger, RollingProfilesError } from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'd' }

function refusedWith(code) {
  return (error) => {
    assert.ok(error instanceof RollingProfilesError, String(error))
    assert.equal(error.code, code)
    return true
  }
}

function assertLedger(logger) {
  const { offeredMessages, acceptedMessages, refusedMessages, droppedMessages } = logger.stats()
  assert.equal(offeredMessages, acceptedMessages + refusedMessages + droppedMessages)
}

test('before start, after close, after kill', async (t) => {
  const fresh = new ProcessRollingLogger()
  assert.throws(() => fresh.log({ a: 1 }, to), refusedWith('ERR_NOT_STARTED'))
  const { logger } = memoryLogger(t)
  const closing = logger.close()
  assert.throws(() => logger.log({ a: 1 }, to), refusedWith('ERR_CLOSED'))
  await assert.rejects(logger.flush(), refusedWith('ERR_CLOSED'))
  assert.equal(logger.close(), closing)
  await closing
  assert.equal(logger.exitCode, 0)
  const { logger: killed, writer } = memoryLogger(t)
  // Its flush cannot be answered before the kill.
  writer.gate = new Promise(() => {})
  killed.log({ a: 1 }, to)
  const waiting = killed.flush()
  killed.kill()
  await assert.rejects(waiting, refusedWith('ERR_NOT_ALIVE'))
  assert.throws(() => killed.log({ a: 1 }, to), refusedWith('ERR_NOT_ALIVE'))
  await assert.rejects(killed.close(), refusedWith('ERR_NOT_ALIVE'))
  assert.equal(killed.exitCode, -9)
})

test('data of no known form', async (t) => {
  const { logger, writer } = memoryLogger(t)
  for (const data of ['text', null, undefined, 5, new Map(), [1], new Date()]) {
    assert.throws(() => logger.log(data, to), refusedWith('ERR_UNSUPPORTED_DATA'), String(data))
  }
  for (const data of [
    { columns: ['a'], data: [[1, 2]] },
    { columns: ['a', 'b'], data: [[1]] },
    { columns: ['a', 'a'], data: [[1, 2]] },
    { a: Symbol('x') },
    { a: () => 1 },
    [{ a: 1 }, 5],
    {
      get a() {
        throw new Error('no')
      },
    },
  ]) {
    assert.throws(() => logger.log(data, to), refusedWith('ERR_INVALID_DATA'))
  }
  await logger.log({ a: 1 }, { ...to, sync: true })
  assertLedger(logger)
  await logger.flush()
  assert.equal(writer.count('d', 'a'), 1, 'nothing of the others is left')
})

test('times that are no dates', async (t) => {
  const { logger } = memoryLogger(t)
  for (const timestampMs of [Number.NaN, Number.POSITIVE_INFINITY, 1e15, 1e18, '2024', new Date(Number.NaN)]) {
    assert.throws(
      () => logger.log({ a: 1 }, { ...to, timestampMs }),
      refusedWith('ERR_INVALID_TIMESTAMP'),
      String(timestampMs),
    )
  }
  assertLedger(logger)
})

test('no dataset id; sync without syncEnabled', async (t) => {
  const { logger } = memoryLogger(t, { syncEnabled: false })
  assert.throws(() => logger.log({ a: 1 }), refusedWith('ERR_MISSING_DATASET_ID'))
  await assert.rejects(logger.log({ a: 1 }, { ...to, sync: true }), refusedWith('ERR_SYNC_DISABLED'))
  await assert.rejects(logger.status(), refusedWith('ERR_SYNC_DISABLED'))
  assertLedger(logger)
})

test('a writer factory that throws fails its own dataset alone, and is asked again', async (t) => {
  let failures = 1
  const writers = []
  const writerFactory = {
    createWriters(datasetId) {
      if (datasetId === 'bad' && failures-- > 0) throw new Error('no store')
      return writers
    },
  }
  const { logger } = memoryLogger(t, { writerFactory })
  assert.throws(() => logger.log({ a: 1 }, { datasetId: 'bad' }), refusedWith('ERR_WRITER_FACTORY'))
  await logger.log({ a: 1 }, { datasetId: 'good', sync: true })
  await logger.log({ a: 1 }, { datasetId: 'bad', sync: true })
})

test('a row that logs while it is read', async (t) => {
  const { logger } = memoryLogger(t)
  const row = {
    get a() {
      return logger.log({ b: 1 }, to)
    },
  }
  assert.throws(() => logger.log(row, to), refusedWith('ERR_REENTRANT'))
  await logger.log({ a: 1 }, { ...to, sync: true })
  assertLedger(logger)
})

test('a full queue throws, drops or blocks; one message over the whole buffer is refused', async (t) => {
  const queueConfig = { maxBufferBytes: 64 * 1024 }
  const text = 'x'.repeat(1000)
  for (const onFull of ['throw', 'drop', 'block']) {
    const { logger, writer } = memoryLogger(t, {
      onFull,
      queueConfig,
      workers: 1,
      limits: { maxMessageBytes: 64 * 1024 },
    })
    assert.throws(
      () => logger.log([{ text: 'y'.repeat(60_000) }, { text: 'y'.repeat(60_000) }], to),
      refusedWith('ERR_MESSAGE_TOO_LARGE'),
    )
    let full = 0
    for (let i = 0; i < 3000; i++) {
      try {
        logger.log({ text }, to)
      } catch (error) {
        refusedWith('ERR_QUEUE_FULL')(error)
        full++
      }
    }
    const stats = logger.stats()
    assertLedger(logger)
    assert.equal(stats.acceptedMessages, 3000 - full - stats.droppedMessages)
    if (onFull !== 'throw') assert.equal(full, 0)
    if (onFull !== 'drop') assert.equal(stats.droppedMessages, 0)
    await logger.flush()
    assert.equal(writer.count('d', 'text'), stats.acceptedMessages, onFull)
  }
})

test('back-pressure: false past half of the buffer, drained at a quarter', async (t) => {
  // Half of it is less than one block's rows are charged, so the mark is passed however fast the worker is.
  const { logger, writer } = memoryLogger(t, { queueConfig: { maxBufferBytes: 16 * 1024 }, workers: 1 })
  let waits = 0
  for (let n = 0; n < 5000; n++) {
    if (logger.log({ n, text: 'some text to fill it' }, to)) continue
    waits++
    await logger.drained()
    assert.ok(logger.stats().queueBytes <= 4 * 1024)
  }
  assert.ok(waits > 0)
  await logger.flush()
  assert.equal(writer.count('d', 'n'), 5000)
})

test('more columns than a profile may have reject their message alone', async (t) => {
  const { logger } = memoryLogger(t, { limits: { maxColumns: 3 } })
  const rejected = []
  logger.on('rejected', (event) => rejected.push(event))
  await logger.log({ a: 1, b: 1 }, { ...to, sync: true })
  await assert.rejects(logger.log({ c: 1, d: 1 }, { ...to, sync: true }), refusedWith('ERR_TOO_MANY_COLUMNS'))
  await logger.log({ a: 2 }, { ...to, sync: true })
  assert.equal(rejected[0].error.code, 'ERR_TOO_MANY_COLUMNS')
  const { trackedMessages, rejectedMessages, acceptedMessages } = logger.stats()
  assert.deepEqual([trackedMessages, rejectedMessages, acceptedMessages], [2, 1, 3])
})

test('a message of more columns than a profile may have is refused, whatever its form', (t) => {
  const { logger } = memoryLogger(t, { limits: { maxColumns: 3 } })
  const wide = { a: 1, b: 1, c: 1, d: 1 }
  for (const data of [wide, [wide], { columns: Object.keys(wide), data: [Object.values(wide)] }]) {
    assert.throws(() => logger.log(data, to), refusedWith('ERR_TOO_MANY_COLUMNS'))
  }
  const { refusedMessages, acceptedMessages } = logger.stats()
  assert.deepEqual([refusedMessages, acceptedMessages], [3, 0])
})

test('options are checked where they are given', () => {
  const bad = [
    { nonsense: 1 },
    { workers: 0 },
    { workers: 1.5 },
    { aggregateBy: 'Week' },
    { writeSchedule: { cadence: 'Minute', interval: 4 } },
    { writeSchedule: { cadence: 'Month', interval: 1 } },
    { queueConfig: { maxBufferBytes: -1 } },
    { queueConfig: { nonsense: 1 } },
    { limits: { maxColumns: 0 } },
    { onFull: 'wait' },
    { durability: 'wal' },
    { seed: -1 },
    { enabled: 1 },
  ]
  for (const options of bad)
    assert.throws(() => new ProcessRollingLogger(options), refusedWith('ERR_INVALID_OPTION'), JSON.stringify(options))
  assert.throws(
    () => new ProcessRollingLogger({ writeSchedule: { cadence: 'Minute', interval: 4 } }),
    /must be five minutes or longer/,
  )
})

test('a disabled logger accepts everything and does nothing', async () => {
  const logger = new ProcessRollingLogger({ enabled: false, syncEnabled: true })
  logger.start()
  assert.equal(logger.log({ a: 1 }), true)
  await logger.log({ a: 1 }, { sync: true })
  assert.deepEqual(await logger.flush(), { written: 0, pending: 0 })
  assert.deepEqual(await logger.close(), { written: 0, pending: 0 })
})

test('a message is measured by its bytes, one row or many', async (t) => {
  const { logger, writer } = memoryLogger(t, { limits: { maxMessageBytes: 50_000, maxValueBytes: 20_000 } })
  const wide = (columns, text) =>
    Object.fromEntries(Array.from({ length: columns }, (_, i) => [`c${i}`, text.repeat(10_000)]))
  // Four columns of 10 000 ASCII letters take 40 000 bytes and a little, of three-byte letters the most that is used of each.
  logger.log(wide(4, 'x'), to)
  logger.log([wide(2, 'x'), wide(2, 'x')], to)
  for (const data of [wide(4, '€'), [wide(2, '€'), wide(2, '€')], wide(5, 'x'), [wide(5, 'x')]])
    assert.throws(() => logger.log(data, to), refusedWith('ERR_MESSAGE_TOO_LARGE'))
  assertLedger(logger)
  await logger.flush()
  assert.equal(writer.count('d', 'c0'), 3)
})

test('a text that is cut is told of once, and counted', async (t) => {
  const { logger } = memoryLogger(t, { limits: { maxValueBytes: 8 } })
  const warnings = []
  logger.on('warning', (warning) => warnings.push(warning.code))
  for (let i = 0; i < 3; i++) logger.log({ text: 'longer than eight bytes' }, to)
  await logger.flush()
  assert.deepEqual(warnings, ['ERR_VALUE_CUT'])
  assert.equal(logger.stats().cutTexts, 3)
})

test('a time far from now is told of once and counted; a window refuses it', async (t) => {
  const now = Date.UTC(2024, 5, 1)
  const currentTimeFn = () => now
  const seconds = Math.floor(now / 1000)
  const { logger } = memoryLogger(t, { currentTimeFn })
  const warnings = []
  logger.on('warning', (warning) => warnings.push(warning.code))
  for (const timestampMs of [now, seconds, seconds, now + 3_700_000 * 24])
    await logger.log({ a: 1 }, { ...to, timestampMs, sync: true })
  assert.deepEqual(warnings, ['ERR_BUCKET_WINDOW'])
  assert.equal(logger.stats().lateRows, 3)

  const { logger: strict } = memoryLogger(t, {
    currentTimeFn,
    limits: { bucketWindow: { pastMs: 86_400_000, futureMs: 60_000 } },
  })
  assert.equal(strict.log({ a: 1 }, { ...to, timestampMs: now - 80_000_000 }), true)
  for (const timestampMs of [seconds, now - 90_000_000, now + 100_000_000])
    assert.throws(() => strict.log({ a: 1 }, { ...to, timestampMs }), refusedWith('ERR_BUCKET_WINDOW'))
  assert.equal(strict.stats().refusedMessages, 3)
  assertLedger(strict)
})

test('an array of rows is refused as its columns are counted, and no further row is read', async (t) => {
  const { logger, writer } = memoryLogger(t, { limits: { maxColumns: 50, maxMessageBytes: 100_000 } })
  const arrayOf = (columns, rows, read) =>
    Array.from(
      { length: rows },
      (_, row) => new Proxy({ [`c${row % columns}`]: row }, { ownKeys: (row) => read(Reflect.ownKeys(row)) }),
    )
  for (const [rows, columns, code] of [
    [200, 200, 'ERR_TOO_MANY_COLUMNS'],
    [5000, 40, 'ERR_MESSAGE_TOO_LARGE'],
  ]) {
    let reads = 0
    const data = arrayOf(columns, rows, (keys) => {
      reads++
      return keys
    })
    assert.throws(() => logger.log(data, { datasetId: 'd' }), { code })
    // Those of a row are asked for twice: once whether it is a row.
    assert.ok(reads <= 2 * 52, `${reads} reads`)
    const wide = { columns: Array.from({ length: columns }, (_, name) => `c${name}`), data: Array(rows).fill([]) }
    assert.throws(() => logger.log(wide, { datasetId: 'd' }), { code })
  }
  logger.log({ a: 1 }, { datasetId: 'd' })
  assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
  assert.deepEqual(
    writer.items[0]
      .view()
      .toTable()
      .map(({ column }) => column),
    ['a'],
  )
  assert.equal(logger.stats().refusedMessages, 4)
})
