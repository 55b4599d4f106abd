/** Datasets that are not used for long are let go, with what only they needed. From the sources, where the times are short. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { importTs } from '../support/typescript.mjs'

const { tuning } = await importTs('tuning.ts')
const { ProcessRollingLogger } = await importTs('index.ts')
Object.assign(tuning, { idleTurnMs: 2, idleTurns: 2 })

/** A logger whose datasets have a writer each; `events` is what was done about writers, in order. */
function idleLogger(t, options = {}) {
  const events = []
  let onEvent = () => {}
  const note = (...event) => {
    events.push(event.join(' '))
    onEvent()
  }
  const createWriters = (datasetId) => {
    note('create', datasetId)
    const rows = []
    return [
      {
        write: (item) => void rows.push(item.view().column('a').summary()['counts/n']),
        close: () => note('close', datasetId, rows.join('+')),
      },
    ]
  }
  const logger = new ProcessRollingLogger({
    writerFactory: { createWriters },
    writeSchedule: null,
    syncEnabled: true,
    ...options,
  })
  logger.start()
  // The logger itself keeps no process alive.
  const alive = setInterval(() => {}, 1000)
  t.after(async () => {
    clearInterval(alive)
    await logger.close()
  })
  /** Resolves when `event` has happened so many times. */
  const happened = (event, times = 1) =>
    new Promise((resolve) => {
      onEvent = () => events.filter((name) => name === event).length >= times && resolve()
      onEvent()
    })
  return { logger, events, happened }
}

test('a dataset that is not used is let go once it is written, and its writer is closed', async (t) => {
  const { logger, events, happened } = idleLogger(t)
  logger.log({ a: 1 }, { datasetId: 'orders' })
  await logger.processMessages()
  await setTimeout(50)
  assert.deepEqual(events, ['create orders'], 'its profile is open')
  logger.log({ a: 1 }, { datasetId: 'orders' })
  await logger.flush()
  await happened('close orders 2')
  assert.deepEqual(events, ['create orders', 'close orders 2'])
  logger.log({ a: 1 }, { datasetId: 'orders' })
  await logger.flush()
  await happened('close orders 1')
  assert.deepEqual(events, ['create orders', 'close orders 2', 'create orders', 'close orders 1'])
})

test('a dataset that has something open is kept while another goes', async (t) => {
  const { logger, events, happened } = idleLogger(t)
  logger.log({ a: 1 }, { datasetId: 'idle' })
  logger.log({ a: 1 }, { datasetId: 'busy' })
  await logger.dataset('idle').flush()
  await happened('close idle 1')
  assert.deepEqual(events, ['create idle', 'create busy', 'close idle 1'])
})

test('a writer that serves another dataset as well is not closed', async (t) => {
  let closed = 0
  const shared = { write() {}, close: () => void closed++ }
  const created = []
  const { logger } = idleLogger(t, { writerFactory: { createWriters: (id) => created.push(id) && [shared] } })
  const seldom = () => created.filter((id) => id === 'seldom').length
  // Its profile stays open, so that it is never let go.
  logger.log({ a: 1 }, { datasetId: 'kept' })
  while (seldom() < 3) {
    await logger.log({ a: 1 }, { datasetId: 'seldom', sync: 'written' })
    await setTimeout(20)
  }
  assert.equal(created.filter((id) => id === 'kept').length, 1)
  assert.equal(closed, 0, 'one of its datasets was let go twice')
})

test('bytes for a dataset that was let go are tracked by one that is opened again', async (t) => {
  const { logger, events, happened } = idleLogger(t)
  for (let round = 1; round <= 5; round++) {
    const line = Buffer.from('{"a":1}\n')
    await logger.logNdjson(line, { datasetId: 'orders', sync: true })
    await logger.flush()
    await happened('close orders 1', round)
  }
  assert.equal(events.filter((event) => event === 'create orders').length, 5)
  assert.equal(logger.stats().trackedRows, 5)
})

