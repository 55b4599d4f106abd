/** Factories and clocks that do not do what they should: one refusal, and nothing left over. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ThreadRollingLogger } from '../../dist/index.js'
import { MemoryWriter, memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'd' }

/** Rejections that nobody handled, as the process tells of them. */
function unhandled(t) {
  const seen = []
  const listen = (reason) => seen.push(reason)
  process.on('unhandledRejection', listen)
  t.after(() => process.off('unhandledRejection', listen))
  return seen
}

const GIVEN = {
  'writers, later': { writerFactory: { createWriters: async () => [new MemoryWriter()] } },
  'a failure, later': {
    writerFactory: {
      createWriters: async () => {
        throw new Error('no writers')
      },
    },
  },
  'a logger, later': { loggerFactory: { createLogger: async () => new ThreadRollingLogger() } },
  'no logger, later': {
    loggerFactory: {
      createLogger: async () => {
        throw new Error('no logger')
      },
    },
  },
  'writers of a logger, later': {
    loggerFactory: { createLogger: () => new ThreadRollingLogger({ writers: Promise.reject(new Error('no')) }) },
  },
  'settings with writers, later': {
    loggerFactory: { createLogger: () => ({ aggregateBy: 'Day', writers: Promise.reject(new Error('no')) }) },
  },
}

for (const [what, options] of Object.entries(GIVEN)) {
  test(`a factory that gives ${what}, is refused`, async (t) => {
    const seen = unhandled(t)
    const { logger } = memoryLogger(t, options)
    const promise = { code: 'ERR_WRITER_FACTORY', message: /gave a promise/ }
    assert.throws(() => logger.log({ a: 1 }, to), promise)
    await assert.rejects(logger.log({ a: 1 }, { ...to, sync: true }), promise)
    const request = { datasetId: 'd', multiple: { columns: ['a'], data: [[1]] } }
    await assert.rejects(logger.logRaw(Buffer.from(JSON.stringify(request)), { sync: true }), promise)
    await logger.close()
    await new Promise(setImmediate)
    assert.deepEqual(seen, [])
  })
}

test('a clock that is asynchronous is refused', async (t) => {
  const seen = unhandled(t)
  const { logger } = memoryLogger(t, { currentTimeFn: () => Promise.reject(new Error('no time')) })
  assert.throws(() => logger.log({ a: 1 }, to), { code: 'ERR_INVALID_TIMESTAMP' })
  await new Promise(setImmediate)
  assert.deepEqual(seen, [])
})

test('a host that cannot wait keeps no row from being accepted', async (t) => {
  const waitUntil = () => {
    throw new Error('not in a request')
  }
  const { logger, writer } = memoryLogger(t, { waitUntil })
  assert.equal(logger.log({ a: 1 }, to), true)
  await logger.close()
  assert.equal(writer.count('d', 'a'), 1)
  assert.equal(logger.stats().refusedMessages, 0)
})

test('setDone ends no join', async (t) => {
  const { logger } = memoryLogger(t)
  let joined = false
  const join = logger.join().then(() => (joined = true))
  logger.setDone()
  await logger.doneWait()
  await logger.status()
  assert.deepEqual([joined, logger.isAlive(), logger.isDone()], [false, true, true])
  await logger.close()
  assert.deepEqual([logger.exitCode, logger.isAlive()], [0, false])
  await join
})
