/** No failure is silent: what nobody listens for is a warning of the process, once a kind. */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { test } from 'node:test'
import { memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'd' }

/** Warnings of this package from now on; `next` waits for one with that code. */
function warnings(t) {
  const seen = []
  const waiting = []
  const listen = (warning) => {
    if (warning.name !== 'RollingProfilesWarning') return
    seen.push(warning)
    for (const check of waiting) check()
  }
  process.on('warning', listen)
  t.after(() => process.off('warning', listen))
  const next = (code) =>
    new Promise((resolve) => {
      const check = () => {
        const found = seen.find((warning) => warning.code === code)
        if (found) resolve(found)
      }
      waiting.push(check)
      check()
    })
  return { seen, next, codes: () => seen.map(({ code }) => code) }
}

test('rejected messages are told of once', async (t) => {
  const told = warnings(t)
  const { logger } = memoryLogger(t)
  for (let i = 0; i < 3; i++) {
    logger.logRaw(Buffer.from('{'), to)
    await logger.processMessages()
  }
  const warning = await told.next('ERR_INVALID_DATA')
  assert.match(warning.message, /\. Listen for the event 'rejected'/)
  logger.send(new (class Own {})())
  await told.next('ERR_PROCESS_BATCH')
  await logger.close()
  assert.deepEqual(told.codes(), ['ERR_INVALID_DATA', 'ERR_PROCESS_BATCH'])
})

test('refused messages are told of once, where callers are not thrown at', async (t) => {
  const told = warnings(t)
  const { logger } = memoryLogger(t, { onInvalid: 'event' })
  for (let i = 0; i < 3; i++) logger.log(5, to)
  assert.match((await told.next('ERR_UNSUPPORTED_DATA')).message, /\. Listen for the event 'refused'/)
  await logger.close()
  for (let i = 0; i < 3; i++) logger.log({ a: 1 }, to)
  await told.next('ERR_CLOSED')
  assert.deepEqual(told.codes(), ['ERR_UNSUPPORTED_DATA', 'ERR_CLOSED'])
  const { logger: heard } = memoryLogger(t, { onInvalid: 'event' })
  heard.on('refused', () => {})
  heard.log({ a: Symbol('s') }, to)
  await heard.close()
  assert.equal(told.seen.length, 2)
})

test('failing writes are told of', async (t) => {
  const told = warnings(t)
  const { logger, writer } = memoryLogger(t)
  writer.failures = 1
  logger.log({ a: 1 }, to)
  await logger.flush()
  assert.match((await told.next('ERR_WRITER')).message, /It is tried again\./)
})

test('dropped messages are told of, by the event or the process', async (t) => {
  const told = warnings(t)
  const options = { onFull: 'drop', queueConfig: { maxBufferBytes: 10_000 } }
  const { logger } = memoryLogger(t, options)
  const fill = (target) => {
    while (target.stats().droppedMessages < 2) target.log({ a: 1, b: 'text' }, to)
  }
  fill(logger)
  assert.match((await told.next('ERR_QUEUE_FULL')).message, /droppedMessages/)
  const { logger: heard } = memoryLogger(t, options)
  const events = []
  const heardOne = new Promise((resolve) => heard.on('warning', (event) => resolve(events.push(event))))
  fill(heard)
  await heardOne
  assert.deepEqual(
    events.map(({ code }) => code),
    ['ERR_QUEUE_FULL'],
  )
  assert.deepEqual(told.codes(), ['ERR_QUEUE_FULL'])
})

test('who listens, to the logger or to the channel, is told and nobody else', async (t) => {
  const told = warnings(t)
  const { logger } = memoryLogger(t)
  const rejected = new Promise((resolve) => logger.on('rejected', resolve))
  logger.logRaw(Buffer.from('{'), to)
  const [event] = await Promise.all([rejected, logger.processMessages()])
  assert.equal(event.error.code, 'ERR_INVALID_DATA')
  const { logger: watched } = memoryLogger(t)
  const listen = () => {}
  subscribe('rolling-profiles:rejected', listen)
  t.after(() => unsubscribe('rolling-profiles:rejected', listen))
  watched.logRaw(Buffer.from('{'), to)
  await watched.processMessages()
  await Promise.all([logger.close(), watched.close()])
  assert.deepEqual(told.codes(), [])
})

test('what is far from now is told of', async (t) => {
  const told = warnings(t)
  const { logger } = memoryLogger(t)
  logger.log({ a: 1 }, { ...to, timestampMs: 1_700_000_000 })
  assert.match((await told.next('ERR_BUCKET_WINDOW')).message, /milliseconds since the epoch\. Listen/)
})
