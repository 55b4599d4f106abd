import type { FileResult, ReadFileOptions, UnreadableFileError } from '../index.js'
import { errorCode, oneLine, systemReason, UserError, unreadable } from './errors.js'
import { formatCount } from './format.js'
import { inputOf, labelOf } from './input.js'
import type { Io } from './io.js'
import type { ProfileOptions } from './profile-options.js'
import type { Profiler } from './profiler.js'
import type { Progress } from './progress.js'

/** How many records that are left out are told one by one. */
export const SHOWN = 5

/** What the command needs beside the words. */
export interface Run {
  io: Io
  progress: Progress
  /** Gives up. */
  signal: AbortSignal
}

/** Reads one input into the profiler, and tells what is left out. Throws a `UserError` when nothing of it can be read, or not all. */
export async function readInto(
  profiler: Profiler,
  path: string,
  options: ProfileOptions,
  { io, progress, signal }: Run,
): Promise<FileResult> {
  const label = labelOf(path)
  progress.start(label)
  let result: FileResult
  try {
    result = await profiler.read(await inputOf(path), {
      ...readOptions(options),
      signal,
      onProgress: ({ rows, bytes, size }) => progress.update(rows, size === null ? null : Math.min(1, bytes / size)),
    })
  } catch (error) {
    throw mistakeOf(error, label)
  } finally {
    progress.clear()
  }
  tellLeftOut(result, label, io)
  return result
}

function readOptions({
  format,
  delimiter,
  encoding,
  columns,
  timestampColumn,
  timestampFormat,
}: ProfileOptions): ReadFileOptions {
  return {
    ...(format === null ? {} : { format }),
    ...(delimiter === null ? {} : { delimiter }),
    ...(encoding === null ? {} : { encoding }),
    ...(columns === null ? {} : { columns }),
    ...(timestampColumn === null ? {} : { timestampColumn }),
    ...(timestampFormat === null ? {} : { timestampFormat }),
  }
}

/** What places in a file of this format count. */
export function unitOf({ format }: Pick<FileResult, 'format'>): 'line' | 'row' {
  return format === 'parquet' || format === 'arrow' ? 'row' : 'line'
}

function tellLeftOut(result: FileResult, label: string, io: Io): void {
  const unit = unitOf(result)
  const shown = result.complaints.slice(0, SHOWN)
  for (const { place, reason } of shown) io.err(`rolling-profiles: ${label}: ${unit} ${place}: ${reason}; left out\n`)
  const rest = result.leftOut - shown.length
  if (rest > 0) io.err(`rolling-profiles: ${label}: ${formatCount(rest, `more ${unit}`)} left out\n`)
}

/** What the user can put right. */
const MISTAKES = new Set([
  'ERR_IO',
  'ERR_INVALID_OPTION',
  'ERR_UNKNOWN_COLUMN',
  'ERR_UNREADABLE_FILE',
  'ERR_TOO_MANY_COLUMNS',
])

function mistakeOf(error: unknown, label: string): unknown {
  const code = errorCode(error)
  if (!(error instanceof Error) || code === undefined || !MISTAKES.has(code)) return error
  if (code === 'ERR_IO') return unreadable(label, systemReason(error.cause ?? error))
  if (code !== 'ERR_UNREADABLE_FILE') return new UserError(oneLine(inWords(error.message)))
  const { reason, place, unit } = error as UnreadableFileError
  return unreadable(label, `${place === null ? '' : `${unit} ${place}: `}${reason ?? oneLine(error.message)}`)
}

/** Options by the names that they have on the command line. */
function inWords(message: string): string {
  return message.replace(
    /^options\.(\w+)/,
    (_, name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  )
}
