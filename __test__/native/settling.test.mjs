/**
 * Every promise settles, whatever ends the logger, and whatever hangs in it. The methods are taken from the prototypes, so that a new one without a case fails.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  BaseProcessRollingLogger,
  CloseMessage,
  DatasetHandle,
  FlushMessage,
  FunctionTimer,
  PipeSignaler,
  ProcessRollingLogger,
  ThreadRollingLogger,
} from '../../dist/index.js'
import { MemoryWriter, memoryLogger } from '../support/logger.mjs'

const to = { datasetId: 'd' }
const bytes = Buffer.from('{"a":1}')
/** A file of a row, as it comes. */
const file = async function* () {
  yield bytes
}
const never = new Promise(() => {})
const limit = { timeout: 30_000 }

class Own {}
class Hung extends BaseProcessRollingLogger {
  processBatch() {
    return never
  }
}

/** What gives promises; `signal` for those that take one. */
const PROMISES = {
  log: (logger, signal) => logger.log({ a: 1 }, { ...to, sync: true, signal }),
  logRaw: (logger, signal) => logger.logRaw(bytes, { ...to, sync: true, signal }),
  logNdjson: (logger, signal) => logger.logNdjson(bytes, { ...to, sync: true, signal }),
  logEmbeddings: (logger, signal) => logger.logEmbeddings({ a: [1] }, { ...to, sync: true, signal }),
  logFile: (logger, signal) => logger.logFile(file(), { ...to, signal }),
  send: (logger, signal) => logger.send(new Own(), { sync: true, signal }),
  processMessages: (logger, signal) => logger.processMessages({ signal }),
  flush: (logger, signal) => logger.flush({ signal }),
  status: (logger, signal) => logger.status({ timeoutMs: Number.POSITIVE_INFINITY, signal }),
  getProfileViews: (logger, signal) =>
    logger.getProfileViews('d', undefined, { timeoutMs: Number.POSITIVE_INFINITY, signal }),
  drained: (logger, signal) => logger.drained({ signal }),
}
/** Those of a handle. */
const HANDLE_PROMISES = {
  log: (logger, signal) => logger.dataset('d').log({ a: 1 }, { sync: true, signal }),
  logNdjson: (logger, signal) => logger.dataset('d').logNdjson(bytes, { sync: true, signal }),
  logEmbeddings: (logger, signal) => logger.dataset('d').logEmbeddings({ a: [1] }, { sync: true, signal }),
  logFile: (logger, signal) => logger.dataset('d').logFile(file(), { signal }),
  flush: (logger, signal) => logger.dataset('d').flush({ signal }),
  status: (logger, signal) => logger.dataset('d').status({ timeoutMs: Number.POSITIVE_INFINITY, signal }),
  getProfileViews: (logger, signal) =>
    logger.dataset('d').getProfileViews({ timeoutMs: Number.POSITIVE_INFINITY, signal }),
}
const ofHandle = Object.fromEntries(
  Object.entries(HANDLE_PROMISES).map(([name, call]) => [`${name} of a handle`, call]),
)
/** Those that take none, and those that end it. */
const WAITS = {
  processFlushMessage: (logger) => logger.processFlushMessage(),
  run: (logger) => logger.run(),
  join: (logger) => logger.join(),
  closeMessageWait: (logger) => logger.closeMessageWait(),
  doneWait: (logger) => logger.doneWait(),
}
const ENDS = {
  close: (logger) => logger.close({ timeoutMs: 200 }),
  processCloseMessage: (logger) => logger.send(new CloseMessage(), { sync: true }),
  [Symbol.asyncDispose]: (logger) => logger[Symbol.asyncDispose](),
}
const PLAIN = [
  ...[
    'start',
    'terminate',
    'kill',
    'createWritable',
    'dataset',
    'sendMany',
    'processBatch',
    'stats',
    'toJSON',
    'emit',
    'isAlive',
    'isClosed',
  ],
  ...['setClosed', 'closeMessageHandled', 'setCloseMessageHandled', 'isDone', 'setDone', 'processLogDicts'],
  ...['processLogMessages', 'processRawLogDicts', 'processLogEmbeddingsDicts', 'processLogEmbeddingsMessages'],
  ...['processPubsub', 'processPubsubEmbedding', 'processStatusMessage'],
]
const THREAD_PROMISES = {
  log: (logger, signal) => logger.log({ a: 1 }, { sync: true, signal }),
  logFile: (logger, signal) => logger.logFile(file(), { signal }),
  flush: (logger, signal) => logger.flush({ signal }),
  status: (logger, signal) => logger.status({ timeoutMs: Number.POSITIVE_INFINITY, signal }),
  getProfileViews: (logger, signal) => logger.getProfileViews({ timeoutMs: Number.POSITIVE_INFINITY, signal }),
}
const THREAD_ENDS = {
  close: (logger) => logger.close({ timeoutMs: 200 }),
  [Symbol.asyncDispose]: (logger) => logger[Symbol.asyncDispose](),
}
const SIGNALER = {
  promises: ['register', 'run', 'join'],
  plain: [
    'start',
    'signal',
    'signalMany',
    'closeChild',
    'close',
    'isAlive',
    'isDaemon',
    'setDaemon',
    'getName',
    'setName',
  ],
}

