/**
 * Logs bytes for very many datasets, once each, writes them, and tells what memory they still hold when they are let go.
 */
import { setTimeout } from 'node:timers/promises'
import { ProcessRollingLogger } from '../../dist/index.js'
import { count, readOptions } from '../../scripts/lib/options.mjs'
import { processMemory } from '../support/process-memory.mjs'

const usage = `node --expose-gc __test__/soak/datasets.mjs [--ids 200000] [--most MIB] [--json]

  --most  fail where more than so many MiB are still held (100)`
const { values } = readOptions(usage, {
  ids: { type: 'string', default: '200000' },
  most: { type: 'string', default: '100' },
  json: { type: 'boolean', default: false },
})
const ids = count('ids', values.ids)
const most = count('most', values.most) * 2 ** 20
/** Letting go goes on behind the flush. */
const PATIENCE_MS = 20_000

let written = 0
const logger = new ProcessRollingLogger({
  writeSchedule: null,
  workers: 2,
  writerFactory: { createWriters: () => [{ write: () => void written++ }] },
})
logger.start()
const logAll = async (name, datasets) => {
  for (let id = 0; id < datasets; id++) {
    const request = {
      datasetId: `${name}${id}`,
      timestamp: Date.now(),
      multiple: { columns: ['a', 'b'], data: [[id, `text ${id % 10}`]] },
    }
    if (!logger.logRaw(Buffer.from(JSON.stringify(request)))) await logger.drained()
  }
  await logger.flush()
}
const alive = setInterval(() => {}, 60_000)
await logAll('first', 100)
globalThis.gc?.()
const rssBefore = processMemory('VmRSS')
await logAll('d', ids)
let rssAfter = processMemory('VmRSS')
const deadline = performance.now() + PATIENCE_MS
do {
  await setTimeout(50)
  globalThis.gc?.()
  rssAfter = processMemory('VmRSS')
} while (rssAfter - rssBefore > most && performance.now() < deadline)
const { datasets } = logger.toJSON()
const peak = processMemory('VmHWM')
await logger.close()
clearInterval(alive)
const held = rssAfter - rssBefore
const report = { ids, written, datasets, rssBefore, peak, rssAfter, held }
if (values.json) console.log(JSON.stringify(report))
else console.log(report)
process.exitCode = held > most ? 1 : 0
