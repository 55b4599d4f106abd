/** How long calls may take: every wait takes `Infinity`, and one that is none is refused before anything changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BaseProcessRollingLogger,
  FunctionTimer,
  PipeSignaler,
  ProcessStatusMessage,
  ThreadRollingLogger,
} from '../../dist/index.js'
import { MemoryWriter, memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'd' }
const LONG = [Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53 + 2]
const WRONG = [Number.NaN, -1, Number.NEGATIVE_INFINITY, '30s', '5', null, {}, 5n, true]
const refused = { code: 'ERR_INVALID_OPTION' }

function threadLogger(t) {
  const writer = new MemoryWriter()
  const logger = new ThreadRollingLogger({ writers: [writer], writeSchedule: null })
  t.after(() => logger.close({ timeoutMs: 1, onLoss: 'report' }))
  return { logger, writer }
}

test('close takes any time', async (t) => {
  for (const timeoutMs of [...LONG, undefined]) {
    const { logger, writer } = memoryLogger(t)
    logger.log({ a: 1 }, to)
    assert.deepEqual(await logger.close({ timeoutMs }), { written: 1, pending: 0 })
    assert.equal(writer.items.length, 1)
    const { logger: thread } = threadLogger(t)
    thread.log({ a: 1 })
    assert.deepEqual(await thread.close({ timeoutMs }), { written: 1, pending: 0 })
  }
})

test('a close without time still tries each profile once', async (t) => {
  for (const timeoutMs of [0, 0.5, 1]) {
    const { logger, writer } = memoryLogger(t)
    const datasets = Array.from({ length: 20 }, (_, number) => `d${number}`)
    for (const datasetId of datasets) logger.log({ a: 1 }, { datasetId })
    assert.deepEqual(await logger.close({ timeoutMs }), { written: 20, pending: 0 })
    assert.equal(writer.attempts, 20)
  }
})

test('a close without time that fails tries no profile twice', async (t) => {
  const { logger, writer } = memoryLogger(t)
  writer.failures = 2
  logger.on('writeFailed', () => {})
  logger.log({ a: 1 }, to)
  assert.deepEqual(await logger.close({ timeoutMs: 0, onLoss: 'report' }), { written: 0, pending: 1 })
  assert.equal(writer.attempts, 1)
})

class Note {}
class Notes extends BaseProcessRollingLogger {
  processBatch(batch) {
    for (const _ of batch) this.log({ a: 1 }, to)
  }
}

test('a thread that is busy costs no batch its turn in a close', async (t) => {
  const { logger, writer } = memoryLogger(t, { Logger: Notes })
  const processed = logger.send(new Note(), { sync: true })
  const closed = logger.close({ timeoutMs: 10 })
  // Longer than all the time that batches have.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
  await processed
  assert.deepEqual(await closed, { written: 1, pending: 0 })
  assert.equal(writer.count('d', 'a'), 1)
})

test('a close with what is no time is refused, and the next one closes', async (t) => {
  for (const make of [memoryLogger, threadLogger]) {
    const { logger, writer } = make(t)
    logger.log({ a: 1 }, to.datasetId && make === memoryLogger ? to : {})
    for (const timeoutMs of WRONG) await assert.rejects(logger.close({ timeoutMs }), refused, String(timeoutMs))
    await assert.rejects(logger.close({ timeout: 5 }), /did you mean timeoutMs\?/)
    await assert.rejects(logger.close(5), refused)
    await assert.rejects(logger.close({ signal: 5 }), refused)
    assert.equal(logger.log({ a: 2 }, make === memoryLogger ? to : {}), true, 'it takes rows still')
    assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
    assert.equal(writer.items[0].view().column('a').summary()['counts/n'], 2)
  }
})

test('a close before the start is refused, and is no close', async (t) => {
  const { logger } = memoryLogger(t)
  const { constructor: Logger } = logger
  const writer = new MemoryWriter()
  const late = new Logger({ writerFactory: { createWriters: () => [writer] }, writeSchedule: null })
  await assert.rejects(late.close(), { code: 'ERR_NOT_STARTED' })
  late.start()
  late.log({ a: 1 }, to)
  assert.deepEqual(await late.close(), { written: 1, pending: 0 })
})

test('status and profiles are waited for as long as is said', async (t) => {
  const { logger } = memoryLogger(t)
  const { logger: thread } = threadLogger(t)
  logger.log({ a: 1 }, to)
  thread.log({ a: 1 })
  for (const timeoutMs of LONG) {
    assert.equal((await logger.status({ timeoutMs })).statuses.d.views.length, 1)
    assert.equal((await logger.getProfileViews('d', undefined, { timeoutMs })).length, 1)
    assert.equal((await thread.status({ timeoutMs })).views.length, 1)
    assert.equal((await thread.getProfileViews({ timeoutMs })).length, 1)
    assert.equal(new ProcessStatusMessage({ timeoutMs }).timeoutMs, timeoutMs)
  }
  for (const timeoutMs of WRONG) {
    await assert.rejects(logger.status({ timeoutMs }), refused)
    await assert.rejects(logger.getProfileViews('d', undefined, { timeoutMs }), refused)
    await assert.rejects(thread.status({ timeoutMs }), refused)
    await assert.rejects(thread.getProfileViews({ timeoutMs }), refused)
    assert.throws(() => new ProcessStatusMessage({ timeoutMs }), refused)
  }
})

test('a join is as long as the life of what it joins', async (t) => {
  for (const timeoutMs of LONG) {
    const { logger } = memoryLogger(t)
    const signaler = new PipeSignaler()
    signaler.start()
    const ended = []
    const joined = logger.join(timeoutMs).then(() => ended.push('logger'))
    const signalled = signaler.join(timeoutMs).then(() => ended.push('signaler'))
    await logger.status()
    assert.deepEqual(ended, [])
    signaler.close()
    await Promise.all([logger.close(), joined, signalled])
    assert.equal(ended.length, 2)
  }
  const { logger } = memoryLogger(t)
  const signaler = new PipeSignaler()
  signaler.start()
  for (const timeoutMs of WRONG) {
    await assert.rejects(logger.join(timeoutMs), refused)
    await assert.rejects(signaler.join(timeoutMs), refused)
  }
})

test('a full queue blocks as long as is said', async (t) => {
  const { logger, writer } = memoryLogger(t, {
    onFull: 'block',
    blockTimeoutMs: Number.POSITIVE_INFINITY,
    queueConfig: { maxBufferBytes: 20_000 },
  })
  for (let i = 0; i < 5000; i++) logger.log({ a: i, b: 'text' }, to)
  await logger.close()
  assert.equal(writer.count('d', 'a'), 5000)
})

test('a schedule without end never falls due', async (t) => {
  for (const interval of [Number.POSITIVE_INFINITY, 2 ** 40]) {
    const { logger, writer } = memoryLogger(t, { writeSchedule: { cadence: 'Day', interval } })
    logger.log({ a: 1 }, to)
    await logger.status()
    assert.equal(writer.items.length, 0)
    await logger.close()
    const timer = new FunctionTimer({ cadence: 'Day', interval }, () => assert.fail('called'))
    assert.equal(timer.isAlive(), true)
    timer.stop()
  }
  for (const interval of [Number.NaN, -1, 0, 1.5, '5', null]) {
    assert.throws(() => new FunctionTimer({ cadence: 'Day', interval }, () => {}), refused)
  }
  assert.throws(() => new FunctionTimer({ cadence: 'Day', interval: 1 }, 'no function'), refused)
  assert.throws(() => new FunctionTimer(null, () => {}), refused)
})

test('a signal that is aborted already does nothing', async (t) => {
  for (const make of [memoryLogger, threadLogger]) {
    const { logger, writer } = make(t)
    const mine = make === memoryLogger ? to : {}
    const signal = AbortSignal.abort(new Error('too late'))
    const calls = [
      () => logger.log({ a: 1 }, { ...mine, signal, sync: true }),
      async () => logger.log({ a: 1 }, { ...mine, signal }),
      () => logger.flush({ signal }),
      () => logger.status({ signal }),
      () => logger.close({ signal }),
    ]
    if (make === memoryLogger) {
      calls.push(
        () => logger.drained({ signal }),
        () => logger.processMessages({ signal }),
        () => logger.getProfileViews('d', undefined, { signal }),
        () => logger.send(new (class Own {})(), { sync: true, signal }),
        () => logger.logNdjson(Buffer.from('{"a":1}'), { ...mine, sync: true, signal }),
      )
    }
    for (const call of calls) await assert.rejects(call(), /too late/)
    assert.equal(logger.stats().offeredMessages, 0)
    logger.log({ a: 2 }, mine)
    await logger.close()
    assert.equal(writer.items[0].view().column('a').summary()['counts/n'], 1)
  }
})
