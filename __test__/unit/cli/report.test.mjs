/** What is printed of a run, in each form. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { importTs } from '../../support/typescript.mjs'
import { temporaryFolder } from './support.mjs'
import { numbers, texts, viewOf } from './views.mjs'

const { newReport, warnings } = await importTs('cli/report.ts')
const { reportsText, reportText } = await importTs('cli/report-output.ts')
const { csvText } = await importTs('cli/csv-text.ts')
const { jsonText } = await importTs('cli/json-text.ts')
const { markdownText } = await importTs('cli/markdown.ts')
const { earlierProfiles } = await importTs('cli/earlier-profiles.ts')

const startedMs = Date.UTC(2024, 0, 2)
const MAX = 9_223_372_036_854_775_807n

function reportOf(values = {}) {
  const view = viewOf([
    numbers('a', [1, 2, 3, 4, Number(MAX)], { counts: [1] }),
    texts('b', { value: 'x, "y"\nz|', estimate: 5 }),
  ])
  view.column('a').ints = () => ({ min: 1, max: MAX })
  const folded = { view, buckets: 1, firstMs: startedMs, lastMs: startedMs, parts: 2 }
  const about = { datasetId: 'orders', inputs: ['o.csv'], outDir: './profiles', aggregateBy: 'day', startedMs }
  return { ...newReport(about), rows: 10, tookMs: 1000, columnOrder: ['b', 'a'], folded, ...values }
}

test('a report for reading', () => {
  const shown = reportText(reportOf(), { wide: false }, { width: 60, draws: false })
  assert.deepEqual(shown.split('\n').slice(0, 7), [
    'orders: 10 rows',
    '  1 day bucket, 2024-01-02',
    '  2 parts in ./profiles',
    '  1.0 s, 10 rows/s',
    '',
    '  b',
    '    type text   nulls 0   distinct 3',
  ])
  const wide = reportText(reportOf({ outDir: null }), { wide: true }, { width: 60, draws: true }).split('\n')
  assert.equal(wide[2], '  no profiles written')
  assert.match(wide[5], /^ {2}column +type .* shape +top value$/)
  assert.match(
    reportText(reportOf({ folded: null }), { wide: false }, { width: 60, draws: false }),
    /^orders: 10 rows\n$/,
  )
})

test('what was lost or changed is told wherever one may look', () => {
  const report = reportOf({ cutTexts: 2, untimed: 3, leftOut: 4, notes: ['no UTF-8\x1b[2J'], earlier: 1 })
  const told = ['2 texts cut: too long to be counted as a whole', 'no UTF-8·[2J']
  const shown = reportText(report, { wide: false }, { width: null, draws: false })
  for (const line of [...told, '4 records left out: not readable']) assert.ok(shown.includes(`\n  ${line}\n`), line)
  const earlier = '1 profile of earlier runs for the same dataset and day is in ./profiles; merge would count both'
  assert.deepEqual(warnings(report), [...told, earlier])
  assert.match(warnings({ ...report, earlier: 1200 }).at(-1), /^1,200 profiles .* day are in/)
  assert.deepEqual(warnings(reportOf()), [])
  const [dataset] = JSON.parse(reportsText([report], { output: 'json' })).datasets
  assert.deepEqual(
    [dataset.cutTexts, dataset.leftOut, dataset.notes, dataset.earlierProfiles],
    [2, 4, ['no UTF-8\x1b[2J'], 1],
  )
  assert.ok(reportsText([report], { output: 'markdown' }).includes('- 2 texts cut'))
})

test('JSON has the columns in order, and whole numbers with all their digits', () => {
  const [dataset] = JSON.parse(reportsText([reportOf()], { output: 'json' })).datasets
  assert.deepEqual(
    dataset.columns.map(({ column, max }) => [column, max]),
    [
      ['b', null],
      ['a', '9223372036854775807'],
    ],
  )
  assert.deepEqual(JSON.parse(reportsText([reportOf({ folded: null })], { output: 'json' })).datasets[0].columns, [])
  assert.equal(jsonText({ a: [1n, 2] }), '{\n  "a": [\n    "1",\n    2\n  ]\n}')
})

test('CSV is a record a column, with numbers as exact as they are known', () => {
  const text = reportsText([reportOf(), reportOf({ datasetId: 'x' })], { output: 'csv' })
  const records = parse(text, { columns: true, record_delimiter: '\r\n' })
  assert.deepEqual(
    records.map((record) => [record.dataset, record.column, record.max, record.top, record.top_count]),
    ['orders', 'x'].flatMap((dataset) => [
      [dataset, 'b', '', 'x, "y"\nz|', '5'],
      [dataset, 'a', '9223372036854775807', '', ''],
    ]),
  )
})

test('any text comes out of CSV as it went in', () => {
  const field = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', ',', '"', '\r\n', 'a"b', '\ufeff'))
  fc.assert(
    fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
      assert.deepEqual(parse(csvText(rows), { record_delimiter: '\r\n' }), rows)
    }),
  )
  assert.equal(csvText([[null, '', 1n, 0.1]]), ',"",1,0.1\r\n')
})

test('Markdown is a table whatever the texts hold', () => {
  const text = reportsText([reportOf()], { output: 'markdown' })
  const [heading, , ...others] = text.split('\n')
  assert.equal(heading, '### orders: 10 rows')
  assert.deepEqual(others, [
    '- 1 day bucket, 2024-01-02',
    '- 2 parts in ./profiles',
    '- 1.0 s, 10 rows/s',
    '',
    '| column | type | nulls | distinct | min | q25 | median | q75 | max | top value |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    '| b | text | 0 | 3 | – | – | – | – | – | x, "y"·z\\| (5×) |',
    '| a | integer | 0 | 5 | 1 | 2 | 3 | 4 | 9,223,372,036,854,775,807 | – |',
    '',
  ])
  const escaped = '\\`\\*\\_\\[x\\](y) \\<b\\> \\&amp; \\# a\\\\ http:\\//z'
  assert.equal(markdownText('`*_[x](y) <b> &amp; # a\\ http://z'), escaped)
  assert.equal(markdownText('WWW.x.y a@b'), 'WWW\\.x.y a\\@b')
  const notes = ['1. of', '- of', '     of']
  const list = reportsText([reportOf({ notes, folded: null })], { output: 'markdown' })
  assert.equal(list, '### orders: 10 rows\n\n- 1\\. of\n- \\- of\n- of\n')
})

test('profiles of earlier runs are those of the same dataset and bucket', async (t) => {
  const folder = temporaryFolder(t)
  const names = {
    own: ['orders_2024-01-01-0000000a-0001.bin', 'orders_2024-01-02T10-00-00Z-0000000a-0002.bin'],
    earlier: [
      'orders_2024-01-01-0000000b-0001.bin',
      'orders_2024-01-01-0000000a-0003.bin',
      'orders_2024-01-02T10-00-00Z-0000000b-10000.bin',
      'orders_2024-01-01-0000000b-0002_~overflow.bin',
    ],
    others: [
      'orders_2024-01-03-0000000b-0001.bin',
      'orders_2024-01-02-0000000b-0001.bin',
      'orders2_2024-01-01-0000000b-0001.bin',
      'my_orders_2024-01-01-0000000b-0001.bin',
      'orders_2024-01-01_2024-01-01-0000000b-0001.bin',
      'orders_2024-01-01.bin',
      'orders_2024-01-01-0000000b-0001.bin.tmp',
    ],
  }
  for (const name of Object.values(names).flat()) writeFileSync(join(folder, name), '')
  const own = names.own.map((name) => join(folder, name))
  assert.equal(await earlierProfiles(folder, own), names.earlier.length)
  assert.equal(await earlierProfiles(folder, []), 0)
  for (const name of names.others) assert.equal(await earlierProfiles(folder, [join(folder, name)]), 0, name)
})
