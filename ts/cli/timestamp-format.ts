import { fraction, offsetMinutes, type TimeParts } from './time-parts.js'

/**
 * The patterns of `--timestamp-format`. Letters are tokens, as in Unicode's date patterns (UTS #35), of which this is a
 * small part; text in single quotes, and everything that is no letter, stands for itself.
 */

interface Token {
  pattern: string
  /** Puts what was matched into the parts. */
  set: (parts: Draft, text: string) => void
}

interface Draft extends TimeParts {
  /** 0 for AM, 12 for PM, `null` when the pattern has none. */
  halfDay: number | null
}

const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]

function month(parts: Draft, text: string): void {
  const name = text.toLowerCase()
  parts.month = MONTHS.findIndex((full) => full.startsWith(name.slice(0, 3))) + 1
}

function number(part: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second'): Token['set'] {
  return (parts, text) => {
    parts[part] = Number(text)
  }
}

const FULL_MONTH = MONTHS.join('|')
const SHORT_MONTH = MONTHS.map((name) => name.slice(0, 3)).join('|')
const ONE_OR_TWO = '\\d{1,2}'
const TWO = '\\d\\d'

const TOKENS: Readonly<Record<string, Token>> = {
  yyyy: { pattern: '\\d{4}', set: number('year') },
  // Two digits name the years 1970 to 2069.
  yy: {
    pattern: TWO,
    set: (parts, text) => {
      parts.year = Number(text) + (Number(text) < 70 ? 2000 : 1900)
    },
  },
  MMMM: { pattern: FULL_MONTH, set: month },
  MMM: { pattern: `(?:${SHORT_MONTH})\\.?`, set: month },
  MM: { pattern: TWO, set: number('month') },
  M: { pattern: ONE_OR_TWO, set: number('month') },
  dd: { pattern: TWO, set: number('day') },
  d: { pattern: ONE_OR_TWO, set: number('day') },
  EEEE: { pattern: '[a-z]+day', set: () => {} },
  EEE: { pattern: '[a-z]{3}', set: () => {} },
  HH: { pattern: TWO, set: number('hour') },
  H: { pattern: ONE_OR_TWO, set: number('hour') },
  hh: { pattern: TWO, set: number('hour') },
  h: { pattern: ONE_OR_TWO, set: number('hour') },
  mm: { pattern: TWO, set: number('minute') },
  m: { pattern: ONE_OR_TWO, set: number('minute') },
  ss: { pattern: TWO, set: number('second') },
  s: { pattern: ONE_OR_TWO, set: number('second') },
  S: {
    pattern: '\\d+',
    set: (parts, text) => {
      parts.millisecond = fraction(text)
    },
  },
  a: {
    pattern: '[ap]\\.?m\\.?',
    set: (parts, text) => {
      parts.halfDay = /^p/i.test(text) ? 12 : 0
    },
  },
  XXX: {
    pattern: 'z|[+-]\\d\\d(?::?\\d\\d)?',
    set: (parts, text) => {
      parts.offsetMinutes = offsetMinutes(text)
    },
  },
}

export type CompiledFormat = { parse(text: string): TimeParts | null } | { problem: string }

export function compileFormat(format: string): CompiledFormat {
  const setters: Token['set'][] = []
  const seen = new Set<string>()
  let pattern = ''
  for (const [piece] of format.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|\s+|[^A-Za-z]/g)) {
    if (/^[A-Za-z]/.test(piece)) {
      const name = tokenName(piece)
      const token = TOKENS[name]
      if (token !== undefined) {
        pattern += `(${token.pattern})`
        setters.push(token.set)
        seen.add(name)
      } else if (piece === 'T') {
        pattern += 'T'
      } else {
        return { problem: `"${piece}" in "${format}" is no token; quote letters that stand for themselves: '${piece}'` }
      }
    } else if (/^\s/.test(piece)) {
      pattern += '\\s+'
    } else {
      pattern += escapePattern(piece.length > 1 ? piece.slice(1, -1).replaceAll("''", "'") : piece)
    }
  }
  if (!seen.has('yyyy') && !seen.has('yy')) return { problem: `"${format}" has no year (yyyy)` }
  const halfDay = seen.has('h') || seen.has('hh')
  if (halfDay && !seen.has('a')) return { problem: `"${format}" has hours of half a day (hh) but no AM or PM (a)` }
  const compiled = new RegExp(`^${pattern}$`, 'i')
  return { parse: (text) => parseParts(compiled, setters, text, halfDay) }
}

/** Any run of `S` is a fraction, and `X`, `XX`, `XXX` and `Z` read every form of an offset. */
function tokenName(piece: string): string {
  if (/^S+$/.test(piece)) return 'S'
  if (/^(?:X{1,3}|Z{1,3})$/.test(piece)) return 'XXX'
  return piece
}

function parseParts(pattern: RegExp, setters: readonly Token['set'][], text: string, half: boolean): TimeParts | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const parts: Draft = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    millisecond: 0,
    offsetMinutes: 0,
    halfDay: null,
  }
  for (const [index, set] of setters.entries()) set(parts, match[index + 1] ?? '')
  if (half) {
    if (parts.hour < 1 || parts.hour > 12) return null
    parts.hour = (parts.hour % 12) + (parts.halfDay ?? 0)
  }
  return parts
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
