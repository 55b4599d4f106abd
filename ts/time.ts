/** Buckets and schedules: UTC, milliseconds since the epoch. */
import { isDate, isPromise } from 'node:util/types'
import { InvalidOptionError, InvalidTimestampError } from './errors.js'
import { notOneOf } from './option-checks.js'
import { received, receivedType } from './received.js'

/**
 * A width of time: of a bucket (`aggregateBy`), or the unit of a {@link Schedule}.
 *
 * @example
 * ```ts
 * new ProcessRollingLogger({ aggregateBy: TimeGranularity.Hour })
 * ```
 */
export const TimeGranularity = {
  Second: 'Second',
  Minute: 'Minute',
  Hour: 'Hour',
  Day: 'Day',
  Month: 'Month',
  Year: 'Year',
} as const
export type TimeGranularity = (typeof TimeGranularity)[keyof typeof TimeGranularity]

/** How a granularity may be given: `'Hour'` or `'hour'`. */
export type GranularityName = TimeGranularity | Lowercase<TimeGranularity>

const WIDTHS: readonly TimeGranularity[] = ['Second', 'Minute', 'Hour', 'Day', 'Month', 'Year']
const CADENCE = 'must have a cadence that is one of'
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The furthest a `Date` reaches from the epoch, ms. */
export const DATE_LIMIT_MS: number = 8.64e15

const BY_NAME = new Map<string, TimeGranularity>(WIDTHS.map((width) => [width.toLowerCase(), width]))

/** The granularity that `value` names, in either case. @throws InvalidOptionError naming `what` */
export function granularityOf(what: string, value: unknown): TimeGranularity {
  const found = named(value)
  if (found === undefined) throw notOneOf(what, value, WIDTHS)
  return found
}

function named(value: unknown): TimeGranularity | undefined {
  return typeof value === 'string' ? BY_NAME.get(value.toLowerCase()) : undefined
}

/** The number a granularity has in the addon: 0 second … 5 year. */
export function granularityIndex(granularity: TimeGranularity): number {
  return WIDTHS.indexOf(granularity)
}

/** How long one unit lasts, ms; `null` for month and year, which have no fixed length. */
export function granularityMs(granularity: TimeGranularity): number | null {
  switch (granularity) {
    case 'Second':
      return SECOND
    case 'Minute':
      return MINUTE
    case 'Hour':
      return HOUR
    case 'Day':
      return DAY
    default:
      return null
  }
}

/** How long one unit of a schedule lasts, ms. @throws InvalidOptionError for one whose length varies */
export function scheduleUnitMs(what: string, cadence: TimeGranularity): number {
  const unit = granularityMs(cadence)
  if (unit !== null) return unit
  const fixed = WIDTHS.filter((width) => granularityMs(width) !== null)
  throw notOneOf(what, cadence, fixed, CADENCE)
}

/**
 * When profiles are written: every `interval` × `cadence` of wall time.
 *
 * @example
 * ```ts
 * new ProcessRollingLogger({ writeSchedule: new Schedule(TimeGranularity.Minute, 15) })
 * ```
 */
export class Schedule {
  /** The unit of time. */
  readonly cadence: TimeGranularity
  /** How many units lie between two writes; `Infinity`: it never falls due. */
  readonly interval: number

  /** Every `interval` × `cadence`. @throws InvalidOptionError for an unknown cadence, or an interval that is neither a positive integer nor `Infinity` (never). */
  constructor(cadence: GranularityName, interval: number) {
    const found = named(cadence)
    if (found === undefined) throw notOneOf('writeSchedule', cadence, WIDTHS, CADENCE)
    this.cadence = found
    if (interval !== Number.POSITIVE_INFINITY && !(Number.isInteger(interval) && interval > 0)) {
      const reason = `must have an interval that is an integer of at least 1, or Infinity${received(interval)}`
      throw new InvalidOptionError('writeSchedule', reason)
    }
    this.interval = interval
  }
}

/**
 * The start of the bucket that holds a moment: UTC, every granularity, also before 1970. The addon cuts the same way; a test holds
 * the two equal.
 *
 * @throws InvalidTimestampError when the moment is beyond what a `Date` can hold; InvalidOptionError for what is no granularity.
 * @example
 * ```ts
 * truncateTimeMs(Date.UTC(2024, 4, 17, 13, 45), TimeGranularity.Month) // Date.UTC(2024, 4, 1)
 * ```
 */
export function truncateTimeMs(ms: number, granularity: GranularityName): number {
  if (typeof ms !== 'number') throw notATime(ms)
  return startOf(ms, granularityOf('granularity', granularity))
}

/** The same of a granularity that is known to be one. */
export function startOf(ms: number, granularity: TimeGranularity): number {
  if (!(ms >= -DATE_LIMIT_MS && ms <= DATE_LIMIT_MS)) throw notATime(ms)
  const width = granularityMs(granularity)
  if (width !== null) return Math.floor(ms / width) * width
  const date = new Date(ms)
  const month = granularity === 'Month' ? date.getUTCMonth() : 0
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(date.getUTCFullYear(), month, 1)
  const start = date.setUTCHours(0, 0, 0, 0)
  if (Number.isNaN(start)) throw notATime(ms)
  return start
}

/**
 * A moment given by a caller, as a number.
 *
 * @throws InvalidTimestampError when it is neither a number nor a `Date`, or beyond what a `Date` can hold.
 */
export function toTimestampMs(moment: unknown): number {
  // Of any realm; a class of the caller's may have a getTime of its own.
  const ms = isDate(moment) ? timeOf.call(moment) : moment
  if (typeof ms !== 'number' || !(ms >= -DATE_LIMIT_MS && ms <= DATE_LIMIT_MS)) throw notATime(moment)
  return ms
}

const timeOf = Date.prototype.getTime

function notATime(moment: unknown): InvalidTimestampError {
  // Of a clock that is asynchronous: its own failure is told by ours.
  if (isPromise(moment)) Promise.prototype.catch.call(moment, () => {})
  const must = 'must be a number of milliseconds since the epoch, or a Date, within the years 1 to 9999'
  return new InvalidTimestampError(`timestampMs ${must}${receivedType(moment)}`)
}

/** What a clock of the caller's says. @throws InvalidTimestampError where it throws, or says no time */
export function askClock(currentTimeFn: () => unknown): number {
  let now: unknown
  try {
    now = currentTimeFn()
  } catch (cause) {
    throw new InvalidTimestampError('currentTimeFn threw instead of giving a time, see the cause.', { cause })
  }
  return toTimestampMs(now)
}

/**
 * Now, ms since the epoch.
 *
 * @example
 * ```ts
 * truncateTimeMs(currentTimeMs(), TimeGranularity.Hour)
 * ```
 */
export function currentTimeMs(): number {
  return Date.now()
}
