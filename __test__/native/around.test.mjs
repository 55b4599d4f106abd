/** What a Node engineer expects around a logger: streams, signals, channels, hosts that freeze, levels of waiting. */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { ProcessRollingLogger, MemoryWriter as ShippedWriter } from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'd' }
const toOrg = { datasetId: 'd', orgId: 'o' }

async function* rows(count) {
  for (let a = 0; a < count; a++) yield { a }
}

test('a pipeline of rows, of lists and of the wire form is tracked when it is done', async (t) => {
  const { logger } = memoryLogger(t)
  await pipeline(rows(5000), logger.createWritable(to))
  await pipeline([[{ a: 1 }, { a: 2 }], { columns: ['a'], data: [[3]] }], logger.createWritable(to))
  assert.equal(logger.stats().trackedRows, 5003)
})

test('a stream waits for room and loses nothing, whatever the queue holds', async (t) => {
  for (const options of [
    { queueConfig: { maxBufferBytes: 20_000 } },
    { queueType: 'MP', queueConfig: { maxQueueMessages: 50 } },
  ]) {
    const { logger } = memoryLogger(t, options)
    await pipeline(Readable.from(rows(3000)), logger.createWritable(to))
    assert.equal(logger.stats().trackedRows, 3000)
  }
})

test('what log throws ends the pipeline', async (t) => {
  const { logger } = memoryLogger(t)
  await assert.rejects(pipeline(['text'], logger.createWritable(to)), { code: 'ERR_UNSUPPORTED_DATA' })
  await logger.close()
  await assert.rejects(pipeline(rows(1), logger.createWritable(to)), { code: 'ERR_CLOSED' })
})

test('waiting can be given up by a signal; what was accepted stays', async (t) => {
  const { logger, writer } = memoryLogger(t)
  writer.gate = new Promise(() => {})
  await logger.log({ a: 1 }, { ...to, sync: true, signal: new AbortController().signal })
  const control = new AbortController()
  const { signal } = control
  const waits = [
    logger.flush({ signal }),
    logger.log({ a: 1 }, { ...to, sync: 'written', signal }),
    logger.close({ signal, timeoutMs: 60_000 }),
  ]
  control.abort(new Error('enough'))
  for (const wait of waits) await assert.rejects(wait, /enough/)
  const gone = AbortSignal.abort(new Error('before'))
  const { logger: other } = memoryLogger(t)
  for (const call of [
    () => other.log({ a: 1 }, { ...to, sync: true, signal: gone }),
    () => other.flush({ signal: gone }),
    () => other.status({ signal: gone }),
    () => other.getProfileViews(undefined, undefined, { signal: gone }),
    () => other.drained({ signal: gone }),
    () => other.processMessages({ signal: gone }),
    () => other.send(new (class Own {})(), { sync: true, signal: gone }),
  ]) {
    await assert.rejects(call, /before/)
  }
  await other.processMessages()
  assert.equal(other.stats().offeredMessages, 0)
  logger.kill()
})

test('sync: written waits for the writers, and for a retry', async (t) => {
  const { logger, writer } = memoryLogger(t)
  writer.failures = 2
  await logger.log({ a: 1 }, { ...to, sync: 'written' })
  assert.equal(writer.count('d', 'a'), 1)
  await assert.rejects(logger.log({ a: 1 }, { ...to, sync: 'durable' }), { code: 'ERR_INVALID_OPTION' })
})

test('events are published on diagnostics_channel with the logger’s name', async (t) => {
  const heard = []
  const listen = (message, name) => heard.push([name, message])
  const names = ['rejected', 'written', 'exit'].map((name) => `rolling-profiles:${name}`)
  for (const name of names) subscribe(name, listen)
  t.after(() => {
    for (const name of names) unsubscribe(name, listen)
  })
  const { logger } = memoryLogger(t)
  logger.name = 'heard'
  logger.log({ a: 1 }, to)
  logger.logRaw(Buffer.from('{'), to)
  await logger.close()
  await logger.join()
  const ours = heard.filter(([, message]) => message.logger === 'heard')
  assert.deepEqual(new Set(ours.map(([name]) => name)), new Set(names))
  assert.equal(ours.find(([name]) => name.endsWith('rejected'))[1].event.error.code, 'ERR_INVALID_DATA')
})

test('a host that freezes processes is given one promise a burst, which settles when it is written', async (t) => {
  const given = []
  const { logger, writer } = memoryLogger(t, { waitUntil: (promise) => given.push(promise) })
  for (let a = 0; a < 10; a++) logger.log({ a }, to)
  assert.equal(given.length, 1)
  await given[0]
  assert.equal(writer.count('d', 'a'), 10)
  logger.log({ a: 1 }, to)
  assert.equal(given.length, 2)
  await logger.close()
  await given[1]
  assert.equal(writer.count('d', 'a'), 11)
})

test('the shipped writer in memory', async () => {
  const writer = new ShippedWriter()
  const logger = new ProcessRollingLogger({ writerFactory: writer, writeSchedule: null })
  logger.start()
  logger.log({ a: 1 }, to)
  logger.log({ a: 1 }, toOrg)
  await logger.close()
  assert.deepEqual([writer.items.length, writer.of('d').length, writer.of('d', 'o').length], [2, 1, 1])
  assert.deepEqual(writer.of('d')[0].view().columnNames, ['a'])
})

test('open profiles can be looked at without syncEnabled', async (t) => {
  const { logger } = memoryLogger(t, { syncEnabled: false })
  logger.log({ a: 1 }, to)
  logger.log({ a: 1, b: 2 }, toOrg)
  assert.deepEqual((await logger.getProfileViews('d'))[0].columnNames, ['a'])
  assert.deepEqual((await logger.getProfileViews('d', 'o'))[0].columnNames, ['a', 'b'])
  assert.equal((await logger.getProfileViews()).length, 2)
  assert.deepEqual(await logger.getProfileViews('none'), [])
})
