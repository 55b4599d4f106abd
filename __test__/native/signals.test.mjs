/** What becomes of a logger when the process is told to end; each case in a process of its own. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { closeOnSignal } from '../../dist/index.js'
import { temporaryFolder } from '../support/logger.mjs'

const dist = new URL('../../dist/index.js', import.meta.url).href
const limit = { timeout: 60_000 }

/** Runs `script` with a started logger in it, sends `signals` once it has said so, and tells how it ended. */
async function ended(t, script, ...signals) {
  const folder = temporaryFolder(t)
  const code = `
    import { closeOnSignal, LocalWriterFactory, ProcessRollingLogger } from ${JSON.stringify(dist)}
    const open = (writerFactory = new LocalWriterFactory(${JSON.stringify(folder)})) => {
      const logger = new ProcessRollingLogger({ writerFactory, writeSchedule: null, flushOnExit: false })
      logger.start()
      logger.log({ a: 1 }, { datasetId: 'd' })
      return logger
    }
    const never = { createWriters: () => [{ write: () => new Promise(() => {}) }] }
    setInterval(() => {}, 1000)
    ${script}
    console.log('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const heard = (word) =>
    new Promise((resolve) => {
      const check = () => said.includes(word) && resolve()
      child.stdout.on('data', check)
      check()
    })
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text))
  const exit = once(child, 'exit')
  await heard('ready')
  for (const [at, signal] of signals.entries()) {
    if (at > 0) await heard('again')
    child.kill(signal)
  }
  const [status, signal] = await exit
  return { status, signal, said, stderr, files: readdirSync(folder).length }
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal}: what was logged is written, and the process ends by the signal`, limit, async (t) => {
    const end = await ended(t, 'closeOnSignal(open()); closeOnSignal(open())', signal)
    assert.deepEqual([end.status, end.signal, end.files, end.stderr], [null, signal, 2, ''])
  })
}

test('whoever listens for the signal too ends the process', limit, async (t) => {
  const end = await ended(
    t,
    `const logger = open()
    closeOnSignal(logger)
    process.on('SIGTERM', () => logger.close().then(() => process.exit(7)))`,
    'SIGTERM',
  )
  assert.deepEqual([end.status, end.files], [7, 1])
})

test('a writer that hangs has so long as is said, and a second signal does not wait', limit, async (t) => {
  const short = await ended(t, 'closeOnSignal(open(never), { timeoutMs: 50 })', 'SIGTERM')
  assert.equal(short.signal, 'SIGTERM')
  assert.equal(short.stderr.match(/ERR_DATA_LOST/g)?.length, 1, short.stderr)
  const twice = await ended(
    t,
    `closeOnSignal(open(never), { timeoutMs: Infinity })
    process.once('SIGTERM', () => console.log('again'))`,
    'SIGTERM',
    'SIGTERM',
  )
  assert.equal(twice.signal, 'SIGTERM')
})

test('a close that does not end in its time is left, and told of', limit, async (t) => {
  const end = await ended(t, 'closeOnSignal({ close: () => new Promise(() => {}) }, { timeoutMs: 10 })', 'SIGTERM')
  assert.equal(end.signal, 'SIGTERM')
  assert.match(end.stderr, /TimeoutError: The close took longer than \d+ ms/)
})

test('what comes before the close is waited for, and what it logs is written', limit, async (t) => {
  const end = await ended(
    t,
    `const logger = open()
    const before = () => new Promise((done) => setTimeout(() => done(logger.log({ a: 2 }, { datasetId: 'last' })), 20))
    closeOnSignal(logger, { before })`,
    'SIGTERM',
  )
  assert.deepEqual([end.signal, end.files, end.stderr], ['SIGTERM', 2, ''])
})

test('what comes before the close and fails or hangs costs no row', limit, async (t) => {
  const end = await ended(
    t,
    `closeOnSignal(open(), { timeoutMs: 2000, before: () => new Promise(() => {}) })
    closeOnSignal(open(), { before() { throw new Error('no server') } })`,
    'SIGTERM',
  )
  assert.deepEqual([end.signal, end.files], ['SIGTERM', 2])
  assert.match(end.stderr, /no server/)
  assert.match(end.stderr, /TimeoutError: What comes before the close took longer than 1000 ms/)
})

test('a close that throws ends the process by the signal, and is told of', limit, async (t) => {
  const end = await ended(
    t,
    `closeOnSignal({ close() { throw new Error('no server') } })
    closeOnSignal(open())`,
    'SIGTERM',
  )
  assert.deepEqual([end.signal, end.files], ['SIGTERM', 1])
  assert.match(end.stderr, /no server/)
})

test('a logger that is not open keeps nothing from ending', limit, async (t) => {
  const end = await ended(
    t,
    `closeOnSignal(new ProcessRollingLogger())
    const killed = open()
    closeOnSignal(killed)
    killed.kill()`,
    'SIGTERM',
  )
  assert.deepEqual([end.signal, end.stderr], ['SIGTERM', ''])
})

test('it can be taken back, and leaves no listener', () => {
  const before = process.listenerCount('SIGTERM')
  const closable = { close: async () => {} }
  const removes = Array.from({ length: 12 }, () => closeOnSignal(closable))
  assert.equal(process.listenerCount('SIGTERM'), before + 1)
  for (const remove of removes.slice(1)) remove()
  removes[0][Symbol.dispose]()
  removes[0]()
  assert.equal(process.listenerCount('SIGTERM'), before)
  assert.equal(process.listenerCount('SIGINT'), before)
})

test('what cannot be closed, and unknown options, are refused', () => {
  for (const wrong of [null, {}, 5]) assert.throws(() => closeOnSignal(wrong), { code: 'ERR_INVALID_OPTION' })
  const closable = { close: async () => {} }
  assert.throws(() => closeOnSignal(closable, { timeout: 5 }), /did you mean timeoutMs\?/)
  assert.throws(() => closeOnSignal(closable, { before: 5 }), { code: 'ERR_INVALID_OPTION' })
  assert.throws(() => closeOnSignal(closable, { timeoutMs: -1 }), { code: 'ERR_INVALID_OPTION' })
  assert.equal(process.listenerCount('SIGTERM'), 0)
})
