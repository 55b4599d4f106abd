/** How a process ends with a logger in it; each case in a process of its own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryFolder } from '../support/logger.mjs'

const dist = new URL('../../dist/index.js', import.meta.url).href

/** Runs `script` with a started logger in it; one that hangs is a failure by its signal. */
function run(t, script, { cjs = false } = {}) {
  const folder = temporaryFolder(t)
  const load = cjs
    ? `const { ProcessRollingLogger, LocalWriterFactory } = require(${JSON.stringify(new URL('../../dist/index.cjs', import.meta.url).pathname)})`
    : `import { ProcessRollingLogger, LocalWriterFactory } from ${JSON.stringify(dist)}`
  const code = `${load}
    const folder = ${JSON.stringify(folder)}
    const logger = new ProcessRollingLogger({ writerFactory: new LocalWriterFactory(folder), syncEnabled: true })
    logger.start()
    ${script}`
  const args = cjs ? ['-e', code] : ['--input-type=module', '-e', code]
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
  return { status: child.status, signal: child.signal, stderr: child.stderr, files: readdirSync(folder) }
}

test('a script that logs one row and ends, ends by itself and has written it', (t) => {
  for (const cjs of [false, true]) {
    const child = run(t, `logger.log({ a: 1 }, { datasetId: 'd' })`, { cjs })
    assert.deepEqual([child.status, child.signal, child.stderr, child.files.length], [0, null, '', 1])
  }
})

test('an unused logger does not keep the process', (t) => {
  const child = run(t, '')
  assert.deepEqual([child.status, child.signal, child.files.length], [0, null, 0])
})

test('a pending promise keeps the process until it settles', (t) => {
  const child = run(
    t,
    `logger.log({ a: 1 }, { datasetId: 'd', sync: true }).then(() => logger.flush()).then(() => process.exit(7))`,
  )
  assert.deepEqual([child.status, child.files.length], [7, 1])
})

test('process.exit, an uncaught error and SIGTERM end the process', (t) => {
  assert.equal(run(t, `logger.log({ a: 1 }, { datasetId: 'd' }); process.exit(3)`).status, 3)
  assert.equal(run(t, `logger.log({ a: 1 }, { datasetId: 'd' }); throw new Error('boom')`).status, 1)
  assert.equal(
    run(
      t,
      `logger.log({ a: 1 }, { datasetId: 'd' }); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)`,
    ).signal,
    'SIGTERM',
  )
})

test('two loggers in a worker thread, closed or not, and the thread ends', (t) => {
  const child = run(
    t,
    `import { Worker } from 'node:worker_threads'
    const body = \`import(${JSON.stringify(dist)}).then(async ({ ProcessRollingLogger, LocalWriterFactory }) => {
      const options = { writerFactory: new LocalWriterFactory(\${JSON.stringify(folder)}), syncEnabled: true }
      const one = new ProcessRollingLogger(options)
      const two = new ProcessRollingLogger(options)
      one.start()
      two.start()
      for (let i = 0; i < 1000; i++) { one.log({ i }, { datasetId: 'one' }); two.log({ i }, { datasetId: 'two' }) }
      await one.close()
      await two.status()
      if (process.env.KILL) process.exit(0)
    })\`
    for (const env of [{}, { KILL: '1' }]) await new Promise((resolve) => new Worker(body, { eval: true, env }).on('exit', resolve))
    const stuck = new Worker(body + '; setInterval(() => {}, 1000)', { eval: true })
    await new Promise((resolve) => stuck.on('online', resolve))
    await stuck.terminate()
    logger.terminate()`,
  )
  assert.deepEqual([child.status, child.signal, child.stderr], [0, null, ''])
  assert.ok(child.files.filter((name) => name.startsWith('one_')).length >= 2)
})

test('loading the package starts no thread', () => {
  const code = `import(${JSON.stringify(dist)}).then(() => console.log(require('node:fs').readdirSync('/proc/self/task').map((task) => require('node:fs').readFileSync('/proc/self/task/' + task + '/comm', 'utf8')).join('')))`
  const child = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', timeout: 60_000 })
  assert.equal(child.status, 0)
  assert.match(child.stdout, /node/)
  assert.doesNotMatch(child.stdout, /profiles-/)
})

test('what is logged in a later round of beforeExit is written too', (t) => {
  const child = run(
    t,
    `let round = 0
    logger.log({ a: 1 }, { datasetId: 'd' })
    process.on('beforeExit', () => {
      if (round++ < 3) logger.log({ a: 1 }, { datasetId: 'd' + round })
    })`,
  )
  assert.deepEqual([child.status, child.signal, child.stderr, child.files.length], [0, null, '', 4])
})

test('any number of loggers has one listener', (t) => {
  const child = run(
    t,
    `for (let i = 0; i < 15; i++) {
      const one = new ProcessRollingLogger({ writerFactory: new LocalWriterFactory(folder), workers: 1 })
      one.start()
      one.log({ a: 1 }, { datasetId: 'd' + i })
    }
    if (process.listenerCount('beforeExit') !== 1) throw new Error('listeners')`,
  )
  assert.deepEqual([child.status, child.stderr, child.files.length], [0, '', 15])
})

