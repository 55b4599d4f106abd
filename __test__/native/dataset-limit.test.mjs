/** `limits.maxDatasets`: what is refused in each form, that it is told and counted, and that others stay exact. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import {
  arrow,
  BaseProcessRollingLogger,
  columns,
  MemoryWriter,
  ThreadLoggerFactory,
  ThreadRollingLogger,
} from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

const CODE = 'ERR_TOO_MANY_DATASETS'
const json = (value) => Buffer.from(JSON.stringify(value))
const request = (datasetId, body) => json({ datasetId, timestamp: Date.now(), ...body })

/** Two rows each, whose column `a` counts two. */
const forms = {
  rows: (logger, datasetId, options) => logger.log([{ a: 1 }, { a: 2 }], { datasetId, ...options }),
  'the wire form': (logger, datasetId, options) =>
    logger.log({ columns: ['a'], data: [[1], [2]] }, { datasetId, ...options }),
  columns: (logger, datasetId, options) => logger.log(columns({ a: Int32Array.of(1, 2) }), { datasetId, ...options }),
  'an Arrow table': (logger, datasetId, options) =>
    logger.log(tableFromArrays({ a: Int32Array.of(1, 2) }), { datasetId, ...options }),
  'Arrow bytes': (logger, datasetId, options) =>
    logger.log(arrow(tableToIPC(tableFromArrays({ a: Int32Array.of(1, 2) }))), { datasetId, ...options }),
  'lines of JSON': (logger, datasetId, options) =>
    logger.logNdjson(Buffer.from('{"a":1}\n{"a":2}'), { datasetId, ...options }),
  'embeddings as objects': (logger, datasetId, options) =>
    logger.logEmbeddings({ a: [[1], [2]] }, { datasetId, ...options }),
  'a handle': (logger, datasetId, options) => logger.dataset(datasetId).log([{ a: 1 }, { a: 2 }], options),
}

/** The same as bytes that say themselves where they belong: what is wrong with them shows later. */
const rawForms = {
  'a raw request of many rows': (logger, datasetId, options) =>
    logger.logRaw(request(datasetId, { multiple: { columns: ['a'], data: [[1], [2]] } }), options),
  'a raw request of one row': (logger, datasetId, options) =>
    logger.logRaw(request(datasetId, { multiple: { columns: ['a'], data: [[1]] } }), options),
  'raw embeddings': (logger, datasetId, options) =>
    logger.logRaw(request(datasetId, { embeddings: { a: [[1], [2]] } }), { form: 'embeddings', ...options }),
  'an envelope': (logger, datasetId, options) => {
    const data = request(datasetId, { multiple: { columns: ['a'], data: [[1], [2]] } }).toString('base64')
    return logger.logRaw(json({ subscription: 's', message: { data } }), { form: 'pubSub', ...options })
  },
}

/** A logger with room for two datasets, both of which have a row that is not written. */
async function fullLogger(t, options = {}) {
  const made = []
  const { logger, writer } = memoryLogger(t, {
    limits: { maxDatasets: 2 },
    writerFactory: { createWriters: (id) => made.push(id) && [writer] },
    ...options,
  })
  for (const datasetId of ['one', 'two']) await logger.log({ a: 1 }, { datasetId, sync: true })
  return { logger, writer, made }
}

async function assertOthersAreExact(logger, writer, made) {
  for (const datasetId of ['one', 'two']) logger.log({ a: 1 }, { datasetId })
  assert.deepEqual(await logger.flush(), { written: 2, pending: 0 })
  const written = writer.items.map(({ datasetId }) => datasetId)
  assert.deepEqual(written.sort(), ['one', 'two'])
  for (const datasetId of ['one', 'two']) assert.equal(writer.count(datasetId, 'a'), 2)
  assert.deepEqual(made, ['one', 'two'], 'no factory was asked for what is refused')
}

for (const [form, log] of Object.entries(forms)) {
  test(`${form} of one dataset too many are refused until another is idle`, async (t) => {
    const { logger, writer, made } = await fullLogger(t)
    assert.throws(() => log(logger, 'three'), { code: CODE, name: 'TooManyDatasetsError', message: /maxDatasets is 2/ })
    await assert.rejects(log(logger, 'four', { sync: true }), { code: CODE })
    const { offeredMessages, acceptedMessages, refusedMessages } = logger.stats()
    assert.deepEqual([offeredMessages, acceptedMessages, refusedMessages], [4, 2, 2])
    await assertOthersAreExact(logger, writer, made)
    await log(logger, 'three', { sync: 'written' })
    assert.equal(writer.items.filter(({ datasetId }) => datasetId === 'three').length, 1)
    assert.equal(logger.toJSON().datasets, 2)
  })

  test(`${form} of one dataset too many are told by an event, where that is asked for`, async (t) => {
    const { logger, writer, made } = await fullLogger(t, { onInvalid: 'event' })
    const told = []
    logger.on('refused', ({ error, datasetId }) => told.push(`${error.code} ${datasetId}`))
    assert.equal(log(logger, 'three'), false)
    assert.deepEqual(told, [`${CODE} three`])
    await assertOthersAreExact(logger, writer, made)
  })
}

