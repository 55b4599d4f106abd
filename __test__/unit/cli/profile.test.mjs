import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { importTs } from '../../support/typescript.mjs'
import { fakeIo, fakeProfilers, optionsOf, temporaryFolder } from './support.mjs'

const { profile } = await importTs('cli/commands/profile.ts')

const unread = () => assert.fail('there is nothing to read')

/** Runs `profile` on files (by name and content) with a logger that only counts. */
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

test('every record is logged with its own time', async (t) => {
  const { logger, failure } = await run(t, { 'a.csv': 'when,x\n2024-01-02,1\n1969-12-31,2\n' }, [
    '--timestamp-column',
    'when',
  ])
  assert.equal(failure, null)
  assert.deepEqual(logger.rows, [
    { when: '2024-01-02', x: 1 },
    { when: '1969-12-31', x: 2 },
  ])
  assert.deepEqual(logger.times, [Date.UTC(2024, 0, 2), Date.UTC(1969, 11, 31)])
  assert.deepEqual([logger.options.datasetId, logger.options.aggregateBy, logger.state], ['a', 'day', 'closed'])
})

test('a record without a time counts as of the start, and is told', async (t) => {
  const { io, logger } = await run(t, { 'a.ndjson': '{"t":"2024-01-02"}\n{"t":null}\n{"x":1}\n' }, [
    '--timestamp-column',
    't',
  ])
  assert.deepEqual(logger.times, [Date.UTC(2024, 0, 2), io.time, io.time])
  assert.match(io.stdout, /2 rows without a timestamp, counted in 2024-06-01/)
})

test('what cannot be read is told by its line, counted, and left out', async (t) => {
  const lines = Array.from({ length: 9 }, (_, index) => `{"t":"2024-01-02","bad":${index}`)
  const content = `{"t":"2024-01-02"}\n${lines.join('\n')}\n{"t":"soon"}\n{"t":"2024-01-03"}\n`
  const { io, logger, failure } = await run(t, { 'a.ndjson': content }, ['--timestamp-column', 't'])
  assert.equal(failure, null)
  assert.equal(logger.rows.length, 2)
  const told = io.stderr.trim().split('\n')
  assert.equal(told.length, 6)
  assert.match(told[0], /a\.ndjson: line 2: not valid JSON; left out$/)
  assert.match(told[5], /a\.ndjson: 5 more lines left out$/)
  assert.match(io.stdout, /10 records left out/)
})

test('a time that cannot be read is shown, without what could harm a terminal', async (t) => {
  const { io } = await run(t, { 'a.csv': 'when,x\nnow\x1b[2J,1\n2024-01-01,2\n' }, ['--timestamp-column', 'when'])
  assert.match(io.stderr, /line 2: "now·\[2J" in column "when" is no timestamp/)
})

test('when nothing can be read there is one failure and nothing is written', async (t) => {
  const { io, logger, failure } = await run(t, { 'a.ndjson': 'x\ny\n' })
  assert.equal(failure.name, 'UserError')
  assert.match(failure.message, /nothing could be read; 2 lines left out, line 1: not valid JSON/)
  assert.equal(io.stderr, '')
  assert.equal(logger.state, 'discarded')
})

test('an unknown column is refused before anything is logged, with the ones there are', async (t) => {
  for (const [name, content] of Object.entries({
    'a.csv': 'a,b\n1,2\n',
    'a.ndjson': '{"a":1}\n{"b":2}\n',
    'a.json': '[{"a":1},{"b":2}]',
  })) {
    const { logger, failure } = await run(t, { [name]: content }, ['--timestamp-column', 'when'])
    assert.match(failure.message, /no column "when"; there are a, b$/)
    assert.deepEqual([logger.rows.length, logger.state], [0, 'discarded'])
  }
})

test('an input that breaks off leaves nothing behind', async (t) => {
  const { logger, failure } = await run(t, { 'a.json': '[{"a":1},{"a":2},{"a"' })
  assert.match(failure.message, /not closed/)
  assert.equal(logger.state, 'discarded')
})

test('a row that the logger refuses is left out like a bad line', async (t) => {
  const tooLarge = Object.assign(new Error('too\nlarge'), { code: 'ERR_MESSAGE_TOO_LARGE' })
  const fakes = fakeProfilers({ refuse: (row) => (row.a === 2 ? tooLarge : null) })
  const { io, logger } = await run(t, { 'a.csv': 'a\n1\n2\n3\n' }, [], { fakes })
  assert.equal(logger.rows.length, 2)
  assert.match(io.stderr, /line 3: too large; left out/)
})

test('any other failure of the logger is not hidden', async (t) => {
  const fakes = fakeProfilers({ refuse: () => new TypeError('a fault') })
  const { failure, logger } = await run(t, { 'a.csv': 'a\n1\n' }, [], { fakes })
  assert.equal(failure.name, 'TypeError')
  assert.equal(logger.state, 'discarded')
})

