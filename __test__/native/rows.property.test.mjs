/** Random rows, logged in every form that `log` takes, through queue, workers and files' bytes: each column counts what it was given. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { shown, summaryOf } from '../support/column-model.mjs'
import { memoryLogger } from '../support/logger.mjs'
import { columns, rowOf, table } from '../support/rows.mjs'

const DAY_MS = 86_400_000
const MAX_VALUE_BYTES = 20

const place = { datasetId: fc.constantFrom('orders', 'users'), day: fc.integer({ min: 0, max: 1 }), sync: fc.boolean() }
const message = fc.oneof(
  { weight: 4, arbitrary: fc.record({ ...place, row: columns }) },
  { weight: 1, arbitrary: fc.record({ ...place, rows: fc.array(columns, { minLength: 1, maxLength: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ ...place, table }) },
)

/** The message as `log` takes it, and its cells: `[name, cell]` for every value of every row. */
function read({ row, rows, table }) {
  const cellsOf = (columns) => columns.map(([name, { cell }]) => [name, cell])
  if (row) return { data: rowOf(row), cells: cellsOf(row) }
  if (rows) {
    const names = new Set(rows.flatMap((columns) => columns.map(([name]) => name)))
    const missing = (columns) => [...names].filter((name) => !columns.some(([own]) => own === name))
    const nulls = (columns) => missing(columns).map((name) => [name, { kind: 'null' }])
    return { data: rows.map(rowOf), cells: rows.flatMap((columns) => [...cellsOf(columns), ...nulls(columns)]) }
  }
  return {
    data: { columns: table.columns, data: table.data.map((values) => values.map(({ value }) => value)) },
    cells: table.data.flatMap((values) => values.map(({ cell }, column) => [table.columns[column], cell])),
  }
}

test('every column counts the values it was given, whatever they are and however they come', async (t) => {
  const { logger, writer } = memoryLogger(t, { limits: { maxValueBytes: MAX_VALUE_BYTES }, seed: 1 })
  const run = async (messages) => {
    // What a run that failed has left behind.
    await logger.flush()
    writer.items.length = 0
    const expected = new Map()
    const waits = []
    for (const each of messages) {
      const { data, cells } = read(each)
      const timestampMs = Date.UTC(2024, 1, 28) + each.day * DAY_MS
      const answer = logger.log(data, { datasetId: each.datasetId, timestampMs, sync: each.sync })
      if (each.sync) waits.push(answer)
      for (const [name, cell] of cells) {
        const column = JSON.stringify([each.datasetId, timestampMs, name])
        expected.set(column, [...(expected.get(column) ?? []), cell])
      }
    }
    await Promise.all(waits)
    assert.equal((await logger.flush()).pending, 0)
    const found = new Map()
    for (const item of writer.items) {
      for (const row of item.view().toTable()) {
        const column = JSON.stringify([item.datasetId, item.datasetTimestampMs, row.column])
        assert.ok(!found.has(column), 'one profile a bucket')
        found.set(column, row)
      }
    }
    assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort())
    for (const [column, cells] of expected) {
      const { summary, items, numbers } = summaryOf(cells, MAX_VALUE_BYTES)
      const row = found.get(column)
      assert.deepEqual(shown(row, Object.keys(summary)), { summary, items }, column)
      const largest = Math.max(...numbers.map(Math.abs))
      const mean = numbers.reduce((sum, value) => sum + value / numbers.length, 0)
      if (numbers.length > 0 && largest < 1e300) {
        assert.ok(Math.abs(row['distribution/mean'] - mean) <= largest * 1e-12 + 1e-300, column)
      }
    }
  }
  await fc.assert(fc.asyncProperty(fc.array(message, { maxLength: 40, size: 'max' }), run), {
    numRuns: 100,
    includeErrorInReport: true,
  })
})