for (const [form, log] of Object.entries(rawForms)) {
  test(`${form} of one dataset too many is rejected until another is idle`, async (t) => {
    const { logger, writer, made } = await fullLogger(t)
    const told = []
    logger.on('rejected', ({ error, datasetId, messages }) => told.push([error.name, error.code, datasetId, messages]))
    assert.equal(log(logger, 'three'), true)
    await logger.processMessages()
    assert.deepEqual(told, [['TooManyDatasetsError', CODE, 'three', 1]])
    await assert.rejects(log(logger, 'four', { sync: true }), { code: CODE })
    const { acceptedMessages, trackedMessages, rejectedMessages, refusedMessages } = logger.stats()
    assert.deepEqual([acceptedMessages, trackedMessages, rejectedMessages, refusedMessages], [4, 2, 2, 0])
    await assertOthersAreExact(logger, writer, made)
    await log(logger, 'three', { sync: 'written' })
    assert.equal(writer.items.filter(({ datasetId }) => datasetId === 'three').length, 1)
  })
}

test('messages of a class that make datasets are refused there, and the batch goes on', async (t) => {
  class Order {
    constructor(id) {
      this.id = id
    }
  }
  const codes = []
  class Orders extends BaseProcessRollingLogger {
    processBatch(batch) {
      for (const { id } of batch) {
        try {
          this.log({ a: 1 }, { datasetId: id })
        } catch ({ code }) {
          codes.push(`${code} ${id}`)
        }
      }
    }
  }
  const { logger, writer } = memoryLogger(t, { Logger: Orders, limits: { maxDatasets: 2 } })
  const sent = ['one', 'two', 'three', 'one', 'four'].map((id) => logger.send(new Order(id), { sync: true }))
  await Promise.all(sent)
  await logger.flush()
  assert.deepEqual(codes, [`${CODE} three`, `${CODE} four`])
  assert.deepEqual(
    ['one', 'two', 'three'].map((id) => writer.count(id, 'a')),
    [2, 1, 0],
  )
  await logger.send(new Order('three'), { sync: true })
  await logger.flush()
  assert.equal(writer.count('three', 'a'), 1, 'its place is that of an idle one')
})

test('a logger of one dataset needs one', async () => {
  const writer = new MemoryWriter()
  const logger = new ThreadRollingLogger({ writers: [writer], datasetId: 'd', limits: { maxDatasets: 1 } })
  for (let round = 0; round < 3; round++) {
    await logger.log({ a: 1 }, { sync: true })
    assert.deepEqual(await logger.flush(), { written: 1, pending: 0 })
  }
  await logger.close()
  assert.equal(writer.of('d').length, 3)
})

test('loggers of a factory are refused rows as their process logger is, and take them when there is room', async (t) => {
  const given = new Map()
  const factory = new ThreadLoggerFactory()
  const loggerFactory = {
    createLogger(datasetId, orgId, options) {
      const logger = factory.createLogger(datasetId, orgId, options)
      given.set(datasetId, logger)
      return logger
    },
  }
  const { logger, writer } = memoryLogger(t, { loggerFactory, limits: { maxDatasets: 1 } })
  logger.log({ a: 1 }, { datasetId: 'one' })
  await logger.flush()
  // One is let go for two.
  logger.log({ a: 1 }, { datasetId: 'two' })
  await assert.rejects(given.get('one').log({ a: 2 }, { sync: true }), { code: CODE })
  await logger.flush()
  await given.get('one').log({ a: 2 }, { sync: true })
  await logger.flush()
  assert.deepEqual([writer.count('one', 'a'), writer.count('two', 'a')], [2, 1])
})

test('a flush of a dataset that there is no room for is refused, and nothing else is', async (t) => {
  const { logger, writer, made } = await fullLogger(t)
  await assert.rejects(logger.dataset('three').flush(), { code: CODE })
  await assertOthersAreExact(logger, writer, made)
})

test('limits.maxDatasets must be a whole number from 1 on', () => {
  for (const maxDatasets of [0, 1.5, '3', Number.NaN]) {
    assert.throws(() => new ThreadRollingLogger({ limits: { maxDatasets } }), {
      code: 'ERR_INVALID_OPTION',
      option: 'limits.maxDatasets',
    })
  }
})
