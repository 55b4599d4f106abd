/**
 * The forms of input that a logger takes. Each packs rows into what it takes, and sends that so that the promise tells what became of it.
 * `kind` says where what is wrong is found: `'here'`, on the calling thread, or `'there'`, on the engine's; or that a `'line'` of it is left out. What
 * `isUnread` crosses as it is, and only the engine looks at its time.
 */
import { createRequire } from 'node:module'
import {
  arrow,
  BaseProcessRollingLogger,
  columns,
  DatasetSchema,
  LogMessage,
  ProcessRollingLogger,
  ThreadRollingLogger,
} from '../../../../dist/index.js'

/** Loaded where it is needed, since each case has a process of its own. */
const fromArrow = () => createRequire(import.meta.url)('apache-arrow')
const tableOf = (rows) => fromArrow().tableFromArrays(byColumn(rows))
const bytesOf = (table) => arrow(fromArrow().tableToIPC(table))
const bytes = (value) => Buffer.from(JSON.stringify(value))
const eachOf = (rows, log) => Promise.all(rows.map(log))

/** All columns of rows. */
function namesOf(rows) {
  const names = new Set()
  for (const row of rows) for (const name in row) names.add(name)
  return [...names]
}

/** Rows by column: a list of values each. */
const byColumn = (rows) => Object.fromEntries(namesOf(rows).map((name) => [name, rows.map((row) => row[name] ?? null)]))

function byRow(rows) {
  const names = namesOf(rows)
  return { columns: names, data: rows.map((row) => names.map((name) => row[name] ?? null)) }
}

function* oneByOne(rows) {
  yield* rows
}

/** A request of the wire, with its own dataset and time. */
export const requestOf = (multiple, { datasetId, timestampMs }) => ({ datasetId, timestamp: timestampMs, multiple })
/** What a publish-subscribe service puts around a request. */
export const pushOf = (json) => Buffer.from(`{"message":{"data":"${Buffer.from(json).toString('base64')}"}}`)
const embeddingsOf = (rows) => rows[0]

/** A message of the user's own, whose batch logs rows. */
class Own {
  constructor(rows, to) {
    this.rows = rows
    this.to = to
  }
}

class OwnLogger extends BaseProcessRollingLogger {
  processBatch(batch) {
    for (const { rows, to } of batch) void this.log(rows, to)
  }
}

const log = (logger, data, to) => logger.log(data, { ...to, sync: true })
const logRaw = (form) => (logger, data, to) => logger.logRaw(data, { ...to, form, sync: true })

