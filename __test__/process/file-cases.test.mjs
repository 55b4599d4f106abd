/** Files as a shell hands them over, and what a person and a program are told of what is lost. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  createWriteStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { tableToIPC } from 'apache-arrow'
import { columnOf, datasetOf, run, shell, start } from '../support/command-line.mjs'
import { fixture } from '../support/file-tables.mjs'
import { temporaryFolder } from '../support/logger.mjs'
import { sameArrow, sameRows } from '../support/same-table.mjs'

const JSON_ONLY = ['--no-write', '--json']
const windows = process.platform === 'win32' && 'there are no pipes with names'

function folderWith(t, files) {
  const folder = temporaryFolder(t)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

const count = 20_000
const CSV = `n,t\n${Array.from({ length: count }, (_, at) => `${at},text ${at % 10}\n`).join('')}`
const NDJSON = Array.from({ length: count }, (_, at) => `{"n":${at},"t":"text ${at % 10}"}\n`).join('')
const ARRAY = `[${NDJSON.trim().replaceAll('\n', ',\n')}]`

/** What of a column's figures does not depend on chance. */
const exactly = ({ q25, median, q75, distinct, stddev, top, ...exact }) => exact

/** The files by name, and how many rows each has. */
function everyKind(t) {
  const folder = folderWith(t, {
    'a.csv': CSV,
    'a.csv.gz': gzipSync(CSV),
    'a.ndjson': NDJSON,
    'a.json': ARRAY,
  })
  copyFileSync(fixture('edges.parquet'), join(folder, 'a.parquet'))
  writeFileSync(join(folder, 'a.arrow'), tableToIPC(sameArrow(sameRows(), 64), 'stream'))
  const texts = { 'a.csv': count, 'a.csv.gz': count, 'a.ndjson': count, 'a.json': count }
  return { folder, rows: { ...texts, 'a.parquet': 4, 'a.arrow': 300 } }
}

test('every format through process substitution, a pipe, a file and a pipe with a name', {
  skip: windows,
}, async (t) => {
  const { folder, rows } = everyKind(t)
  for (const [name, expected] of Object.entries(rows)) {
    const whole = datasetOf(await run(folder, ['profile', name, ...JSON_ONLY]))
    assert.equal(whole.rows, expected, name)
    for (const line of [
      `rp profile <(cat ${name}) ${JSON_ONLY.join(' ')}`,
      `cat ${name} | rp profile - ${JSON_ONLY.join(' ')}`,
      `cat ${name} | rp profile /dev/stdin ${JSON_ONLY.join(' ')}`,
      `rp profile - ${JSON_ONLY.join(' ')} < ${name}`,
      `rp profile ${JSON_ONLY.join(' ')} < ${name}`,
      `mkfifo ${name}.fifo && (cat ${name} > ${name}.fifo & rp profile ${name}.fifo ${JSON_ONLY.join(' ')})`,
    ]) {
      const { rows: read, columns } = datasetOf(await shell(folder, line))
      assert.deepEqual([read, columns.map(exactly)], [expected, whole.columns.map(exactly)], line)
    }
  }
})

test('standard input that is a socket, a file from its middle, or nothing', async (t) => {
  const { folder, rows } = everyKind(t)
  for (const [name, expected] of Object.entries(rows)) {
    const input = readFileSync(join(folder, name))
    assert.equal(datasetOf(await run(folder, ['profile', '-', ...JSON_ONLY], { input })).rows, expected, name)
    const stdin = openSync(join(folder, name))
    assert.equal(datasetOf(await run(folder, ['profile', '-', ...JSON_ONLY], { stdin })).rows, expected, name)
  }
  const skipped = `{ read first; read second; rp profile - ${JSON_ONLY.join(' ')} --columns n,t; } < a.csv`
  writeFileSync(join(folder, 'a.csv'), `title\nmore of it\n${CSV}`)
  assert.equal(datasetOf(await shell(folder, skipped)).rows, count)
  const nothing = await run(folder, ['profile', '-'], { stdin: 'ignore' })
  assert.deepEqual([nothing.code, nothing.stderr], [2, 'rolling-profiles: standard input: the input is empty\n'])
})

/** What there is of each, at first and then over and over. */
const WITHOUT_END = {
  'rows.csv': [CSV, CSV.slice(4)],
  'rows.ndjson': [NDJSON, NDJSON],
  'rows.json': [ARRAY.slice(0, -1), `,${ARRAY.slice(1, -1)}`],
}

