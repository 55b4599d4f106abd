/**
 * Logs a row to each of very many segments, and tells how much memory that takes at most, whatever writers do.
 */
import { DatasetSchema, ProcessRollingLogger, segmentOnColumn } from '../../dist/index.js'
import { count, readOptions } from '../../scripts/lib/options.mjs'
import { processMemory } from '../support/process-memory.mjs'

const usage = `node __test__/soak/segments.mjs

  --segments N      300000
  --mebibytes N     limits.maxProfileBytes (64)
  --most N          fails where the process takes more mebibytes (256)
  --writer NAME     quick, failing or hanging (quick)
  --json            prints what was measured as JSON`
const { values } = readOptions(usage, {
  segments: { type: 'string', default: '300000' },
  mebibytes: { type: 'string', default: '64' },
  most: { type: 'string', default: '256' },
  writer: { type: 'string', default: 'quick' },
  json: { type: 'boolean', default: false },
})
const MIB = 2 ** 20
const segments = count('segments', values.segments)
const most = count('most', values.most)

const WRITERS = {
  // As long as a turn of the event loop.
  quick: () => new Promise(setImmediate),
  failing: () => Promise.reject(new Error('told to fail')),
  hanging: () => new Promise(() => {}),
}
const write = WRITERS[values.writer]
if (!write) throw new TypeError(`--writer is one of ${Object.keys(WRITERS).join(', ')}`)
const logger = new ProcessRollingLogger({
  writeSchedule: null,
  onFull: 'drop',
  flushOnExit: false,
  writerFactory: { createWriters: () => [{ name: values.writer, write }] },
  schema: new DatasetSchema({ segments: segmentOnColumn('user') }),
  limits: { maxSegments: segments, maxProfileBytes: count('mebibytes', values.mebibytes) * MIB },
})
// Failures and dropped messages are counted below.
logger.on('warning', () => {}).on('writeFailed', () => {})
logger.start()
const begunBytes = processMemory('VmHWM')
for (let user = 0; user < segments; user++) {
  const room = logger.log({ user: `user-${user}`, amount: user % 97, country: 'DE' }, { datasetId: 'visits' })
  // Where writers take nothing there is never room again.
  if (!room && write === WRITERS.quick) await logger.drained()
  else if (user % 1000 === 0) await new Promise(setImmediate)
}
const timeoutMs = write === WRITERS.quick ? 600_000 : 1000
const { written, pending } = await logger.close({ onLoss: 'report', timeoutMs })
const { trackedRows, droppedRows, lostRows, writtenProfiles } = logger.stats()
const report = {
  segments,
  trackedRows,
  droppedRows,
  lostRows,
  writtenProfiles,
  written,
  pending,
  begunBytes,
  peakBytes: processMemory('VmHWM'),
}
if (values.json) console.log(JSON.stringify(report))
else {
  console.log(
    `${segments} segments, ${writtenProfiles} profiles written, ${droppedRows} rows dropped, ${lostRows} lost`,
  )
  console.log(`at most ${Math.round(report.peakBytes / MIB)} MiB, ${Math.round(begunBytes / MIB)} before the first row`)
}
if (report.peakBytes > most * MIB) {
  console.error(`the process took more than ${most} MiB`)
  process.exitCode = 1
}
