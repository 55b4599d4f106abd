/** Columns, keys and datasets that come and go: every value is counted in its own column of its own profile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProfileView } from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

/** By column, n and sum over everything that was written of a dataset. */
function sums(writer, datasetId) {
  const found = {}
  for (const { bytes } of writer.items.filter((item) => item.datasetId === datasetId)) {
    const view = ProfileView.deserialize(bytes)
    for (const name of view.columnNames) {
      const { 'counts/n': n, 'distribution/mean': mean } = view.column(name).summary()
      const [count, sum] = found[name] ?? [0, 0]
      found[name] = [count + n, sum + Math.round(mean * n)]
    }
  }
  return found
}

test('a shape that takes the place of another is counted in its own columns', async (t) => {
  const { logger, writer } = memoryLogger(t, { workers: 1, syncEnabled: true })
  for (const datasetId of ['orders', 'carts']) logger.log({ id: 1, price: 10, qty: 2 }, { datasetId })
  await logger.processMessages()
  // Widens the shape, and so lets go of the one before it.
  logger.log({ id: 1, price: 10, pages: 3 }, { datasetId: 'clicks' })
  await logger.processMessages()
  for (let i = 0; i < 5; i++) {
    for (const datasetId of ['orders', 'carts']) logger.log({ lat: 5, lon: 7, alt: 9, x: 1, y: 2, z: 3 }, { datasetId })
  }
  await logger.close()
  const expected = { id: [1, 1], price: [1, 10], qty: [1, 2], lat: [5, 25], lon: [5, 35], alt: [5, 45] }
  for (const datasetId of ['orders', 'carts']) {
    assert.deepEqual(sums(writer, datasetId), { ...expected, x: [5, 5], y: [5, 10], z: [5, 15] })
  }
  assert.deepEqual(sums(writer, 'clicks'), { id: [1, 1], price: [1, 10], pages: [1, 3] })
})

test('rows stay exact when more buckets are in use than keys are remembered', async (t) => {
  const limits = { bucketWindow: { pastMs: Infinity, futureMs: Infinity } }
  const { logger, writer } = memoryLogger(t, { workers: 2, aggregateBy: 'Second', limits })
  const buckets = 70_000
  const at = (bucket) => Date.UTC(2026, 0, 1) + bucket * 1000
  for (let bucket = 0; bucket < buckets; bucket++) {
    const room = logger.log({ a: bucket }, { datasetId: 'd', timestampMs: at(bucket) })
    // The first one is met again and again, before its key is released and after.
    if (bucket % 1000 === 0) logger.log({ again: 1 }, { datasetId: 'd', timestampMs: at(0) })
    if (!room) await logger.drained()
  }
  assert.deepEqual(await logger.close({ timeoutMs: Infinity }), { written: buckets, pending: 0 })
  assert.equal(new Set(writer.items.map((item) => item.datasetTimestampMs)).size, buckets, 'one profile a bucket')
  const first = writer.items.find((item) => item.datasetTimestampMs === at(0))
  assert.equal(ProfileView.deserialize(first.bytes).column('again').summary()['counts/n'], 70)
})
