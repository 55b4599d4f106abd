/** `onInvalid: 'event'`: what is refused is told by an event, and never thrown into the caller. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BaseProcessRollingLogger,
  FlushMessage,
  LogMessage,
  ProcessRollingLogger,
  RollingProfilesError,
  ThreadRollingLogger,
} from '../../dist/index.js'
import { HOSTILE, HOSTILE_OPTIONS } from '../support/hostile.mjs'
import { MemoryWriter, memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'd' }
const quiet = { onInvalid: 'event', onFull: 'drop' }

/** The events `refused` of a logger from now on. */
function refusals(logger) {
  const told = []
  logger.on('refused', (event) => told.push(event))
  return { told, codes: () => told.map(({ error }) => error.code) }
}

function assertLedger(logger, told) {
  const { offeredMessages, acceptedMessages, refusedMessages, droppedMessages } = logger.stats()
  assert.equal(offeredMessages, acceptedMessages + refusedMessages + droppedMessages)
  assert.equal(refusedMessages, told.length)
}

const throwing = {
  get a() {
    throw new Error('no')
  },
}

test('what is refused is told with its code, its dataset and its cause, and nothing is thrown', async (t) => {
  const writerFactory = {
    createWriters(datasetId) {
      if (datasetId === 'bad') throw new Error('no store')
      return [writer]
    },
  }
  const writer = new MemoryWriter()
  const { logger } = memoryLogger(t, {
    ...quiet,
    writerFactory,
    currentTimeFn: () => Date.UTC(2026, 0, 1),
    limits: { maxColumns: 3, maxMessageBytes: 10_000, bucketWindow: { pastMs: 86_400_000, futureMs: 60_000 } },
  })
  const { told, codes } = refusals(logger)
  const cases = [
    ['ERR_UNSUPPORTED_DATA', () => logger.log(5, to)],
    ['ERR_INVALID_DATA', () => logger.log(throwing, to)],
    ['ERR_INVALID_DATA', () => logger.log({ a: Symbol('s') }, to)],
    ['ERR_INVALID_TIMESTAMP', () => logger.log({ a: 1 }, { ...to, timestampMs: Number.NaN })],
    ['ERR_BUCKET_WINDOW', () => logger.log({ a: 1 }, { ...to, timestampMs: 0 })],
    ['ERR_MESSAGE_TOO_LARGE', () => logger.log({ a: 'x'.repeat(20_000) }, to)],
    ['ERR_TOO_MANY_COLUMNS', () => logger.log({ a: 1, b: 1, c: 1, d: 1 }, to)],
    ['ERR_MISSING_DATASET_ID', () => logger.log({ a: 1 })],
    ['ERR_WRITER_FACTORY', () => logger.log({ a: 1 }, { datasetId: 'bad', orgId: 'o' })],
    ['ERR_INVALID_OPTION', () => logger.log({ a: 1 }, { datasetID: 'd' })],
    ['ERR_INVALID_OPTION', () => logger.log({ a: 1 }, 'd')],
    ['ERR_UNSUPPORTED_DATA', () => logger.logRaw('text', to)],
    ['ERR_INVALID_OPTION', () => logger.logRaw(Buffer.from('{}'), { ...to, form: 'none' })],
    ['ERR_MISSING_DATASET_ID', () => logger.logNdjson(Buffer.from('{}\n'))],
    ['ERR_INVALID_OPTION', () => logger.logNdjson(Buffer.from('{}\n'), { ...to, timestampColum: 'at' })],
    ['ERR_INVALID_DATA', () => logger.logEmbeddings({ a: [[1], [1, 2]] }, to)],
    ['ERR_INVALID_OPTION', () => logger.send(null)],
    ['ERR_INVALID_OPTION', () => logger.send({}, { synch: true })],
  ]
  for (const [code, refused] of cases) {
    assert.equal(refused(), false, code)
    assert.equal(codes().at(-1), code)
  }
  assert.equal(told.length, cases.length)
  assert.ok(told.every(({ error }) => error instanceof RollingProfilesError))
  assert.equal(told[1].error.cause.message, 'no')
  const placed = told.map(({ datasetId, orgId }) => [datasetId, orgId])
  assert.deepEqual(
    [placed[0], placed[7], placed[8]],
    [
      ['d', null],
      [null, null],
      ['bad', 'o'],
    ],
  )
  assert.equal(logger.log({ a: 1 }, to), true)
  assertLedger(logger, told)
  await logger.flush()
  assert.equal(writer.count('d', 'a'), 1)
})

