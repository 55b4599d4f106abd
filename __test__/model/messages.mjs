/** What a command of a program logs: its rows as the model has them, and as each form of input has them. */
import { Bool, Float64, Int32, tableFromArrays, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow'
import { linesOf } from './ndjson.mjs'
import { inArrow, inJson, nameOf, SEGMENT_COLUMN, segmentOf, valueAt } from './values.mjs'

const HOUR_MS = 3_600_000
const FIRST_MS = Date.UTC(2024, 0, 28, 22)

/** Organisation and dataset by number; joined by `_` two of them are the same text. */
const PLACES = [
  { datasetId: 'orders' },
  { datasetId: 'carts' },
  { datasetId: 'clicks', orgId: 'north' },
  { datasetId: 'b_c', orgId: 'a' },
  { datasetId: 'c', orgId: 'a_b' },
  { datasetId: 'orders', orgId: 'north' },
]
export const DATASETS = PLACES.length

export const placeOf = (number) => PLACES[number % DATASETS]

/** Times by number: two hours of a day, then the next day, then before 1970. */
const TIMES = [FIRST_MS, FIRST_MS + HOUR_MS, FIRST_MS + 3 * HOUR_MS, -5 * HOUR_MS]
export const BUCKETS = TIMES.length

/** The time that a command names; `undefined`: the clock's. */
export const timeOf = (bucket) => (bucket === null ? undefined : TIMES[bucket % BUCKETS])

const WIDTHS = { Second: 1000, Hour: HOUR_MS, Day: 24 * HOUR_MS }
export const bucketStart = (ms, aggregateBy) => Math.floor(ms / WIDTHS[aggregateBy]) * WIDTHS[aggregateBy]

const asIs = (kind) => kind
/** A list of values has no gaps. */
const filled = (kind) => (kind === 'missing' ? 'null' : kind)

const IN_TYPED = { half: 'half', infinity: 'infinity', negative: 'whole', nan: 'nan', huge: 'huge' }

/** Forms that can be waited for, in the place of those that cannot. */
const WAITED = { logMessage: 'wire', rawMessage: 'raw', pubSubMessage: 'pubSub', dicts: 'wire' }
export const canWait = (form) => !(form in WAITED)
export const waited = (form) => WAITED[form] ?? form

/** Kinds as each form can have them, and what it is that one call logs. */
export const FORMS = {
  row: { kind: asIs, lone: true },
  getters: { kind: asIs, lone: true },
  rows: { kind: asIs },
  wire: { kind: filled },
  columns: { kind: filled },
  typed: { kind: (kind) => IN_TYPED[kind] ?? 'int' },
  table: { kind: inArrow, isArrow: true },
  batch: { kind: inArrow, isArrow: true },
  arrow: { kind: inArrow, isArrow: true },
  raw: { kind: (kind) => filled(inJson(kind)) },
  pubSub: { kind: (kind) => filled(inJson(kind)) },
  ndjson: { kind: inJson },
  timedNdjson: { kind: inJson },
  logMessage: { kind: filled },
  rawMessage: { kind: (kind) => filled(inJson(kind)) },
  pubSubMessage: { kind: (kind) => filled(inJson(kind)) },
  dicts: { kind: filled },
  embeddings: { kind: () => 'tensor', one: true },
  rawEmbeddings: { kind: () => 'tensor', one: true },
}

/** Whether it is newline-delimited JSON. */
export const isOfLines = (form) => form === 'ndjson' || form === 'timedNdjson'
const isOfRows = (form) => form === 'rows' || isOfLines(form)

/**
 * The rows of a command, a list of messages of which each is a list of rows. A row has its place's number, its
 * time, and `[name, { value, cell }]` a column.
 */
export function rowsOf(command, { hasSegments, aggregateBy }) {
  const form = FORMS[command.form]
  const count = form.one ? 1 : command.rows
  const rows = Array.from({ length: count }, (_, row) => rowOf(command, row, hasSegments && !form.one))
  if (form.lone) return rows.map((row) => [row])
  if (command.form === 'timedNdjson') giveTimes(rows)
  if (isOfRows(command.form)) fillGaps(rows, aggregateBy)
  return [rows]
}

function rowOf({ form, columns, from, spread, dataset, bucket }, row, hasSegments) {
  const i = from + row
  const cells = []
  for (const [column, kind] of columns) {
    const found = valueAt(column, FORMS[form].kind(kind), i)
    // Arrow's own tables cannot have a column of this name.
    const name = FORMS[form].isArrow && nameOf(column) === '__proto__' ? 'prototype' : nameOf(column)
    if (found !== null) cells.push([name, found])
  }
  let segment = null
  if (hasSegments) {
    segment = segmentOf(i, FORMS[form].isArrow)
    cells.push([SEGMENT_COLUMN, segment])
  }
  const isLone = FORMS[form].lone === true
  const shift = isLone ? row % (spread ?? 1) : 0
  return { dataset: dataset + shift, bucket, timeMs: null, cells, segment: segment?.key ?? null }
}

/** Lone rows, each of a shape of its own. */
export const shapesOf = ({ dataset, first, count }) =>
  Array.from({ length: count }, (_, i) => ({
    form: 'row',
    columns: [
      [100 + first + i, 'int'],
      [i % 2, 'int'],
    ],
    rows: 1,
    from: i,
    spread: 1,
    dataset: dataset + (i % 2),
    bucket: 0,
    sync: null,
  }))

/** Gives each row a time of its own, in a column. */
function giveTimes(rows) {
  rows.forEach((row, i) => {
    row.timeMs = TIMES[i % 3]
    row.cells.push(['at', { value: row.timeMs, cell: { kind: 'number', value: row.timeMs } }])
  })
}

/** In an array of rows, and among a bucket's rows in NDJSON, who lacks a column has null there. */
export function fillGaps(rows, aggregateBy) {
  const buckets = groupBy(rows, ({ timeMs }) => timeMs && bucketStart(timeMs, aggregateBy))
  for (const group of buckets.values()) {
    const names = new Set(group.flatMap(({ cells }) => cells.map(([name]) => name)))
    for (const row of group) {
      const own = new Set(row.cells.map(([name]) => name))
      row.gaps = [...names].filter((name) => !own.has(name))
    }
  }
}

function groupBy(rows, keyOf) {
  const groups = new Map()
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row])
  return groups
}

