/** Organisations and datasets are told apart, whatever they are called; what is empty is none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogMessage, RawPubSubMessage, ThreadRollingLogger, WhyLabsWriterFactory } from '../../dist/index.js'
import { MemoryWriter, memoryLogger } from '../support/logger.mjs'

const json = (value) => Buffer.from(JSON.stringify(value))

test('keys of a status never collide', async (t) => {
  const { logger } = memoryLogger(t)
  const tenants = [
    ['a_b', 'c'],
    ['a', 'b_c'],
    [undefined, 'a_b_c'],
    ['a', 'b~5fc'],
    ['x', 'y'],
    [undefined, 'a~5fb_c'],
    [undefined, '__proto__'],
    ['constructor', 'toString'],
  ]
  for (const [at, [orgId, datasetId]] of tenants.entries()) {
    logger.log({ [`column-${at}`]: 1 }, { orgId, datasetId })
  }
  const { statuses } = await logger.status()
  assert.equal(Object.keys(statuses).length, tenants.length)
  for (const key of ['a_b_c', 'x_y', '__proto__', 'constructor_toString']) assert.ok(Object.hasOwn(statuses, key), key)
  const named = Object.values(statuses).map(({ orgId, datasetId }) => [orgId ?? undefined, datasetId])
  assert.deepEqual(new Set(named.map(String)), new Set(tenants.map(String)))
  for (const [at, [orgId, datasetId]] of tenants.entries()) {
    const views = await logger.getProfileViews(datasetId, orgId)
    assert.deepEqual(
      views.map(({ columnNames }) => columnNames),
      [[`column-${at}`]],
    )
  }
  assert.equal((await logger.getProfileViews()).length, tenants.length)
  assert.equal((await logger.getProfileViews(undefined, 'a')).length, 2)
  assert.equal((await logger.getProfileViews('a_b_c', 'a')).length, 0)
})

const WAYS = {
  log: (logger, orgId) => logger.log({ a: 1 }, { datasetId: 'd', orgId }),
  rows: (logger, orgId) => logger.log([{ a: 1 }], { datasetId: 'd', orgId }),
  'raw bytes': (logger, orgId) => logger.logRaw(request(orgId), { orgId }),
  'raw bytes that name none': (logger, orgId) => logger.logRaw(request(undefined), { orgId }),
  ndjson: (logger, orgId) => logger.logNdjson(Buffer.from('{"a":1}'), { datasetId: 'd', orgId }),
  embeddings: (logger, orgId) => logger.logEmbeddings({ a: [1] }, { datasetId: 'd', orgId }),
  message: (logger, orgId) =>
    logger.send(new LogMessage(0, { datasetId: 'd', orgId, timestamp: 0, multiple: { columns: ['a'], data: [[1]] } })),
  pubSub: (logger, orgId) =>
    logger.send(new RawPubSubMessage(json({ message: { data: request(orgId).toString('base64') } }), 0)),
  dict: (logger, orgId) =>
    logger.processLogEmbeddingsDicts([{ datasetId: 'd', orgId, timestamp: 0, embeddings: { a: [1] } }]),
}

function request(orgId) {
  return json({ datasetId: 'd', orgId, timestamp: 0, multiple: { columns: ['a'], data: [[1]] } })
}

for (const [way, log] of Object.entries(WAYS)) {
  test(`an empty organisation is none, whichever comes first: ${way}`, async (t) => {
    for (const order of [
      ['', undefined],
      [undefined, ''],
    ]) {
      const asked = []
      const writer = new MemoryWriter()
      const writerFactory = { createWriters: (id, org) => asked.push([id, org]) && [writer] }
      const { logger } = memoryLogger(t, { writerFactory })
      for (const orgId of order) log(logger, orgId)
      const { statuses } = await logger.status()
      assert.deepEqual(Object.keys(statuses), ['d'])
      assert.equal((await logger.getProfileViews('d', '')).length, statuses.d.views.length)
      await logger.close()
      assert.deepEqual(asked, [['d', undefined]])
      assert.deepEqual([...new Set(writer.items.map(({ orgId }) => orgId))], [null])
      assert.equal(writer.count('d', 'a'), 2)
    }
  })
}

test('an empty organisation is none to a logger of one dataset, and to WhyLabs', async () => {
  const writer = new MemoryWriter()
  const logger = new ThreadRollingLogger({ writers: [writer], writeSchedule: null, datasetId: '', orgId: '' })
  logger.log({ a: 1 })
  const { datasetId, orgId } = await logger.status()
  assert.deepEqual([datasetId, orgId], ['default', null])
  await logger.close()
  assert.deepEqual([writer.items[0].datasetId, writer.items[0].orgId], ['default', null])
  const factory = new WhyLabsWriterFactory({ apiKey: '0123456789.key', orgId: '' })
  assert.throws(() => factory.createWriters('d', ''), { code: 'ERR_INVALID_OPTION' })
})

test('an empty dataset id is none: the default counts, and without one the row is refused', async (t) => {
  const { logger, writer } = memoryLogger(t, { defaultDatasetId: 'usual' })
  logger.log({ a: 1 }, { datasetId: '' })
  logger.logNdjson(Buffer.from('{"a":1}'), { datasetId: '' })
  logger.logRaw(json({ datasetId: '', multiple: { columns: ['a'], data: [[1]] } }))
  await logger.close()
  assert.equal(writer.count('usual', 'a'), 3)
  const { logger: without } = memoryLogger(t, { defaultDatasetId: '' })
  assert.throws(() => without.log({ a: 1 }, { datasetId: '' }), { code: 'ERR_MISSING_DATASET_ID' })
  assert.throws(() => memoryLogger(t, { defaultDatasetId: 5 }), { code: 'ERR_INVALID_OPTION' })
})

test('a status of nothing names its dataset', async () => {
  const logger = new ThreadRollingLogger({ writeSchedule: null, datasetId: 'd', orgId: 'o' })
  const { datasetId, orgId, views } = await logger.status()
  assert.deepEqual([datasetId, orgId, views], ['d', 'o', []])
  await logger.close()
})
