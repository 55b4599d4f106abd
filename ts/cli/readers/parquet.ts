import { type AsyncBuffer, parquetMetadataAsync, parquetScan, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { oneLine, unreadable } from '../errors.js'
import { BATCH_ROWS, type Batch, type Row } from '../source.js'

/** Parquet times are whole counts since the epoch; those before it round down, like those after it. */
const parsers = {
  timestampFromMilliseconds: (value: bigint): Date => new Date(Number(value)),
  timestampFromMicroseconds: (value: bigint): Date => new Date(Math.floor(Number(value) / 1e3)),
  timestampFromNanoseconds: (value: bigint): Date =>
    new Date(Number(value / 1_000_000n - (value % 1_000_000n < 0n ? 1n : 0n))),
}

export interface ParquetRows {
  columns: string[]
  rowCount: number
  /** Rows given so far. */
  done(): number
  batches(): AsyncGenerator<Batch>
}

/**
 * Reads row group by row group: the columns of one are decoded, then made into rows a batch at a time, all with their
 * keys in the same order. Places count the rows.
 */
export async function readParquet(file: AsyncBuffer, label: string): Promise<ParquetRows> {
  const metadata = await parquetMetadataAsync(file, { parsers }).catch((error) => {
    throw damaged(label, error)
  })
  const columns = parquetSchema(metadata).children.map((child) => child.element.name)
  let done = 0
  return {
    columns,
    rowCount: Number(metadata.num_rows),
    done: () => done,
    async *batches() {
      const scan = await parquetScan({ file, metadata, compressors, parsers })
      for (const range of scan.ranges) {
        const data = await Promise.all(columns.map((column) => scan.readColumn({ column, ...range }))).catch(
          (error) => {
            throw damaged(label, error)
          },
        )
        const count = range.rowEnd - range.rowStart
        for (let from = 0; from < count; from += BATCH_ROWS) {
          const rows = rowsOf(columns, data, from, Math.min(from + BATCH_ROWS, count))
          const first = range.rowStart + from + 1
          yield { rows, placeOf: (index) => first + index }
          done += rows.length
        }
      }
    },
  }
}

function rowsOf(columns: readonly string[], data: readonly ArrayLike<unknown>[], from: number, to: number): Row[] {
  const rows: Row[] = new Array(to - from)
  for (let index = from; index < to; index++) {
    const row: Row = {}
    for (let column = 0; column < columns.length; column++) {
      row[columns[column] as string] = plain(data[column]?.[index])
    }
    rows[index - from] = row
  }
  return rows
}

/** 64-bit integers are numbers where a number holds them exactly, which is where they nearly always are. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  return value ?? null
}

function damaged(label: string, error: unknown): Error {
  return unreadable(
    label,
    `cannot be read as Parquet: ${oneLine(error instanceof Error ? error.message : String(error))}`,
  )
}
