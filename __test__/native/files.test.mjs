/** Files in loggers and by themselves: what the reader tells, and how it ends. What formats mean is tested where they are read. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import {
  DatasetSchema,
  ProcessRollingLogger,
  ProfileView,
  profile,
  profileFile,
  ThreadRollingLogger,
} from '../../dist/index.js'
import { memoryLogger, temporaryFolder } from '../support/logger.mjs'

const DAY_MS = 86_400_000
const lines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const ROWS = Array.from({ length: 1000 }, (_, at) => ({ n: at, text: `t${at % 7}`, day: `2024-01-0${1 + (at % 3)}` }))

function file(t, content, name = 'rows.ndjson') {
  const path = join(temporaryFolder(t), name)
  writeFileSync(path, content)
  return path
}

const bad = `${lines(ROWS.slice(0, 2))}no json\n${lines(ROWS.slice(2))}[1]\n`

test('a file counts its rows, by a path, a URL, a stream and pieces of any size', async (t) => {
  const path = file(t, bad)
  const pieces = async function* () {
    for (let at = 0; at < bad.length; at += 777) yield Buffer.from(bad.slice(at, at + 777))
  }
  const inputs = [path, pathToFileURL(path), createReadStream(path), pieces(), new Blob([bad]).stream()]
  for (const input of [...inputs, Readable.from([bad.slice(0, 5), bad.slice(5)])]) {
    const { writer, logger } = memoryLogger(t)
    const result = await logger.logFile(input, { datasetId: 'd', format: 'ndjson' })
    assert.deepEqual(
      [result.format, result.rows, result.leftOut, result.columns],
      ['ndjson', 1000, 2, ['n', 'text', 'day']],
    )
    assert.deepEqual(
      result.complaints.map(({ place, code }) => [place, code]),
      [
        [3, 'ERR_INVALID_DATA'],
        [1002, 'ERR_INVALID_DATA'],
      ],
    )
    const { trackedRows, rejectedRows, acceptedMessages } = logger.stats()
    assert.deepEqual([trackedRows, rejectedRows, acceptedMessages], [1000, 2, 0])
    await logger.close()
    assert.equal(writer.count('d', 'n'), 1000)
  }
})

test('rows go to the bucket of their time; those without count as of now, and are told', async (t) => {
  const path = file(t, `${lines(ROWS)}{"n":1}\n{"day":null}\n`)
  const now = Date.UTC(2025, 1, 1)
  const { logger } = memoryLogger(t, { currentTimeFn: () => now, aggregateBy: 'day' })
  const result = await logger.logFile(path, { datasetId: 'd', timestampColumn: 'day' })
  assert.deepEqual([result.rows, result.withoutTimestamp], [1002, 2])
  const views = await logger.getProfileViews()
  const starts = views.map(({ datasetTimestamp }) => datasetTimestamp.getTime()).sort()
  assert.deepEqual(starts, [0, 1, 2].map((day) => Date.UTC(2024, 0, 1) + day * DAY_MS).concat(now))
})

test('one call profiles a file, and one rows', async (t) => {
  const path = file(t, lines(ROWS), 'orders.2024.ndjson')
  const found = await profileFile(path, { timestampColumn: 'day' })
  assert.deepEqual([found.rows, found.views.length, found.view().column('n').max], [1000, 3, 999])
  assert.equal(found.views[0].origin.datasetId, 'orders.2024')
  const inMemory = await profile(ROWS)
  assert.ok(inMemory instanceof ProfileView)
  const figures = (view) => [
    view.column('n').mean,
    view.column('text').count,
    view.column('text').cardinality().estimate,
  ]
  assert.deepEqual(figures(inMemory), figures(found.view()))
  await assert.rejects(profile([]), { code: 'ERR_INVALID_DATA' })
  const types = await profile([{ n: 1 }], { schema: new DatasetSchema({ types: { n: 'fractional' } }) })
  assert.equal(types.column('n').summary()['types/fractional'], 1)
})

test('a handle and a logger of one dataset read files as well', async (t) => {
  const path = file(t, lines(ROWS))
  const { logger } = memoryLogger(t)
  const orders = logger.dataset('orders')
  assert.equal((await orders.logFile(path)).rows, 1000)
  assert.equal((await orders.getProfileViews())[0].column('n').count, 1000)
  await assert.rejects(orders.logFile(path, { datasetId: 'x' }), { code: 'ERR_INVALID_OPTION' })
  const thread = new ThreadRollingLogger({ datasetId: 'x', writeSchedule: null })
  t.after(() => thread.close({ onLoss: 'report' }))
  assert.equal((await thread.logFile(path)).rows, 1000)
  assert.equal((await thread.getProfileViews())[0].column('n').count, 1000)
})

test('progress is told, and ends with everything', async (t) => {
  const path = file(t, lines(ROWS))
  const told = []
  await profileFile(path, { onProgress: (progress) => told.push(progress) })
  const size = lines(ROWS).length
  assert.deepEqual(told.at(-1), { bytes: size, size, rows: 1000, leftOut: 0 })
})

test('a file that cannot be read is told with what is known of it', async (t) => {
  const folder = temporaryFolder(t)
  const missing = join(folder, 'missing.csv')
  await assert.rejects(profileFile(missing), {
    code: 'ERR_IO',
    systemCode: 'ENOENT',
    path: missing,
    message: /missing\.csv could not be read: ENOENT/,
  })
  await assert.rejects(profileFile(folder), { code: 'ERR_IO', systemCode: 'EISDIR' })
  const nothing = file(t, 'x\n\ny\n')
  await assert.rejects(profileFile(nothing), {
    code: 'ERR_UNREADABLE_FILE',
    path: nothing,
    rows: 0,
    message: /cannot be read: nothing could be read; 2 lines left out, line 1: /,
  })
  const none = await profileFile(file(t, '\n'), { format: 'ndjson' })
  assert.equal(none.rows, 0)
  assert.throws(() => none.view(), { code: 'ERR_UNREADABLE_FILE' })
})

test('a stream that breaks off fails the promise with its own error', async () => {
  const cause = new Error('the line was cut')
  const broken = async function* () {
    yield Buffer.from('{"a":1}\n')
    throw cause
  }
  await assert.rejects(profileFile(broken(), { format: 'ndjson' }), (error) => {
    assert.deepEqual([error.code, error.cause], ['ERR_IO', cause])
    return true
  })
  const junk = async function* () {
    yield 5
  }
  await assert.rejects(profileFile(junk(), { format: 'ndjson' }), { code: 'ERR_IO' })
})

test('options that make no sense are refused before the file is opened', async (t) => {
  const { logger } = memoryLogger(t)
  const missing = '/no/such/file'
  for (const options of [
    { format: 'xml' },
    { delimiter: '"' },
    { delimiter: 'ab' },
    { encoding: 'klingon' },
    { columns: [] },
    { timestampFormat: 'yyyy' },
    { timestampColumn: 't', timestampFormat: 'qq' },
    { onProgress: 5 },
    { path: 'x' },
  ]) {
    await assert.rejects(logger.logFile(missing, { datasetId: 'd', ...options }), { code: 'ERR_INVALID_OPTION' })
  }
  await assert.rejects(logger.logFile(missing), { code: 'ERR_MISSING_DATASET_ID' })
  const udfs = new DatasetSchema({ udfs: { twice: { columns: ['a'], fn: ({ a }) => a * 2 } } })
  await assert.rejects(profileFile(missing, { schema: udfs }), { code: 'ERR_UDF_NEEDS_ROWS' })
  const fresh = new ProcessRollingLogger()
  await assert.rejects(fresh.logFile(missing, { datasetId: 'd' }), { code: 'ERR_NOT_STARTED' })
})

/** Lines without end. */
async function* endless() {
  const chunk = Buffer.from(lines(ROWS))
  for (;;) yield chunk
}

