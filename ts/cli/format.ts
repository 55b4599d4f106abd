import type { Aggregation } from './profiler.js'

/** A number for people: thousands apart, at most six digits behind whole ones, no exponent without need. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '-∞'
  const size = Math.abs(value)
  if (size >= 1e15 || (size > 0 && size < 1e-4))
    return value
      .toExponential(3)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e')
  if (Number.isInteger(value)) return formatDecimal(value)
  return formatDecimal(Number(size >= 1e5 ? value.toFixed(1) : value.toPrecision(6)))
}

/** A number as it is, thousands apart. `Intl` does the same, and takes 40 ms to begin with. */
export function formatDecimal(value: number | bigint): string {
  const [whole = '', ...fraction] = String(value).split('.')
  return [whole.replace(/\B(?=(\d{3})+$)/g, ','), ...fraction].join('.')
}

/** A share in percent that is 0 % and 100 % only where it is none and all. */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '<0.1%'
  if (percent < 100 && percent > 99.9) return '>99.9%'
  return `${Number(percent.toFixed(1))}%`
}

/** A time in UTC, as far as one of these `times` makes it meaningful: dates alone where all are midnights. */
export function formatTime(time: Date, times: readonly Date[]): string {
  const text = time.toISOString()
  const ends = text.indexOf('T')
  const least = Math.max(
    ...times.map((each) => (each.getTime() % 86_400_000 === 0 ? 0 : each.getTime() % 1000 === 0 ? 9 : 13)),
  )
  return text.slice(0, ends + least).replace('T', ' ')
}

export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(count)} ${count === 1 ? singular : plural}`
}

export function formatSeconds(ms: number): string {
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

const BUCKET_CHARACTERS: Readonly<Record<Aggregation, number>> = {
  second: 19,
  minute: 16,
  hour: 13,
  day: 10,
  month: 7,
  year: 4,
}

/** A bucket's start as far as the width of buckets makes it meaningful: `2001-03` for a month. */
export function formatBucket(startMs: number, aggregateBy: Aggregation): string {
  const text = new Date(startMs).toISOString().slice(0, BUCKET_CHARACTERS[aggregateBy]).replace('T', ' ')
  return aggregateBy === 'hour' ? `${text}:00` : text
}

/** Characters that would move the cursor, end the line or turn the direction of the text are shown as `·`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, '·')
}

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** Columns of a terminal that `text` takes; wide East Asian characters and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (/^\p{M}$/u.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]$/u

/** `text` cut to `width` columns, the last of them `…` where something is missing. */
export function clip(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let used = 0
  let kept = ''
  for (const character of text) {
    used += characterWidth(character)
    if (used > width - 1) break
    kept += character
  }
  return `${kept}…`
}
