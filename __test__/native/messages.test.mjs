/** Messages by `send` and by the `process…` methods: each kind does what it says, in order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BaseProcessRollingLogger,
  CloseMessage,
  FlushMessage,
  LogMessage,
  ProcessStatusMessage,
  ProfileView,
  RawLogEmbeddingsMessage,
  RawLogMessage,
  RawPubSubEmbeddingMessage,
  RawPubSubMessage,
} from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'

const DAY = Date.UTC(2024, 1, 29)
const dict = (more = {}) => ({
  datasetId: 'd',
  timestamp: null,
  multiple: { columns: ['a'], data: [[1], [2]] },
  ...more,
})
const embeddings = { datasetId: 'd', timestamp: DAY, embeddings: { e: [[1, 2]] } }
const json = (value) => Buffer.from(JSON.stringify(value))
const envelope = (value) => json({ subscription: 's', message: { data: json(value).toString('base64') } })

/** What the profiles of `d` on that day count in a column, by summary key. */
async function counted(logger, writer, column, key = 'counts/n') {
  await logger.flush()
  const items = writer.items.filter((item) => item.datasetId === 'd' && item.datasetTimestampMs === DAY)
  const rows = items.flatMap((item) => item.view().toTable()).filter((row) => row.column === column)
  return rows.reduce((sum, row) => sum + row[key], 0)
}

const KINDS = [
  ['processLogMessages', new LogMessage(DAY, dict()), 'a', 2],
  ['processRawLogDicts', new RawLogMessage(json(dict()), DAY), 'a', 2],
  ['processPubsub', new RawPubSubMessage(envelope(dict()), DAY), 'a', 2],
  ['processLogEmbeddingsMessages', new RawLogEmbeddingsMessage(json(embeddings), 0), 'e', 1],
  ['processPubsubEmbedding', new RawPubSubEmbeddingMessage(envelope(embeddings), 0), 'e', 1],
]
for (const [method, message, column, rows] of KINDS) {
  test(`${message.constructor.name}: by send, by ${method} and by processBatch`, async (t) => {
    const { logger, writer } = memoryLogger(t)
    assert.equal(logger.send(message), true)
    assert.equal(logger[method]([message, message]), true)
    await logger.processBatch([message], message.constructor)
    assert.equal(await counted(logger, writer, column), rows * 4)
  })
}

test('dictionaries, of rows and of embeddings', async (t) => {
  const { logger, writer } = memoryLogger(t)
  logger.processLogDicts([dict({ timestamp: DAY }), dict({ timestamp: DAY, orgId: null })])
  logger.processLogEmbeddingsDicts([embeddings])
  assert.equal(await counted(logger, writer, 'a'), 4)
  assert.equal(await counted(logger, writer, 'e', 'types/tensor'), 1)
})

test('the organisation of a message counts, and its own time before the request’s', async (t) => {
  const { logger } = memoryLogger(t)
  logger.send(new LogMessage(0, dict({ orgId: 'o', timestamp: DAY })))
  logger.send(new RawLogMessage(json(dict({ orgId: 'o', timestamp: DAY })), 0))
  const { statuses } = await logger.status()
  assert.deepEqual(Object.keys(statuses), ['o_d'])
  const [view] = await logger.getProfileViews('d', 'o')
  assert.equal(view.datasetTimestamp.getTime(), DAY)
})

test('messages with sync are signalled by their id, for better or worse', async (t) => {
  const { logger } = memoryLogger(t)
  const good = new LogMessage(DAY, dict(), { sync: true })
  const bad = new RawLogMessage(Buffer.from('{'), DAY, { id: 'bad', sync: true })
  const wrong = new LogMessage(DAY, dict({ multiple: { columns: ['a'], data: [[1, 2]] } }), { sync: true })
  const answers = [good, bad, wrong].map(({ id }) => logger.pipeSignaler.register(id))
  logger.sendMany([good, bad, wrong])
  const outcomes = await Promise.allSettled(answers)
  assert.deepEqual(
    outcomes.map(({ status, reason }) => [status, reason?.code]),
    [
      ['fulfilled', undefined],
      ['rejected', 'ERR_INVALID_DATA'],
      ['rejected', 'ERR_INVALID_DATA'],
    ],
  )
  assert.equal(logger.stats().trackedRows, 2)
})

test('a status message shows at least what was sent before it', async (t) => {
  const { logger } = memoryLogger(t)
  const question = new ProcessStatusMessage()
  const answer = logger.pipeSignaler.register(question.id)
  logger.sendMany([new LogMessage(DAY, dict()), question])
  const { statuses } = await answer
  assert.equal(ProfileView.deserialize(statuses.d.views[0]).column('a').summary()['counts/n'], 2)
  const { logger: without } = memoryLogger(t, { syncEnabled: false })
  assert.equal(without.pipeSignaler, null)
  assert.throws(() => without.send(new ProcessStatusMessage()), { code: 'ERR_SYNC_DISABLED' })
})

