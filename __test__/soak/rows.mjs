/**
 * Logs very many rows through one logger, and tells how its memory goes.
 */
import { ProcessRollingLogger } from '../../dist/index.js'
import { count, readOptions } from '../../scripts/lib/options.mjs'
import { writeSection } from '../bench/report.mjs'

const usage = `node --expose-gc __test__/soak/rows.mjs [--rows 10000000] [--json] [--write]

  --write   the figures go into docs/performance.md`
const { values } = readOptions(usage, {
  rows: { type: 'string', default: '10000000' },
  json: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
})
const rows = count('rows', values.rows)
const STEPS = 10
const logger = new ProcessRollingLogger({
  writeSchedule: null,
  queueConfig: { maxBufferBytes: 20_000_000 },
  writerFactory: { createWriters: () => [{ write() {} }] },
})
logger.start()
const rss = []
for (let step = 0; step < STEPS; step++) {
  for (let row = (rows / STEPS) * step; row < (rows / STEPS) * (step + 1); row++) {
    const room = logger.log(
      { price: row % 9973, name: `name ${row % 100_003}`, ok: row % 2 === 0, share: row / 7 },
      { datasetId: `d${row % 5}`, timestampMs: Date.UTC(2024, 0, 1 + (row % 30)) },
    )
    if (!room) await logger.drained()
  }
  await logger.flush()
  globalThis.gc?.()
  rss.push(process.memoryUsage().rss)
  if (!values.json)
    console.log(`${Math.round((rows / STEPS) * (step + 1))} rows, ${Math.round(rss.at(-1) / 2 ** 20)} MiB`)
}
const { trackedRows } = logger.stats()
await logger.close()
if (values.json) console.log(JSON.stringify({ rows, trackedRows, rss }))
if (values.write) {
  const millions = (step) => `${((rows / STEPS) * step) / 1e6}`
  const table = [
    `| million rows | ${rss.map((_, step) => millions(step + 1)).join(' | ')} |`,
    `|---|${'---|'.repeat(STEPS)}`,
    `| MiB | ${rss.map((bytes) => Math.round(bytes / 2 ** 20)).join(' | ')} |`,
  ]
  writeSection('soak', table.join('\n'))
}
