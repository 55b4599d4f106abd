/**
 * What the readers give: records in batches, each record with its place in the input, so that a complaint about one of
 * them can name the line.
 *
 * A reader never throws over a single bad record: it reports it and goes on with the next. It throws a `UserError` when
 * the input as a whole can be read no further.
 */

/** Anything a record may hold; the logger types it. */
export type Row = Record<string, unknown>

export interface Batch {
  rows: Row[]
  /** The line (or row) number of `rows[index]`, from 1. */
  placeOf(index: number): number
}

/** Called with each record that cannot be read. */
export type ReportMalformed = (place: number, reason: string) => void

export interface Source {
  /** How the input is called in messages. */
  label: string
  format: Format
  /** What `placeOf` counts. */
  unit: 'line' | 'row'
  /** Column names, where the format says them ahead of the records. */
  columns: readonly string[] | null
  /** Rows, where the format says so ahead of the records. */
  rowCount: number | null
  /** Part of the input that has been read, 0 to 1; `null` when its size is unknown. */
  progress(): number | null
  batches(report: ReportMalformed): AsyncIterable<Batch>
  /** Lets go of the input, read or not. */
  close(): Promise<void>
}

export const FORMATS = ['csv', 'tsv', 'ndjson', 'json', 'parquet', 'arrow'] as const
export type Format = (typeof FORMATS)[number]

/** Rows per batch of the text readers: enough that the cost of a turn of the event loop disappears. */
export const BATCH_ROWS = 2048
