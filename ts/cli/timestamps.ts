import { UserError } from './errors.js'
import { fraction, offsetMinutes, timeOf } from './time-parts.js'
import { compileFormat } from './timestamp-format.js'

/** Event time of a value in ms since the epoch: `null` when there is none, NaN when it cannot be read. */
export type ReadTime = (value: unknown) => number | null

/** The years 1 to 9999: what every reader of the profiles can represent. */
const EARLIEST = -62_135_596_800_000
const LATEST = 253_402_300_799_999

/**
 * Without a format: a `Date`; ISO 8601 dates and date-times, `/` allowed for `-`, a blank for `T`; a number (or digits)
 * as time since the epoch. Without a zone the time is UTC. `null`, `undefined` and blank text are no time at all.
 */
export function timeReader(format: string | null): ReadTime {
  const parseText = format === null ? parseTime : compileTime(format)
  let last: string | null = null
  let lastTime = Number.NaN
  return (value) => {
    if (typeof value === 'string') {
      // Rows come mostly in the order of their time, so many have the one before's.
      if (value !== last) {
        last = value
        lastTime = value.trim() === '' ? Number.NaN : inRange(parseText(value.trim()))
      }
      return Number.isNaN(lastTime) && value.trim() === '' ? null : lastTime
    }
    if (value === null || value === undefined) return null
    if (value instanceof Date) return inRange(value.getTime())
    if (typeof value === 'number' || typeof value === 'bigint') {
      if (format !== null) return inRange(parseText(String(value)))
      return inRange(epochTime(Number(value)))
    }
    return Number.NaN
  }
}

/**
 * A count since the epoch. Its size says the unit: below 10¹¹ it is seconds (until the year 5138), below 10¹⁴
 * milliseconds, below 10¹⁷ microseconds, else nanoseconds. So milliseconds before March 1973 would be taken for seconds;
 * the formats `epoch-seconds` and `epoch-milliseconds` leave nothing to guess.
 */
export function epochTime(count: number): number {
  const size = Math.abs(count)
  if (size < 1e11) return Math.floor(count * 1e3)
  if (size < 1e14) return Math.floor(count)
  if (size < 1e17) return Math.floor(count / 1e3)
  return Math.floor(count / 1e6)
}

const DIGITS = /^-?\d+(?:\.\d+)?$/
const ISO =
  /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:(?:[Tt]| +)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: *([Zz]|[+-]\d\d(?::?\d\d)?))?)?$/

function parseTime(text: string): number {
  if (DIGITS.test(text)) return epochTime(Number(text))
  const match = ISO.exec(text)
  if (match === null) return Number.NaN
  return timeOf({
    year: Number(match[1]),
    month: Number(match[3]),
    day: Number(match[4]),
    hour: Number(match[5] ?? 0),
    minute: Number(match[6] ?? 0),
    second: Number(match[7] ?? 0),
    millisecond: fraction(match[8]),
    offsetMinutes: offsetMinutes(match[9]),
  })
}

function compileTime(format: string): (text: string) => number {
  if (format === 'epoch-seconds') return (text) => (DIGITS.test(text) ? Math.floor(Number(text) * 1e3) : Number.NaN)
  if (format === 'epoch-milliseconds') return (text) => (DIGITS.test(text) ? Math.floor(Number(text)) : Number.NaN)
  const compiled = compileFormat(format)
  if ('problem' in compiled) throw new UserError(`--timestamp-format: ${compiled.problem}`)
  return (text) => {
    const parts = compiled.parse(text)
    return parts === null ? Number.NaN : timeOf(parts)
  }
}

function inRange(time: number): number {
  return time >= EARLIEST && time <= LATEST ? time : Number.NaN
}
