/** Rows a second, by the form in which they are handed over; the clock starts when both sides are warm. */
import { narrowRows, wideRows } from './rows.mjs'
import { measure } from './shapes.mjs'
import { rolling, started, to } from './started.mjs'
import { answersOf, check, truthOf } from './truth.mjs'

const MESSAGE_ROWS = 1000

/** Logs all messages `times` times over and waits until all of them are tracked. */
async function pass(logger, messages, log, times) {
  const began = performance.now()
  let rows = 0
  for (let i = 0; i < times; i++) {
    for (const message of messages) {
      if (!log(logger, message)) await logger.drained()
      rows += message.rows
    }
  }
  await logger.processMessages()
  return rows / ((performance.now() - began) / 1000)
}

/** Rows a second until they are tracked, of the last of three passes; the profile of the first is held against the truth. */
async function tracked(messages, rows, log, { times = 1 } = {}) {
  const { logger, writer } = await started({ workers: 1 })
  await pass(logger, messages, log, 1)
  await logger.flush()
  check('rolling-profiles', answersOf(writer.items[0].view()), truthOf(rows))
  writer.items.length = 0
  await pass(logger, messages, log, times)
  const rowsPerSecond = await pass(logger, messages, log, times)
  await logger.close()
  return { rowsPerSecond }
}

const asRows = (rows) => rows.map((row) => ({ row, rows: 1 }))
const logRow = (logger, { row }) => logger.log(row, to)
const logMessage = (logger, { message }) => logger.log(message, to)

function chunks(rows, size) {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size))
}

const numbersOf = (rows) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => typeof value === 'number')))

async function columnsOf(rows) {
  const { columns } = await rolling()
  return chunks(rows, MESSAGE_ROWS).map((part) => {
    const data = {}
    for (const name of Object.keys(rows[0])) {
      const values = part.map((row) => row[name])
      data[name] = name.startsWith('f') ? Float64Array.from(values) : BigInt64Array.from(values, BigInt)
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

export const THROUGHPUT = {
  stringify: async (count) => {
    const rows = narrowRows(20_000)
    let bytes = 0
    for (const row of rows) bytes += JSON.stringify(row).length
    const began = performance.now()
    for (let i = 0; i < count; i++) bytes += JSON.stringify(rows[i % rows.length]).length
    if (bytes === 0) throw new Error('nothing was made')
    return { nsPerRow: ((performance.now() - began) * 1e6) / count }
  },
  // One worker beside the caller, so that where there are two cores nobody takes its own from it.
  caller: (count) => measure('bulk', count * 20, {}, { workers: 1 }),
  turns: (count) => measure('turns', count * 4, {}, { workers: 1 }),
  bulk: (count) => measure('bulk', count * 4, {}),
  interleaved: (count) => measure('interleaved', count * 4, {}),
  changing: (count) => measure('changing', count * 4, {}),
  'one worker': async (count) => {
    const rows = narrowRows(count)
    return tracked(asRows(rows), rows, logRow, { times: 10 })
  },
  wide: async (count) => {
    const rows = wideRows(count / 10)
    return tracked(asRows(rows), rows, logRow, { times: 3 })
  },
  columns: async (count) => {
    const rows = numbersOf(narrowRows(count))
    return tracked(await columnsOf(rows), rows, logMessage, { times: 10 })
  },
  arrow: async (count) => {
    const rows = narrowRows(count)
    return tracked(await arrowOf(rows), rows, logMessage, { times: 3 })
  },
  ndjson: async (count) => {
    const rows = narrowRows(count)
    return tracked(ndjsonOf(rows), rows, (logger, { bytes }) => logger.logNdjson(bytes, to), { times: 3 })
  },
  requests: async (count) => {
    const rows = narrowRows(count)
    return tracked(requestsOf(rows), rows, (logger, { bytes }) => logger.logRaw(bytes), { times: 3 })
  },
}
