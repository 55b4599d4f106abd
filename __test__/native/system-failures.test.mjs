/** What the operating system refuses: with which of its codes, of which file, and that nothing else is harmed. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { IoError, LocalWriter, ProfileView, ResultSet, WriterError } from '../../dist/index.js'
import { memoryLogger, temporaryFolder } from '../support/logger.mjs'

/** One profile. */
async function profile(t) {
  const { logger, writer } = memoryLogger(t)
  logger.log({ price: 9.5 }, { datasetId: 'd' })
  await logger.close()
  return writer.items[0]
}

/** Checks an error of the system, and its cause, against the code that it should have. */
function assertSystem(error, type, systemCode, syscall, path) {
  assert.ok(error instanceof type, String(error))
  assert.equal(error.code, type === IoError ? 'ERR_IO' : 'ERR_WRITER')
  assert.deepEqual([error.systemCode, error.syscall, error.path], [systemCode, syscall, path])
  assert.equal(error.errno, -constants.errno[systemCode])
  const { cause } = error
  assert.ok(cause instanceof Error)
  assert.deepEqual([cause.code, cause.errno, cause.syscall, cause.path], [systemCode, error.errno, syscall, path])
  assert.match(cause.message, new RegExp(`^${systemCode}: .+, ${syscall}`))
}

test('a profile that is not there, or a folder, cannot be read', (t) => {
  const folder = temporaryFolder(t)
  const missing = join(folder, 'missing.bin')
  for (const read of [() => ProfileView.read(missing), () => ResultSet.read(missing)]) {
    assert.throws(read, (error) => {
      assertSystem(error, IoError, 'ENOENT', error.syscall, missing)
      return true
    })
  }
  assert.throws(() => ProfileView.read(folder), { code: 'ERR_IO', systemCode: 'EISDIR' })
})

test('a profile that cannot be written says which call failed, and where', async (t) => {
  const folder = temporaryFolder(t)
  const item = await profile(t)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  assert.throws(
    () => item.view().write(join(file, 'x.bin')),
    (error) => {
      assertSystem(error, IoError, 'EEXIST', 'mkdir', file)
      return true
    },
  )
  const taken = join(folder, 'taken.bin')
  mkdirSync(join(taken, 'full'), { recursive: true })
  assert.throws(
    () => item.view().write(taken),
    (error) => {
      assertSystem(error, IoError, 'EISDIR', 'rename', taken)
      return true
    },
  )
  assert.deepEqual(readdirSync(folder).sort(), ['file', 'taken.bin'])
})

test('a local writer says the same, alone and in a logger', async (t) => {
  const folder = temporaryFolder(t)
  const item = await profile(t)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const writer = new LocalWriter(file)
  assert.throws(
    () => writer.write(item),
    (error) => {
      assertSystem(error, IoError, 'EEXIST', 'mkdir', file)
      return true
    },
  )
  const { logger } = memoryLogger(t, { writerFactory: { createWriters: () => [writer] } })
  const failed = once(logger, 'writeFailed')
  logger.log({ price: 9.5 }, { datasetId: 'd' })
  await logger.flush()
  const [{ error }] = await failed
  assertSystem(error, WriterError, 'EEXIST', 'mkdir', file)
  // In the words of Node, once.
  assert.ok(error.message.endsWith(`could not be written to ${file}: ${error.cause.message}`), error.message)
  assert.doesNotMatch(error.message, /os error/)
})

/** What `writeFailed` tells of a writer that ends a write so. */
async function failureOf(t, write) {
  const { logger } = memoryLogger(t, { writerFactory: { createWriters: () => [{ name: 'own', write }] } })
  const failed = once(logger, 'writeFailed')
  logger.log({ price: 9.5 }, { datasetId: 'd' })
  await logger.flush()
  const [{ error }] = await failed
  assert.ok(error instanceof WriterError)
  return error
}

test('what a writer of JavaScript throws is the cause, with what the system said', async (t) => {
  const folder = temporaryFolder(t)
  const thrown = []
  const keep = (error) => {
    thrown.push(error)
    throw error
  }
  const path = join(folder, 'missing', 'x.bin')
  const byThrowing = await failureOf(t, () => writeFile(path, '').catch(keep))
  assertSystem(byThrowing, WriterError, 'ENOENT', 'open', path)
  assert.equal(byThrowing.cause, thrown[0])
  assert.match(byThrowing.message, /ENOENT/)

  const byAnswering = await failureOf(t, async () => [false, await writeFile(path, '').catch((error) => error)])
  assertSystem(byAnswering, WriterError, 'ENOENT', 'open', path)

  const refused = Object.assign(new Error('connect'), { errno: -111, code: 'ECONNREFUSED', syscall: 'connect' })
  const byCause = await failureOf(t, () => keep(new TypeError('fetch failed', { cause: refused })))
  assert.deepEqual([byCause.errno, byCause.systemCode, byCause.syscall], [-111, 'ECONNREFUSED', 'connect'])
  assert.equal(byCause.cause, thrown.at(-1))
})

test('what a writer throws that is no failure of the system is the cause alone', async (t) => {
  const { proxy, revoke } = Proxy.revocable(new Error('gone'), {})
  revoke()
  const odd = Object.assign(new Error('odd'), { errno: 'five', code: 5 })
  for (const cause of [new Error('told to fail'), odd, 'a text', undefined, proxy]) {
    const error = await failureOf(t, () => {
      throw cause
    })
    assert.ok(Object.is(error.cause, cause))
    assert.deepEqual([error.errno, error.systemCode, error.syscall, error.path], Array(4).fill(undefined))
  }
  const answered = await failureOf(t, () => [false, 'no room'])
  assert.deepEqual([answered.message, answered.cause], ['no room', undefined])
})

test('another file of the name is told as one that exists, and never written to', async (t) => {
  const folder = temporaryFolder(t)
  const item = await profile(t)
  const victim = join(folder, 'victim')
  writeFileSync(victim, 'mine')
  symlinkSync(victim, join(folder, item.fileName))
  assert.throws(() => new LocalWriter(folder).write(item), {
    code: 'ERR_IO',
    systemCode: 'EEXIST',
    path: join(folder, item.fileName),
    message: /another file has this name/,
  })
  assert.deepEqual(readdirSync(folder).sort(), [item.fileName, basename(victim)].sort())
})

test('a name that is none of a file is refused before anything is touched', async (t) => {
  const folder = temporaryFolder(t)
  const item = await profile(t)
  for (const fileName of ['', '.', '..', '../x', 'a/b', '/x', 5, null]) {
    const write = () => new LocalWriter(folder).write({ ...item, fileName })
    assert.throws(write, { code: 'ERR_INVALID_OPTION', option: 'item.fileName' })
  }
  for (const path of ['', '/', `${folder}/..`]) {
    assert.throws(() => item.view().write(path), { code: 'ERR_INVALID_OPTION', option: 'path' })
  }
  assert.deepEqual(readdirSync(folder), [])
})
