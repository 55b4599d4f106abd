/**
 * Starts and ends loggers, one after the other, and tells what is left: threads and memory.
 */
import { readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { ProcessRollingLogger } from '../../dist/index.js'
import { count, readOptions } from '../../scripts/lib/options.mjs'

const usage = 'node --expose-gc __test__/soak/loggers.mjs [--loggers 10000] [--rows 10] [--json]'
const { values } = readOptions(usage, {
  loggers: { type: 'string', default: '10000' },
  rows: { type: 'string', default: '10' },
  json: { type: 'boolean', default: false },
})
const loggers = count('loggers', values.loggers)
const rows = count('rows', values.rows)
/** The first ones make the allocator and the compiler settle. */
const warmUp = Math.floor((loggers * 2) / 3)
const threads = () => readdirSync('/proc/self/task').length
const written = { write() {} }

async function one(number) {
  const logger = new ProcessRollingLogger({
    writeSchedule: null,
    syncEnabled: true,
    workers: 2,
    writerFactory: { createWriters: () => [written] },
  })
  const ended = new Promise((resolve) => logger.on('exit', resolve))
  logger.start()
  for (let row = 0; row < rows; row++) logger.log({ row, text: `value ${row}` }, { datasetId: `d${row % 3}` })
  if (number % 3 === 0) await logger.close()
  else if (number % 3 === 1) logger.kill()
  else await logger.flush().then(() => logger.terminate())
  await ended
}

// A logger that is not closed does not keep the process; this does.
const alive = setInterval(() => {}, 60_000)
const threadsBefore = threads()
let rssBefore = 0
for (let number = 0; number < loggers; number++) {
  await one(number)
  if (number === warmUp) {
    globalThis.gc?.()
    rssBefore = process.memoryUsage().rss
  }
  if (!values.json && number % 1000 === 999)
    console.log(`${number + 1} loggers, ${threads()} threads, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`)
}
// The last ones' threads are waited for by a thread of their own.
const deadline = Date.now() + 30_000
while (threads() > threadsBefore && Date.now() < deadline) await setImmediate()
clearInterval(alive)
globalThis.gc?.()
const rssAfter = process.memoryUsage().rss
const report = { loggers, warmUp, rows, threadsBefore, threadsAfter: threads(), rssBefore, rssAfter }
if (values.json) console.log(JSON.stringify(report))
else console.log(report)