test('a natural end ends though a writer never answers, and says what is left', (t) => {
  const child = run(
    t,
    `const hung = new ProcessRollingLogger({ writerFactory: { createWriters: () => [{ write: () => new Promise(() => {}) }] } })
    hung.start()
    hung.log({ a: 1 }, { datasetId: 'd' })`,
  )
  assert.deepEqual([child.status, child.signal], [0, null])
  assert.match(child.stderr, /ERR_DATA_LOST.*1 profile/)
})

test('a natural end says what a writer has refused', (t) => {
  const child = run(
    t,
    `const down = new ProcessRollingLogger({ writerFactory: { createWriters: () => [{ write: () => [false, 'down'] }] } })
    down.on('writeFailed', () => {})
    down.start()
    down.log({ a: 1 }, { datasetId: 'd' })`,
  )
  assert.deepEqual([child.status, child.signal], [0, null])
  assert.match(child.stderr, /ERR_DATA_LOST.*1 profile/)
})

/** Logs many datasets, ends by `end`, and tells what that said; then the process ends by itself. */
const manyProfiles = (end) => `
  const { readdirSync } = await import('node:fs')
  const many = new ProcessRollingLogger({ writerFactory: new LocalWriterFactory(folder), writeSchedule: null, flushOnExit: false })
  let failures = 0
  many.on('warning', () => {}).on('writeFailed', () => failures++)
  many.start()
  for (let i = 0; i < 3000; i++) many.log({ a: 1 }, { datasetId: 'd' + i })
  const files = () => readdirSync(folder).filter((name) => name.endsWith('.bin')).length
  ${end}`

test('a kill lets no more profiles be written than are being written', (t) => {
  const child = run(
    t,
    manyProfiles(`
      many.flush().catch(() => {})
      while (files() === 0) await new Promise(setImmediate)
      many.kill()
      await many.join()
      process.exitCode = files() < 2998 ? 3 : 4
      console.error(files() + ' ' + failures)`),
  )
  const [files, failures] = child.stderr.split(' ').map(Number)
  assert.deepEqual([child.status, child.signal], [3, null], 'some are left at the kill')
  // A native writer has two threads.
  assert.ok(child.files.length <= files + 2, `${child.files.length} in the end, of ${child.stderr}`)
  assert.equal(failures, 0, 'what is not begun is no failure')
})

test('a close without time has written what it says, and says what may be written yet', (t) => {
  const child = run(
    t,
    manyProfiles(`
      // Where it gives up, the rejection says the same.
      const said = await many.close({ timeoutMs: 1 }).catch((error) => error)
      console.error(said.written + ' ' + said.pending + ' ' + (/(\\d+) may be written yet/.exec(said.message)?.[1] ?? 0))`),
  )
  const [written, pending, unanswered] = child.stderr.split(' ').map(Number)
  assert.equal(written + pending, 3000)
  const files = child.files.length
  assert.ok(files >= written && files <= written + unanswered, `${files} in the end, of ${child.stderr}`)
})

/**
 * Takes connections and never answers, in a process of its own: the sockets of the one that ends would be closed by its end. It ends with its first
 * connection.
 */
const blackHole = `
  const server = require('node:net').createServer((socket) => {
    socket.resume().on('error', () => {}).on('close', () => process.exit())
    process.send('connected')
  })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))`

/** Logs to such an endpoint; `then` runs when it has been reached. */
const toBlackHole = (then) => `
  const { spawn } = await import('node:child_process')
  const { once } = await import('node:events')
  const rp = await import(${JSON.stringify(dist)})
  const server = spawn(process.execPath, ['-e', ${JSON.stringify(blackHole)}], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const [port] = await once(server, 'message')
  const endpoint = 'http://127.0.0.1:' + port
  const writerFactory = new rp.WhyLabsWriterFactory({ endpoint, apiKey: '0123456789.key', orgId: 'org-1', timeoutMs: 600_000 })
  const hung = new rp.ProcessRollingLogger({ writerFactory })
  hung.start()
  hung.log({ a: 1 }, { datasetId: 'd' })
  hung.flush().catch(() => {})
  await once(server, 'message')
  ${then}`

test('process.exit waits for no upload that hangs', (t) => {
  const child = run(t, toBlackHole('process.exit(5)'))
  assert.deepEqual([child.status, child.signal], [5, null])
})

test('a worker that is terminated, and process.exit after it, wait for no upload that hangs', (t) => {
  const body = `(async () => {
    const { parentPort } = await import('node:worker_threads')
    ${toBlackHole("parentPort.postMessage('reached')")}
  })()`
  const child = run(
    t,
    `import { Worker } from 'node:worker_threads'
    import { once } from 'node:events'
    const worker = new Worker(${JSON.stringify(body)}, { eval: true })
    await once(worker, 'message')
    await worker.terminate()
    process.exit(6)`,
  )
  assert.deepEqual([child.status, child.signal], [6, null])
})
