/** Writers of the user's own: what counts as a failure, and what a writer may do to the logger. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { ProcessRollingLogger } from '../../dist/index.js'

const throwing = (value) => () => {
  throw value
}

/** A logger whose one writer does this. */
function loggerOf(t, write, options = {}) {
  const logger = new ProcessRollingLogger({
    writerFactory: { createWriters: () => [{ name: 'own', write }] },
    writeSchedule: null,
    flushOnExit: false,
    syncEnabled: true,
    workers: 1,
    ...options,
  })
  logger.start()
  t.after(() => logger.kill())
  return logger
}

const FAILURES = {
  'an error': [throwing(new Error('no')), 'no'],
  'an error without a message': [throwing(new Error('')), 'Error'],
  'a message that is undefined': [throwing(Object.assign(new Error('x'), { message: undefined })), 'Error'],
  'a message that is null': [throwing(Object.assign(new Error('x'), { message: null })), 'Error: null'],
  'a message that is a number': [throwing(Object.assign(new Error('x'), { message: 7 })), 'Error: 7'],
  'a message that is an object': [
    throwing(Object.assign(new Error('x'), { message: { code: 5 } })),
    'Error: [object Object]',
  ],
  'a message that throws': [
    throwing(Object.defineProperty(new Error('x'), 'message', { get: throwing(new Error('inner')) })),
    'what was thrown cannot be shown as text',
  ],
  undefined: [throwing(undefined), 'undefined'],
  null: [throwing(null), 'null'],
  'a text': [throwing('no'), 'no'],
  'a symbol': [throwing(Symbol('s')), 'Symbol(s)'],
  'an object without a prototype': [throwing(Object.create(null)), 'what was thrown cannot be shown as text'],
  'a toString that throws': [
    throwing({ toString: throwing(new Error('inner')) }),
    'what was thrown cannot be shown as text',
  ],
  'a revoked proxy': [
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      throw proxy
    },
    'what was thrown cannot be shown as text',
  ],
  'a rejection with nothing': [() => Promise.reject(), 'undefined'],
  // biome-ignore lint/suspicious/noThenProperty: a writer may answer such a thing.
  'a thenable that throws': [() => ({ then: throwing(new Error('no')) }), 'no'],
  '[false, reason]': [() => [false, 'no'], 'no'],
  '[false]': [() => [false], 'The writer answered [false].'],
  '{ ok: false }': [async () => ({ ok: false }), 'The writer answered { ok: false }.'],
  '{ ok: false, reason }': [() => ({ ok: false, reason: new Error('no') }), 'no'],
  'a failed response': [() => new Response(null, { status: 500 }), 'The writer answered { ok: false }.'],
}

for (const [name, [write, message]] of Object.entries(FAILURES)) {
  test(`a writer fails by ${name}`, async (t) => {
    const logger = loggerOf(t, write)
    const failed = once(logger, 'writeFailed')
    logger.log({ a: 1 }, { datasetId: 'd' })
    assert.deepEqual(await logger.flush(), { written: 0, pending: 1 })
    const [{ error }] = await failed
    assert.deepEqual([error.code, error.message], ['ERR_WRITER', message])
  })
}

const SUCCESSES = {
  nothing: () => {},
  true: () => true,
  '[true]': () => [true, 'done'],
  '{ ok: true }': async () => ({ ok: true }),
  'a response': () => new Response('done'),
  0: () => 0,
}

for (const [name, write] of Object.entries(SUCCESSES)) {
  test(`a writer succeeds by answering ${name}`, async (t) => {
    const logger = loggerOf(t, write)
    logger.log({ a: 1 }, { datasetId: 'd' })
    assert.deepEqual(await logger.flush(), { written: 1, pending: 0 })
  })
}

test('a bare false counts as success, with one warning a writer', async (t) => {
  const logger = loggerOf(t, () => false)
  const warnings = []
  logger.on('warning', (warning) => warnings.push(warning))
  for (let flush = 0; flush < 2; flush++) {
    logger.log({ a: 1 }, { datasetId: 'd' })
    assert.deepEqual(await logger.flush(), { written: 1, pending: 0 })
  }
  await logger.close()
  assert.equal(warnings.length, 1)
  assert.match(warnings[0].message, /own returned false/)
})

test('a writer whose name is no text is called by its class', async (t) => {
  class Store {
    name = Symbol('no text')
    write() {
      return false
    }
  }
  const store = new Store()
  const logger = loggerOf(t, () => {}, { writerFactory: { createWriters: () => [store] } })
  const warned = once(logger, 'warning')
  logger.log({ a: 1 }, { datasetId: 'd' })
  assert.deepEqual(await logger.flush(), { written: 1, pending: 0 })
  const [warning] = await warned
  assert.match(warning.message, /Writer Store returned/)
})

test('a factory may throw anything, and the call is refused with its text', (t) => {
  for (const thrown of [
    undefined,
    Symbol('s'),
    Object.create(null),
    Object.assign(new Error('x'), { message: null }),
  ]) {
    const logger = loggerOf(t, () => {}, { writerFactory: { createWriters: throwing(thrown) } })
    assert.throws(() => logger.log({ a: 1 }, { datasetId: 'd' }), { code: 'ERR_WRITER_FACTORY' })
  }
})

test('a factory that throws anything rejects what came as bytes', async (t) => {
  const logger = loggerOf(t, () => {}, { writerFactory: { createWriters: throwing(Object.create(null)) } })
  const request = { datasetId: 'd', timestamp: 0, multiple: { columns: ['a'], data: [[1]] } }
  await assert.rejects(logger.logRaw(Buffer.from(JSON.stringify(request)), { sync: true }), {
    code: 'ERR_WRITER_FACTORY',
  })
})
