import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { importTs } from '../../support/typescript.mjs'
import { fakeIo, fakeProfilers, optionsOf, temporaryFolder } from './support.mjs'

const { profile } = await importTs('cli/commands/profile.ts')

const unread = () => assert.fail('there is nothing to read')

/** Runs `profile` on files (by name and content) with a logger that reads nothing. */
async function run(t, files, words = [], { fakes = fakeProfilers(), io = fakeIo(), names = Object.keys(files) } = {}) {
  const folder = temporaryFolder(t)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  const paths = names.map((name) => (name === '-' ? name : join(folder, name)))
  const options = await optionsOf(['--out', join(folder, 'out'), ...words])
  const failure = await profile(paths, options, io, fakes.create, unread).then(
    () => null,
    (error) => error,
  )
  return { folder, io, failure, made: fakes.made, logger: fakes.made[0] }
}

const failing = (fields) =>
  fakeProfilers({
    result: () => {
      throw Object.assign(new Error(fields.message ?? 'no words'), fields)
    },
  })

test('the words of the command line reach the reader', async (t) => {
  const words = ['--timestamp-column', 'when', '--timestamp-format', 'yyyy', '--format', 'tsv', '--delimiter', ';']
  const more = ['--columns', 'a,when', '--encoding', 'latin1', '--aggregate-by', 'hour', '--workers', '3']
  const { logger, folder, failure, io } = await run(t, { 'a.csv': 'x' }, [...words, ...more])
  assert.equal(failure, null)
  const { datasetId, outDir, aggregateBy, workers } = logger.options
  assert.deepEqual([datasetId, outDir, aggregateBy, workers], ['a', join(folder, 'out'), 'hour', 3])
  const [[file, { onProgress, signal, ...given }]] = logger.reads
  assert.equal(file, join(folder, 'a.csv'))
  assert.deepEqual(given, {
    timestampColumn: 'when',
    timestampFormat: 'yyyy',
    format: 'tsv',
    delimiter: ';',
    columns: ['a', 'when'],
    encoding: 'latin1',
  })
  assert.equal(signal, io.controller.signal)
  onProgress({ rows: 1, bytes: 1, size: null, leftOut: 0 })
  assert.equal(logger.state, 'closed')
})

test('records without a time, cut texts and remarks are told', async (t) => {
  const result = () => ({ rows: 3, withoutTimestamp: 2, cutTexts: 4, notes: ['the times look like dates'] })
  const { io } = await run(t, { 'a.csv': 'x' }, [], { fakes: fakeProfilers({ result }) })
  assert.match(io.stdout, /2 rows without a timestamp, counted in 2024-06-01/)
  for (const text of [io.stdout, io.stderr]) {
    assert.match(text, /4 texts/)
    assert.match(text, /a\.csv: the times look like dates/)
  }
})

test('what is left out is told by its place, counted, and the rest as a number', async (t) => {
  const complaints = Array.from({ length: 8 }, (_, at) => ({ place: at + 2, code: 'ERR_INVALID_DATA', reason: 'no' }))
  for (const [format, unit] of [
    ['ndjson', 'line'],
    ['parquet', 'row'],
  ]) {
    const result = () => ({ format, leftOut: 10, complaints })
    const { io, folder } = await run(t, { a: 'x' }, ['--json'], { fakes: fakeProfilers({ result }) })
    const told = io.stderr.trim().split('\n')
    assert.equal(told.length, 6)
    assert.equal(told[0], `rolling-profiles: ${join(folder, 'a')}: ${unit} 2: no; left out`)
    assert.match(told[5], new RegExp(`a: 5 more ${unit}s left out$`))
    const [dataset] = JSON.parse(io.stdout).datasets
    assert.deepEqual([dataset.leftOut, dataset.complaints.length], [10, 5])
    assert.deepEqual(dataset.complaints[0], { file: join(folder, 'a'), place: 2, reason: 'no' })
  }
})

test('a file that cannot be read is one failure, and nothing is written', async (t) => {
  const reason = 'the file may be cut off'
  for (const [fields, words] of [
    [{ code: 'ERR_UNREADABLE_FILE', reason, place: 7, unit: 'line' }, /a\.csv: line 7: the file may be cut off$/],
    [{ code: 'ERR_UNREADABLE_FILE', reason, place: null }, /a\.csv: the file may be cut off$/],
    [{ code: 'ERR_UNKNOWN_COLUMN', message: 'The file has no column "t".' }, /^The file has no column "t"\.$/],
    [
      { code: 'ERR_INVALID_OPTION', message: 'options.timestampFormat is none: no year' },
      /^--timestamp-format is none: no year$/,
    ],
    [{ code: 'ERR_IO', cause: Object.assign(new Error('x'), { code: 'EACCES' }) }, /a\.csv: permission denied$/],
  ]) {
    const { io, logger, failure, folder } = await run(t, { 'a.csv': 'x' }, [], { fakes: failing(fields) })
    assert.equal(failure.name, 'UserError', failure.stack)
    assert.match(failure.message, words)
    assert.equal(io.stderr + io.stdout, '')
    assert.equal(logger.state, 'discarded')
    assert.ok(!existsSync(join(folder, 'out')), 'the folder that was made is gone')
  }
})

test('any other failure of the logger is not hidden', async (t) => {
  const { failure, logger } = await run(t, { 'a.csv': 'x' }, [], { fakes: failing({ name: 'TypeError' }) })
  assert.equal(failure.name, 'TypeError')
  assert.equal(logger.state, 'discarded')
})

