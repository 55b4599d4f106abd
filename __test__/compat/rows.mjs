/** Rows for the live suite, the profile that the library makes of them, and the kinds it is meant to see in them. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalWriterFactory, ProcessRollingLogger, TimeGranularity } from 'rolling-profiles'
import { Draws } from './values.mjs'

/** A folder for the length of `use`. */
export async function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-compat-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Profile files under a folder, sorted. */
export function profilesUnder(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.bin'))
    .map((file) => join(folder, file))
    .sort()
}

/** Logs messages (a row or an array of rows each) and gives the files written. */
export async function logged(messages, folder, { timestampMs, workers = 1 }) {
  const logger = new ProcessRollingLogger({
    aggregateBy: TimeGranularity.Day,
    writeSchedule: null,
    syncEnabled: true,
    workers,
    seed: 11,
    writerFactory: new LocalWriterFactory(folder),
  })
  logger.start()
  for (const message of messages) {
    if (!logger.log(message, { datasetId: 'live', timestampMs })) await logger.drained()
  }
  await logger.close()
  return profilesUnder(folder)
}

/** A value and the kind that the library counts it under: whole numbers within int64 are integral, whatever they are. */
export function kindOf(value) {
  if (value === null || value === undefined) return ['null', null]
  if (typeof value === 'boolean') return ['bool', value]
  if (typeof value === 'string') return ['text', value]
  if (typeof value === 'bigint')
    return BigInt.asIntN(64, value) === value ? ['integral', value] : ['fractional', Number(value)]
  if (typeof value === 'number') {
    const integral = Number.isInteger(value) && Math.abs(value) < 2 ** 63
    return integral ? ['integral', Number.isSafeInteger(value) ? value + 0 : BigInt(value)] : ['fractional', value]
  }
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number'))
    return ['tensor', value]
  return ['object', value]
}

/** Values by column over rows; a row without a column adds nothing to it, or a null when `absentIsNull`. */
export function columnsOf(rows, { absentIsNull = false } = {}) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return new Map(
    names.map((name) => [name, rows.filter((row) => absentIsNull || name in row).map((row) => kindOf(row[name]))]),
  )
}

const WORDS = [
  'red',
  'green',
  'größe',
  '数据',
  '😀',
  'e\u0301',
  '',
  ' ',
  '1',
  'True',
  'x'.repeat(140),
  '👩‍👩‍👧'.repeat(40),
]

const MAKERS = [
  (draws) => BigInt(draws.next()) * 2147483659n - 4611686018427387904n,
  (draws) => [2 ** 53 + 2, -(2 ** 62), 2 ** 64, -1e150, -0, 2n ** 63n, -(2n ** 63n)][draws.below(7)],
  (draws) => [undefined, new Date(0), new Map(), 'after', []][draws.below(5)],
  (draws) => draws.below(40) - 20,
  (draws) => draws.next() - 2147483648,
  (draws) => (draws.next() - 2147483648) * 4096 * 1024,
  (draws) => draws.fraction(-3, 7),
  (draws) => draws.fraction(0, 1) * 1e-12,
  (draws) => draws.below(9) / 8,
  (draws) => WORDS[draws.below(WORDS.length)],
  (draws) => `u${draws.next()}`,
  (draws) => draws.below(3) === 0,
  () => null,
  () => ({ a: 1 }),
  (draws) => [draws.below(5), 0.5],
]

/** `count` rows of random columns: each of one to three makers, drawn anew for each value. */
export function randomRows(seed, count, columns) {
  const draws = new Draws(seed)
  const makers = Array.from({ length: columns }, () =>
    Array.from({ length: 1 + draws.below(3) }, () => MAKERS[draws.below(MAKERS.length)]),
  )
  return Array.from({ length: count }, () =>
    Object.fromEntries(makers.map((some, i) => [`c${i}`, some[draws.below(some.length)](draws)])),
  )
}

/** Rows as messages of `length` rows. */
export function inChunks(rows, length) {
  return Array.from({ length: Math.ceil(rows.length / length) }, (_, i) => rows.slice(i * length, (i + 1) * length))
}

/** Rows as messages: runs of one to fifty rows, and single rows as such. */
export function asMessages(rows, seed) {
  const draws = new Draws(seed)
  const messages = []
  for (let at = 0; at < rows.length; ) {
    const length = draws.below(3) === 0 ? 1 : 1 + draws.below(50)
    messages.push(length === 1 ? rows[at] : rows.slice(at, at + length))
    at += length
  }
  return messages
}
