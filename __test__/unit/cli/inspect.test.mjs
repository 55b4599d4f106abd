import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { importTs } from '../../support/typescript.mjs'
import { fakeIo, temporaryFile } from './support.mjs'
import { numbers, viewOf } from './views.mjs'

const { inspect } = await importTs('cli/commands/inspect.ts')

const MAX = 9_223_372_036_854_775_807n
const ORIGIN = { datasetId: 'orders', orgId: null, producer: null, version: null, parts: [], sources: {} }

function profile() {
  const values = { 'ints/min': 1, 'ints/max': Number(MAX) }
  const id = numbers('id', [1, 2, 3, 4, Number(MAX)], values)
  id.sketches.ints = () => ({ min: 1, max: MAX })
  id.sketches.components = (metric) => (metric === 'ints' ? { min: 1, max: MAX } : {})
  const times = { datasetTimestamp: new Date(0), creationTimestamp: new Date(1) }
  return { ...viewOf([id]), ...times, tags: {}, metadata: { 'rp.x': '1', by: 'me' }, origin: ORIGIN }
}

async function run(t, options = {}, io = fakeIo()) {
  const file = temporaryFile(t, 'a.bin', '')
  await inspect([file, file], { output: 'table', wide: false, ...options }, io, profile)
  return { file, text: io.stdout }
}

test('JSON has whole numbers with all their digits', async (t) => {
  const { file, text } = await run(t, { output: 'json' })
  const { profiles } = JSON.parse(text)
  assert.deepEqual(
    profiles.map((each) => each.file),
    [file, file],
  )
  const [column] = profiles[0].columns
  assert.deepEqual([column.column, column['ints/min'], column['ints/max']], ['id', 1, '9223372036854775807'])
  assert.equal(column['distribution/max'], Number(MAX), 'a sketch of doubles knows no more')
})

test('CSV and Markdown name the file', async (t) => {
  const { file, text } = await run(t, { output: 'csv' })
  const records = parse(text, { columns: true, record_delimiter: '\r\n' })
  assert.deepEqual(
    records.map((record) => [record.file, record.column, record.max]),
    [file, file].map((each) => [each, 'id', '9223372036854775807']),
  )
  const markdown = (await run(t, { output: 'markdown' })).text
  assert.equal(markdown.match(/^### .*a\.bin$/gm).length, 2)
  assert.match(markdown, /^- metadata +by = me$/m)
  assert.match(markdown, /^\| id \| integer \| 10 \| 0 \| 5 \| 1 \| 2 \| 3 \| 4 \| 9223372036854775807 \|/m)
})

test('a narrow terminal gets records, unless the whole table is asked for', async (t) => {
  const narrow = () => fakeIo({ width: 40, draws: true })
  const records = (await run(t, {}, narrow())).text
  assert.match(records, /\n {2}dataset {7}orders\n/)
  assert.match(records, /\n {2}id\n {4}type integer {3}values 10 {3}nulls 0\n/)
  assert.match((await run(t, { wide: true }, narrow())).text, /\n {2}column +type .* shape +top value\n/)
})