test('Ctrl-C takes back what is under way, also while profiles are written', async (t) => {
  const io = fakeIo()
  const interruption = new Error('stop')
  const result = () => {
    io.controller.abort(interruption)
    return {}
  }
  const { failure, logger, folder } = await run(t, { 'a.csv': 'x' }, [], { io, fakes: fakeProfilers({ result }) })
  assert.equal(failure, interruption)
  assert.equal(logger.state, 'discarded')
  assert.equal(io.stdout, '')
  assert.ok(!existsSync(join(folder, 'out')))
})

test('files of one dataset share a logger; others have their own', async (t) => {
  const files = { 'a.csv': 'x', 'a.ndjson.gz': 'x', 'b.2024.csv.zst': 'x' }
  const shown = ({ made }) => made.map(({ options, reads }) => [options.datasetId, reads.length])
  assert.deepEqual(shown(await run(t, files)), [
    ['a', 2],
    ['b.2024', 1],
  ])
  assert.deepEqual(shown(await run(t, files, ['--dataset-id', 'all'])), [['all', 3]])
})

test('standard input can be named once, and is meant where nothing is named', async (t) => {
  for (const names of [['-'], []]) {
    const { logger } = await run(t, {}, [], { names })
    assert.deepEqual([logger.options.datasetId, logger.reads.length], ['stdin', 1])
  }
  const twice = await run(t, {}, [], { names: ['-', '-'] })
  assert.match(twice.failure.message, /only once/)
  const terminal = await run(t, {}, [], { io: { ...fakeIo(), stdinIsTerminal: true } })
  assert.match(terminal.failure.message, /no file is named/)
})

test('all files are looked at before the first is read', async (t) => {
  const { failure, made } = await run(t, { 'a.csv': 'x' }, [], { names: ['a.csv', 'missing.csv'] })
  assert.match(failure.message, /missing\.csv: no such file/)
  assert.equal(made.length, 0)
})

test('a folder that cannot be written is told before anything is read', async (t) => {
  const { failure, made } = await run(t, { 'a.csv': 'x', file: '' }, ['--out', join('/dev/null', 'x')])
  assert.match(failure.message, /^\/dev\/null\/x: profiles cannot be written there: /)
  assert.equal(made.length, 0)
})

test('a file that somebody has put in the folder keeps nothing from being written, and stays as it is', async (t) => {
  const folder = temporaryFolder(t)
  const planted = join(folder, `.writable-${process.pid}`)
  writeFileSync(planted, 'theirs')
  for (const fakes of [fakeProfilers(), failing({ code: 'ERR_UNREADABLE_FILE', reason: 'no', place: null })]) {
    await run(t, { 'a.csv': 'x' }, ['--out', folder], { fakes })
    assert.deepEqual(readdirSync(folder), [`.writable-${process.pid}`])
    assert.equal(readFileSync(planted, 'utf8'), 'theirs')
  }
})

test('profiles that could not be written are a failure', async (t) => {
  const fakes = fakeProfilers({ outcome: { unwritten: 3, reason: 'no\nspace' } })
  const { failure, logger } = await run(t, { 'a.csv': 'x' }, [], { fakes })
  assert.equal(failure.name, 'UserError')
  assert.match(failure.message, /3 profiles could not be written: no space$/)
  assert.equal(logger.state, 'discarded')
})

test('a header alone is a dataset of no rows', async (t) => {
  const { io, failure, folder } = await run(t, { 'a.csv': 'x' }, ['--json'], {
    fakes: fakeProfilers({ result: () => ({ rows: 0 }) }),
  })
  assert.equal(failure, null)
  const [dataset] = JSON.parse(io.stdout).datasets
  assert.deepEqual([dataset.rows, dataset.buckets, dataset.columns], [0, 0, []])
  assert.ok(existsSync(join(folder, 'out')))
})

test('quiet says nothing', async (t) => {
  const { io } = await run(t, { 'a.csv': 'x' }, ['--quiet'])
  assert.equal(io.stdout + io.stderr, '')
})

test('what was lost is told, quiet or not', async (t) => {
  const fakes = () => fakeProfilers({ result: () => ({ cutTexts: 2 }) })
  for (const words of [[], ['--quiet'], ['--json'], ['--output', 'csv']]) {
    const { io } = await run(t, { 'a.csv': 'x' }, words, { fakes: fakes() })
    assert.match(io.stderr, /^rolling-profiles: a: 2 texts cut[^\n]*\n$/)
  }
})

test('profiles that nobody wants are gone, however the run ends', async (t) => {
  const folder = temporaryFolder(t)
  for (const [name, content, fails] of [
    ['a.csv', 'a\n1\n', false],
    ['b.json', '[{"a":1},', true],
  ]) {
    writeFileSync(join(folder, name), content)
    const fakes = fails ? failing({ code: 'ERR_UNREADABLE_FILE', reason: 'no', place: null }) : fakeProfilers()
    const create = (options) => {
      writeFileSync(join(options.outDir, 'a.bin'), '')
      return fakes.create(options)
    }
    const io = fakeIo()
    const failure = await profile([join(folder, name)], await optionsOf(['--no-write']), io, create, unread).then(
      () => null,
      (error) => error,
    )
    assert.equal(failure !== null, fails)
    const [{ options }] = fakes.made
    assert.ok(!existsSync(options.outDir))
    assert.notEqual(options.outDir, './profiles')
  }
})
