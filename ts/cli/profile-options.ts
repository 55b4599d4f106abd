import type { ParsedArguments } from './arguments.js'
import { columnNames } from './column-names.js'
import { UserError } from './errors.js'
import { FORMATS, type Format } from './formats.js'
import { type OutputOptions, oneOf, outputOptions } from './output-options.js'
import { AGGREGATIONS, type Aggregation } from './profiler.js'

export interface ProfileOptions extends OutputOptions {
  /** `null`: by the names of the files. */
  datasetId: string | null
  timestampColumn: string | null
  /** `null`: ISO 8601, or a count since 1970. */
  timestampFormat: string | null
  aggregateBy: Aggregation
  /** The columns that are read; `null`: all. */
  columns: string[] | null
  outDir: string
  /** Whether profiles are written there; else there is a summary alone. */
  write: boolean
  format: Format | null
  delimiter: string | null
  /** How text is encoded, by one of its usual names; `null`: UTF-8, or as a byte order mark says. */
  encoding: string | null
  workers: number | null
  quiet: boolean
  progress: boolean
}

/** The words of the command line as options; one that makes no sense is a `UserError`. */
export function profileOptions(given: ParsedArguments): ProfileOptions {
  const timestampFormat = notEmpty(given, 'timestamp-format')
  const timestampColumn = notEmpty(given, 'timestamp-column')
  if (timestampFormat !== null && timestampColumn === null) {
    throw new UserError('--timestamp-format says nothing without --timestamp-column')
  }
  const outDir = notEmpty(given, 'out')
  const write = !given.flag('no-write')
  if (outDir !== null && !write) throw new UserError('--no-write and --out say different things')
  return {
    datasetId: notEmpty(given, 'dataset-id'),
    timestampColumn,
    timestampFormat,
    aggregateBy: oneOf(given, 'aggregate-by', AGGREGATIONS) ?? 'day',
    columns: columnNames(given.texts('columns')),
    outDir: outDir ?? './profiles',
    write,
    format: oneOf(given, 'format', FORMATS),
    delimiter: delimiterOf(given.text('delimiter')),
    encoding: notEmpty(given, 'encoding'),
    workers: workersOf(given.text('workers')),
    ...outputOptions(given),
    quiet: given.flag('quiet'),
    progress: !(given.flag('no-progress') || given.flag('quiet')),
  }
}

function notEmpty(given: ParsedArguments, option: string): string | null {
  const value = given.text(option)
  if (value === '') throw new UserError(`--${option} is empty`)
  return value
}

function delimiterOf(value: string | null): string | null {
  if (value === null) return null
  if (value === 'tab' || value === '\\t') return '\t'
  if (value.length !== 1 || /["\r\n]/.test(value)) {
    throw new UserError('--delimiter takes one character other than a quote, or "tab"')
  }
  return value
}

const MOST_WORKERS = 256

function workersOf(value: string | null): number | null {
  if (value === null) return null
  const workers = Number(value)
  if (!/^\d+$/.test(value) || workers < 1 || workers > MOST_WORKERS) {
    throw new UserError(`--workers ${value}: it is a number from 1 to ${MOST_WORKERS}`)
  }
  return workers
}
