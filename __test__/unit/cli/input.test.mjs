import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { at } from '../../../scripts/lib/project.mjs'
import { importTs } from '../../support/typescript.mjs'
import { collect, temporaryFile, temporaryFolder } from './support.mjs'

const { checkInput, openSource } = await importTs('cli/input.ts')

const parquet = (name) => at('__test__', 'fixtures', 'parquet', `${name}.parquet`)
const DETECT = { format: null, delimiter: null }

async function read(path, { stdin = [], options = DETECT } = {}) {
  const malformed = []
  const source = await openSource(path, Readable.from(stdin), options)
  try {
    const { rows, places } = await collect(source.batches((place, reason) => malformed.push([place, reason])))
    return { source, rows, places, malformed }
  } finally {
    await source.close()
  }
}

const refused = (path, message, how) =>
  assert.rejects(read(path, how), (error) => {
    assert.equal(error.name, 'UserError')
    assert.match(error.message, message)
    return true
  })

test('each format, plain and gzip, from a file and from standard input', async (t) => {
  const contents = {
    'a.csv': 'x,y\n1,u\n2,v\n',
    'a.tsv': 'x\ty\n1\tu\n2\tv\n',
    'a.ndjson': '{"x":1,"y":"u"}\n{"x":2,"y":"v"}\n',
    'a.json': '[{"x":1,"y":"u"},\n{"x":2,"y":"v"}]',
  }
  for (const [name, content] of Object.entries(contents)) {
    for (const bytes of [Buffer.from(content), gzipSync(content)]) {
      const named = await read(temporaryFile(t, name, bytes))
      assert.deepEqual(
        named.rows,
        [
          { x: 1, y: 'u' },
          { x: 2, y: 'v' },
        ],
        name,
      )
      assert.equal(named.source.progress(), 1)
      const chunks = Array.from(bytes, (byte) => Buffer.from([byte]))
      const piped = await read('-', { stdin: chunks })
      assert.deepEqual(piped.rows, named.rows, name)
      assert.deepEqual([piped.source.label, piped.source.progress()], ['standard input', null])
    }
  }
})

test('gzip of several members is one text', async (t) => {
  const bytes = Buffer.concat([gzipSync('x\n1\n'), gzipSync('2\n')])
  assert.deepEqual((await read(temporaryFile(t, 'a.csv.gz', bytes))).rows, [{ x: 1 }, { x: 2 }])
})

test('what the user says overrules what is found', async (t) => {
  const path = temporaryFile(t, 'a.json', 'x;y\n1;2,5\n')
  assert.deepEqual((await read(path, { options: { format: 'csv', delimiter: null } })).rows, [{ x: 1, y: '2,5' }])
  assert.deepEqual((await read(path, { options: { format: 'csv', delimiter: ',' } })).malformed.length, 1)
})

const expected = [
  { id: 1, large: 0, small: 1, ratio: 0.5, flag: true, text: 'a', price: 1.25 },
  { id: 9007199254740991, large: 1, small: -1, ratio: -1.25, flag: false, text: '', price: -0.5 },
  { id: 9007199254740993n, large: 9223372036854775808n, small: null, ratio: null, flag: null, text: null, price: null },
  { id: -9223372036854775808n, large: 18446744073709551615n, small: 0, ratio: 3, flag: true, text: 'é', price: 0 },
  { id: null, large: null, small: 127, ratio: 1e300, flag: false, text: '😀', price: 9.99 },
]
const times = [
  ['1969-12-31T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
  ['2001-02-03T00:00:00.000Z', '1970-01-01T00:00:00.000Z', '1969-12-31T23:59:58.999Z', '1969-12-31T23:59:59.998Z'],
  [undefined, undefined, undefined, undefined],
  ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.001Z', '1970-01-01T00:00:00.001Z', '1970-01-01T00:00:00.001Z'],
  ['2024-02-29T00:00:00.000Z', '1970-01-01T00:00:01.000Z', '1970-01-01T00:00:01.000Z', '2001-09-09T01:46:40.000Z'],
]

for (const name of ['plain', 'snappy-groups', 'zstd-v2', 'gzip-dictionary']) {
  test(`Parquet, ${name}: types, nulls, times before 1970, whole numbers beyond 2^53`, async () => {
    const { source, rows, places } = await read(parquet(name))
    assert.deepEqual([source.rowCount, source.unit, places], [5, 'row', [1, 2, 3, 4, 5]])
    for (const [index, { day, millis, micros, nanos, list, struct, ...row }] of rows.entries()) {
      assert.deepEqual(row, expected[index])
      assert.deepEqual(
        [day, millis, micros, nanos].map((date) => date?.toISOString()),
        times[index],
      )
      assert.equal(list === null && struct === null, index === 2)
    }
  })
}

test('Parquet from standard input, and gzip around it', async () => {
  const bytes = readFileSync(parquet('plain'))
  for (const chunk of [bytes, gzipSync(bytes)]) assert.equal((await read('-', { stdin: [chunk] })).rows.length, 5)
})

test('what cannot be read at all is refused in one line', async (t) => {
  await refused(temporaryFile(t, 'a.csv', ''), /the input is empty$/)
  await refused(temporaryFile(t, 'a.csv', gzipSync('')), /the input is empty$/)
  await refused(temporaryFile(t, 'a.xlsx', Buffer.from([0x50, 0x4b, 3, 4, 0, 0])), /neither text nor Parquet$/)
  await refused(temporaryFile(t, 'a.parquet', 'x,y\n1,2\n'), /no Parquet file$/)
  await refused(temporaryFile(t, 'a.parquet', 'PAR1 and no more'), /cannot be read as Parquet: /)
  await refused(temporaryFile(t, 'a.json', '{"x":1}'), /no JSON array$/, {
    options: { format: 'json', delimiter: null },
  })
  const text = Array.from({ length: 5000 }, (_, index) => `${index},${Math.sin(index)}`).join('\n')
  const whole = gzipSync(`x,y\n${text}`)
  await refused(temporaryFile(t, 'a.csv.gz', whole.subarray(0, -100)), /damaged gzip data: unexpected end of file$/)
  await refused(
    temporaryFile(t, 'b.csv.gz', Buffer.concat([whole.subarray(0, 10), whole.subarray(500)])),
    /damaged gzip data: /,
  )
})

test('a Parquet file with a hole in it is refused', async (t) => {
  const bytes = Buffer.from(readFileSync(parquet('zstd-v2')))
  bytes.fill(0xff, 20, 60)
  await refused(temporaryFile(t, 'a.parquet', bytes), /cannot be read as Parquet: /)
})

test('files are checked without being read', async (t) => {
  const folder = temporaryFolder(t)
  await assert.rejects(checkInput(`${folder}/none.csv`), {
    name: 'UserError',
    message: /none\.csv: no such file or folder$/,
  })
  await assert.rejects(checkInput(folder), { name: 'UserError', message: /it is a folder, not a file$/ })
  await checkInput('-')
})
