/** The same rows in every format, and handed over as rows: equal figures. Files by Python are in compat/same-table.test.mjs. */
import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { test } from 'node:test'
import * as arrow from 'apache-arrow'
import { columns, profile, profileFile } from '../../dist/index.js'
import { fileOf, fixture, profiledFile } from '../support/file-tables.mjs'
import { memoryLogger } from '../support/logger.mjs'
import { assertSame, daysOf, daysOfViews, sameArrow, sameRows, sameTexts } from '../support/same-table.mjs'

const ROWS = sameRows()
const byColumn = (view) => Object.fromEntries(view.toTable().map((row) => [row.column, row]))

test('the table is what it is meant to be', () => {
  assert.deepEqual(ROWS, sameRows())
  assert.ok(ROWS.every(({ ratio, price }) => !Number.isInteger(ratio ?? 0.5) && !Number.isInteger(price ?? 0.5)))
  for (const name of Object.keys(ROWS[0])) assert.ok(name === 'key' || ROWS.some((row) => row[name] === null), name)
  assert.deepEqual(Object.keys(daysOf(ROWS)).sort(), ['2024-02-27', '2024-02-28', '2024-02-29', '2024-03-01', 'now'])
})

for (const [name, content] of Object.entries(sameTexts(ROWS))) {
  test(`as ${name}`, async (t) => {
    const path = fileOf(t, content, name)
    for (const workers of [1, 3]) {
      const { result, table } = await profiledFile(path, { workers })
      assert.deepEqual([result.rows, result.leftOut], [ROWS.length, 0])
      assertSame(name, table, ROWS)
    }
    const { views, withoutTimestamp } = await profileFile(path, { timestampColumn: 'time' })
    assert.deepEqual(daysOfViews(views), daysOf(ROWS))
    assert.equal(withoutTimestamp, daysOf(ROWS).now)
  })
}

test('as rows, one by one and all at once, and as columns', async (t) => {
  const timed = ROWS.map((row) => ({ ...row, time: row.time && new Date(row.time) }))
  assertSame('rows', byColumn(await profile(timed)), ROWS, { timeKind: 'object' })
  const lists = Object.fromEntries(Object.keys(timed[0]).map((name) => [name, timed.map((row) => row[name])]))
  assertSame('columns', byColumn(await profile(columns(lists))), ROWS, { timeKind: 'object' })
  const { logger, writer } = memoryLogger(t)
  for (const row of timed) logger.log(row, { datasetId: 'd' })
  await logger.flush()
  assertSame('log', byColumn(writer.items[0].view()), ROWS, { timeKind: 'object' })
})

test('as a table of apache-arrow, and as Arrow files and streams of it', async (t) => {
  for (const table of [sameArrow(ROWS), sameArrow(ROWS, 64)]) {
    assertSame('table', byColumn(await profile(table)), ROWS, { timeKind: 'object' })
    // What writes it can make no file of batches whose dictionaries differ.
    const forms = table.batches.length === 1 ? ['file', 'stream'] : ['stream']
    for (const [form, name] of ['same.arrow', 'same.arrows', 'unnamed'].flatMap((name) =>
      forms.map((form) => [form, name]),
    )) {
      const path = fileOf(t, arrow.tableToIPC(table, form), name)
      const { result, table: found } = await profiledFile(path)
      assert.deepEqual([result.format, result.rows], ['arrow', ROWS.length], `${form} ${name}`)
      assertSame(`${form} ${name}`, found, ROWS, { timeKind: 'object' })
      for (const input of [path, createReadStream(path)]) {
        const { views } = await profileFile(input, { timestampColumn: 'time' })
        assert.deepEqual(daysOfViews(views), daysOf(ROWS), `${form} ${name}`)
      }
    }
  }
})

test('as Parquet', async () => {
  const rows = sameRows(100)
  const { result, table } = await profiledFile(fixture('same.parquet'))
  assert.deepEqual([result.format, result.rows], ['parquet', rows.length])
  assertSame('parquet', table, rows, { timeKind: 'object' })
  const { views } = await profileFile(fixture('same.parquet'), { timestampColumn: 'time' })
  assert.deepEqual(daysOfViews(views), daysOf(rows))
})
