/** What a rolling logger is used for, from end to end: the same for both kinds of queue, and for the logger of one dataset. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryWriter, ThreadRollingLogger } from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

const DAY = 86_400_000
const NOW = Date.UTC(2024, 1, 29, 12)

/** A logger of dataset `d` by the day, and its writers. */
function processLogger(queueType) {
  return (t, writers, options = {}) => {
    const { logger } = memoryLogger(t, {
      queueType,
      currentTimeFn: () => NOW,
      writerFactory: { createWriters: () => writers },
      ...options,
    })
    const to = { datasetId: 'd' }
    return {
      logger,
      log: (data, more) => logger.log(data, { ...to, ...more }),
      status: async () => (await logger.status()).statuses.d,
    }
  }
}

function threadLogger(t, writers) {
  const logger = new ThreadRollingLogger({
    datasetId: 'd',
    writers,
    aggregateBy: 'Day',
    writeSchedule: null,
    currentTimeFn: () => NOW,
  })
  t.after(() => logger.close({ timeoutMs: 1 }).catch(() => {}))
  return { logger, log: (data, more) => logger.log(data, more), status: () => logger.status() }
}

/** Rows that profiles of `d` count in column `a`, by day. */
function counted(writer) {
  const days = {}
  for (const item of writer.of('d')) {
    const day = new Date(item.datasetTimestampMs).toISOString().slice(0, 10)
    days[day] = (days[day] ?? 0) + (item.view().column('a')?.summary()['counts/n'] ?? 0)
  }
  return days
}

/** Fails as often as it is told. */
class Failing extends MemoryWriter {
  constructor(failures) {
    super()
    this.failures = failures
  }

  write(item) {
    if (this.failures-- > 0) throw new Error('told to fail')
    super.write(item)
  }
}

const LOGGERS = {
  'a queue bounded by bytes': processLogger('FASTER_FIFO'),
  'a queue bounded by messages': processLogger('MP'),
  'the logger of one dataset': threadLogger,
}

for (const [name, make] of Object.entries(LOGGERS)) {
  test(`${name}: rows of every form, written at the close`, async (t) => {
    const writer = new MemoryWriter()
    const { logger, log } = make(t, [writer])
    log({ a: 1 })
    log([{ a: 2 }, { a: 3 }])
    log({ columns: ['a'], data: [[4], [null]] })
    await log({ a: 5 }, { sync: true })
    assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
    assert.deepEqual(counted(writer), { '2024-02-29': 6 })
  })

  test(`${name}: no timestamp is now`, async (t) => {
    const writer = new MemoryWriter()
    const { logger, log } = make(t, [writer])
    for (const timestampMs of [undefined, null]) log({ a: 1 }, { timestampMs })
    await logger.close()
    assert.deepEqual(counted(writer), { '2024-02-29': 2 })
  })

  test(`${name}: several days are several profiles, and a late row a further part`, async (t) => {
    const writer = new MemoryWriter()
    const { logger, log, status } = make(t, [writer])
    for (const days of [0, 1, 2, 1]) log({ a: days }, { timestampMs: NOW - days * DAY })
    const { datasetTimestamps, datasetProfiles, segmentCaches } = await status()
    assert.deepEqual([datasetTimestamps, datasetProfiles, segmentCaches], [3, 3, 0])
    assert.deepEqual(await logger.flush(), { written: 3, pending: 0 })
    log({ a: 9 }, { timestampMs: NOW - 2 * DAY })
    await logger.close()
    assert.deepEqual(counted(writer), { '2024-02-29': 1, '2024-02-28': 2, '2024-02-27': 2 })
    assert.equal(new Set(writer.items.map((item) => item.fileName)).size, 4)
  })

  test(`${name}: flush, then close`, async (t) => {
    const writer = new MemoryWriter()
    const { logger, log, status } = make(t, [writer])
    log({ a: 1 })
    assert.deepEqual(await logger.flush(), { written: 1, pending: 0 })
    assert.equal((await status()).datasetProfiles, 0)
    log({ a: 2 })
    assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
    assert.deepEqual(counted(writer), { '2024-02-29': 2 })
  })

  test(`${name}: each of several writers gets everything, and one that fails delays no other`, async (t) => {
    const [failing, healthy] = [new Failing(1), new MemoryWriter()]
    const { logger, log } = make(t, [failing, healthy])
    log({ a: 1 })
    await logger.flush()
    assert.deepEqual(counted(healthy), { '2024-02-29': 1 })
    await logger.close()
    assert.deepEqual(counted(failing), { '2024-02-29': 1 })
  })

  test(`${name}: an error rejects its own call alone`, async (t) => {
    const writer = new MemoryWriter()
    const { logger, log } = make(t, [writer])
    const before = log({ a: 1 }, { sync: true })
    await assert.rejects(async () => log([[1]], { sync: true }), { code: 'ERR_UNSUPPORTED_DATA' })
    await assert.rejects(async () => log({ a: 1 }, { sync: true, timestampMs: 1e15 }), {
      code: 'ERR_INVALID_TIMESTAMP',
    })
    const after = log({ a: 2 }, { sync: true })
    await Promise.all([before, after])
    await logger.close()
    assert.deepEqual(counted(writer), { '2024-02-29': 2 })
  })

  test(`${name}: a close stops accepting`, async (t) => {
    const writer = new MemoryWriter()
    const { logger, log, status } = make(t, [writer])
    log({ a: 1 })
    const closing = logger.close()
    assert.throws(() => log({ a: 2 }), { code: 'ERR_CLOSED' })
    await assert.rejects(async () => log({ a: 2 }, { sync: true }), { code: 'ERR_CLOSED' })
    await assert.rejects(status(), { code: 'ERR_CLOSED' })
    await closing
    assert.deepEqual(counted(writer), { '2024-02-29': 1 })
  })
}