test('a writer that cannot be closed is told of', async (t) => {
  const fails = () => [{ write() {}, close: () => Promise.reject(new Error('told to fail')) }]
  const { logger } = idleLogger(t, { writerFactory: { createWriters: fails } })
  const warned = new Promise((resolve) => logger.on('warning', resolve))
  logger.log({ a: 1 }, { datasetId: 'orders' })
  await logger.flush()
  const { code, cause } = await warned
  assert.deepEqual([code, cause.message], ['ERR_WRITER', 'told to fail'])
})

test('a handle stays good when its dataset is let go', async (t) => {
  const { logger, events, happened } = idleLogger(t)
  const orders = logger.dataset('orders')
  for (const times of [1, 2]) {
    orders.log({ a: 1 })
    await orders.flush()
    await happened('close orders 1', times)
  }
  assert.deepEqual(events, ['create orders', 'close orders 1', 'create orders', 'close orders 1'])
})

test('of more idle datasets than are kept warm, the others are let go after a flush', async (t) => {
  const { warmDatasets, idleTurnMs } = tuning
  // After the flush alone.
  Object.assign(tuning, { warmDatasets: 3, idleTurnMs: 1e6 })
  t.after(() => Object.assign(tuning, { warmDatasets, idleTurnMs }))
  const { logger, events, happened } = idleLogger(t)
  for (let id = 0; id < 10; id++) logger.log({ a: 1 }, { datasetId: `d${id}` })
  await logger.flush()
  await happened('close d6 1')
  await logger.processMessages()
  const closed = () => events.filter((event) => event.startsWith('close'))
  assert.deepEqual(
    closed(),
    Array.from({ length: 7 }, (_, id) => `close d${id} 1`),
  )
  assert.equal(logger.toJSON().datasets, 3)
  logger.log({ a: 1 }, { datasetId: 'd0' })
  await logger.flush()
  await happened('close d7 1')
  assert.deepEqual(events.slice(-2), ['create d0', 'close d7 1'], 'those go first that were not used since')
})

test('a dataset that a flush is about is not let go before bytes for it are read', async (t) => {
  const { idleTurnMs } = tuning
  // To make room alone.
  Object.assign(tuning, { idleTurnMs: 1e6 })
  t.after(() => Object.assign(tuning, { idleTurnMs }))
  const { logger, events } = idleLogger(t, { workers: 1, limits: { maxDatasets: 2 } })
  logger.log({ a: 1 }, { datasetId: 'orders' })
  await logger.flush()
  // The worker is busy with these meanwhile.
  logger.logNdjson(Buffer.from('{"a":1,"b":"some text"}\n'.repeat(300_000)), { datasetId: 'others' })
  logger.logNdjson(Buffer.from('{"a":1}\n'), { datasetId: 'orders' })
  const flushed = logger.dataset('orders').flush()
  assert.throws(() => logger.log({ a: 1 }, { datasetId: 'third' }), { code: 'ERR_TOO_MANY_DATASETS' })
  assert.deepEqual(await flushed, { written: 1, pending: 0 })
  assert.deepEqual(
    events.filter((event) => event !== 'create others'),
    ['create orders'],
  )
})

test('a dataset that bytes come for alone is used as others are', async (t) => {
  const { idleTurnMs, idleTurns } = tuning
  Object.assign(tuning, { idleTurnMs: 20, idleTurns: 50 })
  t.after(() => Object.assign(tuning, { idleTurnMs, idleTurns }))
  const { logger, events, happened } = idleLogger(t)
  const request = (datasetId) =>
    Buffer.from(JSON.stringify({ datasetId, timestamp: Date.now(), multiple: { columns: ['a'], data: [[1]] } }))
  await logger.logRaw(request('bytes'), { sync: 'written' })
  logger.log({ a: 1 }, { datasetId: 'idle' })
  await logger.flush()
  let isDone = false
  void happened('close idle 1').then(() => {
    isDone = true
  })
  while (!isDone) await logger.logRaw(request('bytes'), { sync: 'written' })
  assert.deepEqual(events, ['create bytes', 'create idle', 'close idle 1'])
})
