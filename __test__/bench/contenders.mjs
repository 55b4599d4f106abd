/**
 * Everything that is measured of this package, each in a process of its own: `node contenders.mjs NAME ROWS` prints its figures as JSON.
 *
 * Figures are `rowsPerSecond` (until tracked), `nsPerRow` (on the calling thread), `ms`, `bytes`.
 */
import { LATENCY } from './latency.mjs'
import { MEMORY } from './memory.mjs'
import { THROUGHPUT } from './throughput.mjs'

/** By name: what is run with a number of rows. */
export const CONTENDERS = { ...THROUGHPUT, ...LATENCY, ...MEMORY }

if (process.argv[1] === import.meta.filename) {
  const [name, rows] = process.argv.slice(2)
  console.log(JSON.stringify(await CONTENDERS[name](Number(rows))))
}
