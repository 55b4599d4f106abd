/** One table in many formats, and what a profile of it must say. */
import assert from 'node:assert/strict'
import * as arrow from 'apache-arrow'
import { items, kinds } from './file-tables.mjs'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2024, 1, 27)
const WORDS = ['Oslo', 'São Paulo', 'a,b', 'say "hi"', 'two\nlines', '東京', '😀', 'tab\there', "it's", 'back\\slash']

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function randomOf(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Rows, a value of each kind in each; one in seven is null. */
export function sameRows(count = 300) {
  const random = randomOf(20_240_229)
  const maybe = (value) => (random() < 1 / 7 ? null : value)
  const below = (most) => Math.floor(random() * most)
  return Array.from({ length: count }, (_, at) => ({
    n: maybe(below(50) - 25),
    id: maybe(2n ** 62n + BigInt(below(90)) * 3n),
    // Never whole, so that no format takes one for an integer.
    ratio: maybe((below(4000) - 2000 + 0.5) / 64),
    price: maybe((below(400) * 10 + 7) / 100),
    flag: maybe(random() < 0.3),
    text: maybe(WORDS[Math.min(below(WORDS.length), below(WORDS.length))]),
    key: `k${at % 97}`,
    time: maybe(START_MS + below(4) * DAY_MS + below(DAY_MS)),
  }))
}

/** What each column counts as, in formats that have types and in text. */
const KINDS = {
  n: 'integral',
  id: 'integral',
  ratio: 'fractional',
  price: 'fractional',
  flag: 'boolean',
  text: 'string',
  key: 'string',
  time: 'object',
}
const columnNames = Object.keys(KINDS)

const isoOf = (time) => time && new Date(time).toISOString()

const csvField = (value) => {
  if (value === null) return ''
  const text = String(value)
  return /[",;|\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const jsonOf = (row) =>
  `{${columnNames.map((name) => `"${name}":${typeof row[name] === 'bigint' ? row[name] : JSON.stringify(row[name])}`).join(',')}}`

/** The rows as text, by the names of files. */
export function sameTexts(given) {
  const rows = given.map((row) => ({ ...row, time: isoOf(row.time) }))
  const csv = (delimiter, end) =>
    [columnNames, ...rows.map((row) => columnNames.map((name) => csvField(row[name])))]
      .map((fields) => fields.join(delimiter) + end)
      .join('')
  const lines = rows.map(jsonOf)
  const pretty = lines.map((line) => line.replaceAll(/(?<=[{,])(?="\w+":)/g, '\n  ').replace(/}$/, '\n}'))
  return {
    'same.csv': csv(',', '\n'),
    'same-crlf.csv': csv(';', '\r\n'),
    'same.tsv': csv('\t', '\n'),
    'same.ndjson': `${lines.join('\n')}\n`,
    'same-array.json': `[${lines.join(',')}]`,
    'same-pretty.json': `[\n${pretty.join(',\n')}\n]\n`,
    'same-sequence.json': `${pretty.join('\n')}\n`,
  }
}

/** The rows as a table of apache-arrow, in batches of some. */
export function sameArrow(rows, batchRows = rows.length) {
  const types = {
    n: new arrow.Int32(),
    id: new arrow.Int64(),
    ratio: new arrow.Float64(),
    price: new arrow.Float64(),
    flag: new arrow.Bool(),
    text: new arrow.Utf8(),
    key: new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), 1),
    time: new arrow.TimestampMillisecond(),
  }
  const chunks = []
  for (let at = 0; at < rows.length; at += batchRows) chunks.push(rows.slice(at, at + batchRows))
  const tables = chunks.map((chunk) => {
    const vector = (name) =>
      arrow.vectorFromArray(
        chunk.map((row) => row[name]),
        types[name],
      )
    return new arrow.Table(Object.fromEntries(columnNames.map((name) => [name, vector(name)])))
  })
  return tables.length === 1 ? tables[0] : tables[0].concat(...tables.slice(1))
}

/** Fails unless a table of a profile says of the rows what they are. `timeKind`: what times count as, which text cannot say. */
export function assertSame(label, table, rows, { timeKind = 'string' } = {}) {
  assert.deepEqual(Object.keys(table).sort(), [...columnNames].sort(), label)
  for (const name of columnNames) assertColumn(`${label}, ${name}`, table[name], truthOf(rows, name, timeKind))
}

function truthOf(rows, name, timeKind) {
  const values = rows.map((row) => row[name])
  const there = values.filter((value) => value !== null)
  const kind = name === 'time' ? timeKind : KINDS[name]
  const nulls = values.length - there.length
  return {
    values: kind === 'string' && name === 'time' ? there.map(isoOf) : there,
    kind,
    kinds: [`${there.length} ${kind}`, ...(nulls > 0 ? [`${nulls} null`] : [])].join(', '),
    count: values.length,
  }
}

function assertColumn(label, row, truth) {
  const { values, kind } = truth
  assert.deepEqual([row['counts/n'], kinds(row)], [truth.count, truth.kinds], label)
  if (kind === 'object') return
  const distinct = new Set(values).size
  const [lower, upper] = [row['cardinality/lower_1'], row['cardinality/upper_1']]
  assert.ok(
    lower <= distinct && distinct <= upper && Math.round(row['cardinality/est']) === distinct,
    `${label}: ${distinct} distinct, estimated ${lower} ${row['cardinality/est']} ${upper}`,
  )
  if (kind !== 'string') assertNumbers(label, row, values.map(Number))
  if (kind !== 'fractional') assertItems(label, row, values)
}

function assertNumbers(label, row, numbers) {
  const ends = [Math.min(...numbers), Math.max(...numbers)]
  assert.deepEqual([row['distribution/min'], row['distribution/max']], ends, label)
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  const off = Math.abs(row['distribution/mean'] - mean)
  assert.ok(off <= 1e-12 * Math.max(...ends.map(Math.abs)), `${label}: mean ${row['distribution/mean']}, not ${mean}`)
}

/** There are so few values that every one is counted. */
function assertItems(label, row, values) {
  const counts = {}
  for (const value of values) {
    const text = typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
    counts[text] = (counts[text] ?? 0) + 1
  }
  assert.deepEqual(items(row), counts, label)
}

/** Rows of each day, and those without a time, which count as of now. */
export function daysOf(rows) {
  const days = { now: 0 }
  for (const { time } of rows) {
    const day = time === null ? 'now' : isoOf(time).slice(0, 10)
    days[day] = (days[day] ?? 0) + 1
  }
  return days
}

/** The same of profiles by day. */
export function daysOfViews(views) {
  const days = {}
  for (const view of views) {
    const day = view.datasetTimestamp.toISOString().slice(0, 10)
    days[day.startsWith('2024-') ? day : 'now'] = view.column('key').count
  }
  return days
}
