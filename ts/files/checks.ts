/** The checks of options that say how a file is read. */
import { fileURLToPath } from 'node:url'
import { crypto } from '../builtin.js'
import { InvalidOptionError } from '../errors.js'
import { checkSignal } from '../logger/abort.js'
import { native } from '../native.js'
import { callable, columnNames, flag, namesOf, notOneOf, optionsOf, text } from '../option-checks.js'
import { received } from '../received.js'
import { hasMethod, isA, reading } from '../refusal.js'
import type { FileFormat, FileInput, LogFileOptions, ReadFileOptions } from './types.js'

const FORMATS: readonly FileFormat[] = ['csv', 'tsv', 'ndjson', 'json', 'parquet', 'arrow']

/** The names of the options that say how a file is read. */
export const READING: Record<keyof ReadFileOptions, true> = {
  format: true,
  delimiter: true,
  encoding: true,
  columns: true,
  timestampColumn: true,
  timestampFormat: true,
  signal: true,
  onProgress: true,
}

const LOG_FILE = namesOf<LogFileOptions>({ ...READING, datasetId: true, orgId: true, recordSource: true })

/** Options of `logFile`, each checked. @throws InvalidOptionError */
export function logFileOptions(given: LogFileOptions): LogFileOptions {
  const options = optionsOf(given, LOG_FILE)
  text('datasetId', options.datasetId)
  text('orgId', options.orgId)
  flag('recordSource', options.recordSource, false)
  return { ...options, ...readingOptions(options) }
}

/** Those that say how a file is read. @throws InvalidOptionError; the signal's reason, where it is aborted already */
export function readingOptions(options: ReadFileOptions): ReadFileOptions {
  const { format, delimiter, columns, timestampColumn, timestampFormat, encoding, signal, onProgress } = options
  if (format !== undefined && !FORMATS.includes(format)) throw notOneOf('options.format', format, FORMATS)
  if ((delimiter !== undefined && !/^[\t -~]$/.test(notEmpty('delimiter', delimiter) ?? '')) || delimiter === '"') {
    throw new InvalidOptionError('options.delimiter', "must be one ASCII character other than a quote, such as ';'")
  }
  notEmpty('timestampColumn', timestampColumn)
  if (timestampFormat !== undefined && timestampColumn === undefined) {
    throw new InvalidOptionError('options.timestampFormat', 'says nothing without options.timestampColumn')
  }
  checkFormats(notEmpty('timestampFormat', timestampFormat), notEmpty('encoding', encoding))
  const names = columns === undefined ? undefined : columnNames('options.columns', columns)
  if (names?.length === 0) throw new InvalidOptionError('options.columns', 'must name a column at least')
  if (onProgress !== undefined) callable('options.onProgress', onProgress)
  checkSignal(signal)
  return { format, delimiter, encoding, columns: names, timestampColumn, timestampFormat, signal, onProgress }
}

function notEmpty(name: string, value: string | undefined): string | undefined {
  if (text(name, value) === '') throw new InvalidOptionError(`options.${name}`, 'must not be empty')
  return value
}

/** Formats of times and encodings are known to the addon alone. */
function checkFormats(timestampFormat: string | undefined, encoding: string | undefined): void {
  const check = (name: string, given: [string | null, string | null]) => {
    try {
      native.fileCheck(...given)
    } catch (error) {
      throw new InvalidOptionError(`options.${name}`, `is none: ${(error as Error).message}`)
    }
  }
  if (timestampFormat !== undefined) check('timestampFormat', [timestampFormat, null])
  if (encoding !== undefined) check('encoding', [null, encoding])
}

/** What tells readings of one logger from those of another. */
export function randomReading(): string {
  return crypto().randomBytes(8).toString('hex')
}

/** A file by its path, or its bytes as they come. */
export type Input = { readonly path: string } | { readonly bytes: AsyncIterable<Uint8Array | string> }

/** What `file` is. @throws InvalidOptionError */
export function inputOf(file: FileInput): Input {
  if (typeof file === 'string') {
    if (file === '' || file.includes('\0')) throw new InvalidOptionError('file', 'must be a path')
    return { path: file }
  }
  if (isA(file, URL)) return { path: reading('file', () => fileURLToPath(file)) }
  if (hasMethod(file, Symbol.asyncIterator)) return { bytes: file as AsyncIterable<Uint8Array | string> }
  throw new InvalidOptionError('file', `must be a path, a file: URL, or a stream of bytes${received(file)}`)
}
