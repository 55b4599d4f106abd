/** Buckets and schedules: UTC, milliseconds since the epoch. */
import { InvalidOptionError, InvalidTimestampError } from './errors.js'

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

const WIDTHS: readonly TimeGranularity[] = ['Second', 'Minute', 'Hour', 'Day', 'Month', 'Year']
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The furthest a `Date` reaches from the epoch, ms. */
export const DATE_LIMIT_MS: number = 8.64e15

/** Whether `value` names a granularity. */
export function isGranularity(value: unknown): value is TimeGranularity {
  return WIDTHS.includes(value as TimeGranularity)
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
  constructor(cadence: TimeGranularity, interval: number) {
    if (!isGranularity(cadence)) throw new InvalidOptionError('writeSchedule', 'its cadence is not a TimeGranularity')
    if (interval !== Number.POSITIVE_INFINITY && !(Number.isInteger(interval) && interval > 0)) {
      throw new InvalidOptionError('writeSchedule', 'its interval must be a positive integer, or Infinity')
    }
    this.cadence = cadence
    this.interval = interval
  }
}

/**
 * The start of the bucket that holds a moment: UTC, every granularity, also before 1970. The addon cuts the same way; a test holds
 * the two equal.
 *
 * @throws InvalidTimestampError when the moment is beyond what a `Date` can hold.
 * @example
 * ```ts
 * truncateTimeMs(Date.UTC(2024, 4, 17, 13, 45), TimeGranularity.Month) // Date.UTC(2024, 4, 1)
 * ```
 */
export function truncateTimeMs(ms: number, granularity: TimeGranularity): number {
  if (!(ms >= -DATE_LIMIT_MS && ms <= DATE_LIMIT_MS)) throw new InvalidTimestampError()
  const width = granularityMs(granularity)
  if (width !== null) return Math.floor(ms / width) * width
  const date = new Date(ms)
  const month = granularity === 'Month' ? date.getUTCMonth() : 0
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(date.getUTCFullYear(), month, 1)
  const start = date.setUTCHours(0, 0, 0, 0)
  if (Number.isNaN(start)) throw new InvalidTimestampError()
  return start
}

/**
 * A moment given by a caller, as a number.
 *
 * @throws InvalidTimestampError when it is neither a number nor a `Date`, or beyond what a `Date` can hold.
 */
export function toTimestampMs(moment: unknown): number {
  const ms = moment instanceof Date ? moment.getTime() : moment
  // Of a clock that is asynchronous: its own failure is told by ours.
  if (ms instanceof Promise) ms.catch(() => {})
  if (typeof ms !== 'number' || !(ms >= -DATE_LIMIT_MS && ms <= DATE_LIMIT_MS)) throw new InvalidTimestampError()
  return ms
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