test('Ctrl-C in the middle of a file leaves nothing behind', { skip: windows }, async (t) => {
  const folder = folderWith(t, {})
  for (const name of ['rows.csv', 'rows.ndjson', 'rows.json']) {
    execFileSync('mkfifo', [join(folder, name)])
    const { child, ended } = start(folder, ['profile', name, '--json'], { stdin: 'ignore' })
    const pipe = createWriteStream(join(folder, name))
    pipe.on('error', () => {})
    const [first, more] = WITHOUT_END[name]
    // It is in the middle once the pipe's buffer has been taken; more comes until it ends.
    await new Promise((resolve) => pipe.write(first, resolve))
    child.kill('SIGINT')
    const goOn = (error) => void (error || pipe.write(more, goOn))
    goOn()
    const { code, stdout } = await ended
    pipe.destroy()
    assert.deepEqual([code, stdout], [130, ''], name)
    assert.deepEqual(existsSync(join(folder, 'profiles')), false, name)
  }
  assert.deepEqual(readdirSync(folder), ['rows.csv', 'rows.json', 'rows.ndjson'])
})

test('Ctrl-C while a pipe is silent ends at once', { skip: windows }, async (t) => {
  const folder = folderWith(t, {})
  execFileSync('mkfifo', [join(folder, 'silent.csv')])
  const { child, ended } = start(folder, ['profile', 'silent.csv'], { stdin: 'ignore' })
  const pipe = createWriteStream(join(folder, 'silent.csv'))
  pipe.on('error', () => {})
  await new Promise((resolve) => pipe.write(CSV, resolve))
  child.kill('SIGINT')
  // The pipe is not closed before.
  const { code } = await ended
  pipe.destroy()
  assert.equal(code, 130)
  assert.deepEqual(readdirSync(folder), ['silent.csv'])
})

test('Ctrl-C keeps what others have written', { skip: windows }, async (t) => {
  const folder = folderWith(t, { 'first.csv': CSV })
  assert.equal((await run(folder, ['profile', 'first.csv', '-q'])).code, 0)
  const kept = readdirSync(join(folder, 'profiles'))
  const { child, ended } = start(folder, ['profile', '-', '--format', 'ndjson'])
  await new Promise((resolve) => child.stdin.write(NDJSON, resolve))
  child.kill('SIGINT')
  const goOn = (error) => void (error || child.stdin.write(NDJSON, goOn))
  goOn()
  assert.equal((await ended).code, 130)
  assert.deepEqual(readdirSync(join(folder, 'profiles')), kept)
})

test('texts that are cut are told, with -q and --json too', async (t) => {
  const content = `s\n${['a', 'b'].map((end) => `${'x'.repeat(70_000)}${end}\n`).join('')}short\n`
  const folder = folderWith(t, { 'long.csv': content })
  const told = /^rolling-profiles: long: 2 texts cut: too long to be counted as a whole\n$/
  for (const words of [['-q'], ['--json'], ['-q', '--json'], []]) {
    const { code, stderr } = await run(folder, ['profile', 'long.csv', '--no-write', ...words])
    assert.equal(code, 0)
    assert.match(stderr, told, words.join(' '))
  }
  assert.equal(datasetOf(await run(folder, ['profile', 'long.csv', ...JSON_ONLY])).cutTexts, 2)
})

test('more columns than a profile has are told, with -q and --json too', async (t) => {
  const names = Array.from({ length: 10_050 }, (_, at) => `c${at}`)
  const values = names.map((_, at) => at)
  const folder = folderWith(t, {
    'wide.csv': `${names.join(',')}\n${values.join(',')}\n`,
    'wide.ndjson': `${JSON.stringify(Object.fromEntries(names.map((name, at) => [name, at])))}\n`,
  })
  for (const file of ['wide.csv', 'wide.ndjson']) {
    for (const words of [['-q'], ['--json'], ['-q', '--json']]) {
      const { code, stderr, stdout } = await run(folder, ['profile', file, '--no-write', ...words])
      assert.deepEqual([code, stdout], [2, ''], `${file} ${words}`)
      assert.match(stderr, /^rolling-profiles: [^\n]*10,?000[^\n]*\n$/, `${file} ${words}`)
    }
  }
  const some = await run(folder, ['profile', 'wide.csv', ...JSON_ONLY, '--columns', 'c10049,c7'])
  assert.deepEqual(
    datasetOf(some).columns.map(({ column, max }) => [column, max]),
    [
      ['c7', 7],
      ['c10049', 10_049],
    ],
  )
})

