/** Writers of the user's own: what counts as a failure, and what a writer may do to the logger. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  DatasetSchema,
  LocalWriter,
  LocalWriterFactory,
  ProcessRollingLogger,
  segmentOnColumn,
  ThreadRollingLogger,
} from '../../dist/index.js'
import { temporaryFolder } from '../support/logger.mjs'

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

test('a write that takes too long fails, and its late success counts', async (t) => {
  const gates = []
  const logger = loggerOf(t, () => new Promise((resolve) => gates.push(resolve)), { writeTimeoutMs: 20 })
  const failed = once(logger, 'writeFailed')
  logger.log({ a: 1 }, { datasetId: 'd' })
  assert.deepEqual(await logger.flush(), { written: 0, pending: 1 })
  const [{ error }] = await failed
  assert.equal(error.code, 'ERR_WRITE_TIMEOUT')
  gates[0]()
  await new Promise(setImmediate)
  assert.equal((await logger.flush()).pending, 0)
  assert.equal(logger.stats().writtenProfiles, 1)
})

test('a logger of one dataset takes writeTimeoutMs too', async () => {
  const gates = []
  const write = () => new Promise((resolve) => gates.push(resolve))
  const logger = new ThreadRollingLogger({ writers: [{ write }], writeSchedule: null, writeTimeoutMs: 20 })
  const failed = once(logger, 'writeFailed')
  logger.log({ a: 1 })
  assert.deepEqual(await logger.flush(), { written: 0, pending: 1 })
  assert.equal((await failed)[0].error.code, 'ERR_WRITE_TIMEOUT')
  for (const gate of gates) gate()
  await logger.close()
})

test('writeTimeoutMs is checked', () => {
  for (const writeTimeoutMs of [0, -1, Number.NaN, '5', null]) {
    assert.throws(() => new ProcessRollingLogger({ writeTimeoutMs }), { code: 'ERR_INVALID_OPTION' })
  }
})

test('a writer is in the middle of at most maxConcurrentWrites profiles', async (t) => {
  for (const [options, most] of [
    [{}, 8],
    [{ maxConcurrentWrites: 3 }, 3],
  ]) {
    let [now, highest] = [0, 0]
    const write = async () => {
      now++
      highest = Math.max(highest, now)
      await new Promise(setImmediate)
      now--
    }
    const store = { write }
    const logger = loggerOf(t, write, { writerFactory: { createWriters: () => [store] }, ...options })
    for (let id = 0; id < 500; id++) logger.log({ a: id }, { datasetId: `d${id}` })
    assert.deepEqual(await logger.flush(), { written: 500, pending: 0 })
    assert.equal(highest, most)
  }
})

test('a logger of one dataset takes maxConcurrentWrites too', async () => {
  const gates = []
  const write = () => new Promise((resolve) => gates.push(resolve))
  const logger = new ThreadRollingLogger({ writers: [{ write }], writeSchedule: null, maxConcurrentWrites: 1 })
  for (let day = 0; day < 3; day++) logger.log({ a: 1 }, { timestampMs: day * 86_400_000 })
  const flushed = logger.flush()
  for (let done = 0; done < 3; done++) {
    while (gates.length === 0) await new Promise(setImmediate)
    assert.equal(gates.length, 1)
    gates.pop()()
  }
  assert.deepEqual(await flushed, { written: 3, pending: 0 })
  await logger.close()
})

test('maxConcurrentWrites is checked', () => {
  for (const maxConcurrentWrites of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null]) {
    assert.throws(() => new ProcessRollingLogger({ maxConcurrentWrites }), { code: 'ERR_INVALID_OPTION' })
  }
})

test('after a kill no writer is called', async (t) => {
  let calls = 0
  const logger = loggerOf(t, () => {
    calls++
    return new Promise(() => {})
  })
  for (let dataset = 0; dataset < 50; dataset++) logger.log({ a: 1 }, { datasetId: `d${dataset}` })
  const flushed = logger.flush()
  while (calls === 0) await new Promise(setImmediate)
  logger.kill()
  const atKill = calls
  await assert.rejects(flushed, { code: 'ERR_NOT_ALIVE' })
  await logger.join()
  assert.equal(calls, atKill)
})

test('a writer that is up again during a close, after a long outage, is given what is left', async (t) => {
  let attempts = 0
  let upFrom = Number.POSITIVE_INFINITY
  const logger = loggerOf(t, () => {
    if (++attempts <= upFrom) throw new Error('down')
  })
  logger.on('writeFailed', () => {})
  logger.log({ a: 1 }, { datasetId: 'd' })
  for (let flush = 0; flush < 16; flush++) await logger.flush()
  // The first attempt of the close fails too.
  upFrom = attempts + 1
  assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
})

test('writes of another dataset hurry nothing that has failed', async (t) => {
  const attempts = { down: 0, up: 0 }
  const logger = loggerOf(t, ({ datasetId }) => {
    attempts[datasetId]++
    if (datasetId === 'down') throw new Error('down')
  })
  logger.on('writeFailed', () => {})
  logger.log({ a: 1 }, { datasetId: 'down' })
  // The pause grows to minutes.
  for (let flush = 0; flush < 12; flush++) await logger.flush()
  const before = attempts.down
  for (let a = 0; a < 20; a++) await logger.log({ a }, { datasetId: 'up', sync: 'written' })
  assert.deepEqual(attempts, { down: before, up: 20 })
})

test('what a close tells as lost is never given to a writer', async (t) => {
  const written = []
  const logger = loggerOf(t, async (item) => {
    if (written.length > 0) await new Promise(() => {})
    written.push(item.datasetId)
  })
  for (let dataset = 0; dataset < 50; dataset++) logger.log({ a: 1 }, { datasetId: `d${dataset}` })
  const { lost } = await logger.close({ timeoutMs: 100 }).catch((error) => error)
  await logger.join()
  assert.ok(lost.length > 0)
  assert.deepEqual(
    lost.filter(({ datasetId }) => written.includes(datasetId)),
    [],
  )
})

test('written rows are waited for in the engine: a close settles those who wait, in either way', async (t) => {
  let isUp = false
  const write = () => (isUp ? true : [false, 'down'])
  for (const heals of [true, false]) {
    isUp = false
    const logger = loggerOf(t, write)
    const rows = Array.from({ length: 20 }, (_, a) => logger.log({ a }, { datasetId: 'd', sync: 'written' }))
    const settled = Promise.allSettled(rows)
    await once(logger, 'writeFailed')
    isUp = heals
    await logger.close({ timeoutMs: 2000, onLoss: 'report' })
    const outcomes = await settled
    const wanted = heals ? undefined : 'ERR_DATA_LOST'
    assert.deepEqual(new Set(outcomes.map(({ reason }) => reason?.code)), new Set([wanted]))
  }
})

test('whoever waits for written rows at a kill is rejected', async (t) => {
  const logger = loggerOf(t, () => [false, 'down'])
  const written = logger.log({ a: 1 }, { datasetId: 'd', sync: 'written' })
  await once(logger, 'writeFailed')
  logger.kill()
  await assert.rejects(written, { code: 'ERR_NOT_ALIVE' })
})

test('a thousand messages wait for their writes, and none misses its own', async (t) => {
  const logger = loggerOf(t, () => {})
  const rows = Array.from({ length: 1000 }, (_, a) => logger.log({ a }, { datasetId: `d${a % 7}`, sync: 'written' }))
  await Promise.all(rows)
  assert.equal(logger.stats().trackedRows, 1000)
})

test('messages that wait hear of a write that failed and was made again while the thread was busy', async (t) => {
  const busyUntil = (isSo, ms) => {
    const end = performance.now() + ms
    while (!isSo() && performance.now() < end);
    return isSo()
  }
  for (let time = 0; time < 4; time++) {
    const folder = join(temporaryFolder(t), 'profiles')
    writeFileSync(folder, 'a file is in the way')
    const logger = loggerOf(t, null, { writerFactory: new LocalWriterFactory(folder) })
    logger.on('writeFailed', () => {})
    const rows = Array.from({ length: 6 }, (_, a) => logger.log({ a }, { datasetId: 'd', sync: 'written' }))
    // The engine needs the thread to be asked for the write, and no more.
    do await new Promise(setImmediate)
    while (!busyUntil(() => logger.stats().writeFailures > 0, 100))
    rmSync(folder)
    // Unless the writer was faster.
    mkdirSync(folder, { recursive: true })
    busyUntil(() => logger.stats().writtenProfiles > 0, 10_000)
    await Promise.all(rows)
  }
})

test('bytes that name their dataset themselves are waited for', async (t) => {
  const written = []
  const logger = loggerOf(t, ({ datasetId }) => {
    written.push(datasetId)
  })
  const request = { datasetId: 'inside', timestamp: 0, multiple: { columns: ['a'], data: [[1]] } }
  await logger.logRaw(Buffer.from(JSON.stringify(request)), { datasetId: 'outside', sync: 'written' })
  assert.deepEqual(written, ['inside'])
  await logger.logNdjson(Buffer.from('{"a":1}'), { datasetId: 'lines', sync: 'written' })
  assert.deepEqual(written, ['inside', 'lines'])
})

test('two runs with one seed write two files, and a file that differs is never replaced', async (t) => {
  const folder = temporaryFolder(t)
  for (let run = 0; run < 2; run++) {
    const logger = loggerOf(t, null, { writerFactory: new LocalWriterFactory(folder), seed: 42 })
    logger.log({ a: 1 }, { datasetId: 'd' })
    assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
  }
  const files = readdirSync(folder)
  assert.equal(files.length, 2)
  const [first] = files
  const writer = new LocalWriter(folder)
  const bytes = readFileSync(join(folder, first))
  writer.write({ fileName: first, bytes })
  assert.throws(() => writer.write({ fileName: first, bytes: Buffer.from('other') }), { code: 'ERR_IO' })
  assert.deepEqual(readFileSync(join(folder, first)), bytes)
})

test('names of any length make a file name that fits', async (t) => {
  const folder = temporaryFolder(t)
  const schema = new DatasetSchema({ segments: segmentOnColumn('region') })
  const logger = loggerOf(t, null, { writerFactory: new LocalWriterFactory(folder), schema, aggregateBy: 'Hour' })
  logger.log(
    { region: 'Нижегородская область' },
    { datasetId: 'заказы-интернет-магазина', orgId: 'ООО Ромашка и партнёры' },
  )
  assert.deepEqual(await logger.close(), { written: 1, pending: 0 })
  assert.ok(readdirSync(folder)[0].length <= 255)
})