test('flush and close messages', async (t) => {
  const { logger, writer } = memoryLogger(t)
  await logger.send(new FlushMessage(), { sync: true })
  logger.sendMany([new LogMessage(DAY, dict()), new FlushMessage()])
  assert.equal((await logger.processFlushMessage()).pending, 0)
  assert.equal(writer.count('d', 'a'), 2)
  logger.sendMany([new LogMessage(DAY, dict()), new CloseMessage()])
  assert.throws(() => logger.send(new LogMessage(DAY, dict())), { code: 'ERR_CLOSED' })
  assert.deepEqual(await logger.processCloseMessage(), { written: 1, pending: 0 })
  assert.equal(writer.count('d', 'a'), 4)
})

test('what is no message is refused', (t) => {
  const { logger } = memoryLogger(t)
  for (const nothing of [null, undefined, 'text', 5]) {
    assert.throws(() => logger.send(nothing), { code: 'ERR_INVALID_OPTION' })
  }
})

class Note {
  constructor(text) {
    this.text = text
  }
}
class Mark {}

/** A logger that notes what is processed, and what was tracked by then. */
function extended(t, { process = () => {}, ...options } = {}) {
  const seen = []
  class Extended extends BaseProcessRollingLogger {
    async processBatch(batch, type) {
      seen.push({ type, texts: batch.map(({ text }) => text), rows: this.stats().trackedRows })
      await process(batch, type, this)
    }
  }
  const { logger, writer } = memoryLogger(t, { ...options, Logger: Extended })
  return { logger, writer, seen }
}

test('one’s own messages come in runs of a class, each after everything before it and before anything after', async (t) => {
  const { logger, seen } = extended(t)
  const to = { datasetId: 'd' }
  logger.log({ a: 1 }, to)
  logger.sendMany([new Note('1'), new Note('2'), new Mark()])
  logger.log([{ a: 2 }, { a: 3 }], to)
  logger.logNdjson(Buffer.from('{"a":4}\n'), to)
  logger.send(new Note('3'))
  const late = logger.log({ a: 5 }, { ...to, sync: true })
  await logger.processMessages()
  await late
  assert.deepEqual(seen, [
    { type: Note, texts: ['1', '2'], rows: 1 },
    { type: Mark, texts: [undefined], rows: 1 },
    { type: Note, texts: ['3'], rows: 4 },
  ])
  const { offeredMessages, acceptedMessages, trackedMessages, trackedRows } = logger.stats()
  assert.deepEqual([offeredMessages, acceptedMessages, trackedMessages, trackedRows], [8, 8, 8, 5])
})

test('a batch that fails rejects its messages and nothing else', async (t) => {
  const process = (batch) => {
    if (batch.some(({ text }) => text === 'bad')) throw new Error('not this one')
  }
  const { logger } = extended(t, { process })
  const rejected = []
  logger.on('rejected', (event) => rejected.push(event))
  logger.send(new Note('bad'))
  logger.send(new Mark())
  const bad = logger.send(new Note('bad'), { sync: true })
  logger.log({ a: 1 }, { datasetId: 'd' })
  await assert.rejects(bad, (error) => error.code === 'ERR_PROCESS_BATCH' && /not this one/.test(error.cause.message))
  await logger.send(new Mark(), { sync: true })
  assert.deepEqual(
    rejected.map(({ error, messages, rows }) => [error.code, messages, rows]),
    [
      ['ERR_PROCESS_BATCH', 1, 0],
      ['ERR_PROCESS_BATCH', 1, 0],
    ],
  )
  const { trackedMessages, rejectedMessages, trackedRows } = logger.stats()
  assert.deepEqual([trackedMessages, rejectedMessages, trackedRows], [3, 2, 1])
})

test('messages that no class of the logger knows are rejected', async (t) => {
  const { logger } = memoryLogger(t)
  await assert.rejects(logger.send(new Note('x'), { sync: true }), { code: 'ERR_PROCESS_BATCH' })
})

test('rows may be logged while a batch is processed; waiting for what comes after it is refused', async (t) => {
  const codes = []
  const process = async (_batch, _type, logger) => {
    logger.log({ a: 1 }, { datasetId: 'd' })
    for (const wait of [
      () => logger.log({ a: 1 }, { datasetId: 'd', sync: true }),
      () => logger.flush(),
      () => logger.status(),
      () => logger.drained(),
      () => logger.processMessages(),
    ]) {
      await wait().catch((error) => codes.push(error.code))
    }
  }
  const { logger, writer } = extended(t, { process })
  await logger.send(new Note('x'), { sync: true })
  await logger.flush()
  assert.deepEqual(codes, Array(5).fill('ERR_REENTRANT'))
  assert.equal(writer.count('d', 'a'), 1)
})