test('records that are left out are told, with -q and --json too', async (t) => {
  const folder = folderWith(t, { 'a.csv': 'a,b\n1,2\n3\n4,5\n' })
  for (const words of [['-q'], ['--json'], []]) {
    const { code, stderr } = await run(folder, ['profile', 'a.csv', '--no-write', ...words])
    assert.deepEqual(
      [code, stderr],
      [0, 'rolling-profiles: a.csv: line 3: 2 fields expected, 1 found; left out\n'],
      words.join(' '),
    )
  }
})

test('gzip of several members, cut gzip, zstd, and what is packed twice', async (t) => {
  const cut = CSV.indexOf('\n', CSV.length / 2) + 1
  const members = Buffer.concat([gzipSync(CSV.slice(0, cut)), gzipSync(CSV.slice(cut)), gzipSync('')])
  const frames = readFileSync(fixture('frames.csv.zst'))
  const parquet = gzipSync(readFileSync(fixture('edges.parquet')))
  const folder = folderWith(t, {
    'members.csv.gz': members,
    'cut.csv.gz': members.subarray(0, members.length / 3),
    'junk.csv.gz': Buffer.concat([gzipSync(CSV), Buffer.from('no gzip')]),
    'twice.csv.gz': gzipSync(gzipSync(CSV)),
    'a.parquet.gz': parquet,
    'cut.csv.zst': frames.subarray(0, frames.length - 9),
    'frames.csv.zst': frames,
  })
  const rows = async (name) => datasetOf(await run(folder, ['profile', name, ...JSON_ONLY])).rows
  const read = [await rows('members.csv.gz'), await rows('a.parquet.gz'), await rows('frames.csv.zst')]
  assert.deepEqual(read, [count, 4, 1000])
  for (const name of readdirSync(folder).filter((name) => /^(cut|junk|twice)/.test(name))) {
    const { code, stdout, stderr } = await run(folder, ['profile', name])
    assert.deepEqual([code, stdout], [2, ''], name)
    assert.match(stderr, /^rolling-profiles: [^\n]*(gzip|zstd|packed twice)[^\n]*\n$/, name)
    assert.ok(!existsSync(join(folder, 'profiles')), name)
  }
})

test('whole numbers beyond what a double holds are printed as they are', async (t) => {
  const folder = folderWith(t, { 'a.csv': 'i\n9223372036854775807\n-9223372036854775808\n1\n' })
  const { min, max } = columnOf(datasetOf(await run(folder, ['profile', 'a.csv', '--json'])), 'i')
  assert.deepEqual([min, max], ['-9223372036854775808', '9223372036854775807'])
  const [name] = readdirSync(join(folder, 'profiles'))
  const { stdout } = await run(folder, ['inspect', '--json', join('profiles', name)])
  const [column] = JSON.parse(stdout).profiles[0].columns
  assert.deepEqual([column['ints/min'], column['ints/max']], ['-9223372036854775808', '9223372036854775807'])
})

test('the same decimals in two formats are one set of values', async (t) => {
  const folder = folderWith(t, { 'edges.csv': 'small\n0.07\n-9.99\n0.29\n' })
  copyFileSync(fixture('edges.parquet'), join(folder, 'edges.parquet'))
  const words = ['profile', 'edges.csv', 'edges.parquet', '--dataset-id', 'both', '--columns', 'small', ...JSON_ONLY]
  const { distinct, count } = columnOf(datasetOf(await run(folder, words)), 'small')
  assert.deepEqual([distinct, count], [3, 7])
})

test('digits that are a date as well are a count, and this is told', async (t) => {
  const folder = folderWith(t, { 'a.csv': 't,v\n20240301,1\n20240302,2\n' })
  const words = ['profile', 'a.csv', '--timestamp-column', 't', ...JSON_ONLY]
  const { stdout, stderr } = await run(folder, words)
  assert.match(JSON.parse(stdout).datasets[0].firstBucket, /^1970-08-23/)
  assert.match(stderr, /^rolling-profiles: [^\n]*yyyyMMdd[^\n]*\n$/)
  const read = datasetOf(await run(folder, [...words, '--timestamp-format', 'yyyyMMdd']))
  assert.deepEqual([read.firstBucket.slice(0, 10), read.buckets], ['2024-03-01', 2])
})