test('before start and after an end, rows are refused and the call does not throw', async (t) => {
  const fresh = new ProcessRollingLogger(quiet)
  const ofFresh = refusals(fresh)
  assert.equal(fresh.log({ a: 1 }, to), false)
  assert.deepEqual(ofFresh.codes(), ['ERR_NOT_STARTED'])
  const { logger } = memoryLogger(t, quiet)
  const ofClosed = refusals(logger)
  const closing = logger.close()
  assert.equal(logger.log({ a: 1 }, to), false)
  await closing
  assert.equal(logger.logNdjson(Buffer.from('{"a":1}\n'), to), false)
  assert.deepEqual(ofClosed.codes(), ['ERR_CLOSED', 'ERR_CLOSED'])
  const { logger: killed } = memoryLogger(t, quiet)
  const ofKilled = refusals(killed)
  killed.kill()
  assert.equal(killed.log({ a: 1 }, to), false)
  assert.deepEqual(ofKilled.codes(), ['ERR_NOT_ALIVE'])
  assertLedger(logger, ofClosed.told)
  assertLedger(killed, ofKilled.told)
})

test('a promise rejects and the event tells, so that nobody has to wait for it', async (t) => {
  const { logger } = memoryLogger(t, quiet)
  const { told, codes } = refusals(logger)
  for (const sync of [true, 'accepted', 'tracked', 'written']) {
    await assert.rejects(logger.log(5, { ...to, sync }), { code: 'ERR_UNSUPPORTED_DATA' })
  }
  await assert.rejects(logger.logRaw('text', { ...to, sync: true }), { code: 'ERR_UNSUPPORTED_DATA' })
  await assert.rejects(logger.logRaw(Buffer.alloc(1), { form: 'none', sync: true }), { code: 'ERR_INVALID_OPTION' })
  await assert.rejects(logger.log({ a: 1 }, { ...to, sync: 'durable' }), { code: 'ERR_INVALID_OPTION' })
  const message = new LogMessage(0, { ...to, timestamp: 0, multiple: { columns: ['a'], data: [[Symbol('s')]] } })
  await assert.rejects(logger.send(message, { sync: true }), { code: 'ERR_INVALID_DATA' })
  assert.equal(logger.send(message), false)
  assert.equal(told.length, 9)
  // Nobody waits for these: the test fails on a rejection that nobody handles.
  const rejected = once(logger, 'rejected')
  logger.log(5, { ...to, sync: true })
  logger.logRaw('text', { ...to, sync: true })
  logger.logRaw(Buffer.from('{'), { ...to, sync: true })
  await rejected
  await new Promise(setImmediate)
  assert.deepEqual(codes().slice(9), ['ERR_UNSUPPORTED_DATA', 'ERR_UNSUPPORTED_DATA'])
  assertLedger(logger, told)
})

test('a call that is aborted before is neither offered nor told', async (t) => {
  const { logger } = memoryLogger(t, quiet)
  const { told } = refusals(logger)
  const signal = AbortSignal.abort(new Error('too late'))
  assert.equal(logger.log({ a: 1 }, { ...to, signal }), false)
  await assert.rejects(logger.log({ a: 1 }, { ...to, signal, sync: true }), /too late/)
  assert.equal(logger.send(new FlushMessage(), { signal }), false)
  assert.deepEqual([told.length, logger.stats().offeredMessages], [0, 0])
})

test('a full queue is a matter of onFull', async (t) => {
  const queueConfig = { maxBufferBytes: 16_384 }
  const fill = (logger) => {
    for (let n = 0; n < 5000; n++) logger.log({ text: 'x'.repeat(1000) }, to)
  }
  const { logger } = memoryLogger(t, { onInvalid: 'event', queueConfig })
  const { told } = refusals(logger)
  assert.throws(() => fill(logger), { code: 'ERR_QUEUE_FULL' })
  const { logger: dropping } = memoryLogger(t, { ...quiet, queueConfig })
  const ofDropping = refusals(dropping)
  fill(dropping)
  assert.ok(dropping.stats().droppedMessages > 0)
  assert.deepEqual([told, ofDropping.told], [[], []])
  assertLedger(dropping, [])
})

test('a listener that logs what is refused in its turn is not asked again', async (t) => {
  const { logger } = memoryLogger(t, quiet)
  let told = 0
  logger.on('refused', () => {
    told++
    assert.equal(logger.log(5, to), false)
    assert.equal(logger.log({ refusals: 1 }, to), true)
  })
  logger.log(5, to)
  assert.deepEqual([told, logger.stats().refusedMessages, logger.stats().acceptedMessages], [1, 2, 1])
})