test('maxBatchSize bounds a batch, and they are charged like others', async (t) => {
  const { logger, seen } = extended(t, { queueConfig: { maxBatchSize: 3, maxBufferBytes: 256 * 10 } })
  for (let i = 0; i < 10; i++) logger.send(new Note(`${i}`))
  assert.throws(() => logger.send(new Note('too much')), { code: 'ERR_QUEUE_FULL' })
  await assert.rejects(logger.send(new Note('too much'), { sync: true }), { code: 'ERR_QUEUE_FULL' })
  await logger.processMessages()
  assert.deepEqual(
    seen.map(({ texts }) => texts.length),
    [3, 3, 3, 1],
  )
})

test('a kill gives up what is held back, a close does not', async (t) => {
  let release
  const gate = new Promise((resolve) => {
    release = resolve
  })
  const { logger } = extended(t, { process: () => gate })
  const first = logger.send(new Note('1'), { sync: true })
  const second = logger.send(new Mark(), { sync: true })
  const flushed = logger.flush()
  first.catch(() => {})
  await new Promise(setImmediate)
  logger.kill()
  await assert.rejects(second, { code: 'ERR_NOT_ALIVE' })
  await assert.rejects(flushed, { code: 'ERR_NOT_ALIVE' })
  release()
  const { logger: closing, seen, writer } = extended(t)
  closing.log({ a: 1 }, { datasetId: 'd' })
  closing.send(new Note('last'))
  closing.log({ a: 1 }, { datasetId: 'd' })
  assert.deepEqual(await closing.close(), { written: 1, pending: 0 })
  assert.deepEqual([seen.length, writer.count('d', 'a')], [1, 2])
})

test('a close by a message is waited for', async (t) => {
  const { logger, writer } = memoryLogger(t)
  logger.send(new LogMessage(DAY, dict()))
  await logger.send(new CloseMessage(), { sync: true })
  assert.equal(writer.count('d', 'a'), 2)
})

test('what is no message, and unknown options, are refused with and without sync', async (t) => {
  const { logger } = memoryLogger(t)
  for (const nothing of [null, 5, Object.create(null)]) {
    assert.throws(() => logger.send(nothing), { code: 'ERR_INVALID_OPTION' })
    await assert.rejects(logger.send(nothing, { sync: true }), { code: 'ERR_INVALID_OPTION' })
  }
  assert.throws(() => logger.send(new LogMessage(DAY, dict()), { synch: true }), /did you mean sync\?/)
  assert.throws(() => logger.send(new LogMessage(DAY, dict()), null), { code: 'ERR_INVALID_OPTION' })
  const { offeredMessages, refusedMessages } = logger.stats()
  assert.deepEqual([offeredMessages, refusedMessages], [8, 8])
})

test('what a batch logs is accepted and written, though a close was called since', async (t) => {
  const process = async ([{ text }], _type, logger) => {
    await new Promise(setImmediate)
    logger.log({ a: 1 }, { datasetId: 'd' })
    logger.log([{ a: 2 }, { a: 3 }], { datasetId: 'd' })
    logger.logNdjson(Buffer.from('{"a":4}\n'), { datasetId: 'd' })
    if (text === 'first') assert.throws(() => logger.send(new Note('more')), { code: 'ERR_CLOSED' })
  }
  for (const end of [(logger) => logger.close(), (logger) => logger.setClosed() ?? logger.close()]) {
    const { logger, writer } = extended(t, { process })
    const rejected = []
    logger.on('rejected', ({ error }) => rejected.push(error))
    logger.log({ a: 0 }, { datasetId: 'd' })
    logger.sendMany([new Note('first'), new Mark(), new Note('last')])
    const closing = end(logger)
    assert.throws(() => logger.log({ a: 9 }, { datasetId: 'd' }), { code: 'ERR_CLOSED' })
    assert.deepEqual(await closing, { written: 1, pending: 0 })
    assert.deepEqual(rejected, [])
    assert.equal(writer.count('d', 'a'), 13)
    const { acceptedRows, trackedRows, acceptedMessages, trackedMessages } = logger.stats()
    assert.deepEqual([acceptedRows, trackedRows, acceptedMessages - trackedMessages], [13, 13, 0])
  }
})

test('what a batch left running logs after its end is refused once the logger is closing', async (t) => {
  let release
  const gate = new Promise((resolve) => (release = resolve))
  const late = []
  const process = (_batch, _type, logger) => {
    late.push(gate.then(() => logger.log({ a: 1 }, { datasetId: 'd' })))
  }
  const { logger } = extended(t, { process })
  await logger.send(new Note('x'), { sync: true })
  const closing = logger.close()
  release()
  await assert.rejects(late[0], { code: 'ERR_CLOSED' })
  await closing
})

