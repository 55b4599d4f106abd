/** `limits.maxProfileBytes` holds over open profiles, sealed ones and the copies that writers hold. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { memoryLogger } from '../support/logger.mjs'
import { tellsMemory } from '../support/process-memory.mjs'

const MIB = 2 ** 20
const program = new URL('../soak/segments.mjs', import.meta.url).pathname

test('40,000 segments take little more memory than they may', { skip: tellsMemory ? false : 'no /proc' }, () => {
  const options = ['--segments', '40000', '--mebibytes', '16', '--most', '200', '--json']
  const report = JSON.parse(execFileSync(process.execPath, [program, ...options]))
  assert.equal(report.trackedRows, 40_000)
  assert.equal(report.writtenProfiles, 40_000)
  assert.equal(report.droppedRows + report.lostRows + report.pending, 0)
})

/** Logs rows of datasets of their own until one is refused; gives how many were taken. */
async function fill(logger) {
  for (let dataset = 0; ; dataset++) {
    try {
      logger.log({ a: 1 }, { datasetId: `d${dataset}` })
    } catch (error) {
      assert.equal(error.code, 'ERR_QUEUE_FULL')
      assert.match(error.message, /limits\.maxProfileBytes/)
      return dataset
    }
    if (dataset % 100 === 99) await setImmediate()
  }
}

test('a writer that fails closes the logger to rows until it takes profiles again, and none is lost', async (t) => {
  const { logger, writer } = memoryLogger(t, { limits: { maxProfileBytes: MIB } })
  logger.on('writeFailed', () => {})
  writer.failures = Number.POSITIVE_INFINITY
  const taken = await fill(logger)
  const { acceptedRows, trackedRows, profileBytes } = logger.stats()
  assert.equal(acceptedRows, taken)
  assert.ok(trackedRows <= taken)
  assert.ok(profileBytes > MIB && profileBytes < 16 * MIB, `${profileBytes} bytes`)
  // Whoever asks is answered.
  await logger.status()
  assert.equal(logger.stats().trackedRows, taken)
  writer.failures = 0
  assert.equal((await logger.flush()).pending, 0)
  await logger.drained()
  assert.equal(logger.stats().profileBytes, 0)
  assert.equal(logger.log({ a: 1 }, { datasetId: 'd0' }), true)
  await logger.close()
  for (let dataset = 0; dataset < taken; dataset++) {
    assert.equal(writer.count(`d${dataset}`, 'a'), dataset === 0 ? 2 : 1)
  }
})

test('what JavaScript writers hold counts until they answer', async (t) => {
  const { logger, writer } = memoryLogger(t)
  let open
  writer.gate = new Promise((resolve) => {
    open = resolve
  })
  await logger.log({ a: 'x'.repeat(1000) }, { datasetId: 'd', sync: true })
  const before = logger.stats().profileBytes
  const flushed = logger.flush()
  while (writer.attempts === 0) await setImmediate()
  // Sealed, and a copy of it.
  assert.ok(before > 0 && logger.stats().profileBytes > 0)
  open()
  await flushed
  assert.equal(logger.stats().profileBytes, 0)
})
