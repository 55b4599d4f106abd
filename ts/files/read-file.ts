/** Reads one file into a dataset of a running logger. */
import { Buffer } from 'node:buffer'
import { basename } from 'node:path'
import { type ErrorCode, IoError, type RollingProfilesError, UnreadableFileError } from '../errors.js'
import type { EngineClient } from '../logger/engine-client.js'
import {
  type NativeFile,
  type NativeFileFailure,
  type NativeFileOptions,
  type NativeFileReport,
  native,
} from '../native.js'
import { fromNative } from '../native-errors.js'
import { bytesArgument } from '../option-checks.js'
import { refusalOf } from '../refusal.js'
import { ioErrorOf } from '../system-failure.js'
import { textOf } from '../thrown.js'
import type { Input } from './checks.js'
import type { FileFormat, FileResult, ReadFileOptions } from './types.js'

/** How often progress is told, ms. */
const PROGRESS_MS = 100
/** How long a reader that is given up may take to notice, ms. */
const ABORT_MS = 250
/** How long chunks are handed over before others have a turn, ms. */
const TURN_MS = 10

/** What reading needs to know beside the options. */
export interface FilePlace {
  readonly engine: EngineClient
  /** The dataset's number. */
  readonly dataset: number
  /** The time of rows that name none, and which times are usual. */
  readonly times: { timestampMs: number; earliestMs: number; latestMs: number; refuses: boolean }
  /** Which reading profiles tell of in their metadata; `null`: they do not. */
  readonly reading: string | null
}

/**
 * Resolves when every row of the file is tracked or left out.
 *
 * @throws UnreadableFileError, IoError, UnknownColumnError, ClosedError, NotAliveError; the reason of `signal`
 */
export async function readFile(input: Input, options: ReadFileOptions, place: FilePlace): Promise<FileResult> {
  const { engine } = place
  const path = 'path' in input ? input.path : null
  const { id, promise } = engine.pending.register<void>()
  let file: NativeFile
  try {
    file = engine.call(() => native.fileStart(engine.handle, place.dataset, nativeOptions(path, options, place), id))
  } catch (error) {
    engine.pending.reject(id, error)
    await promise
    throw error
  }
  const { signal, onProgress } = options
  let timer: NodeJS.Timeout | undefined
  // A pipe that says nothing keeps its reader: nobody waits for that one longer than for parcels that are on their way.
  const cancel = () => {
    file.cancel()
    timer = setTimeout(() => engine.pending.reject(id, signal?.reason), ABORT_MS)
  }
  signal?.addEventListener('abort', cancel, { once: true })
  let thrown: RollingProfilesError | null = null
  const tell = () => {
    try {
      onProgress?.(file.progress())
    } catch (error) {
      thrown ??= refusalOf('options.onProgress', error)
      file.cancel()
    }
  }
  const teller = onProgress && setInterval(tell, PROGRESS_MS)
  let cause: unknown
  try {
    const reading = { isOver: false }
    const over = promise.finally(() => {
      reading.isOver = true
    })
    over.catch(() => {})
    if ('bytes' in input) {
      pump(input.bytes, file, engine, reading).catch((error: unknown) => {
        cause = error
        file.end(textOf(error))
      })
    }
    await over
  } finally {
    clearInterval(teller)
    clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
    // One that stopped meanwhile sends nothing more.
    file.cancel()
  }
  if (thrown === null) tell()
  if (thrown !== null) throw thrown
  const report = file.report()
  if (report.failure !== null) throw failureOf(report.failure, report, path, signal, cause)
  if (report.rows === 0 && report.leftOut > 0) throw nothingRead(report, path)
  return resultOf(report)
}

function nativeOptions(
  path: string | null,
  options: ReadFileOptions,
  { times, reading }: FilePlace,
): NativeFileOptions {
  const name = path === null ? '' : basename(path)
  return {
    path,
    name,
    sourceLabel: reading === null ? null : `${reading} ${name}`.trimEnd(),
    isPushed: path === null,
    format: options.format ?? null,
    delimiter: options.delimiter ?? null,
    encoding: options.encoding ?? null,
    columns: options.columns === undefined ? null : [...options.columns],
    timestampColumn: options.timestampColumn ?? null,
    timestampFormat: options.timestampFormat ?? null,
    ...times,
  }
}

/** Hands over what comes, as fast as it is read. */
async function pump(
  bytes: AsyncIterable<Uint8Array | string>,
  file: NativeFile,
  engine: EngineClient,
  reading: { readonly isOver: boolean },
): Promise<void> {
  let turnAt = performance.now() + TURN_MS
  for await (const chunk of bytes) {
    if (reading.isOver) return
    const given = typeof chunk === 'string' ? Buffer.from(chunk) : bytesArgument('file', chunk)
    const { id, promise } = engine.pending.register<void>()
    if (file.push(given, id)) engine.pending.resolve(id, undefined)
    await promise
    // Chunks that are there already would leave nobody else a turn.
    if (performance.now() > turnAt) {
      await new Promise((resolve) => setImmediate(resolve))
      turnAt = performance.now() + TURN_MS
    }
  }
  file.end(null)
}

function failureOf(
  failure: NativeFileFailure,
  report: NativeFileReport,
  path: string | null,
  signal: AbortSignal | undefined,
  cause: unknown,
): unknown {
  const { code, message, place, system } = failure
  const name = path === null ? 'The file' : `The file ${path}`
  if (code === 'ERR_CANCELLED') return signal?.reason ?? new DOMException('This operation was aborted', 'AbortError')
  if (cause !== undefined) return new IoError(`${name} could not be read: ${textOf(cause)}`, { cause })
  if (system !== null) return ioErrorOf(`${name} could not be read`, system)
  if (code === 'ERR_UNREADABLE_FILE') {
    const where = place === null ? '' : `, ${unitOf(report)} ${place}`
    const details = { path, place, unit: unitOf(report), reason: message, rows: report.rows }
    return new UnreadableFileError(`${name} cannot be read${where}: ${message}.`, details)
  }
  return fromNative(code, code === 'ERR_UNKNOWN_COLUMN' ? `${name} has ${message}.` : message)
}

function nothingRead(report: NativeFileReport, path: string | null): RollingProfilesError {
  const [first] = report.complaints
  const unit = unitOf(report)
  const what = `${report.leftOut} ${unit}${report.leftOut === 1 ? '' : 's'} left out`
  const why = first === undefined ? '' : `, ${unit} ${first.place}: ${first.reason}`
  const name = path === null ? 'The file' : `The file ${path}`
  const reason = `nothing could be read; ${what}${why}`
  return new UnreadableFileError(`${name} cannot be read: ${reason}.`, { path, unit, reason })
}

/** What places count. */
function unitOf({ format }: NativeFileReport): 'line' | 'row' {
  return format === 'parquet' || format === 'arrow' ? 'row' : 'line'
}

/** That of a logger that is switched off. */
export const unread = (): FileResult => ({
  format: null,
  bytes: 0,
  rows: 0,
  withoutTimestamp: 0,
  leftOut: 0,
  cutTexts: 0,
  columns: [],
  facts: [],
  notes: [],
  complaints: [],
})

function resultOf(report: NativeFileReport): FileResult {
  const { format, bytes, rows, untimed, leftOut, cutTexts, columns, facts, notes, complaints } = report
  return {
    format: format as FileFormat,
    bytes,
    rows,
    withoutTimestamp: untimed,
    leftOut,
    cutTexts,
    columns,
    facts,
    notes,
    complaints: complaints.map(({ place, code, reason }) => ({ place, code: code as ErrorCode, reason })),
  }
}