test('a full queue is waited for', async (t) => {
  const rows = Array.from({ length: 10 }, (_, index) => index).join('\n')
  const { logger } = await run(t, { 'a.csv': `a\n${rows}\n` }, [], { fakes: fakeProfilers({ highWater: 3 }) })
  assert.deepEqual([logger.rows.length, logger.waits], [10, 3])
})

test('files of one dataset share a logger; others have their own', async (t) => {
  const files = { 'a.csv': 'x\n1\n', 'a.ndjson': '{"x":2}\n', 'b.csv': 'x\n3\n' }
  const apart = await run(t, files)
  assert.deepEqual(
    apart.made.map(({ options, rows }) => [options.datasetId, rows.length]),
    [
      ['a', 2],
      ['b', 1],
    ],
  )
  const together = await run(t, files, ['--dataset-id', 'all'])
  assert.deepEqual(
    together.made.map(({ options, rows }) => [options.datasetId, rows.length]),
    [['all', 3]],
  )
})

test('standard input, which can be named once', async (t) => {
  const piped = await run(t, {}, [], { names: ['-'], io: fakeIo({ stdin: '{"a":1}\n' }) })
  assert.deepEqual([piped.logger.options.datasetId, piped.logger.rows], ['stdin', [{ a: 1 }]])
  const implied = await run(t, {}, [], { io: fakeIo({ stdin: 'a\n1\n' }) })
  assert.deepEqual(implied.logger.rows, [{ a: 1 }])
  const twice = await run(t, {}, [], { names: ['-', '-'] })
  assert.match(twice.failure.message, /only once/)
  const terminal = await run(t, {}, [], { io: { ...fakeIo(), stdinIsTerminal: true } })
  assert.match(terminal.failure.message, /no file is named/)
})

test('all files are looked at before the first is read', async (t) => {
  const { failure, made } = await run(t, { 'a.csv': 'a\n1\n' }, [], { names: ['a.csv', 'missing.csv'] })
  assert.match(failure.message, /missing\.csv: no such file/)
  assert.equal(made.length, 0)
})

test('a folder that cannot be written is told before anything is read', async (t) => {
  const { failure, made } = await run(t, { 'a.csv': 'a\n1\n', file: '' }, ['--out', join('/dev/null', 'x')])
  assert.match(failure.message, /^\/dev\/null\/x: profiles cannot be written there: /)
  assert.equal(made.length, 0)
})

test('a file that somebody has put in the folder keeps nothing from being written, and stays as it is', async (t) => {
  const folder = temporaryFolder(t)
  const planted = join(folder, `.writable-${process.pid}`)
  writeFileSync(planted, 'theirs')
  const { failure } = await run(t, { 'a.csv': 'a\n1\n' }, ['--out', folder])
  assert.equal(failure, null)
  assert.deepEqual(readdirSync(folder), [`.writable-${process.pid}`])
  assert.equal(readFileSync(planted, 'utf8'), 'theirs')
})

test('profiles that could not be written are a failure', async (t) => {
  const fakes = fakeProfilers({ outcome: { unwritten: 3, reason: 'no\nspace' } })
  const { failure } = await run(t, { 'a.csv': 'a\n1\n' }, [], { fakes })
  assert.equal(failure.name, 'UserError')
  assert.match(failure.message, /3 profiles could not be written: no space$/)
})

test('a header alone is a dataset of no rows', async (t) => {
  const { io, failure, folder } = await run(t, { 'a.csv': 'a,b\n' }, ['--json'])
  assert.equal(failure, null)
  const [dataset] = JSON.parse(io.stdout).datasets
  assert.deepEqual([dataset.rows, dataset.buckets, dataset.columns], [0, 0, []])
  assert.ok(existsSync(join(folder, 'out')))
})

test('quiet says nothing', async (t) => {
  const { io } = await run(t, { 'a.csv': 'a\n1\n' }, ['--quiet'])
  assert.equal(io.stdout + io.stderr, '')
})

test('what was lost is told, quiet or not', async (t) => {
  const fakes = () => fakeProfilers({ outcome: { rejectedRows: 2 } })
  for (const words of [[], ['--quiet'], ['--json'], ['--output', 'csv']]) {
    const { io } = await run(t, { 'a.csv': 'a\n1\n' }, words, { fakes: fakes() })
    assert.equal(io.stderr, 'rolling-profiles: a: 2 rows rejected by the logger\n')
  }
})

test('profiles that nobody wants are gone, however the run ends', async (t) => {
  const folder = temporaryFolder(t)
  for (const [name, content, fails] of [
    ['a.csv', 'a\n1\n', false],
    ['b.json', '[{"a":1},', true],
  ]) {
    writeFileSync(join(folder, name), content)
    const fakes = fakeProfilers()
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
