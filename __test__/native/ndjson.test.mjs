/** Newline-delimited JSON: a bad line is left out, and all others count. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memoryLogger } from '../support/logger.mjs'

const GOOD = fc.integer({ min: 0, max: 9 }).map((a) => ({ text: JSON.stringify({ a }), kind: 'good' }))
const BAD = fc
  .constantFrom('{"a":', '{"a":1,"b":}', 'x', '[1]', '1', '{"a":1}{', '{"n":1,"a"')
  .map((text) => ({ text, kind: 'bad' }))
const BLANK = fc.constantFrom('', ' ', '\t').map((text) => ({ text, kind: 'blank' }))
const LINES = fc.array(fc.tuple(fc.oneof(GOOD, BAD, BLANK), fc.constantFrom('\n', '\r\n')), { maxLength: 30 })

test('good lines count, bad ones are told by line and code, blank ones are nothing', async (t) => {
  const { logger, writer } = memoryLogger(t)
  let message = 0
  await fc.assert(
    fc.asyncProperty(LINES, fc.boolean(), async (lines, mark) => {
      const datasetId = `d${message++}`
      const text = `${mark ? '\ufeff' : ''}${lines.map(([{ text }, end]) => text + end).join('')}`
      const of = (kind) => lines.flatMap(([line], index) => (line.kind === kind ? [index + 1] : []))
      const [good, bad] = [of('good'), of('bad')]
      const before = logger.stats()
      const error = await logger.logNdjson(Buffer.from(text), { datasetId, sync: true }).then(
        () => null,
        (reason) => reason,
      )
      const after = logger.stats()
      assert.equal(after.trackedRows - before.trackedRows, good.length)
      assert.equal(after.rejectedRows - before.rejectedRows, bad.length)
      if (bad.length === 0) assert.equal(error, null)
      else if (good.length === 0) assert.equal(error.code, 'ERR_INVALID_DATA')
      else {
        const { code, tracked, rejected, first } = error
        assert.deepEqual([code, tracked, rejected], ['ERR_PARTLY_REJECTED', good.length, bad.length])
        assert.deepEqual(
          first,
          bad.slice(0, 10).map((line) => ({ line, code: 'ERR_INVALID_DATA' })),
        )
      }
      await logger.flush()
      assert.equal(writer.count(datasetId, 'a'), good.length)
      const columns = writer.items
        .filter((item) => item.datasetId === datasetId)
        .flatMap((item) => item.view().columnNames)
      assert.deepEqual([...new Set(columns)], good.length > 0 ? ['a'] : [])
    }),
    { numRuns: 60 },
  )
})

test('the event rejected tells the lines where nobody waits', async (t) => {
  const { logger } = memoryLogger(t)
  const told = []
  logger.on('rejected', ({ error, messages, rows }) => told.push([error.code, error.first, messages, rows]))
  logger.logNdjson(Buffer.from('{"a":1}\n{"a":\n'), { datasetId: 'd' })
  await logger.flush()
  assert.deepEqual(told, [['ERR_PARTLY_REJECTED', [{ line: 2, code: 'ERR_INVALID_DATA' }], 0, 1]])
})

test('a bad time costs its own line', async (t) => {
  const { logger } = memoryLogger(t)
  const lines = '{"at":"2026-01-01","a":1}\n{"at":"soon","a":2}\n{"at":"2026-01-02","a":3}'
  await assert.rejects(logger.logNdjson(Buffer.from(lines), { datasetId: 'd', timestampColumn: 'at', sync: true }), {
    code: 'ERR_PARTLY_REJECTED',
    tracked: 2,
    first: [{ line: 2, code: 'ERR_INVALID_TIMESTAMP' }],
  })
})

test('a line has too many columns for its own bucket, and not for that of the line before', async (t) => {
  const { logger, writer } = memoryLogger(t, { limits: { maxColumns: 3 } })
  const lines = [
    { at: '2026-01-01', a: 1, b: 1 },
    { at: '2026-01-02', c: 1, d: 1 },
    { at: '2026-01-02', a: 1, c: 1 },
    { at: '2026-01-01', b: 1 },
  ]
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  await assert.rejects(logger.logNdjson(Buffer.from(text), { datasetId: 'd', timestampColumn: 'at', sync: true }), {
    code: 'ERR_PARTLY_REJECTED',
    tracked: 3,
    first: [{ line: 3, code: 'ERR_TOO_MANY_COLUMNS' }],
  })
  await logger.flush()
  const columns = writer.items.map((item) => item.view().columnNames.sort())
  assert.deepEqual(columns.sort(), [
    ['a', 'at', 'b'],
    ['at', 'c', 'd'],
  ])
})
