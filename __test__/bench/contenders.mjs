/**
 * Everything that is measured, each in a process of its own: `node contenders.mjs NAME ROWS` prints its figures as JSON.
 *
 * Figures are `rowsPerSecond` (until tracked), `nsPerRow` (on the calling thread), `ms`, `bytes`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { at } from '../../scripts/lib/project.mjs'
import { narrowRows, wideRows } from './rows.mjs'
import { measure } from './shapes.mjs'
import { answersOf, check, truthOf } from './truth.mjs'

const DISTINCT_ROWS = 20_000
const MESSAGE_ROWS = 1000
const to = { datasetId: 'd', timestampMs: Date.UTC(2024, 1, 29) }
const rolling = () => import('../../dist/index.js')
const median = (values, share = 0.5) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]

/** A logger into memory, and what it wrote. */
async function started(options = {}) {
  const { MemoryWriter, ProcessRollingLogger } = await rolling()
  const writer = new MemoryWriter()
  const logger = new ProcessRollingLogger({
    writeSchedule: null,
    flushOnExit: false,
    syncEnabled: true,
    writerFactory: writer,
    ...options,
  })
  logger.start()
  return { logger, writer }
}

/** Rows a second from the first call to the last row tracked; the profile is held against the truth. */
async function tracked(messages, rows, count, log, options) {
  const { logger, writer } = await started(options)
  log(logger, messages[0])
  await logger.flush()
  writer.items.length = 0
  const began = performance.now()
  let logged = 0
  for (let i = 0; logged < count; i++) {
    const message = messages[i % messages.length]
    if (!log(logger, message)) await logger.drained()
    logged += message.rows
  }
  const called = performance.now() - began
  while (logger.stats().trackedRows < logged) await setImmediate()
  const seconds = (performance.now() - began) / 1000
  await logger.close()
  if (logged === rows.length) check('rolling-profiles', answersOf(writer.items[0].view()), truthOf(rows))
  return { rowsPerSecond: logged / seconds, nsPerRow: (called * 1e6) / logged }
}

const asRows = (rows) => rows.map((row) => ({ row, rows: 1 }))
const logRow = (logger, { row }) => logger.log(row, to)

function chunks(rows, size) {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size))
}

async function columnsOf(rows, typed) {
  const { columns } = await rolling()
  return chunks(rows, MESSAGE_ROWS).map((part) => {
    const data = {}
    for (const name of Object.keys(rows[0])) {
      if (typed && typeof rows[0][name] !== 'number') continue
      const values = part.map((row) => row[name])
      data[name] = name.startsWith('f')
        ? Float64Array.from(values)
        : typed
          ? BigInt64Array.from(values, BigInt)
          : values
    }
    return { message: columns(data), rows: part.length }
  })
}

async function arrowOf(rows) {
  const { tableFromArrays, tableToIPC } = await import('apache-arrow')
  const { arrow } = await rolling()
  return chunks(rows, MESSAGE_ROWS).map((part) => {
    const arrays = Object.fromEntries(
      Object.keys(rows[0]).map((name) => {
        const values = part.map((row) => row[name])
        return [name, typeof values[0] === 'number' ? Float64Array.from(values) : values]
      }),
    )
    return { message: arrow(tableToIPC(tableFromArrays(arrays))), rows: part.length }
  })
}

const ndjsonOf = (rows) =>
  chunks(rows, MESSAGE_ROWS).map((part) => ({
    bytes: Buffer.from(part.map((row) => JSON.stringify(row)).join('\n')),
    rows: part.length,
  }))

function requestsOf(rows) {
  const names = Object.keys(rows[0])
  return chunks(rows, 100).map((part) => ({
    bytes: Buffer.from(
      JSON.stringify({
        datasetId: to.datasetId,
        timestamp: to.timestampMs,
        multiple: { columns: names, data: part.map((row) => names.map((name) => row[name])) },
      }),
    ),
    rows: part.length,
  }))
}

/** A logger that has a profile of 1 000 columns on every worker. */
async function thousandColumns(options) {
  const { logger } = await started(options)
  const row = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`c${i}`, i % 2 === 0 ? i / 7 : `text ${i}`]))
  for (let i = 0; i < 500; i++) logger.log(row, to)
  await logger.log(row, { ...to, sync: true })
  return logger
}

async function timed(rounds, run) {
  const times = []
  for (let i = 0; i < rounds; i++) {
    const began = performance.now()
    await run()
    times.push(performance.now() - began)
  }
  return times
}

async function loopDelay(busy, seconds) {
  const { logger } = await started()
  const rows = narrowRows(1000)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const end = performance.now() + seconds * 1000
  let logged = 0
  const began = performance.now()
  while (performance.now() < end) {
    // 100 000 rows a second, in steps of the timer.
    const due = busy ? Math.floor((performance.now() - began) * 100) : 0
    for (; logged < due; logged++) logger.log(rows[logged % rows.length], to)
    await setTimeout(1)
  }
  delay.disable()
  await logger.close()
  return delay.percentile(99) / 1e6
}

const rss = () => process.memoryUsage.rss()

