import { Buffer } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { detectFormat, isBinary, isGzip, isParquet } from './detect.js'
import { errorCode, systemReason, UserError, unreadable } from './errors.js'
import { PeekableChunks } from './readers/chunks.js'
import { detectDelimiter, readCsv } from './readers/csv.js'
import { readJsonArray } from './readers/json.js'
import { decodeText, splitLines } from './readers/lines.js'
import { readNdjson } from './readers/ndjson.js'
import { readParquet } from './readers/parquet.js'
import { type ClosableBuffer, fileBuffer, memoryBuffer } from './readers/parquet-buffer.js'
import type { Batch, Format, ReportMalformed, Source } from './source.js'

export interface InputOptions {
  /** `null`: found out from name and content. */
  format: Format | null
  /** `null`: found out from the header. */
  delimiter: string | null
}

/** Enough to see a format by, and the header of all but the widest CSV. */
const HEAD_BYTES = 64 * 1024

/** Fails unless `path` is a file that can be read; `-` always can. */
export async function checkInput(path: string): Promise<void> {
  if (path === '-') return
  try {
    if ((await stat(path)).isDirectory()) throw new UserError(`${path}: it is a folder, not a file`)
    await (await open(path)).close()
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, systemReason(error))
  }
}

/** Opens a file, or standard input for `-`, and reads as much of it as is needed to know what it holds. */
export async function openSource(path: string, stdin: Readable, options: InputOptions): Promise<Source> {
  const label = path === '-' ? 'standard input' : path
  const size = path === '-' ? null : (await stat(path)).size
  const stream = path === '-' ? stdin : createReadStream(path, { highWaterMark: 256 * 1024 })
  const counter = { bytes: 0 }
  const raw = new PeekableChunks(guarded(counted(stream, counter), label))
  const closing = async (): Promise<void> => {
    stream.destroy()
  }
  try {
    let chunks = raw
    let head = await raw.head(HEAD_BYTES)
    const plain = !isGzip(head)
    if (!plain) {
      chunks = new PeekableChunks(guarded(gunzip(raw), label))
      head = await chunks.head(HEAD_BYTES)
    }
    if (head.length === 0) throw unreadable(label, 'the input is empty')
    const headText = (await firstOf(decodeText(single(head)))) ?? ''
    const format = options.format ?? detectFormat(path, head, headText)
    const progress = size === null || size === 0 ? () => null : () => Math.min(1, counter.bytes / size)
    if (format === 'parquet') {
      if (!isParquet(head)) throw unreadable(label, 'it is no Parquet file')
      if (plain && path !== '-') {
        await closing()
        return await parquetSource(await fileBuffer(path), label)
      }
      return await parquetSource(await memoryBuffer(chunks), label)
    }
    if (isBinary(head)) throw unreadable(label, 'it is neither text nor Parquet')
    const base = { label, format, rowCount: null, progress, close: closing }
    const text = decodeText(chunks)
    return await textSource(base, text, format, { label, headText, delimiter: options.delimiter })
  } catch (error) {
    await closing()
    throw error instanceof UserError ? error : unreadable(label, systemReason(error))
  }
}

type Base = Pick<Source, 'label' | 'format' | 'rowCount' | 'progress' | 'close'>

async function textSource(
  base: Base,
  text: AsyncIterable<string>,
  format: Format,
  about: { label: string; headText: string; delimiter: string | null },
): Promise<Source> {
  if (format === 'json') {
    if (about.headText.trimStart()[0] !== '[') throw unreadable(about.label, 'it is no JSON array')
    return linesOf(base, null, (report) => readJsonArray(text, report, about.label))
  }
  const lines = splitLines(text)
  if (format === 'ndjson') return linesOf(base, null, (report) => readNdjson(lines, report))
  const delimiter = about.delimiter ?? (format === 'tsv' ? '\t' : detectDelimiter(about.headText))
  const csv = await readCsv(lines, delimiter, about.label)
  return linesOf(base, csv.columns, (report) => csv.batches(report))
}

function linesOf(
  base: Base,
  columns: readonly string[] | null,
  batches: (report: ReportMalformed) => AsyncIterable<Batch>,
): Source {
  return { ...base, unit: 'line', columns, batches }
}

async function parquetSource(file: ClosableBuffer, label: string): Promise<Source> {
  try {
    const parquet = await readParquet(file, label)
    return {
      label,
      format: 'parquet',
      unit: 'row',
      columns: parquet.columns,
      rowCount: parquet.rowCount,
      progress: () => (parquet.rowCount === 0 ? null : parquet.done() / parquet.rowCount),
      batches: () => parquet.batches(),
      close: file.close,
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function* counted(stream: Readable, counter: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)
    counter.bytes += bytes.length
    yield bytes
  }
}

/** Errors, of the data or of the chunks themselves, come out where the result is read. */
function gunzip(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const unzip = createGunzip()
  pipeline(Readable.from(chunks), unzip, () => {})
  return unzip
}

/** Gives errors of the bytes' source (a broken disk, damaged gzip data) the name of the input. */
async function* guarded(chunks: AsyncIterable<Buffer>, label: string): AsyncGenerator<Buffer> {
  try {
    yield* chunks
  } catch (error) {
    if (error instanceof UserError) throw error
    const damaged = errorCode(error)?.startsWith('Z_') === true
    throw unreadable(label, damaged ? `damaged gzip data: ${systemReason(error)}` : systemReason(error))
  }
}

async function* single(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk
}

async function firstOf(items: AsyncIterable<string>): Promise<string | undefined> {
  for await (const item of items) return item
  return undefined
}