for (const queueType of ['FASTER_FIFO', 'MP']) {
  test(`${queueType}: datasets and organisations are kept apart, in status as well`, async (t) => {
    const { logger, writer } = memoryLogger(t, { queueType })
    const names = [
      ['one', undefined],
      ['two', undefined],
      ['one', 'acme'],
      ['one', 'other'],
    ]
    for (const [datasetId, orgId] of names) logger.log({ a: 1 }, { datasetId, orgId })
    assert.deepEqual(Object.keys((await logger.status()).statuses).sort(), ['acme_one', 'one', 'other_one', 'two'])
    await logger.close()
    assert.equal(writer.items.length, 4)
    assert.equal(new Set(writer.items.map((item) => item.fileName)).size, 4)
  })

  test(`${queueType}: a kill before a call refuses it, a kill during one rejects it`, async (t) => {
    for (const end of ['kill', 'terminate']) {
      const { logger, writer } = memoryLogger(t, { queueType })
      writer.gate = new Promise(() => {})
      logger.log({ a: 1 }, { datasetId: 'd' })
      const flushing = logger.flush()
      const written = logger.log({ a: 2 }, { datasetId: 'd', sync: 'written' })
      const closing = logger.close()
      logger[end]()
      const outcomes = await Promise.allSettled([flushing, written, closing])
      assert.deepEqual(
        outcomes.map(({ reason }) => reason?.code),
        Array(3).fill('ERR_NOT_ALIVE'),
      )
      assert.throws(() => logger.log({ a: 3 }, { datasetId: 'd' }), /The logger has ended/)
      await assert.rejects(logger.status(), { code: 'ERR_NOT_ALIVE' })
    }
  })
}

test('a queue of messages throws, drops or blocks when so many wait, whatever their size', async (t) => {
  const queue = { queueType: 'MP', queueConfig: { maxQueueMessages: 4 } }
  const to = { datasetId: 'new' }
  // Requests for a dataset that only this thread can open wait until it is back in its loop.
  const request = Buffer.from(JSON.stringify({ ...to, timestamp: 1, multiple: { columns: ['a'], data: [[1]] } }))
  const { logger: throwing } = memoryLogger(t, queue)
  for (let i = 0; i < 4; i++) throwing.logRaw(request)
  assert.throws(() => throwing.logRaw(request), { code: 'ERR_QUEUE_FULL' })
  await throwing.drained()
  assert.equal(throwing.logRaw(request), true)
  const { logger: dropping } = memoryLogger(t, { ...queue, onFull: 'drop' })
  const answers = Array.from({ length: 6 }, () => dropping.logRaw(request))
  assert.deepEqual(answers, [true, true, false, false, false, false])
  await dropping.flush()
  assert.deepEqual([dropping.stats().droppedMessages, dropping.stats().trackedRows], [2, 4])
  const { logger: blocking } = memoryLogger(t, { ...queue, onFull: 'block', blockTimeoutMs: 60_000 })
  for (let a = 0; a < 500; a++) blocking.log({ a }, to)
  await blocking.flush()
  assert.equal(blocking.stats().trackedRows, 500)
})
