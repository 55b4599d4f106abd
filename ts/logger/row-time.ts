/** The time of a row, by a column of it or a function. */
import { InvalidTimestampError } from '../errors.js'
import { reading } from '../refusal.js'
import type { RowLike } from '../row.js'
import { toTimestampMs } from '../time.js'

/** A time as a row may have it: milliseconds since the epoch, a `Date`, or an ISO 8601 date or date-time, in UTC where it names no zone. */
export type RowTime = number | Date | string | null | undefined

/** The column that holds each row's time, or a function that gives it. */
export type TimestampColumn = string | ((row: RowLike) => RowTime)

const ISO = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?([Zz]|[+-]\d\d:?\d\d)?)?$/

/** The time that a row names, ms; `undefined`: none. @throws InvalidTimestampError */
export function timeOfRow(row: unknown, column: TimestampColumn): number | undefined {
  const value = reading('options.timestampColumn', () =>
    typeof column === 'function' ? column(row as RowLike) : (row as Record<string, RowTime> | null)?.[column],
  )
  if (value === null || value === undefined) return undefined
  return typeof value === 'string' ? isoTime(value) : toTimestampMs(value)
}

function isoTime(text: string): number {
  const [, date, clock = '00:00', zone = 'Z'] = ISO.exec(text.trim()) ?? []
  const ms = date === undefined ? Number.NaN : Date.parse(`${date}T${clock}${zone.toUpperCase()}`)
  if (Number.isNaN(ms)) {
    throw new InvalidTimestampError('The time of a row is neither milliseconds since the epoch nor an ISO 8601 date.')
  }
  return ms
}