test('a signal gives up; what was read counts', async (t) => {
  const { logger } = memoryLogger(t)
  const controller = new AbortController()
  const reason = new Error('enough')
  const reading = logger.logFile(endless(), { datasetId: 'd', format: 'ndjson', signal: controller.signal })
  while (logger.stats().trackedRows < 100_000) await new Promise((resolve) => setTimeout(resolve, 1))
  controller.abort(reason)
  await assert.rejects(reading, (error) => error === reason)
  const { trackedRows } = logger.stats()
  assert.equal((await logger.getProfileViews())[0].column('n').count, trackedRows)
  await assert.rejects(
    logger.logFile('/no', { datasetId: 'd', signal: AbortSignal.abort(reason) }),
    (error) => error === reason,
  )
})

test('a close, and a kill, end the reading of a file with a code', async (t) => {
  for (const [end, codes] of [
    [(logger) => logger.close(), ['ERR_CLOSED']],
    [(logger) => logger.kill(), ['ERR_NOT_ALIVE', 'ERR_CLOSED']],
  ]) {
    const { logger, writer } = memoryLogger(t)
    const reading = logger.logFile(endless(), { datasetId: 'd', format: 'ndjson' })
    const outcome = reading.catch((error) => error)
    while (logger.stats().trackedRows < 10_000) await new Promise((resolve) => setTimeout(resolve, 1))
    await end(logger)
    const { code } = await outcome
    assert.ok(codes.includes(code), code)
    if (codes.length === 1) assert.equal(writer.count('d', 'n'), logger.stats().trackedRows)
  }
})

