import type { ParsedArguments } from './arguments.js'
import { UserError } from './errors.js'
import { AGGREGATIONS, type Aggregation } from './profiler.js'
import { FORMATS, type Format } from './source.js'
import { type ReadTime, timeReader } from './timestamps.js'

export interface ProfileOptions {
  /** `null`: by the names of the files. */
  datasetId: string | null
  timestampColumn: string | null
  readTime: ReadTime
  aggregateBy: Aggregation
  outDir: string
  format: Format | null
  delimiter: string | null
  workers: number | null
  json: boolean
  quiet: boolean
  progress: boolean
}

/** The words of the command line as options; one that makes no sense is a `UserError`. */
export function profileOptions(given: ParsedArguments): ProfileOptions {
  const format = given.text('timestamp-format')
  const timestampColumn = notEmpty(given, 'timestamp-column')
  if (format !== null && timestampColumn === null) {
    throw new UserError('--timestamp-format says nothing without --timestamp-column')
  }
  return {
    datasetId: notEmpty(given, 'dataset-id'),
    timestampColumn,
    readTime: timeReader(format),
    aggregateBy: oneOf(given, 'aggregate-by', AGGREGATIONS) ?? 'day',
    outDir: notEmpty(given, 'out') ?? './profiles',
    format: oneOf(given, 'format', FORMATS),
    delimiter: delimiterOf(given.text('delimiter')),
    workers: workersOf(given.text('workers')),
    json: given.flag('json'),
    quiet: given.flag('quiet'),
    progress: !(given.flag('no-progress') || given.flag('quiet')),
  }
}

function notEmpty(given: ParsedArguments, option: string): string | null {
  const value = given.text(option)
  if (value === '') throw new UserError(`--${option} is empty`)
  return value
}

function oneOf<T extends string>(given: ParsedArguments, option: string, choices: readonly T[]): T | null {
  const value = given.text(option)
  if (value === null) return null
  const choice = choices.find((each) => each === value.toLowerCase())
  if (choice === undefined) throw new UserError(`--${option} ${value}: it is one of ${choices.join(', ')}`)
  return choice
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
