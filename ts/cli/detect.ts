import { basename } from 'node:path'
import type { Format } from './source.js'

const GZIP = [0x1f, 0x8b]
const PARQUET = [0x50, 0x41, 0x52, 0x31]

export function isGzip(head: Uint8Array): boolean {
  return startsWith(head, GZIP)
}

export function isParquet(head: Uint8Array): boolean {
  return startsWith(head, PARQUET)
}

/** Bytes that no text holds: a NUL, except in UTF-16, which says so by a byte order mark. */
export function isBinary(head: Uint8Array): boolean {
  const utf16 = startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])
  return !utf16 && head.includes(0)
}

const BY_ENDING: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  parquet: 'parquet',
}

/**
 * The format of a (decompressed) input. Parquet is known by its first bytes, whatever the name; then the name's ending
 * decides; without a telling one (`.json` may hold an array or lines) the first character does: `[` is an array of
 * records, `{` is one record a line, all else is CSV.
 */
export function detectFormat(name: string, head: Uint8Array, headText: string): Format {
  if (isParquet(head)) return 'parquet'
  const byName = BY_ENDING[endings(name).at(-1) ?? '']
  if (byName !== undefined) return byName
  const first = headText.trimStart()[0]
  if (first === '[') return 'json'
  if (first === '{' || endings(name).includes('json')) return 'ndjson'
  return 'csv'
}

/** The file's name without folder, `.gz` and one more ending: `in/orders.2024.csv.gz` is `orders.2024`. */
export function datasetName(path: string): string {
  if (path === '-') return 'stdin'
  const name = basename(path).replace(/\.gz$/i, '')
  return name.replace(/(?<=.)\.[^.]+$/, '')
}

/** Endings in lower case, without `.gz`. */
function endings(path: string): string[] {
  const [, ...parts] = basename(path).toLowerCase().replace(/\.gz$/, '').split('.')
  return parts
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte)
}
