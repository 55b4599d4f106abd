/** What a logger has of a process: numbers, names, and the ways to wait for its end. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, read } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { BaseProcessRollingLogger, PipeSignaler, ProcessRollingLogger } from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

/** Resolves with the number of bytes read, 0 at the end, once `descriptor` is readable. */
const readable = async (descriptor) => (await promisify(read)(descriptor, Buffer.alloc(1), 0, 1, null)).bytesRead

test('pid, ident and exitCode before, during and after', async () => {
  const logger = new ProcessRollingLogger({ writeSchedule: null })
  assert.deepEqual([logger.pid, logger.ident, logger.exitCode, logger.isAlive()], [null, null, null, false])
  logger.start()
  assert.deepEqual([logger.pid, logger.exitCode, logger.isAlive()], [process.pid, null, true])
  if (process.platform === 'linux') assert.ok(existsSync(`/proc/self/task/${logger.ident}`))
  await logger.close()
  await logger.join()
  assert.deepEqual([logger.pid, logger.exitCode, logger.isAlive()], [process.pid, 0, false])
})

test('terminate and kill have their exit codes', async (t) => {
  for (const [end, code] of [
    ['terminate', -15],
    ['kill', -9],
  ]) {
    const { logger } = memoryLogger(t)
    logger[end]()
    await logger.join()
    assert.deepEqual([logger.exitCode, logger.isAlive(), logger.isDone()], [code, false, true])
  }
})

test('name and authkey tell loggers apart, and can be set', () => {
  const [one, other] = [new ProcessRollingLogger(), new ProcessRollingLogger()]
  assert.match(one.name, /^ProcessRollingLogger-\d+$/)
  assert.notEqual(one.name, other.name)
  assert.equal(one.authkey.length, 32)
  assert.notDeepEqual(one.authkey, other.authkey)
  one.name = 'orders'
  assert.equal(one.name, 'orders')
})

test('the sentinel becomes readable when the threads have ended, not before', async (t) => {
  for (const end of ['close', 'kill', 'terminate']) {
    const { logger } = memoryLogger(t)
    const { sentinel } = logger
    assert.equal(typeof sentinel, 'number')
    assert.equal(logger.sentinel, sentinel)
    let isReadable = false
    const ended = readable(sentinel).then((bytes) => {
      isReadable = true
      return bytes
    })
    await logger.log({ a: 1 }, { datasetId: 'd', sync: true })
    assert.equal(isReadable, false)
    logger[end]()
    assert.equal(await ended, 0)
  }
})

test('a sentinel asked for afterwards is readable at once; before the start there is none', async (t) => {
  assert.throws(() => new ProcessRollingLogger().sentinel, { code: 'ERR_NOT_STARTED' })
  const { logger } = memoryLogger(t)
  await logger.close()
  await logger.join()
  assert.equal(await readable(logger.sentinel), 0)
})

test('join waits no longer than it is told', async (t) => {
  await assert.rejects(new ProcessRollingLogger().join(), { code: 'ERR_NOT_STARTED' })
  const { logger } = memoryLogger(t)
  await logger.join(1)
  assert.equal(logger.isAlive(), true)
  const ended = logger.join()
  await logger.close()
  await ended
  assert.equal(logger.isAlive(), false)
})

test('the close family: closed, handled, done', async (t) => {
  const { logger } = memoryLogger(t)
  assert.deepEqual([logger.isClosed(), logger.closeMessageHandled(), logger.isDone()], [false, false, false])
  const waits = Promise.all([logger.closeMessageWait(), logger.doneWait()])
  const closing = logger.close()
  assert.deepEqual([logger.isClosed(), logger.closeMessageHandled(), logger.isDone()], [true, false, false])
  await closing
  await waits
  assert.deepEqual([logger.isClosed(), logger.closeMessageHandled(), logger.isDone()], [true, true, true])
})

test('setClosed takes no more messages, and what was taken is still written', async (t) => {
  const { logger, writer } = memoryLogger(t)
  logger.log({ a: 1 }, { datasetId: 'd' })
  logger.setClosed()
  assert.equal(logger.isClosed(), true)
  assert.throws(() => logger.log({ a: 1 }, { datasetId: 'd' }), { code: 'ERR_CLOSED' })
  assert.deepEqual(await logger.flush(), { written: 1, pending: 0 })
  await logger.close()
  assert.equal(writer.count('d', 'a'), 1)
})

test('setDone and setCloseMessageHandled let those who wait go on', async (t) => {
  const { logger } = memoryLogger(t)
  logger.setCloseMessageHandled()
  await logger.closeMessageWait()
  logger.setDone()
  await logger.doneWait()
  assert.deepEqual([logger.isDone(), logger.closeMessageHandled(), logger.isAlive()], [true, true, true])
})

test('run starts, and resolves when it has stopped', async () => {
  const logger = new ProcessRollingLogger({ writeSchedule: null })
  const running = logger.run()
  assert.equal(logger.isAlive(), true)
  logger.terminate()
  await running
  assert.equal(logger.exitCode, -15)
})

const dist = new URL('../../dist/index.js', import.meta.url).href

test('a daemon does not keep Node alive; one that is none does until it is closed', () => {
  const script = (daemon) => `
    import { BaseProcessRollingLogger, PipeSignaler, ProcessRollingLogger } from ${JSON.stringify(dist)}
    const logger = new ProcessRollingLogger({ writeSchedule: null })
    logger.daemon = ${daemon}
    logger.start()
    setTimeout(() => { process.stdout.write('closed'); logger.close() }, 50).${daemon ? 'unref' : 'ref'}()
    ${daemon ? '' : 'setTimeout(() => {}, 50).unref()'}`
  const run = (daemon) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script(daemon)], { encoding: 'utf8', timeout: 60_000 })
  assert.deepEqual([run(true).status, run(true).stdout], [0, ''])
  assert.deepEqual([run(false).status, run(false).stdout], [0, 'closed'])
})

test('a time that is an argument is named as one, and an option as one', async () => {
  const logger = new ProcessRollingLogger({ writeSchedule: null })
  logger.start()
  const asArgument = { code: 'ERR_INVALID_OPTION', option: 'timeoutMs', message: /^timeoutMs must be a number/ }
  await assert.rejects(logger.join(-1), asArgument)
  await assert.rejects(new PipeSignaler().join('1'), asArgument)
  await assert.rejects(logger.close({ timeoutMs: -1 }), { option: 'timeoutMs', message: /^options\.timeoutMs must/ })
  await logger.close()
})

test('messages that never end are ended, and those before count', async () => {
  class Own {}
  class OwnLogger extends BaseProcessRollingLogger {
    processBatch() {}
  }
  const options = { writeSchedule: null, queueType: 'MP', queueConfig: { maxQueueMessages: 10 }, onFull: 'drop' }
  const logger = new OwnLogger(options)
  logger.start()
  const one = new Own()
  function* endless() {
    for (;;) yield one
  }
  const message = 'messages must end: it gave 100000, and more were to come'
  assert.throws(() => logger.sendMany(endless()), { code: 'ERR_INVALID_OPTION', option: 'messages', message })
  const { offeredMessages, acceptedMessages, droppedMessages } = logger.stats()
  assert.equal(offeredMessages, 100_000)
  assert.equal(offeredMessages, acceptedMessages + droppedMessages)
  await logger.close()
  assert.throws(() => new PipeSignaler().signalMany(pairs()), { option: 'results' })
  function* pairs() {
    for (;;) yield ['id', null]
  }
})
