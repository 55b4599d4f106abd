/** The built command, as a user runs it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { at, version } from '../../scripts/lib/project.mjs'

const program = at('dist', 'cli', 'main.js')

/** Runs the command in `cwd`; `input` goes to its standard input. */
function run(cwd, words, { input = '' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...words], { cwd })
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => {
        output[stream] += text
      })
    }
    // A program that ends early does not read its input to the end.
    child.stdin.on('error', () => {}).end(input)
    child.on('error', reject).on('close', (code) => resolve({ code, ...output }))
  })
}

function folderWith(t, files = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-process-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

const profiles = (folder) => readdirSync(folder).filter((name) => name.endsWith('.bin'))
const column = (dataset, name) => dataset.columns.find((each) => each.column === name)

const ORDERS = `time,price,country,paid
2024-01-01T10:00:00Z,9.5,DE,true
2024-01-01 23:59,20,FR,false
2024/01/02 08:00,,DE,true
1704240000,5,DE,
1704240000000,7,"U,K",true
`

test('a CSV file becomes a profile a day, and a summary made from the files', async (t) => {
  const folder = folderWith(t, { 'orders.csv': ORDERS })
  const { code, stdout, stderr } = await run(folder, ['profile', 'orders.csv', '--timestamp-column', 'time'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^orders: 5 rows\n {2}3 day buckets, 2024-01-01 to 2024-01-03\n {2}3 parts in \.\/profiles\n/)
  assert.match(stdout, /\n {2}column +type +nulls +distinct +min +q25 +median +q75 +max +top value\n/)
  assert.match(stdout, /\n {2}country +text +0 +3 +2 chars +– +– +– +3 chars +DE \(3×\)\n/)
  assert.match(stdout, /\n {2}paid +boolean +1 \(20%\) +2 +0 +\d +1 +\d +1 +True \(3×\)\n/)
  assert.match(stdout, /\n {2}price +number +1 \(20%\) +4 +5 +\S+ +\S+ +\S+ +20 +/)
  const names = profiles(join(folder, 'profiles'))
  assert.equal(names.length, 3)
  for (const name of names) assert.match(name, /^orders_2024-01-0[123]/)
  for (const name of names) {
    assert.equal(
      readFileSync(join(folder, 'profiles', name))
        .subarray(0, 4)
        .toString(),
      'WHY1',
    )
  }
})

test('--json is the same for programs', async (t) => {
  const folder = folderWith(t, { 'orders.csv': ORDERS })
  const words = [
    'profile',
    'orders.csv',
    '--timestamp-column',
    'time',
    '--aggregate-by',
    'month',
    '--json',
    '-o',
    'out',
  ]
  const { code, stdout } = await run(folder, words)
  assert.equal(code, 0)
  const [dataset] = JSON.parse(stdout).datasets
  assert.deepEqual(
    [dataset.datasetId, dataset.rows, dataset.leftOut, dataset.buckets, dataset.parts, dataset.firstBucket],
    ['orders', 5, 0, 1, 1, '2024-01-01T00:00:00.000Z'],
  )
  assert.deepEqual(dataset.files, [join('out', profiles(join(folder, 'out'))[0])])
  const price = column(dataset, 'price')
  assert.deepEqual([price.type, price.count, price.nulls, price.distinct], ['number', 5, 1, 4])
  assert.deepEqual([price.min, price.max, price.mean], [5, 20, 10.375])
  assert.deepEqual(column(dataset, 'country').top, { value: 'DE', count: 3 })
})

test('the same records in any format give the same columns', async (t) => {
  const rows = Array.from({ length: 500 }, (_, index) => ({
    n: index % 7,
    t: `v${index % 3}`,
    e: index % 5 ? index : null,
  }))
  const ndjson = rows.map((row) => JSON.stringify(row)).join('\n')
  const csv = `n,t,e\n${rows.map(({ n, t: text, e }) => `${n},${text},${e ?? ''}`).join('\n')}`
  const folder = folderWith(t, {
    'a.csv': csv,
    'a.ndjson': ndjson,
    'a.json': JSON.stringify(rows),
    'a.tsv': csv.replaceAll(',', '\t'),
    'a.csv.gz': gzipSync(csv),
    'misnamed.dat': gzipSync(JSON.stringify(rows, null, 2)),
  })
  const results = []
  for (const name of readdirSync(folder)) {
    const { code, stdout } = await run(folder, ['profile', name, '--json', '--out', `out-${name}`])
    assert.equal(code, 0, name)
    results.push(JSON.parse(stdout).datasets[0])
  }
  results.push(JSON.parse((await run(folder, ['profile', '-', '--json'], { input: gzipSync(csv) })).stdout).datasets[0])
  for (const { columns, rows: count } of results) assert.deepEqual([count, columns], [500, results[0].columns])
  assert.deepEqual(column(results[0], 'e').nulls, 100)
  assert.equal(results.at(-1).datasetId, 'stdin')
})

test('Parquet', async (t) => {
  const file = at('__test__', 'fixtures', 'parquet', 'snappy-groups.parquet')
  const words = ['profile', file, '--timestamp-column', 'day', '--aggregate-by', 'year', '--json', '--workers', '2']
  const { code, stdout } = await run(folderWith(t), words)
  assert.equal(code, 0)
  const [dataset] = JSON.parse(stdout).datasets
  assert.deepEqual([dataset.rows, dataset.withoutTimestamp, dataset.firstBucket], [5, 1, '1969-01-01T00:00:00.000Z'])
  assert.deepEqual([column(dataset, 'id').type, column(dataset, 'text').nulls], ['integer', 1])
})

test('malformed lines are told by number and harm no other', async (t) => {
  const bad = '{"t":"2024-01-01","a":1}\nnot json\n{"t":"2024-01-01","a":2}\n[1]\n{"t":"never","a":3}\n'
  const folder = folderWith(t, { 'bad.ndjson': bad, 'bad.csv': 'a,b\n1,2\n3\n"4,5\n6,7\n' })
  const lines = await run(folder, ['profile', 'bad.ndjson', '--timestamp-column', 't', '--json'])
  assert.equal(lines.code, 0)
  const [dataset] = JSON.parse(lines.stdout).datasets
  assert.deepEqual([dataset.rows, dataset.leftOut], [2, 3])
  assert.deepEqual(
    dataset.complaints.map(({ place }) => place),
    [2, 4, 5],
  )
  assert.deepEqual(lines.stderr.split('\n').length, 4)
  assert.match(lines.stderr, /bad\.ndjson: line 2: it is no JSON[^\n]*; left out\n/)

  const csv = await run(folder, ['profile', 'bad.csv', '--json'])
  assert.deepEqual(JSON.parse(csv.stdout).datasets[0].rows, 2)
  assert.match(
    csv.stderr,
    /bad\.csv: line 3: 2 fields expected, 1 found; left out\n.*bad\.csv: line 4: a quote is never closed/,
  )
})

test('mistakes: exit code 2, one line, nothing written', async (t) => {
  const folder = folderWith(t, {
    'a.csv': 'a,b\n1,2\n',
    'junk.ndjson': 'x\ny\n',
    'empty.csv': '',
    'cut.json': '[{"a":1},',
    'cut.gz': gzipSync('a\n1\n').subarray(0, 15),
    'zip.bin': Buffer.from([0x50, 0x4b, 3, 4, 0, 0]),
    'false.parquet': 'PAR1PAR1',
  })
  const cases = [
    [['profile', 'missing.csv'], /missing\.csv: no such file or folder$/],
    [['profile', '.'], /\.: it is a folder, not a file$/],
    [['profile', 'a.csv', '--timestamp-column', 'when'], /a\.csv has no column "when"; there are a, b\.$/],
    [['profile', 'a.csv', '--out', 'a.csv'], /a\.csv: profiles cannot be written there: /],
    [['profile', 'a.csv', '--out', 'a.csv/deeper'], /profiles cannot be written there: /],
    [['profile', 'a.csv', '--colour'], /unknown option --colour/],
    [['profile', 'a.csv', '--out'], /option --out needs a value/],
    [['profile', 'a.csv', '--aggregate-by', 'week'], /--aggregate-by week: it is one of second, /],
    [['profile', 'a.csv', '--timestamp-column', 'a', '--timestamp-format', '%Y'], /--timestamp-format is none: /],
    [['profile', 'junk.ndjson'], /nothing could be read; 2 lines left out, line 1: it is no JSON/],
    [['profile', 'empty.csv'], /the input is empty$/],
    [['profile'], /standard input: the input is empty$/],
    [['profile', 'cut.json'], /the array has no end: the file may be cut off$/],
    [['profile', 'cut.gz'], /damaged gzip data/],
    [['profile', 'zip.bin'], /it is a zip archive/],
    [['profile', 'false.parquet'], /it is no Parquet file, or cut off$/],
    [['inspect'], /no file is named/],
    [['inspect', 'missing.bin'], /missing\.bin: no such file or folder$/],
    [['inspect', 'a.csv'], /a\.csv: it is no readable profile: /],
    [['merge', 'a.csv'], /merge needs --out FILE/],
    [['merge', 'missing', '--out', 'all.bin'], /missing: no such file or folder$/],
    [['merge', '.', '--out', 'a.csv'], /a\.csv exists; --force replaces it$/],
    [['merge', '.', '--out', '.'], /it is a folder/],
    [['completion'], /completion takes the name of a shell: bash, zsh, fish/],
    [['completion', 'bash', 'zsh'], /completion takes the name of one shell/],
    [['report'], /unknown command report; see rolling-profiles --help$/],
    [['--loud'], /unknown option --loud/],
  ]
  for (const [words, message] of cases) {
    const { code, stdout, stderr } = await run(folder, words)
    assert.equal(code, 2, `${words.join(' ')}: ${stderr}`)
    assert.equal(stdout, '', words.join(' '))
    assert.match(stderr, /^rolling-profiles: [^\n]+\n$/, words.join(' '))
    assert.match(stderr.trimEnd(), message, words.join(' '))
  }
  assert.ok(!existsSync(join(folder, 'profiles')), 'the folder that was made is gone')
})

test('nothing is written unless it is wanted', async (t) => {
  const folder = folderWith(t, { 'orders.csv': ORDERS })
  const words = ['profile', 'orders.csv', '--no-write']
  const { code, stdout, stderr } = await run(folder, words)
  assert.deepEqual([code, stderr, readdirSync(folder)], [0, '', ['orders.csv']])
  assert.match(stdout, /^orders: 5 rows\n {2}1 day bucket, \S+\n {2}no profiles written\n/)
  const [dataset] = JSON.parse((await run(folder, [...words, '--json'])).stdout).datasets
  assert.deepEqual([dataset.rows, dataset.files, column(dataset, 'price').max], [5, [], 20])
})

test('profiles of an earlier run are told, once there are some', async (t) => {
  const folder = folderWith(t, { 'orders.csv': ORDERS })
  const words = ['profile', 'orders.csv', '--timestamp-column', 'time', '-q']
  assert.equal((await run(folder, words)).stderr, '')
  assert.equal(
    (await run(folder, words)).stderr,
    'rolling-profiles: orders: 3 profiles of earlier runs for the same dataset and day are in ./profiles; merge would count both\n',
  )
  const other = await run(folder, ['profile', 'orders.csv', '-q', '--dataset-id', 'other'])
  assert.equal(other.stderr, '')
})

test('the summary in other forms', async (t) => {
  const folder = folderWith(t, { 'orders.csv': ORDERS })
  const csv = await run(folder, ['profile', 'orders.csv', '--no-write', '--output', 'csv'])
  assert.match(csv.stdout, /^dataset,column,type,count,nulls,distinct,min,q25,median,q75,max,mean,stddev,/)
  assert.match(csv.stdout, /\r\norders,country,text,5,0,3,.*,DE,3\r\n/)
  const markdown = await run(folder, ['profile', 'orders.csv', '--no-write', '--output', 'markdown'])
  assert.match(
    markdown.stdout,
    /^### orders: 5 rows\n\n- .*\| country \| text \| 0 \| 3 \| 2 chars .*\| DE \(3×\) \|\n/s,
  )
})

test('help and version', async (t) => {
  const folder = folderWith(t)
  assert.deepEqual(await run(folder, ['--version']), { code: 0, stdout: `${version}\n`, stderr: '' })
  const bare = await run(folder, [])
  assert.match(bare.stdout, /^Usage: rolling-profiles COMMAND/)
  assert.deepEqual(await run(folder, ['--help']), bare)
  const help = await run(folder, ['profile', '--help'])
  assert.equal(help.code, 0)
  for (const word of ['--timestamp-format', 'UTC', 'Examples:', 'Exit codes:'])
    assert.ok(help.stdout.includes(word), word)
  assert.deepEqual(await run(folder, ['help', 'profile']), help)
})

test('a script for a shell', async (t) => {
  const { code, stdout, stderr } = await run(folderWith(t), ['completion', 'bash'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /\ncomplete .* -F _rolling_profiles rolling-profiles\n$/)
})

test('inspect and merge', async (t) => {
  const folder = folderWith(t, { 'orders.csv': ORDERS })
  await run(folder, ['profile', 'orders.csv', '--timestamp-column', 'time'])
  const merged = await run(folder, ['merge', 'profiles', '--out', 'profiles/all.bin'])
  assert.deepEqual([merged.code, merged.stdout], [0, 'profiles/all.bin: 3 parts of 3 dataset times merged\n'])
  assert.match((await run(folder, ['merge', 'profiles', '--out', 'profiles/all.bin'])).stderr, /--force replaces it/)
  // The file that is being replaced is not one of the parts.
  const again = await run(folder, ['merge', 'profiles', '--out', 'profiles/all.bin', '--force'])
  assert.deepEqual([again.code, again.stdout], [0, merged.stdout])
  assert.deepEqual(profiles(join(folder, 'profiles')).length, 4)

  const text = await run(folder, ['inspect', 'profiles/all.bin'])
  assert.equal(text.code, 0)
  assert.match(text.stdout, /^profiles\/all\.bin\n {2}dataset time {2}2024-01-01T00:00:00\.000Z\n/)
  assert.match(text.stdout, /\n {2}price +number +5 +1 \(20%\) +4 +5 /)
  const json = await run(folder, ['inspect', 'profiles/all.bin', '--json'])
  const [profile] = JSON.parse(json.stdout).profiles
  assert.equal(profile.datasetTimestamp, '2024-01-01T00:00:00.000Z')
  assert.equal(column(profile, 'price')['distribution/max'], 20)
  assert.equal(column(profile, 'country')['frequent_items/frequent_strings'][0].value, 'DE')

  const bytes = readFileSync(join(folder, 'profiles', 'all.bin'))
  writeFileSync(join(folder, 'cut.bin'), bytes.subarray(0, bytes.length / 2))
  for (const words of [
    ['inspect', 'profiles/all.bin', 'cut.bin'],
    ['merge', 'cut.bin', '--out', 'x.bin'],
  ]) {
    const { code, stdout, stderr } = await run(folder, words)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^rolling-profiles: cut\.bin: it is no readable profile: [^\n]+\n$/)
  }
})

test('a part that is given twice is counted once, and this is told', async (t) => {
  const folder = folderWith(t, { 'orders.csv': ORDERS })
  await run(folder, ['profile', 'orders.csv', '--timestamp-column', 'time'])
  const [first] = profiles(join(folder, 'profiles'))
  await run(folder, ['merge', 'profiles', '--out', 'all.bin'])
  for (const words of [
    ['profiles', `profiles/${first}`],
    ['profiles', 'all.bin'],
    ['all.bin', 'profiles'],
    ['all.bin', 'all.bin'],
  ]) {
    const merged = await run(folder, ['merge', ...words, '--out', 'again.bin', '--force'])
    assert.equal(merged.code, 0, merged.stderr)
    assert.match(merged.stderr, /^rolling-profiles: \S+: what it counts is in \S+ already; left out\n/)
    const [profile] = JSON.parse((await run(folder, ['inspect', 'again.bin', '--json'])).stdout).profiles
    assert.equal(column(profile, 'price')['counts/n'], 5)
    assert.equal(profile.origin.parts.length, 3)
  }
})

test('a file that was profiled twice is not merged with itself, unless by force', async (t) => {
  const folder = folderWith(t, {
    'orders.csv': ORDERS,
    'copy.csv': ORDERS,
    'more.csv': `${ORDERS}2024-01-03,1,DE,true\n`,
  })
  const profile = (file) => run(folder, ['profile', file, '--dataset-id', 'orders', '--timestamp-column', 'time'])
  await profile('orders.csv')
  await profile('more.csv')
  assert.equal((await run(folder, ['merge', 'profiles', '--out', 'all.bin'])).code, 0)
  await profile('copy.csv')
  const refused = await run(folder, ['merge', 'profiles', '--out', 'twice.bin'])
  assert.deepEqual([refused.code, refused.stdout], [2, ''])
  assert.match(
    refused.stderr,
    /^rolling-profiles: profiles\S+: source .* is counted already.*; --force merges all the same\n$/,
  )
  const forced = await run(folder, ['merge', 'profiles', '--out', 'twice.bin', '--force'])
  assert.equal(forced.code, 0)
  assert.match(forced.stderr, /is counted already.*; merged all the same\n/)
})

test('profiles of different datasets are merged by force alone', async (t) => {
  const folder = folderWith(t, { 'orders.csv': 'a\n1\n', 'clicks.csv': 'a\n2\n' })
  await run(folder, ['profile', 'orders.csv', 'clicks.csv'])
  const refused = await run(folder, ['merge', 'profiles', '--out', 'all.bin'])
  assert.equal(refused.code, 2)
  assert.match(
    refused.stderr,
    /one profile is of dataset "clicks", another of dataset "orders"; --force merges all the same\n$/,
  )
  assert.equal((await run(folder, ['inspect', 'all.bin'])).code, 2, 'nothing was written')
  const forced = await run(folder, ['merge', 'profiles', '--out', 'all.bin', '--force'])
  assert.deepEqual([forced.code, forced.stdout], [0, 'all.bin: 2 parts of 1 dataset time merged\n'])
  assert.match(forced.stderr, /merged all the same\n$/)
})

test('inspect says whose a profile is', async (t) => {
  const folder = folderWith(t, { 'orders.csv': ORDERS })
  await run(folder, ['profile', 'orders.csv'])
  const [file] = profiles(join(folder, 'profiles'))
  const { stdout } = await run(folder, ['inspect', `profiles/${file}`])
  assert.match(
    stdout,
    /\n {2}dataset {7}orders\n {2}made by {7}rolling-profiles \S+\n {2}parts {9}[0-9a-f]{16}-0001\n {2}read from {5}orders\.csv\n/,
  )
  assert.ok(!stdout.includes('rp.'))
})

test('decimals have no top value', async (t) => {
  const rows = `price,n\n${'19.99,1\n'.repeat(6)}5.00,2\n`
  const folder = folderWith(t, { 'orders.csv': rows })
  const [dataset] = JSON.parse((await run(folder, ['profile', 'orders.csv', '--json'])).stdout).datasets
  assert.deepEqual([column(dataset, 'price').top, column(dataset, 'n').top], [null, { value: '1', count: 6 }])
  const text = await run(folder, ['profile', 'orders.csv', '--out', 'other'])
  assert.match(text.stdout, /\n {2}price +number .* –\n/)
})

test('a reader that stops early is no fault', async (t) => {
  const folder = folderWith(t, {
    'a.csv': `${Array.from({ length: 3000 }, (_, index) => `c${index}`).join(',')}\n${',1'.repeat(2999)}\n`,
  })
  await run(folder, ['profile', 'a.csv'])
  const child = spawn(
    process.execPath,
    [program, 'inspect', ...profiles(join(folder, 'profiles')).map((name) => `profiles/${name}`)],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr += text
  })
  child.stdout.once('data', () => child.stdout.destroy())
  const code = await new Promise((resolve) => child.on('close', resolve))
  assert.deepEqual([code, stderr], [0, ''])
})