/** All but what `console.log` asks. */
function methodsOf(...prototypes) {
  const names = prototypes.flatMap((prototype) =>
    Reflect.ownKeys(prototype).filter(
      (name) =>
        name !== 'constructor' &&
        name !== inspect.custom &&
        typeof Object.getOwnPropertyDescriptor(prototype, name).value === 'function',
    ),
  )
  return new Set(names)
}

test('every method has a case', () => {
  const keys = (...cases) => new Set(cases.flatMap((one) => (Array.isArray(one) ? one : Reflect.ownKeys(one))))
  assert.deepEqual(
    methodsOf(BaseProcessRollingLogger.prototype, ProcessRollingLogger.prototype),
    keys(PROMISES, WAITS, ENDS, PLAIN),
  )
  assert.deepEqual(methodsOf(ThreadRollingLogger.prototype), keys(THREAD_PROMISES, THREAD_ENDS, ['stats', 'toJSON']))
  assert.deepEqual(methodsOf(DatasetHandle.prototype), keys(HANDLE_PROMISES, ['createWritable']))
  assert.deepEqual(methodsOf(PipeSignaler.prototype), keys(SIGNALER.promises, SIGNALER.plain))
  assert.deepEqual(methodsOf(FunctionTimer.prototype), keys(['isAlive', 'stop']))
})

/** Begins all calls; gives their promises by name. One that throws at once has settled. */
function beginAll(cases, logger, signal) {
  const names = Reflect.ownKeys(cases)
  return names.map((name) => {
    const promise = (async () => cases[name](logger, signal))()
    promise.catch(() => {})
    return [name, promise]
  })
}

async function assertSettled(begun) {
  const open = new Set(begun.map(([name]) => name))
  const settled = begun.map(([name, promise]) =>
    promise.then(
      () => open.delete(name),
      () => open.delete(name),
    ),
  )
  // A hang ends with the time of the test, whose report then names what is open.
  const told = setTimeout(() => process.emitWarning(`not settled: ${[...open].map(String).join(', ')}`), 10_000)
  await Promise.all(settled)
  clearTimeout(told)
}

/** The stream's own promises: chunks that wait, and its end. */
function streaming(logger) {
  const stream = logger.createWritable(to)
  stream.on('error', () => {})
  const written = new Promise((resolve) => stream.write({ a: 1 }, resolve))
  const ended = new Promise((resolve) => stream.end(resolve))
  return [
    ['stream.write', written],
    ['stream.end', ended],
  ]
}

const HANGS = {
  nothing: () => {},
  'a writer': (_logger, writer) => {
    writer.gate = never
  },
  'a batch': (logger) => logger.send(new Own()),
}
const ENDINGS = {
  'a close': (logger) => logger.close({ timeoutMs: 100 }),
  'a close by a message': (logger) => void logger.close({ timeoutMs: 100 }) || logger.send(new CloseMessage()),
  'a kill': (logger) => logger.kill(),
  'a terminate': (logger) => logger.terminate(),
}
for (const [hang, hold] of Object.entries(HANGS)) {
  for (const [ending, end] of Object.entries(ENDINGS)) {
    test(`every promise settles with ${ending} while ${hang} hangs, and after it`, limit, async (t) => {
      const { logger, writer } = memoryLogger(t, { Logger: Hung })
      logger.log({ a: 0 }, to)
      hold(logger, writer)
      const begun = [...beginAll({ ...PROMISES, ...ofHandle, ...WAITS }, logger), ...streaming(logger)]
      const registered = logger.pipeSignaler.register('somebody')
      const signaled = logger.pipeSignaler.run().then(() => logger.pipeSignaler.join())
      await new Promise(setImmediate)
      end(logger)
      const meanwhile = beginAll({ ...PROMISES, ...ofHandle, ...WAITS }, logger)
      await assertSettled([...begun, ...meanwhile, ['registered', registered], ['signaler', signaled]])
      await logger.join()
      assert.equal(logger.isAlive(), false)
      assert.equal(logger.pipeSignaler.isAlive(), false)
      assert.notEqual(logger.exitCode, null)
      await assertSettled([...beginAll({ ...PROMISES, ...ofHandle, ...WAITS, ...ENDS }, logger), ...streaming(logger)])
    })
  }
  test(`every promise settles by a signal while ${hang} hangs`, limit, async (t) => {
    const { logger, writer } = memoryLogger(t, { Logger: Hung })
    hold(logger, writer)
    const control = new AbortController()
    const begun = beginAll({ ...PROMISES, ...ofHandle }, logger, control.signal)
    await new Promise(setImmediate)
    control.abort(new Error('enough'))
    await assertSettled(begun)
    logger.kill()
  })
}

