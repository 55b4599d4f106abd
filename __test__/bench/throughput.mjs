/** Rows a second, by the form in which they are handed over; the clock starts when both sides are warm. */
import { narrowRows, wideRows } from './rows.mjs'
import { measure } from './shapes.mjs'
import { quantile, rolling, started, to } from './started.mjs'
import { answersOf, check, truthOf } from './truth.mjs'

const MESSAGE_ROWS = 1000
const WARM_PASSES = 3
const PASSES = 5

/** Logs all messages and waits until they are tracked; gives the seconds. */
async function pass(logger, messages, log) {
  const began = performance.now()
  for (const message of messages) if (!log(logger, message)) await logger.drained()
  await logger.processMessages()
  return (performance.now() - began) / 1000
}

/** Rows a second until they are tracked, over passes that each begin with an empty profile; earlier ones warm up. Every profile is held against the truth. */
async function tracked(count, { rows = narrowRows, form, log, workers = 1 }) {
  const { logger, writer } = await started({ workers })
  const all = rows(count)
  const truth = truthOf(all)
  const messages = await form(all)
  const rates = []
  for (let i = 0; i < WARM_PASSES + PASSES; i++) {
    rates.push(all.length / (await pass(logger, messages, log)))
    await logger.flush()
    check('rolling-profiles', answersOf(writer.items.pop().view()), truth)
  }
  await logger.close()
  return { rowsPerSecond: quantile(rates.slice(WARM_PASSES)) }
}

const asRows = (rows) => rows.map((row) => ({ row }))
const logRow = (logger, { row }) => logger.log(row, to)
const logMessage = (logger, { message }) => logger.log(message, to)

function chunks(rows, size) {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size))
}

const numbersOf = (count) =>
  narrowRows(count).map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => typeof value === 'number')),
  )

async function columnsOf(rows) {
  const { columns } = await rolling()
  return chunks(rows, MESSAGE_ROWS).map((part) => {
    const data = {}
    for (const name of Object.keys(rows[0])) {
      const values = part.map((row) => row[name])
      data[name] = name.startsWith('f') ? Float64Array.from(values) : BigInt64Array.from(values, BigInt)
    }
    return { message: columns(data) }
  })
}

const asColumns = { rows: numbersOf, form: columnsOf, log: logMessage }

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
    return { message: arrow(tableToIPC(tableFromArrays(arrays))) }
  })
}

const ndjsonOf = (rows) =>
  chunks(rows, MESSAGE_ROWS).map((part) => ({
    bytes: Buffer.from(part.map((row) => JSON.stringify(row)).join('\n')),
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
  turns: (count) => measure('turns', count * 2, {}, { workers: 1 }),
  bulk: (count) => measure('bulk', count * 4, {}),
  interleaved: (count) => measure('interleaved', count * 4, {}),
  changing: (count) => measure('changing', count * 4, {}),
  'one worker': (count) => tracked(count, { form: asRows, log: logRow }),
  wide: (count) => tracked(count / 10, { rows: wideRows, form: asRows, log: logRow }),
  columns: (count) => tracked(count, asColumns),
  'columns of two workers': (count) => tracked(count, { ...asColumns, workers: 2 }),
  arrow: (count) => tracked(count, { form: arrowOf, log: logMessage }),
  ndjson: (count) => tracked(count, { form: ndjsonOf, log: (logger, { bytes }) => logger.logNdjson(bytes, to) }),
  requests: (count) => tracked(count, { form: requestsOf, log: (logger, { bytes }) => logger.logRaw(bytes) }),
}
