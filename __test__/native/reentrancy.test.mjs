/** What a caller's code may do while the logger runs it: nothing of it may tear the message that is being read, nor lose it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columns, DatasetSchema, LogMessage, ProcessRollingLogger, ThreadRollingLogger } from '../../dist/index.js'
import { MemoryWriter, memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'd' }

/** Everything that submits or ends. */
const CALLS = {
  flush: (logger) => logger.flush(),
  status: (logger) => logger.status(),
  getProfileViews: (logger) => logger.getProfileViews(),
  drained: (logger) => logger.drained(),
  processMessages: (logger) => logger.processMessages(),
  close: (logger) => logger.close(),
  dispose: (logger) => logger[Symbol.asyncDispose](),
  send: (logger) => logger.send(new (class Own {})()),
  'send of rows': (logger) =>
    logger.send(new LogMessage(0, { ...to, timestamp: 0, multiple: { columns: ['a'], data: [[9]] } })),
  log: (logger) => logger.log({ a: 9 }, to),
  'log, in sync': (logger) => logger.log({ a: 9 }, { ...to, sync: true }),
  logRaw: (logger) => logger.logRaw(Buffer.from('{}')),
  logNdjson: (logger) => logger.logNdjson(Buffer.from('{"a":9}'), to),
  logEmbeddings: (logger) => logger.logEmbeddings({ a: [9] }, to),
}

/** Ways in which the caller's code comes to run: each logs one row `{ a: 1 }` with `act` in its midst. */
const WAYS = {
  'a getter of a row': (logger, act) => logger.log(evil(act), to),
  'a getter in an array': (logger, act) => logger.log([evil(act)], to),
  'a proxy in the wire form': (logger, act) => {
    const values = new Proxy([1, 2], { get: (target, key) => (key === '1' ? act() : target[key]) })
    return logger.log({ columns: ['a', 'b'], data: [values] }, to)
  },
  'a proxy among columns': (logger, act) => {
    const values = new Proxy([2], { get: (target, key) => (key === '0' ? act() : target[key]) })
    return logger.log(columns({ a: [1], b: values }), to)
  },
  'a getter of the options': (logger, act) =>
    logger.log(
      { a: 1, b: 2 },
      {
        get datasetId() {
          act()
          return 'd'
        },
      },
    ),
}

function evil(act) {
  return {
    a: 1,
    get b() {
      return act()
    },
  }
}

/** Runs `call`; 2, whatever comes of it. What it is refused with goes to `refusals`. */
function trying(call, logger, refusals) {
  return () => {
    try {
      const answer = call(logger)
      if (answer instanceof Promise) answer.catch((error) => refusals.push(error.code))
      else refusals.push(answer)
    } catch (error) {
      refusals.push(error.code)
    }
    return 2
  }
}

for (const [way, log] of Object.entries(WAYS)) {
  for (const [name, call] of Object.entries(CALLS)) {
    test(`${way} is refused ${name}, and the row is kept as it is`, async (t) => {
      const { logger, writer } = memoryLogger(t, { workers: 1 })
      for (let i = 0; i < 5; i++) logger.log({ a: 1000, b: 7 }, to)
      const refusals = []
      assert.equal(log(logger, trying(call, logger, refusals)), true)
      await logger.close()
      assert.deepEqual([...new Set(refusals)], ['ERR_REENTRANT'])
      const summary = writer.items[0].view().column('a').summary()
      assert.equal(summary['counts/n'], 6)
      assert.equal(Math.round(summary['distribution/mean'] * 6), 5001)
      assert.equal(logger.stats().acceptedRows, 6)
    })
  }
}

for (const ending of ['kill', 'terminate']) {
  test(`a ${ending} in a getter waits for the row`, async (t) => {
    const { logger } = memoryLogger(t)
    const during = []
    const act = () => {
      logger[ending]()
      during.push(logger.isAlive())
      return 2
    }
    assert.equal(logger.log(evil(act), to), true)
    assert.deepEqual(during, [true])
    assert.equal(logger.isAlive(), false)
    assert.equal(logger.stats().acceptedRows, 1)
    await logger.join()
    assert.equal(logger.exitCode, ending === 'kill' ? -9 : -15)
  })
}

test('a clock that closes or logs is refused', async (t) => {
  for (const call of [CALLS.close, CALLS.log, CALLS.flush]) {
    let act = null
    const currentTimeFn = () => {
      const run = act
      act = null
      run?.()
      return Date.now()
    }
    const { logger, writer } = memoryLogger(t, { currentTimeFn })
    const refusals = []
    act = trying(call, logger, refusals)
    logger.log({ a: 1 }, to)
    await logger.close()
    assert.deepEqual(refusals, ['ERR_REENTRANT'])
    assert.equal(writer.count('d', 'a'), 1)
  }
})

test('functions of a schema that close or log are refused', async (t) => {
  const refusals = []
  let logger = null
  const act = () => trying(CALLS.close, logger, refusals)() && trying(CALLS.log, logger, refusals)()
  const schema = new DatasetSchema({
    udfs: { b: { columns: ['a'], fn: act } },
    conditions: { a: { odd: () => act() === 2 } },
  })
  const made = memoryLogger(t, { schema })
  logger = made.logger
  logger.log({ a: 1 }, to)
  await logger.close()
  assert.deepEqual([...new Set(refusals)], ['ERR_REENTRANT'])
  assert.equal(made.writer.count('d', 'a'), 1)
})

test('a factory that logs for the dataset it is asked about is refused', async (t) => {
  const writer = new MemoryWriter()
  const refusals = []
  const logger = new ProcessRollingLogger({
    writeSchedule: null,
    writerFactory: {
      createWriters: () => {
        trying(CALLS.log, logger, refusals)()
        trying(CALLS.close, logger, refusals)()
        return [writer]
      },
    },
  })
  logger.start()
  t.after(() => logger.close())
  logger.log({ a: 1 }, to)
  logger.logRaw(Buffer.from(JSON.stringify({ datasetId: 'raw', multiple: { columns: ['a'], data: [[1]] } })))
  await logger.flush()
  assert.deepEqual(refusals, Array(4).fill('ERR_REENTRANT'))
  assert.deepEqual([writer.count('d', 'a'), writer.count('raw', 'a')], [1, 1])
})

test('a logger of one dataset is refused as well, and closes afterwards', async () => {
  const writer = new MemoryWriter()
  const logger = new ThreadRollingLogger({ writers: [writer], writeSchedule: null })
  const refusals = []
  for (const call of [(l) => l.close(), (l) => l.flush(), (l) => l.status(), (l) => l.log({ a: 9 })]) {
    assert.equal(logger.log(evil(trying(call, logger, refusals))), true)
  }
  assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
  assert.deepEqual(refusals, Array(4).fill('ERR_REENTRANT'))
  assert.equal(writer.items[0].view().column('a').summary()['counts/n'], 4)
})
