import { Complaints } from './complaints.js'
import { errorCode, oneLine, UserError, unreadable } from './errors.js'
import { clip, formatCount, printable } from './format.js'
import { openSource } from './input.js'
import type { Io } from './io.js'
import type { ProfileOptions } from './profile-options.js'
import type { Profiler } from './profiler.js'
import type { Progress } from './progress.js'
import type { Batch, Row, Source } from './source.js'

/** What became of the records of one input. */
export interface Reading {
  rows: number
  /** Rows without an event time, counted as of the start of the run. */
  untimed: number
  complaints: Complaints
}

/** Logs every record of one input. Throws a `UserError` when nothing of it can be read, or not all. */
export async function readInto(
  profiler: Profiler,
  path: string,
  options: ProfileOptions,
  run: { io: Io; progress: Progress; nowMs: number },
): Promise<Reading> {
  const source = await openSource(path, run.io.stdin, options)
  try {
    const reading: Reading = { rows: 0, untimed: 0, complaints: new Complaints(source, run.io, run.progress) }
    if (source.columns !== null) requireColumn(options.timestampColumn, source.columns, source.label)
    run.progress.start(source.label)
    for await (const batch of source.batches((place, reason) => reading.complaints.add(place, reason))) {
      if (reading.rows === 0 && source.columns === null) {
        requireColumn(options.timestampColumn, columnsOf(batch.rows), source.label)
      }
      await logBatch(profiler, batch, options, run.nowMs, reading)
      if (reading.rows > 0) reading.complaints.tell()
      run.progress.update(reading.rows, source.progress())
    }
    if (reading.rows === 0) requireRecords(reading.complaints, source)
    reading.complaints.end()
    return reading
  } finally {
    run.progress.clear()
    await source.close()
  }
}

async function logBatch(
  profiler: Profiler,
  batch: Batch,
  options: ProfileOptions,
  nowMs: number,
  reading: Reading,
): Promise<void> {
  const { timestampColumn, readTime } = options
  for (const [index, row] of batch.rows.entries()) {
    let time: number | null = null
    if (timestampColumn !== null) {
      time = readTime(row[timestampColumn])
      if (time === null) reading.untimed++
      else if (Number.isNaN(time)) {
        reading.complaints.add(batch.placeOf(index), unreadableTime(timestampColumn, row[timestampColumn]))
        continue
      }
    }
    let room: boolean
    try {
      room = profiler.log(row, time ?? nowMs)
    } catch (error) {
      if (!UNFIT.has(errorCode(error) ?? '')) throw error
      reading.complaints.add(batch.placeOf(index), oneLine((error as Error).message))
      continue
    }
    reading.rows++
    if (!room) await profiler.drained()
  }
}

/** Codes with which the logger refuses one row and nothing else. */
const UNFIT: ReadonlySet<string> = new Set([
  'ERR_MESSAGE_TOO_LARGE',
  'ERR_UNSUPPORTED_DATA',
  'ERR_INVALID_DATA',
  'ERR_TOO_MANY_COLUMNS',
])

function unreadableTime(column: string, value: unknown): string {
  const shown = clip(printable(typeof value === 'object' && !(value instanceof Date) ? '{…}' : String(value)), 40)
  return `"${shown}" in column "${printable(column)}" is no timestamp that can be read`
}

function columnsOf(rows: readonly Row[]): string[] {
  const columns = new Set<string>()
  for (const row of rows) for (const column of Object.keys(row)) columns.add(column)
  return [...columns]
}

const COLUMNS_NAMED = 12

function requireColumn(column: string | null, columns: readonly string[], label: string): void {
  if (column === null || columns.includes(column)) return
  const more = columns.length > COLUMNS_NAMED ? ', …' : ''
  const names = columns.slice(0, COLUMNS_NAMED).join(', ')
  throw new UserError(printable(`${label}: no column "${column}"; there are ${names}${more}`))
}

function requireRecords(complaints: Complaints, source: Source): void {
  const [first] = complaints.first
  if (first === undefined) return
  const { unit } = source
  const count = formatCount(complaints.count, unit)
  throw unreadable(source.label, `nothing could be read; ${count} left out, ${unit} ${first.place}: ${first.reason}`)
}