for (const name of Reflect.ownKeys(ENDS)) {
  test(`it ends by ${String(name)} behind a batch that hangs, and what was logged is written`, limit, async (t) => {
    const { logger, writer } = memoryLogger(t, { Logger: Hung })
    const rejected = []
    logger.on('rejected', ({ error }) => rejected.push(error.code))
    logger.log({ a: 1 }, to)
    const held = logger.send(new Own(), { sync: true })
    held.catch(() => {})
    logger.log({ a: 2 }, to)
    logger.close({ timeoutMs: 400 })
    await ENDS[name](logger)
    await assert.rejects(held, { code: 'ERR_CLOSED' })
    assert.equal(writer.count('d', 'a'), 2)
    assert.deepEqual(rejected, ['ERR_PROCESS_BATCH'])
    assert.equal(logger.exitCode, 0)
  })
}

for (const [hang, gate] of [
  ['nothing', null],
  ['a writer', never],
]) {
  test(`a logger of one dataset: every promise settles while ${hang} hangs`, limit, async () => {
    for (const name of Reflect.ownKeys(THREAD_ENDS)) {
      const writer = new MemoryWriter()
      writer.gate = gate
      const logger = new ThreadRollingLogger({ writers: [writer], writeSchedule: null })
      const begun = beginAll(THREAD_PROMISES, logger)
      const ended = logger.close({ timeoutMs: 200 })
      await assertSettled([...begun, ['end', ended], ['again', THREAD_ENDS[name](logger)]])
      await assertSettled(beginAll({ ...THREAD_PROMISES, ...THREAD_ENDS }, logger))
    }
  })
}

test('a signaler settles what waits, closed or joined', limit, async () => {
  const signaler = new PipeSignaler()
  const begun = [
    ['run', signaler.run()],
    ['register', signaler.register('x')],
    ['join', signaler.join()],
    ['join for a while', signaler.join(1)],
  ]
  signaler.close()
  await assertSettled(begun)
})

test('a flush message and a close message are waited for', limit, async (t) => {
  const { logger } = memoryLogger(t)
  await logger.send(new FlushMessage(), { sync: true })
  await logger.send(new CloseMessage(), { sync: true })
  assert.equal(logger.exitCode, 0)
})

test('a listener that throws leaves nothing pending', limit, () => {
  const dist = new URL('../../dist/index.js', import.meta.url).href
  const script = `
    import { MemoryWriter, ProcessRollingLogger } from ${JSON.stringify(dist)}
    const thrown = []
    process.on('uncaughtException', (error) => thrown.push(error.message))
    for (const end of ['close', 'kill']) for (const name of ['exit', 'written', 'rejected', 'drained']) {
      const logger = new ProcessRollingLogger({ writerFactory: new MemoryWriter(), syncEnabled: true, writeSchedule: null })
      logger.start()
      logger.on(name, () => { throw new Error(name) })
      logger.log({ a: 1 }, { datasetId: 'd' })
      logger.send(new (class Own {})())
      const flushed = logger.flush()
      const drained = logger.drained()
      const status = logger.status()
      if (end === 'kill') logger.kill()
      const closed = logger.close()
      await Promise.allSettled([flushed, drained, status, closed, logger.join()])
      if (logger.isAlive() || logger.exitCode === null || logger.pipeSignaler.isAlive()) throw new Error('alive')
    }
    console.log(JSON.stringify([...new Set(thrown)].sort()))`
  const child = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 25_000,
  })
  assert.deepEqual([child.status, child.signal], [0, null], child.stderr)
  assert.deepEqual(JSON.parse(child.stdout), ['drained', 'exit', 'rejected', 'written'])
})
