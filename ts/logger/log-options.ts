/** Options of the calls that log: their names, so that one that is misspelt is told and not ignored. */
import { InvalidOptionError } from '../errors.js'
import { refuseOthers, unknownOption } from '../option-checks.js'
import { received } from '../received.js'
import { reading } from '../refusal.js'
import type { LogOptions, NdjsonOptions, RawOptions, WritableOptions } from './types.js'

type Names<T> = ReadonlySet<keyof T>

const LOG: Names<LogOptions> = new Set<keyof LogOptions>(['timestampMs', 'datasetId', 'orgId', 'sync', 'signal'])
const RAW: Names<RawOptions> = new Set<keyof RawOptions>([...LOG, 'form'])
const NDJSON: Names<NdjsonOptions> = new Set<keyof NdjsonOptions>([...LOG, 'timestampColumn'])
const WRITABLE: Names<WritableOptions> = new Set<keyof WritableOptions>([
  'timestampMs',
  'datasetId',
  'orgId',
  'signal',
  'timestampColumn',
])
const THREAD: Names<LogOptions> = new Set<keyof LogOptions>(['timestampMs', 'sync', 'signal'])

/** As `refuseOthers`, of `log`, for whom a call costs. @throws InvalidOptionError */
export function checkLogOptions(options: LogOptions): void {
  for (const name in options) {
    if (name === 'datasetId' || name === 'timestampMs' || name === 'orgId' || name === 'sync' || name === 'signal')
      continue
    if (Object.hasOwn(options, name)) throw unknownOption(name, LOG)
  }
}

/** @throws InvalidOptionError where options are no object, as with arguments by position. */
export function notOptions(options: unknown): InvalidOptionError {
  return new InvalidOptionError('options', `must be an object, such as { datasetId, timestampMs }${received(options)}`)
}

/** @throws InvalidOptionError where options name a dataset, which has a name already */
export function checkPlacedOptions(options: object): void {
  if (typeof options !== 'object' || options === null) throw notOptions(options)
  for (const name of ['datasetId', 'orgId']) {
    if (reading('options', () => Object.hasOwn(options, name))) {
      throw new InvalidOptionError(`options.${name}`, 'must be left out: the handle names its dataset already')
    }
  }
}

export function checkRawOptions(options: RawOptions): void {
  refuseOthers(options, RAW)
}

export function checkNdjsonOptions(options: NdjsonOptions): void {
  refuseOthers(options, NDJSON)
}

export function checkWritableOptions(options: WritableOptions): void {
  refuseOthers(options, WRITABLE)
  const column = reading('options', () => options.timestampColumn)
  if (column === undefined || typeof column === 'function' || typeof column === 'string') return
  throw new InvalidOptionError('options.timestampColumn', `must be a column's name, or a function${received(column)}`)
}

export function checkThreadOptions(options: LogOptions): void {
  refuseOthers(options, THREAD)
}
