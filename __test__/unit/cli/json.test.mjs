import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { importTs } from '../../support/typescript.mjs'
import { collect, pieces } from './support.mjs'

const { readJsonArray } = await importTs('cli/readers/json.ts')
const { readNdjson } = await importTs('cli/readers/ndjson.ts')
const { splitLines, decodeText } = await importTs('cli/readers/lines.ts')

async function readArray(text, size) {
  const malformed = []
  const report = (line, reason) => malformed.push([line, reason])
  return { ...(await collect(readJsonArray(pieces(text, size), report, 'test.json'))), malformed }
}

async function readLines(text, size) {
  const malformed = []
  const report = (line, reason) => malformed.push([line, reason])
  return { ...(await collect(readNdjson(splitLines(pieces(text, size)), report))), malformed }
}

const records = fc.array(
  fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }).filter((row) => !('__proto__' in row)),
  {
    maxLength: 6,
  },
)

test('any array of objects, in pieces of any size and any indentation', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 1, max: 30 }), fc.constantFrom(0, 2), async (rows, size, indent) => {
      const read = await readArray(JSON.stringify(rows, null, indent), size)
      assert.deepEqual(read.rows, JSON.parse(JSON.stringify(rows)))
      assert.deepEqual(read.malformed, [])
    }),
  )
})

test('any objects on lines, in pieces of any size', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 1, max: 30 }), async (rows, size) => {
      const read = await readLines(rows.map((row) => JSON.stringify(row)).join('\r\n'), size)
      assert.deepEqual(read.rows, JSON.parse(JSON.stringify(rows)))
      assert.deepEqual(read.malformed, [])
    }),
  )
})

test('bad lines are told by number and harm no other', async () => {
  const { rows, places, malformed } = await readLines('{"a":1}\n{"a":\n\n[1]\nnull\n"x"\n{"a":2}')
  assert.deepEqual(rows, [{ a: 1 }, { a: 2 }])
  assert.deepEqual(places, [1, 7])
  assert.deepEqual(malformed, [
    [2, 'not valid JSON'],
    [4, 'a JSON object expected, an array found'],
    [5, 'a JSON object expected, null found'],
    [6, 'a JSON object expected, a string found'],
  ])
})

test('bad elements are told by the line they begin in', async () => {
  const { rows, places, malformed } = await readArray('[\n {"a": 1},\n {"a": x},\n 7,\n {\n  "a": 2\n }\n]\n')
  assert.deepEqual(rows, [{ a: 1 }, { a: 2 }])
  assert.deepEqual(places, [2, 5])
  assert.deepEqual(malformed, [
    [3, 'not valid JSON'],
    [4, 'a JSON object expected, a number found'],
  ])
})

test('a lost quote costs one element', async () => {
  const lines = await readArray('[\n {"a": "x},\n {"a": 2},\n {"a": "]"}\n]')
  assert.deepEqual(lines.rows, [{ a: 2 }, { a: ']' }])
  assert.deepEqual(lines.malformed, [[2, 'not valid JSON']])
  const indented = await readArray('[\n  {\n    "a": "x,\n    "b": {"c": 1}\n  },\n  {\n    "a": 2\n  }\n]')
  assert.deepEqual(indented.rows, [{ a: 2 }])
  assert.deepEqual(indented.malformed, [[2, 'not valid JSON']])
})

test('an array that is cut off is refused', async () => {
  await assert.rejects(readArray('[{"a": 1}, {"a"'), { name: 'UserError', message: /not closed/ })
})

test('nothing between commas, and nothing at all', async () => {
  assert.deepEqual((await readArray('[]')).rows, [])
  assert.deepEqual((await readArray('[ {"a":1}, ]')).rows, [{ a: 1 }])
})

test('text in UTF-8 and UTF-16, with or without a byte order mark, cut anywhere', async () => {
  const text = '{"ä":"😀"}\n'
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
  for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`), utf16]) {
    for (let cut = 2; cut < bytes.length; cut++) {
      let decoded = ''
      for await (const piece of decodeText(chunks(bytes, cut))) decoded += piece
      assert.equal(decoded, text)
    }
  }
})

async function* chunks(bytes, cut) {
  yield bytes.subarray(0, cut)
  yield bytes.subarray(cut)
}

test('a line without end is cut off, and the next is read', async () => {
  const { MAX_LINE_CHARACTERS } = await importTs('cli/readers/lines.ts')
  const long = 'x'.repeat(MAX_LINE_CHARACTERS + 10)
  const { rows, malformed } = await readLines(`{"a":1}\n${long}\n{"a":2}\n`, 1 << 20)
  assert.deepEqual(rows, [{ a: 1 }, { a: 2 }])
  assert.deepEqual(malformed, [[2, 'not valid JSON']])
})