test('a stream leaves out what is refused', async (t) => {
  const { logger, writer } = memoryLogger(t, quiet)
  const { codes } = refusals(logger)
  const stream = logger.createWritable(to)
  for (const row of [{ a: 1 }, 5, { a: Symbol('s') }, { a: 2 }]) stream.write(row)
  stream.end()
  await once(stream, 'finish')
  await logger.flush()
  assert.deepEqual(codes(), ['ERR_UNSUPPORTED_DATA', 'ERR_INVALID_DATA'])
  assert.equal(writer.count('d', 'a'), 2)
})

test('a logger of one dataset refuses in the same way', async () => {
  const writer = new MemoryWriter()
  const logger = new ThreadRollingLogger({ ...quiet, writers: [writer], datasetId: 'd' })
  const { told, codes } = refusals(logger)
  assert.equal(logger.log(5), false)
  assert.equal(logger.log({ a: 1 }, { datasetId: 'e' }), false)
  assert.equal(logger.log({ a: 1 }, { signal: AbortSignal.abort() }), false)
  await assert.rejects(logger.log(5, { sync: true }), { code: 'ERR_UNSUPPORTED_DATA' })
  void logger.log(5, { sync: true })
  logger.log({ a: 1 })
  await logger.close()
  assert.equal(logger.log({ a: 1 }), false)
  assert.deepEqual(codes(), [
    'ERR_UNSUPPORTED_DATA',
    'ERR_INVALID_OPTION',
    'ERR_UNSUPPORTED_DATA',
    'ERR_UNSUPPORTED_DATA',
    'ERR_CLOSED',
  ])
  assert.deepEqual(new Set(told.map(({ datasetId }) => datasetId)), new Set(['d']))
  assertLedger(logger, told)
  assert.equal(writer.count('d', 'a'), 1)
})

test('what a batch of own messages logs is refused without failing the batch', async (t) => {
  class Note {}
  class Noting extends BaseProcessRollingLogger {
    processBatch() {
      this.log(5, to)
      this.log({ a: 1 }, to)
    }
  }
  const { logger } = memoryLogger(t, { ...quiet, Logger: Noting })
  const { codes } = refusals(logger)
  await logger.send(new Note(), { sync: true })
  assert.deepEqual(codes(), ['ERR_UNSUPPORTED_DATA'])
  assert.equal(logger.stats().rejectedMessages, 0)
})

test('whatever is given, nothing is thrown, the sums hold and good rows are exact', async (t) => {
  const datum = fc.constantFrom(...Object.keys(HOSTILE))
  const options = fc.constantFrom('good', ...Object.keys(HOSTILE), ...Object.keys(HOSTILE_OPTIONS))
  const call = fc.record({
    how: fc.constantFrom('log', 'logRaw', 'logNdjson', 'logEmbeddings', 'send'),
    datum,
    options,
    sync: fc.boolean(),
  })
  const optionsOf = (name, sync) => {
    if (name === 'good') return sync ? { datasetId: 'junk', sync } : { datasetId: 'junk' }
    return (HOSTILE_OPTIONS[name] ?? HOSTILE[name])()
  }
  const run = async (calls) => {
    const { logger, writer } = memoryLogger(t, { ...quiet, limits: { maxMessageBytes: 20_000 } })
    logger.on('rejected', () => {})
    const { told } = refusals(logger)
    let good = 0
    const settled = []
    for (const { how, datum, options, sync } of calls) {
      const offered = logger.stats().offeredMessages
      const answer = logger[how](HOSTILE[datum](), optionsOf(options, sync))
      if (answer instanceof Promise) settled.push(answer)
      else assert.equal(typeof answer, 'boolean')
      assert.equal(logger.stats().offeredMessages, offered + 1, 'each call is one message')
      good++
      assert.equal(logger.log({ good }, { datasetId: 'good' }), true)
    }
    await Promise.allSettled(settled)
    assertLedger(logger, told)
    const { pending } = await logger.close()
    assert.equal(pending, 0)
    const [profile] = writer.items.filter(({ datasetId }) => datasetId === 'good')
    const [row] = profile.view().toTable()
    assert.deepEqual(
      [row.column, row['counts/n'], row['distribution/max'], row['distribution/mean']],
      ['good', good, good, (good + 1) / 2],
    )
  }
  // Each thing once everywhere, and then as it comes.
  const each = (names, make) => names.flatMap((name) => ['log', 'logRaw', 'logEmbeddings', 'send'].map(make(name)))
  await run(each(Object.keys(HOSTILE), (datum) => (how) => ({ how, datum, options: 'good', sync: false })))
  const names = [...Object.keys(HOSTILE), ...Object.keys(HOSTILE_OPTIONS)]
  await run(each(names, (options) => (how) => ({ how, datum: 'options, as if they were a row', options, sync: false })))
  const calls = fc.array(call, { minLength: 1, maxLength: 40 })
  await fc.assert(fc.asyncProperty(calls, run), { seed: 7, numRuns: 50 })
})