test('files and rows of many at once count each once', async (t) => {
  const path = file(t, lines(ROWS))
  const { logger, writer } = memoryLogger(t, { workers: 2 })
  const readings = Array.from({ length: 8 }, (_, at) => logger.logFile(path, { datasetId: `d${at % 3}` }))
  for (const row of ROWS) logger.log(row, { datasetId: 'd0' })
  await logger.flush()
  await Promise.all(readings)
  await logger.close()
  const counts = [0, 1, 2].map((at) => writer.count(`d${at}`, 'n'))
  assert.deepEqual(counts, [4000, 3000, 2000])
})

test('rows of a file are written at a natural end of the process', async (t) => {
  const folder = temporaryFolder(t)
  const path = file(t, lines(ROWS))
  const script = `
    import { LocalWriterFactory, ProcessRollingLogger } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
    const logger = new ProcessRollingLogger({ writerFactory: new LocalWriterFactory(${JSON.stringify(folder)}) })
    logger.start()
    await logger.logFile(${JSON.stringify(path)}, { datasetId: 'd' })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  const { readdirSync } = await import('node:fs')
  const [name] = readdirSync(folder)
  assert.equal(ProfileView.read(join(folder, name)).column('n').count, 1000)
})

test('a source is recorded where that is asked for, so that a file counts once', async (t) => {
  const path = file(t, lines(ROWS))
  const read = async (recordSource) => {
    const { logger } = memoryLogger(t)
    await logger.logFile(path, { datasetId: 'd', recordSource })
    const [view] = await logger.getProfileViews()
    return view
  }
  const [first, again, plain] = [await read(true), await read(true), await read(false)]
  assert.equal(Object.keys(first.origin.sources).length, 1)
  assert.match(Object.values(first.origin.sources)[0], / rows\.ndjson$/)
  assert.throws(() => first.merge(again), { code: 'ERR_COUNTED_TWICE' })
  assert.deepEqual(plain.origin.sources, {})
})

test('a pipe that says nothing keeps nobody who has given up', { skip: process.platform === 'win32' }, async (t) => {
  const pipe = join(temporaryFolder(t), 'rows.ndjson')
  execFileSync('mkfifo', [pipe])
  const writer = createWriteStream(pipe)
  t.after(() => writer.destroy())
  writer.write(lines(ROWS))
  const { logger } = memoryLogger(t)
  const controller = new AbortController()
  const reading = logger.logFile(pipe, { datasetId: 'd', signal: controller.signal })
  setTimeout(() => controller.abort(), 20)
  await assert.rejects(reading, { name: 'AbortError' })
})

test('digits that look like dates are told of', async (t) => {
  const path = file(t, 't,n\n20240301,1\n20240302,2\n', 'a.csv')
  const found = await profileFile(path, { timestampColumn: 't' })
  assert.match(found.notes.join(), /column "t" was read as counts of seconds.*yyyyMMdd/)
  const dates = await profileFile(path, { timestampColumn: 't', timestampFormat: 'yyyyMMdd' })
  assert.deepEqual([dates.notes, dates.views[0].datasetTimestamp.getTime()], [[], Date.UTC(2024, 2, 1)])
})

test('rows of a stream go to the bucket of their own time', async (t) => {
  const rows = [{ at: '2024-01-01' }, { at: new Date(Date.UTC(2024, 0, 2)) }, [{ at: Date.UTC(2024, 0, 3) }, { n: 1 }]]
  for (const timestampColumn of ['at', ({ at }) => at]) {
    const { logger } = memoryLogger(t, { aggregateBy: 'day' })
    const stream = logger.createWritable({ datasetId: 'd', timestampMs: Date.UTC(2025, 0, 1), timestampColumn })
    await pipeline(Readable.from(rows), stream)
    const starts = (await logger.getProfileViews()).map((view) => view.datasetTimestamp.toISOString().slice(0, 10))
    assert.deepEqual(starts.sort(), ['2024-01-01', '2024-01-02', '2024-01-03', '2025-01-01'])
  }
  const { logger } = memoryLogger(t)
  const broken = pipeline(
    Readable.from([{ at: 'soon' }]),
    logger.createWritable({ datasetId: 'd', timestampColumn: 'at' }),
  )
  await assert.rejects(broken, { code: 'ERR_INVALID_TIMESTAMP' })
  assert.throws(() => logger.createWritable({ timestampColumn: 5 }), { code: 'ERR_INVALID_OPTION' })
})
