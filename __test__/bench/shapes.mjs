/** The shapes of use that the caller's side is measured in, each a loop around `log`. */
import { setImmediate } from 'node:timers/promises'
import { importTs } from '../support/typescript.mjs'
import { narrowRows } from './rows.mjs'

/** Rows between two looks at the queue; what waits for it is no cost of `log`. */
const STRETCH = 10_000
const DISTINCT_ROWS = 20_000
const TURN_ROWS = 1000
const TIME = Date.UTC(2024, 1, 29)

const now = () => Number(process.hrtime.bigint())

/** Every shape: what it is for people, the rows, and who gets them. */
export const SHAPES = {
  bulk: {
    title: 'one dataset, row after row',
    rows: () => narrowRows(DISTINCT_ROWS),
    log: (logger, rows, i) => logger.log(rows[i % rows.length], { datasetId: 'd', timestampMs: TIME }),
  },
  turns: { title: 'one row a turn of the event loop', rows: () => narrowRows(DISTINCT_ROWS), turns: true },
  interleaved: {
    title: '1 000 datasets in turn',
    rows: () => narrowRows(DISTINCT_ROWS),
    log: (logger, rows, i) => logger.log(rows[i % rows.length], { datasetId: DATASETS[i % 1000], timestampMs: TIME }),
  },
  changing: {
    title: 'every second row has a column more',
    rows: () => narrowRows(DISTINCT_ROWS).map((row, i) => (i % 2 === 0 ? row : { ...row, extra: i })),
    log: (logger, rows, i) => logger.log(rows[i % rows.length], { datasetId: 'd', timestampMs: TIME }),
  },
}

const DATASETS = Array.from({ length: 1000 }, (_, i) => `d${i}`)

/**
 * Runs one shape. `given` changes the tuning, `options` are the logger's.
 *
 * @returns {Promise<{ nsPerRow: number, peerNs: number, rowsPerSecond: number }>} `nsPerRow` on the calling thread; `peerNs`
 *   what JSON.stringify of the same rows takes there; `rowsPerSecond` until all are tracked, waiting included.
 */
export async function measure(name, count, given, options = {}) {
  const { MemoryWriter, ProcessRollingLogger } = await packageWith(given)
  const shape = SHAPES[name]
  const rows = shape.rows()
  const writer = new MemoryWriter()
  const logger = new ProcessRollingLogger({
    writeSchedule: null,
    flushOnExit: false,
    writerFactory: writer,
    ...options,
  })
  logger.start()
  const run = shape.turns ? turns : stretches
  const warm = Math.min(count, 100_000)
  await run(shape, logger, rows, warm)
  await logger.flush()
  const began = now()
  const { nsPerRow, ...more } = await run(shape, logger, rows, count)
  await logger.processMessages()
  const rowsPerSecond = count / ((now() - began) / 1e9)
  await logger.flush()
  checkCounts(name, writer.items, shape.turns ? rows.slice(0, TURN_ROWS) : rows, [warm, count])
  await logger.close()
  return { nsPerRow, peerNs: stringified(rows), rowsPerSecond, ...more }
}

/** The package as it ships; with figures changed, as its sources have it. */
async function packageWith(changed) {
  if (Object.keys(changed).length === 0) return import('../../dist/index.js')
  const { tuning } = await importTs('tuning.ts')
  Object.assign(tuning, changed)
  return importTs('index.ts')
}

/** Throws unless the profiles count each value once: those of passes of so many rows, which go round `rows`. */
function checkCounts(name, items, rows, passes) {
  const wanted = {}
  for (const [i, row] of rows.entries()) {
    const logged = passes.reduce((sum, count) => sum + Math.ceil(Math.max(0, count - i) / rows.length), 0)
    for (const column in row) wanted[column] = (wanted[column] ?? 0) + logged
  }
  const counted = {}
  for (const item of items) {
    for (const row of item.view().toTable()) counted[row.column] = (counted[row.column] ?? 0) + row['counts/n']
  }
  for (const [column, n] of Object.entries(wanted)) {
    if (counted[column] !== n) throw new Error(`${name}: ${column} counts ${counted[column]} values, in truth ${n}`)
  }
}

async function stretches(shape, logger, rows, count) {
  let spent = 0
  let room = true
  for (let i = 0; i < count; ) {
    if (!room) await logger.drained()
    const end = Math.min(count, i + STRETCH)
    const began = now()
    for (; i < end; i++) room = shape.log(logger, rows, i)
    spent += now() - began
  }
  return { nsPerRow: spent / count }
}

/** A row just made, as services log it; its values are near at hand then. */
const made = ({ f0, f1, f2, f3, i0, i1, s0, s1, s2, b0 }) => ({ f0, f1, f2, f3, i0, i1, s0, s1, s2, b0 })

/** A row a turn, less what the turn takes that makes the row alone; stretches of both alternate. */
async function turns(_shape, logger, source, count) {
  const rows = source.slice(0, TURN_ROWS)
  let withRow = 0
  let without = 0
  for (let i = 0; i < count; ) {
    const end = Math.min(count, i + STRETCH)
    const length = end - i
    let began = now()
    for (; i < end; i++) {
      logger.log(made(rows[i % rows.length]), { datasetId: 'd', timestampMs: TIME })
      await setImmediate()
    }
    withRow += now() - began
    began = now()
    for (let turn = 0; turn < length; turn++) {
      sink = made(rows[turn % rows.length])
      await setImmediate()
    }
    without += now() - began
  }
  return { nsPerRow: (withRow - without) / count, turnNs: without / count }
}

/** What is made for nobody. */
let sink

function stringified(rows) {
  const repeat = 10
  let began = now()
  for (let i = -1; i < repeat; i++) {
    // The first pass warms up.
    if (i === 0) began = now()
    for (const row of rows) sink = JSON.stringify(row)
  }
  if (sink.length === 0) throw new Error('nothing was made')
  return (now() - began) / (rows.length * repeat)
}
