/** A time taken apart, as calendars write it. */
export interface TimeParts {
  year: number
  /** 1 to 12. */
  month: number
  day: number
  hour: number
  minute: number
  second: number
  millisecond: number
  /** East of UTC. */
  offsetMinutes: number
}

/** NaN unless the parts name a time there is. 24:00 is the next midnight, and second 60 the next minute. */
export function timeOf(parts: TimeParts): number {
  const { year, month, day, hour, minute, second } = parts
  if (month < 1 || month > 12 || day < 1 || minute > 59 || second > 60) return Number.NaN
  if (hour > 24 || (hour === 24 && (minute > 0 || second > 0 || parts.millisecond > 0))) return Number.NaN
  const midnight = new Date(0)
  midnight.setUTCFullYear(year, month - 1, day)
  if (midnight.getUTCDate() !== day) return Number.NaN
  const seconds = (hour * 60 + minute - parts.offsetMinutes) * 60 + second
  return midnight.getTime() + seconds * 1000 + parts.millisecond
}

/** Digits behind the decimal point of a second, as whole milliseconds. */
export function fraction(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 3).padEnd(3, '0'))
}

/** `Z`, `±hh`, `±hhmm` or `±hh:mm`; none is UTC. */
export function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0
  const digits = zone.slice(1).replace(':', '')
  const hours = Number(digits.slice(0, 2))
  const minutes = Number(digits.slice(2) || 0)
  if (hours > 23 || minutes > 59) return Number.NaN
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
