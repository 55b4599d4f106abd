/** Handles of one dataset: `logger.dataset`. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { columns, DatasetHandle, DatasetSchema, ProcessRollingLogger } from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

test('everything that is logged through a handle counts for its dataset and organisation', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const orders = logger.dataset('orders', { orgId: 'eu' })
  assert.deepEqual([orders.datasetId, orders.orgId], ['orders', 'eu'])
  assert.equal(orders.log({ a: 1 }), true)
  assert.equal(orders.log([{ a: 2 }, { a: 3 }], { timestampMs: Date.now() }), true)
  assert.equal(orders.log(columns({ a: [4] })), true)
  await orders.log({ a: 5 }, { sync: true })
  assert.equal(orders.logNdjson(Buffer.from('{"a":6}\n')), true)
  await orders.logNdjson(Buffer.from('{"a":7}\n'), { sync: 'tracked' })
  await orders.logEmbeddings({ vector: [[1, 2]] }, { sync: true })
  const stream = orders.createWritable()
  stream.end({ a: 8 })
  await once(stream, 'finish')
  logger.log({ a: 100 }, { datasetId: 'orders' })
  logger.dataset('other').log({ a: 100 })
  await logger.flush()
  const [item, ...more] = writer.items.filter(({ orgId }) => orgId === 'eu')
  assert.deepEqual([item.datasetId, more.length], ['orders', 0])
  const [row] = item.view().toTable()
  assert.deepEqual([row.column, row['counts/n'], row['distribution/max']], ['a', 8, 8])
  assert.deepEqual(item.view().columnNames, ['a', 'vector'])
})

test('flush, status and views are of the dataset alone', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const orders = logger.dataset('orders')
  const users = logger.dataset('users', { orgId: '' })
  assert.equal(users.orgId, null)
  assert.deepEqual(await users.status(), {
    datasetId: 'users',
    orgId: null,
    datasetTimestamps: 0,
    datasetProfiles: 0,
    segmentCaches: 0,
    writers: 1,
    pendingWritables: 0,
    pendingViews: [],
    views: [],
  })
  orders.log({ a: 1 })
  users.log({ b: 1 })
  assert.equal((await orders.status()).datasetTimestamps, 1)
  const views = await users.getProfileViews()
  assert.deepEqual(
    views.map(({ columnNames }) => columnNames),
    [['b']],
  )
  assert.deepEqual(await orders.flush(), { written: 1, pending: 0 })
  assert.deepEqual(
    writer.items.map(({ datasetId }) => datasetId),
    ['orders'],
  )
  await assert.rejects(orders.flush({ signal: AbortSignal.abort(new Error('too late')) }), /too late/)
  const { logger: closed } = memoryLogger(t, { syncEnabled: false })
  await assert.rejects(closed.dataset('d').status(), { code: 'ERR_SYNC_DISABLED' })
  assert.deepEqual(await closed.dataset('d').getProfileViews(), [])
  const { logger: disabled } = memoryLogger(t, { enabled: false })
  assert.equal((await disabled.dataset('d').status()).datasetId, 'd')
})

test('a handle may be made before the start, and refuses rows as its logger does', async () => {
  const logger = new ProcessRollingLogger({ writeSchedule: null, writerFactory: { createWriters: () => [] } })
  const orders = logger.dataset('orders')
  assert.ok(orders instanceof DatasetHandle)
  assert.throws(() => orders.log({ a: 1 }), { code: 'ERR_NOT_STARTED' })
  logger.start()
  assert.equal(orders.log({ a: 1 }), true)
  assert.throws(() => orders.log(5), { code: 'ERR_UNSUPPORTED_DATA' })
  await assert.rejects(orders.log({ a: 1 }, { sync: true }), { code: 'ERR_SYNC_DISABLED' })
  await logger.close()
  assert.throws(() => orders.log({ a: 1 }), { code: 'ERR_CLOSED' })
  await assert.rejects(orders.flush(), { code: 'ERR_CLOSED' })
  const { offeredMessages, acceptedMessages, refusedMessages } = logger.stats()
  assert.deepEqual([offeredMessages, acceptedMessages, refusedMessages], [5, 1, 4])
})

test('names that are none, and options that name a dataset again, are refused', async (t) => {
  const { logger } = memoryLogger(t)
  for (const name of [undefined, null, '', 5, Symbol('name'), {}]) {
    assert.throws(() => logger.dataset(name), { code: 'ERR_INVALID_OPTION' })
  }
  assert.throws(() => logger.dataset('d', { orgId: 5 }), { code: 'ERR_INVALID_OPTION' })
  assert.throws(() => logger.dataset('d', { orgID: 'o' }), /did you mean orgId\?/)
  assert.throws(() => logger.dataset('d', 'o'), { code: 'ERR_INVALID_OPTION' })
  const orders = logger.dataset('orders')
  for (const options of [{ datasetId: 'other' }, { orgId: 'o' }, { timestamp: 0 }, 'other', null]) {
    assert.throws(() => orders.log({ a: 1 }, options), { code: 'ERR_INVALID_OPTION' })
    assert.throws(() => orders.logNdjson(Buffer.from('{}\n'), options), { code: 'ERR_INVALID_OPTION' })
    assert.throws(() => orders.logEmbeddings({ a: [1] }, options), { code: 'ERR_INVALID_OPTION' })
  }
  await assert.rejects(orders.log({ a: 1 }, { datasetId: 'other', sync: true }), { code: 'ERR_INVALID_OPTION' })
  assert.throws(() => orders.createWritable({ datasetId: 'other' }), { code: 'ERR_INVALID_OPTION' })
  const { offeredMessages, refusedMessages } = logger.stats()
  assert.deepEqual([offeredMessages, refusedMessages], [16, 16])
})

test('what a handle refuses is told with its dataset, where callers are not thrown at', async (t) => {
  const { logger } = memoryLogger(t, { onInvalid: 'event' })
  const told = []
  logger.on('refused', ({ datasetId, orgId, error }) => told.push([datasetId, orgId, error.code]))
  const orders = logger.dataset('orders', { orgId: 'eu' })
  assert.equal(orders.log(5), false)
  assert.equal(orders.log({ a: 1 }, { datasetId: 'other' }), false)
  assert.equal(orders.logNdjson(Buffer.from('{}\n'), 5), false)
  await logger.close()
  assert.equal(orders.log({ a: 1 }), false)
  assert.deepEqual(told, [
    ['orders', 'eu', 'ERR_UNSUPPORTED_DATA'],
    ['orders', 'eu', 'ERR_INVALID_OPTION'],
    ['orders', 'eu', 'ERR_INVALID_OPTION'],
    ['orders', 'eu', 'ERR_CLOSED'],
  ])
})

test('a method that a subclass has of its own gets what is logged through a handle', async (t) => {
  class Stamping extends ProcessRollingLogger {
    log(data, options) {
      return super.log({ ...data, host: 'h' }, options)
    }
  }
  const { logger, writer } = memoryLogger(t, { Logger: Stamping })
  logger.dataset('orders').log({ a: 1 })
  await logger.flush()
  assert.deepEqual(writer.items[0].view().columnNames, ['a', 'host'])
})

test('a handle of a dataset with functions of its own takes rows', async (t) => {
  const schema = new DatasetSchema({ udfs: { twice: { columns: ['a'], fn: ({ a }) => a * 2 } } })
  const { logger, writer } = memoryLogger(t, { schema })
  const orders = logger.dataset('orders')
  orders.log({ a: 1 })
  await orders.flush()
  assert.equal(writer.items[0].view().column('twice').summary()['distribution/max'], 2)
})