/** A row as a caller has it. */
export const objectOf = ({ cells }) => Object.fromEntries(cells.map(([name, { value }]) => [name, value]))

/** A row whose values are given by getters that call the logger, which is reading it: none of that may do anything. */
function gettersOf(logger, { cells }) {
  const calls = ['flush', 'status', 'drained', 'processMessages', 'close']
  const row = {}
  cells.forEach(([name, { value }], at) => {
    const get = () => {
      logger[calls[at % calls.length]]().catch(() => {})
      return value
    }
    Object.defineProperty(row, name, { enumerable: true, get })
  })
  return row
}

const namesOf = (rows) => rows[0]?.cells.map(([name]) => name) ?? []
const columnsOf = (rows) => namesOf(rows).map((name, at) => [name, rows.map(({ cells }) => cells[at][1].value)])
const wireOf = (rows) => ({
  columns: namesOf(rows),
  data: rows.map(({ cells }) => cells.map(([, { value }]) => value)),
})
const bytesOf = (value) => Buffer.from(JSON.stringify(value))
const envelope = (value) => bytesOf({ subscription: 's', message: { data: bytesOf(value).toString('base64') } })

const ARROW_TYPES = {
  int: new Int32(),
  negative: new Int32(),
  null: new Int32(),
  half: new Float64(),
  text: new Utf8(),
  long: new Utf8(),
  bool: new Bool(),
}

function arrowTable(command, rows) {
  const kinds = command.columns.map(([, kind]) => inArrow(kind))
  const vectors = columnsOf(rows).map(([name, values], at) => [
    name,
    vectorFromArray(values, ARROW_TYPES[kinds[at] ?? 'text']),
  ])
  return tableFromArrays(Object.fromEntries(vectors))
}

/** A typed array of the values, where they are numbers. */
function typedOf(values, kind) {
  if (kind === 'int') return Int32Array.from(values)
  return kind === undefined ? values : Float64Array.from(values)
}

/**
 * Logs one message of a command.
 *
 * @param lib the library
 * @param options `datasetId`, `orgId`, `timestampMs`, `sync` as `log` takes them
 * @param now what the clock says
 */
export function hand(lib, logger, command, rows, options, now) {
  const { datasetId, orgId, timestampMs } = options
  const request = (body) => ({ datasetId, orgId: orgId ?? null, timestamp: timestampMs ?? null, ...body })
  const waits = { sync: options.sync, timestampMs }
  switch (command.form) {
    case 'row':
      return logger.log(objectOf(rows[0]), options)
    case 'getters':
      return logger.log(gettersOf(logger, rows[0]), options)
    case 'rows':
      return logger.log(rows.map(objectOf), options)
    case 'wire':
      return logger.log(wireOf(rows), options)
    case 'columns':
      return logger.log(lib.columns(Object.fromEntries(columnsOf(rows))), options)
    case 'typed': {
      const kinds = command.columns.map(([, kind]) => FORMS.typed.kind(kind))
      const typed = columnsOf(rows).map(([name, values], at) => [name, typedOf(values, kinds[at])])
      return logger.log(lib.columns(Object.fromEntries(typed)), options)
    }
    case 'table':
      return logger.log(arrowTable(command, rows), options)
    case 'batch':
      return logger.log(arrowTable(command, rows).batches[0], options)
    case 'arrow':
      return logger.log(lib.arrow(tableToIPC(arrowTable(command, rows))), options)
    case 'raw':
      return logger.logRaw(bytesOf(request({ multiple: wireOf(rows) })), waits)
    case 'pubSub':
      return logger.logRaw(envelope(request({ multiple: wireOf(rows) })), { ...waits, form: 'pubSub' })
    case 'ndjson':
    case 'timedNdjson': {
      const texts = rows.map((row) => JSON.stringify(objectOf(row)))
      const timestampColumn = command.form === 'ndjson' ? undefined : 'at'
      return logger.logNdjson(linesOf(command, texts), { ...options, timestampColumn })
    }
    case 'logMessage':
      return logger.send(new lib.LogMessage(now, request({ multiple: wireOf(rows) })))
    case 'rawMessage':
      return logger.send(new lib.RawLogMessage(bytesOf(request({ multiple: wireOf(rows) })), now))
    case 'pubSubMessage':
      return logger.send(new lib.RawPubSubMessage(envelope(request({ multiple: wireOf(rows) })), now))
    case 'dicts':
      return logger.processLogDicts([request({ multiple: wireOf(rows) })])
    case 'embeddings':
      return logger.logEmbeddings(objectOf(rows[0]), options)
    case 'rawEmbeddings':
      return logger.logRaw(bytesOf(request({ embeddings: objectOf(rows[0]) })), { ...waits, form: 'embeddings' })
  }
  throw new Error(`a program has no form ${command.form}`)
}