/** By name: what is run with a number of rows. */
export const CONTENDERS = {
  stringify: async (count) => {
    const rows = narrowRows(DISTINCT_ROWS)
    let bytes = 0
    for (const row of rows) bytes += JSON.stringify(row).length
    const began = performance.now()
    for (let i = 0; i < count; i++) bytes += JSON.stringify(rows[i % rows.length]).length
    if (bytes === 0) throw new Error('nothing was made')
    return { nsPerRow: ((performance.now() - began) * 1e6) / count }
  },
  bulk: (count) => measure('bulk', count, {}),
  turns: (count) => measure('turns', Math.min(count, 100_000), {}),
  interleaved: (count) => measure('interleaved', count, {}),
  changing: (count) => measure('changing', count, {}),
  'one worker': async (count) => {
    const rows = narrowRows(count)
    return tracked(asRows(rows), rows, count, logRow, { workers: 1 })
  },
  wide: async (count) => {
    const rows = wideRows(count / 10)
    return tracked(asRows(rows), rows, rows.length, logRow, { workers: 1 })
  },
  columns: async (count) => {
    const rows = narrowRows(count)
    return tracked(await columnsOf(rows, true), rows, count * 4, (logger, { message }) => logger.log(message, to), {
      workers: 1,
    })
  },
  arrow: async (count) => {
    const rows = narrowRows(count)
    return tracked(await arrowOf(rows), rows, count, (logger, { message }) => logger.log(message, to), { workers: 1 })
  },
  ndjson: async (count) => {
    const rows = narrowRows(count)
    return tracked(ndjsonOf(rows), rows, count, (logger, { bytes }) => logger.logNdjson(bytes, to), { workers: 1 })
  },
  requests: async (count) => {
    const rows = narrowRows(count)
    return tracked(requestsOf(rows), rows, count, (logger, { bytes }) => logger.logRaw(bytes), { workers: 1 })
  },
  sync: async (count) => {
    const { logger } = await started()
    const [row] = narrowRows(1)
    const call = () => logger.log(row, { ...to, sync: true })
    await timed(200, call)
    const times = await timed(Math.min(2000, count), call)
    await logger.close()
    return { ms: median(times), p99Ms: median(times, 0.99) }
  },
  'one call': async (count) => {
    const { logger } = await started()
    const rows = narrowRows(DISTINCT_ROWS)
    const times = []
    for (let i = 0; i < Math.min(count, 200_000); i++) {
      const began = performance.now()
      const room = logger.log(rows[i % rows.length], to)
      times.push(performance.now() - began)
      if (!room) await logger.drained()
    }
    await logger.close()
    return { p999Us: median(times.slice(times.length / 10), 0.999) * 1000 }
  },
  status: async () => {
    const logger = await thousandColumns()
    const times = await timed(10, () => logger.status({ timeoutMs: 10_000 }))
    await logger.close()
    return { ms: median(times) }
  },
  flush: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-bench-'))
    const { LocalWriterFactory } = await rolling()
    const times = []
    for (let i = 0; i < 5; i++) {
      const logger = await thousandColumns({ writerFactory: new LocalWriterFactory(folder) })
      times.push(...(await timed(1, () => logger.flush())))
      await logger.close()
    }
    rmSync(folder, { recursive: true, force: true })
    return { ms: median(times) }
  },
  loop: async (count) => {
    const seconds = count < 100_000 ? 0.2 : 2
    const idleMs = await loopDelay(false, seconds)
    return { idleMs, busyMs: await loopDelay(true, seconds) }
  },
  'memory of one': async (count) => {
    const { logger } = await started({ workers: 1 })
    const rows = narrowRows(DISTINCT_ROWS)
    globalThis.gc?.()
    const before = rss()
    for (let i = 0; i < count; i++) if (!logger.log(rows[i % rows.length], to)) await logger.drained()
    await logger.log(rows[0], { ...to, sync: true })
    globalThis.gc?.()
    const bytes = rss() - before
    await logger.close()
    return { bytes }
  },
  'memory of many': async (count) => {
    const { logger } = await started()
    const rows = narrowRows(DISTINCT_ROWS)
    const datasets = count < 100_000 ? 500 : 10_000
    const before = rss()
    for (let i = 0; i < datasets * 50; i++) {
      const room = logger.log(rows[i % rows.length], { ...to, datasetId: `d${i % datasets}` })
      if (!room) await logger.drained()
    }
    await logger.log(rows[0], { ...to, sync: true })
    const bytes = rss() - before
    await logger.close()
    return { bytes }
  },
  overload: async (count) => {
    const maxBufferBytes = 32 * 1024 * 1024
    const { logger } = await started({ workers: 1, onFull: 'drop', queueConfig: { maxBufferBytes } })
    const rows = narrowRows(DISTINCT_ROWS)
    const before = rss()
    let most = 0
    for (let i = 0; i < count * 2; i++) {
      logger.log(rows[i % rows.length], to)
      if (i % 10_000 === 0) {
        most = Math.max(most, rss() - before)
        await setImmediate()
      }
    }
    const { offeredMessages, acceptedMessages, refusedMessages, droppedMessages } = logger.stats()
    if (offeredMessages !== acceptedMessages + refusedMessages + droppedMessages)
      throw new Error('messages are missing')
    await logger.close()
    return { bytes: Math.max(0, most - maxBufferBytes) }
  },
  start: async () => {
    const began = performance.now()
    await rolling()
    const ms = performance.now() - began
    const { readdirSync } = await import('node:fs')
    const folder = at('npm', `${process.platform}-${process.arch}-gnu`)
    const addon = readdirSync(folder).find((name) => name.endsWith('.node'))
    return { ms, bytes: statSync(join(folder, addon)).size }
  },
}

if (process.argv[1] === import.meta.filename) {
  const [name, rows] = process.argv.slice(2)
  console.log(JSON.stringify(await CONTENDERS[name](Number(rows))))
}