/** By name. `pack` is given where the rows go as well. */
export const FORMS = {
  'a row': {
    kind: 'here',
    pack: (rows) => rows,
    send: (logger, rows, to) => eachOf(rows, (row) => log(logger, row, to)),
  },
  'an array of rows': { kind: 'here', pack: (rows) => rows, send: log },
  'an iterable of rows': { kind: 'here', pack: (rows) => ({ [Symbol.iterator]: () => oneByOne(rows) }), send: log },
  'rows for functions': {
    kind: 'here',
    pack: (rows) => rows,
    send: log,
    schema: { udfs: { double: { columns: ['price'], fn: (row) => Number(row.price) * 2 } } },
  },
  '{ columns, data }': { kind: 'here', pack: byRow, send: log },
  'a bound dataset': {
    kind: 'here',
    pack: (rows) => rows,
    send: (logger, rows, { datasetId, ...to }) => log(logger.dataset(datasetId), rows, to),
  },
  'a ThreadRollingLogger': {
    kind: 'here',
    pack: (rows) => rows,
    send: (logger, rows, { timestampMs }) => log(logger, rows, { timestampMs }),
    Logger: ThreadRollingLogger,
  },
  'a LogMessage': {
    kind: 'here',
    pack: (rows, to) => new LogMessage(to.timestampMs, requestOf(byRow(rows), to)),
    send: (logger, message) => logger.send(message, { sync: true }),
  },
  'rows of processBatch': {
    kind: 'here',
    pack: (rows, to) => new Own(rows, to),
    send: (logger, message) => logger.send(message, { sync: true }),
    Logger: OwnLogger,
    outer: 1,
  },
  'a stream of rows': {
    kind: 'here',
    pack: (rows) => rows,
    send: (logger, rows, to) =>
      new Promise((resolve, reject) => {
        const stream = logger.createWritable(to)
        stream.once('error', reject)
        for (const row of rows) stream.write(row)
        stream.end((error) => (error ? reject(error) : resolve()))
      }).then(() => logger.processMessages?.()),
  },
  'columns()': { kind: 'here', isUnread: true, pack: (rows) => columns(byColumn(rows)), send: log },
  'an Arrow table': {
    kind: 'here',
    isUnread: true,
    pack: tableOf,
    send: log,
    /** Of columns as the library has them. */
    of: (columns) => new (fromArrow().Table)(columns),
    library: fromArrow,
  },
  'Arrow bytes': {
    kind: 'there',
    pack: (rows) => bytesOf(tableOf(rows)),
    send: log,
    of: (columns) => bytesOf(new (fromArrow().Table)(columns)),
  },
  'a request': { kind: 'there', pack: (rows, to) => bytes(requestOf(byRow(rows), to)), send: logRaw('log') },
  'a pushed request': {
    kind: 'there',
    pack: (rows, to) => pushOf(JSON.stringify(requestOf(byRow(rows), to))),
    send: logRaw('pubSub'),
  },
  'lines of JSON': {
    kind: 'line',
    pack: (rows) => Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
    send: (logger, data, to) => logger.logNdjson(data, { ...to, sync: true }),
  },
  embeddings: {
    kind: 'here',
    isUnread: true,
    isEmbedding: true,
    pack: embeddingsOf,
    send: (logger, data, to) => logger.logEmbeddings(data, { ...to, sync: true }),
  },
  'a request with embeddings': {
    kind: 'there',
    isEmbedding: true,
    pack: (rows, { datasetId, timestampMs }) =>
      bytes({ datasetId, timestamp: timestampMs, embeddings: embeddingsOf(rows) }),
    send: logRaw('embeddings'),
  },
}

/** A case for every form: what `make` gives for it. */
export function everyForm(make) {
  return Object.fromEntries(Object.entries(FORMS).map(([name, form]) => [name, make(form, name)]))
}

const HOW = { here: 'refused', there: 'rejected', line: 'line' }
const LINE = { s: 'DE', price: 3 }

/**
 * Cases of rows that may not count, whose message is refused or rejected with `code`; of lines of JSON they are left out, and what stands beside
 * them counts.
 */
export function unfit(rowsFor, code, { hereMb, thereMb }) {
  return everyForm((form) => ({
    code,
    how: HOW[form.kind],
    peakMb: form.kind === 'here' ? hereMb : thereMb,
    ...(form.kind === 'line'
      ? { make: (to) => form.pack([LINE, ...rowsFor(form), LINE], to), counts: [[LINE, LINE]] }
      : { make: (to) => form.pack(rowsFor(form), to) }),
  }))
}

/** A logger for a form, which writes to `writer` when it is told to. What `options.schema` says is of a schema. */
export function loggerFor(form, options, writer) {
  const { Logger = ProcessRollingLogger } = form
  const schema = new DatasetSchema({ ...form.schema, ...options.schema })
  const common = { writeSchedule: null, seed: 1, ...options, schema }
  if (Logger === ThreadRollingLogger) return new ThreadRollingLogger({ ...common, datasetId: 'd', writers: [writer] })
  const writerFactory = { createWriters: () => [writer] }
  const logger = new Logger({ ...common, syncEnabled: true, workers: 2, writerFactory })
  logger.start()
  return logger
}