test('waiting for a message that is sent inside of a batch is refused', async (t) => {
  const codes = []
  const process = async ([{ text }], _type, logger) => {
    if (text === 'outer') await logger.send(new Note('inner'), { sync: true }).catch(({ code }) => codes.push(code))
  }
  const { logger } = extended(t, { process })
  await logger.send(new Note('outer'), { sync: true })
  assert.deepEqual(codes, ['ERR_REENTRANT'])
})

/** A logger whose built-in methods note what they are given, and hand it on. */
function overriding(t, ...methods) {
  const seen = []
  class Overriding extends BaseProcessRollingLogger {
    processBatch(batch, type) {
      seen.push([type.name, batch.length])
    }
  }
  for (const method of methods) {
    Overriding.prototype[method] = function (messages) {
      seen.push([method, messages.length, this.stats().trackedRows])
      return BaseProcessRollingLogger.prototype[method].call(this, messages)
    }
  }
  return { ...memoryLogger(t, { Logger: Overriding }), seen }
}

test('a built-in method that a class has of its own gets its messages, in order with all others', async (t) => {
  const { logger, writer, seen } = overriding(t, 'processLogMessages', 'processRawLogDicts')
  logger.log({ a: 0 }, { datasetId: 'd', timestampMs: DAY })
  logger.sendMany([new LogMessage(DAY, dict()), new LogMessage(DAY, dict()), new Note('x')])
  logger.send(new RawLogMessage(json(dict()), DAY))
  logger.send(new RawPubSubMessage(envelope(dict()), DAY))
  await logger.processMessages()
  assert.deepEqual(seen, [
    ['processLogMessages', 2, 1],
    ['Note', 1],
    ['processRawLogDicts', 1, seen[2][2]],
  ])
  assert.equal(await counted(logger, writer, 'a'), 9)
})

test('messages with sync reach their promise through a method of one’s own', async (t) => {
  const { logger } = overriding(t, 'processLogMessages', 'processStatusMessage')
  const good = new LogMessage(DAY, dict(), { sync: true })
  const wrong = new LogMessage(DAY, dict({ multiple: { columns: ['a'], data: [[1, 2]] } }), { sync: true })
  const question = new ProcessStatusMessage()
  const answers = [good, wrong, question].map(({ id }) => logger.pipeSignaler.register(id))
  logger.sendMany([good, wrong, question])
  const [tracked, refused, status] = await Promise.allSettled(answers)
  assert.deepEqual([tracked.status, refused.reason?.code], ['fulfilled', 'ERR_INVALID_DATA'])
  assert.deepEqual(Object.keys(status.value.statuses), ['d'])
  await logger.send(new LogMessage(DAY, dict()), { sync: true })
  assert.equal(logger.stats().trackedRows, 4, 'tracked, not only processed')
})

test('flush and close messages pass through methods of one’s own', async (t) => {
  const { logger, writer, seen } = overriding(t, 'processFlushMessage', 'processCloseMessage')
  logger.send(new LogMessage(DAY, dict()))
  await logger.send(new FlushMessage(), { sync: true })
  assert.equal(writer.count('d', 'a'), 2)
  logger.send(new LogMessage(DAY, dict()))
  await logger.send(new CloseMessage(), { sync: true })
  assert.equal(writer.count('d', 'a'), 4)
  assert.deepEqual(
    seen.map(([name]) => name),
    ['processFlushMessage', 'processCloseMessage'],
  )
  assert.equal(logger.exitCode, 0)
})

test('what a method of one’s own throws rejects its messages alone', async (t) => {
  class Failing extends BaseProcessRollingLogger {
    processLogMessages() {
      throw new Error('not these')
    }
  }
  const { logger, writer } = memoryLogger(t, { Logger: Failing })
  await assert.rejects(logger.send(new LogMessage(DAY, dict()), { sync: true }), { code: 'ERR_PROCESS_BATCH' })
  logger.send(new RawLogMessage(json(dict()), DAY))
  assert.equal(await counted(logger, writer, 'a'), 2)
})

test('what is waited for right before a close resolves, with and without messages of a class of one’s own', async (t) => {
  class Note {}
  class Notes extends BaseProcessRollingLogger {
    processBatch() {}
  }
  for (let time = 0; time < 20; time++) {
    const { logger } = memoryLogger(t, { Logger: Notes })
    if (time % 2 === 1) logger.send(new Note())
    const waits = [logger.processMessages(), logger.drained()]
    const closed = logger.close()
    await Promise.all(waits)
    assert.equal((await closed).pending, 0)
  }
})
