import { basename } from 'node:path'
import type { FileFormat } from '../index.js'

export const FORMATS: readonly FileFormat[] = ['csv', 'tsv', 'ndjson', 'json', 'parquet', 'arrow']
export type Format = FileFormat

/** The file's name without folder, `.gz` or `.zst`, and one more ending: `in/orders.2024.csv.gz` is `orders.2024`. */
export function datasetName(path: string): string {
  if (path === '-') return 'stdin'
  const name = basename(path).replace(/\.(?:gz|zst)$/i, '')
  return name.replace(/(?<=.)\.[^.]+$/, '')
}
