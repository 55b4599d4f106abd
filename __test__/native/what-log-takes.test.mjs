/** What `log` takes for rows and for options, and what it refuses instead of making one odd row of it. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { columns, DatasetSchema, LogMessage, ThreadRollingLogger } from '../../dist/index.js'
import { MemoryWriter, memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'd' }
const cjs = createRequire(import.meta.url)('../../dist/index.cjs')

function* rows(count) {
  for (let i = 0; i < count; i++) yield { a: i }
}

const iterable = (count) => ({
  [Symbol.iterator]: () => rows(count),
})

const MANY = {
  'a generator': () => rows(3),
  'a set': () => new Set([{ a: 1 }, { a: 2 }, { a: 3 }]),
  'values of a map': () => new Map([...rows(3)].entries()).values(),
  'an object with an iterator': () => iterable(3),
  'an object with an iterator and more': () => ({ size: 3, ...iterable(3) }),
  'a class with an iterator': () =>
    new (class Rows {
      *[Symbol.iterator]() {
        yield* rows(3)
      }
    })(),
}
for (const [what, make] of Object.entries(MANY)) {
  test(`${what} is as many rows as it gives, in one message`, async (t) => {
    for (const schema of [undefined, new DatasetSchema({ udfs: { b: { columns: ['a'], fn: ({ a }) => a } } })]) {
      const { logger, writer } = memoryLogger(t, { schema })
      logger.log({}, to)
      logger.log({ size: 1 }, to)
      logger.log({ other: 1 }, to)
      logger.log(make(), to)
      await logger.log(make(), { ...to, sync: true })
      const { acceptedMessages, acceptedRows } = logger.stats()
      assert.deepEqual([acceptedMessages, acceptedRows], [5, 9])
      await logger.close()
      assert.equal(writer.count('d', 'a'), 6)
      assert.deepEqual([writer.count('d', 'size'), writer.count('d', 'b')], [1, schema ? 6 : 0])
    }
  })
}

test('an iterable without end is read no further than a message may be', async (t) => {
  const { logger } = memoryLogger(t, { limits: { maxMessageBytes: 10_000 } })
  let read = 0
  let isClosed = false
  function* endless() {
    try {
      for (;;) {
        read++
        yield { a: 1 }
      }
    } finally {
      isClosed = true
    }
  }
  assert.throws(() => logger.log(endless(), to), { code: 'ERR_MESSAGE_TOO_LARGE' })
  assert.ok(read < 1000)
  assert.equal(isClosed, true)
  assert.equal(logger.log({ a: 1 }, to), true)
})

test('what an iterable throws, or gives that is no row, refuses the message', async (t) => {
  const { logger } = memoryLogger(t)
  function* broken() {
    yield { a: 1 }
    throw new Error('no more')
  }
  assert.throws(() => logger.log(broken(), to), { code: 'ERR_INVALID_DATA', cause: new Error('no more') })
  assert.throws(() => logger.log(new Set([1, 2]), to), { code: 'ERR_UNSUPPORTED_DATA' })
  assert.throws(() => logger.log([{ a: 1 }, new Map()], to), { code: 'ERR_INVALID_DATA' })
  assert.throws(() => logger.log(new URLSearchParams('a=1'), to), { code: 'ERR_UNSUPPORTED_DATA' })
  function* nested() {
    logger.log({ a: 1 }, to)
    yield { a: 1 }
  }
  assert.throws(() => logger.log(nested(), to), { code: 'ERR_REENTRANT' })
  assert.equal(logger.stats().acceptedRows, 0)
})

test('an iterable of nothing is an empty message', async (t) => {
  const { logger } = memoryLogger(t)
  assert.equal(logger.log(rows(0), to), true)
  assert.deepEqual([logger.stats().acceptedMessages, logger.stats().acceptedRows], [1, 0])
})

const NONE = {
  'an async generator': async function* () {}.call(),
  'an async iterable': { async *[Symbol.asyncIterator]() {} },
  'a stream': Readable.from([{ a: 1 }]),
  'a promise of a row': Promise.resolve({ a: 1 }),
  'a map': new Map([['a', 1]]),
  'a proxy of a map': new Proxy(new Map([['a', 1]]), {}),
  'a proxy of a set': new Proxy(new Set([{ a: 1 }]), {}),
  'a proxy of a date': new Proxy(new Date(), {}),
  'a boxed text': new String('a'),
  bytes: Buffer.from('{"a":1}'),
  'an error': new Error('a'),
  'what pandas splits': { columns: ['a'], index: [0], data: [[1]] },
  'columns of another copy of the package': cjs.columns({ a: [1] }),
  'arrow bytes of another copy of the package': cjs.arrow(new Uint8Array(8)),
  'an object of a class with nothing to log': new URL('https://example.com'),
  'a logger’s own profile': new (class Private {
    #a = 1
    get a() {
      return this.#a
    }
  })(),
}
for (const [what, data] of Object.entries(NONE)) {
  test(`${what} is refused, by every way`, async (t) => {
    const refused = { code: 'ERR_UNSUPPORTED_DATA' }
    const { logger, writer } = memoryLogger(t)
    const udfs = new DatasetSchema({ udfs: { b: { columns: ['a'], fn: () => 1 } } })
    const { logger: looking } = memoryLogger(t, { schema: udfs })
    for (let round = 0; round < 3; round++) {
      assert.throws(() => logger.log(data, to), refused)
      assert.throws(() => looking.log(data, to), refused)
      await assert.rejects(logger.log(data, { ...to, sync: true }), refused)
      logger.log({}, to)
    }
    assert.equal(logger.stats().refusedMessages, 6)
    await logger.close()
    assert.equal(writer.count('d', 'a'), 0)
  })
}

test('rows of a class are rows, and what they inherit is not logged', async (t) => {
  const { logger, writer } = memoryLogger(t)
  class Order {
    price = 1
    get total() {
      return 2
    }
  }
  const inheriting = Object.assign(Object.create({ inherited: 1 }), { price: 1 })
  for (let i = 0; i < 3; i++) {
    logger.log(new Order(), to)
    logger.log(inheriting, to)
    logger.log([new Order(), inheriting], to)
    logger.log(Object.assign(Object.create(null), { price: 1 }), to)
  }
  await logger.close()
  assert.deepEqual(writer.items[0].view().columnNames, ['price'])
  assert.equal(writer.count('d', 'price'), 15)
})

test('keys on Object.prototype are neither columns nor options', async (t) => {
  const schema = new DatasetSchema({ conditions: { extra: { any: () => true } } })
  const { logger, writer } = memoryLogger(t)
  const { logger: looking, writer: looked } = memoryLogger(t, { schema })
  logger.log({ a: 1, extra: 1 }, { datasetId: 'known' })
  const pollution = { extra: 7, datasetId: 'evil', orgId: 'evil', timestampMs: 0, workers: 77 }
  Object.assign(Object.prototype, pollution)
  try {
    for (const target of [logger, looking]) {
      target.log({ a: 1 }, { datasetId: 'd' })
      target.log({ columns: ['a'], data: [[1]] }, { datasetId: 'd' })
      target.log([{ a: 1 }], { datasetId: 'd' })
      target.log(rows(1), { datasetId: 'd' })
      target.log(
        new (class Own {
          a = 1
        })(),
        { datasetId: 'd' },
      )
      target.log(columns({ a: [1] }), { datasetId: 'd' })
      target.logEmbeddings({ a: [1] }, { datasetId: 'd' })
    }
    logger.logNdjson(Buffer.from('{"a":1}'), { datasetId: 'd' })
    logger.log({ a: 1 }, { datasetId: 'known' })
    assert.throws(() => logger.log({ a: 1 }), { code: 'ERR_MISSING_DATASET_ID' })
    const { logger: made } = memoryLogger(t, { workers: 1 })
    made.log({ a: 1 }, { datasetId: 'd' })
    await Promise.all([logger.close(), looking.close(), made.close()])
  } finally {
    for (const key of Object.keys(pollution)) delete Object.prototype[key]
  }
  const ofD = (items) => items.filter(({ datasetId }) => datasetId === 'd')
  for (const items of [writer.items, looked.items]) {
    for (const { datasetId, orgId } of items) assert.deepEqual([datasetId === 'evil', orgId], [false, null])
    for (const item of ofD(items)) assert.deepEqual(item.view().columnNames, ['a'])
  }
  assert.deepEqual([writer.count('d', 'a'), looked.count('d', 'a')], [8, 7])
  const extras = writer.items.filter(({ datasetId }) => datasetId === 'known').map((item) => item.view())
  assert.equal(extras.length, 1)
  assert.equal(writer.count('known', 'extra'), 1)
})

const refused = { code: 'ERR_INVALID_OPTION' }
const WRONG = {
  timestamp: 'timestampMs',
  timestamp_ms: 'timestampMs',
  datasetID: 'datasetId',
  dataset: 'datasetId',
  datsetId: 'datasetId',
  org: 'orgId',
  synch: 'sync',
}
test('an unknown option of log is refused, and the one that was meant is named', async (t) => {
  const { logger } = memoryLogger(t, { defaultDatasetId: 'd' })
  const thread = new ThreadRollingLogger({ writers: [new MemoryWriter()], writeSchedule: null })
  for (const [given, meant] of Object.entries(WRONG)) {
    const message = new RegExp(`did you mean ${meant}\\?`)
    const options = { [given]: 1 }
    assert.throws(() => logger.log({ a: 1 }, options), message)
    assert.throws(() => logger.log([{ a: 1 }], options), message)
    assert.throws(() => logger.log(columns({ a: [1] }), options), message)
    assert.throws(() => logger.logNdjson(Buffer.from('{"a":1}'), options), message)
    assert.throws(() => logger.logRaw(Buffer.from('{}'), options), message)
    assert.throws(() => logger.logEmbeddings({ a: [1] }, options), message)
    await assert.rejects(logger.log({ a: 1 }, { ...options, sync: true }), message)
    await assert.rejects(logger.logRaw(Buffer.from('{}'), { ...options, sync: true }), message)
  }
  assert.throws(() => logger.log({ a: 1 }, { form: 'log' }), refused)
  assert.throws(() => logger.logRaw(Buffer.from('{}'), { timestampColumn: 'a' }), refused)
  assert.throws(() => logger.createWritable({ form: 'log' }), refused)
  assert.throws(() => logger.createWritable({ sync: true }), refused)
  assert.throws(() => thread.log({ a: 1 }, { datasetId: 'd' }), refused)
  assert.throws(() => new ThreadRollingLogger({ writerFactory: {} }), refused)
  assert.throws(() => new LogMessage(0, { ...to, timestamp: 0 }, { synch: true }), refused)
  assert.equal(logger.stats().acceptedMessages, 0)
  await Promise.all([logger.close(), thread.close()])
})

test('what a logger of one dataset refuses counts as refused, also after its end', async () => {
  const logger = new ThreadRollingLogger({ writers: [new MemoryWriter()], writeSchedule: null })
  const refuse = async (...given) => {
    assert.throws(() => logger.log({ a: 1 }, ...given))
    await assert.rejects(logger.log({ a: 1 }, { ...given[0], sync: true }))
  }
  logger.log({ a: 1 })
  await refuse({ datasetId: 'd' })
  await logger.close()
  await refuse()
  const { offeredMessages, acceptedMessages, refusedMessages } = logger.stats()
  assert.deepEqual([offeredMessages, acceptedMessages, refusedMessages], [5, 1, 4])
})

test('a message whose options are none counts as refused', async (t) => {
  const { logger } = memoryLogger(t, { defaultDatasetId: 'd' })
  assert.throws(() => logger.log({ a: 1 }, 5), refused)
  const { offeredMessages, refusedMessages } = logger.stats()
  assert.deepEqual([offeredMessages, refusedMessages], [1, 1])
})

test('with dataset and time given, an unknown option is found within 1,024 calls', async (t) => {
  const { logger } = memoryLogger(t)
  const options = { datasetId: 'd', timestampMs: Date.now(), organisation: 'o' }
  let calls = 0
  assert.throws(() => {
    for (; calls < 2000; calls++) logger.log({ a: 1 }, options)
  }, refused)
  assert.ok(calls < 1024)
})

test('arguments by position, as in Python, are refused', async (t) => {
  const { logger } = memoryLogger(t, { defaultDatasetId: 'd' })
  for (const second of [Date.now(), 'd', true, null]) {
    assert.throws(() => logger.log({ a: 1 }, second), refused)
    assert.throws(() => logger.logNdjson(Buffer.from('{"a":1}'), second), refused)
    assert.throws(() => logger.createWritable(second), refused)
    await assert.rejects(logger.flush(second), refused)
    await assert.rejects(logger.status(second), refused)
    await assert.rejects(logger.drained(second), refused)
  }
  await assert.rejects(logger.getProfileViews({ datasetId: 'd' }), refused)
  assert.equal(logger.stats().acceptedMessages, 0)
})

test('a stream of rows ends by its signal', async (t) => {
  const { logger } = memoryLogger(t)
  const control = new AbortController()
  const source = new Readable({ objectMode: true, read() {} })
  const piped = pipeline(source, logger.createWritable({ ...to, signal: control.signal }))
  source.push({ a: 1 })
  control.abort()
  await assert.rejects(piped, { name: 'AbortError' })
  assert.throws(() => logger.createWritable({ ...to, signal: AbortSignal.abort() }), { name: 'AbortError' })
})
