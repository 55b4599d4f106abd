/** What files are read from, how, and what became of them. */
import type { ErrorCode } from '../errors.js'

/** A path, a `file:` URL, or the bytes themselves as they come: a stream, or another async iterable of bytes. */
export type FileInput = string | URL | AsyncIterable<Uint8Array | string>

/** What a file may be. */
export type FileFormat = 'csv' | 'tsv' | 'ndjson' | 'json' | 'parquet' | 'arrow'

/** How far a file has been read. */
export interface FileProgress {
  /** Bytes that were read, packed ones where the file is packed. */
  bytes: number
  /** How many there are; `null`: nobody knows. */
  size: number | null
  /** Rows that were tracked. */
  rows: number
  /** Records that were left out. */
  leftOut: number
}

/** How a file is read. */
export interface ReadFileOptions {
  /**
   * What the file is. Left out: its first bytes, its name and its content say so.
   *
   * @default undefined
   */
  format?: FileFormat | undefined
  /**
   * What separates the fields of a CSV file: one ASCII character. Left out: the header says so.
   *
   * @default undefined
   */
  delimiter?: string | undefined
  /**
   * How text is encoded, such as `'latin1'` or `'windows-1252'`. Left out: UTF-8, or what a byte order mark says.
   *
   * @default undefined
   */
  encoding?: string | undefined
  /**
   * The columns that are read. Left out: all.
   *
   * @default undefined
   */
  columns?: readonly string[] | undefined
  /**
   * The column that holds each row's time. Rows that name none count as of now.
   *
   * @default undefined
   */
  timestampColumn?: string | undefined
  /**
   * How that column is written, where it is no ISO 8601 and no count since 1970: a pattern such as `'dd.MM.yyyy HH:mm'`, `'epoch-seconds'` or
   * `'epoch-milliseconds'`.
   *
   * @default undefined
   */
  timestampFormat?: string | undefined
  /**
   * Gives up: no further rows are read, and the promise rejects with the signal's reason.
   *
   * @default undefined
   */
  signal?: AbortSignal | undefined
  /**
   * Hears how far the file has been read, about ten times a second, and at the end. What it throws ends the reading.
   *
   * @default undefined
   */
  onProgress?: ((progress: FileProgress) => void) | undefined
}

/** Options of `logFile`. */
export interface LogFileOptions extends ReadFileOptions {
  /**
   * The dataset that the rows belong to.
   *
   * @default undefined
   */
  datasetId?: string | undefined
  /**
   * The organisation that the dataset belongs to.
   *
   * @default undefined
   */
  orgId?: string | undefined
  /**
   * Names the file in the metadata of the dataset's profiles, by a hash of its bytes: merging profiles of two readings of one file is refused then.
   *
   * @default false
   */
  recordSource?: boolean | undefined
}

/** A record of a file that was left out. */
export interface FileComplaint {
  /** Its line in the file, or its row where the format has no lines, from 1. */
  place: number
  /** What kind of failure it is. */
  code: ErrorCode
  /** What is wrong with it, for people. */
  reason: string
}

/** What reading a file told of a column, and its profile does not keep. */
export interface ColumnFacts {
  /** The column. */
  column: string
  /** How many characters its shortest text has; `null`: it has no texts. */
  shortest: number | null
  /** How many characters its longest text has; `null`: it has no texts. */
  longest: number | null
  /** The first time, ms since the epoch, where every text names one; else `null`. */
  firstMs: number | null
  /** The last time, likewise. */
  lastMs: number | null
}

/** What became of a file. */
export interface FileResult {
  /** What it was found to be; `null`: it was not read, as the logger is switched off. */
  format: FileFormat | null
  /** How many bytes were read, packed ones where the file is packed. */
  bytes: number
  /** Rows that were tracked. */
  rows: number
  /** Of these: rows that name no time, where a column is to. */
  withoutTimestamp: number
  /** Records that were left out. */
  leftOut: number
  /** Texts that were cut to `limits.maxValueBytes`. */
  cutTexts: number
  /** The columns, in the order in which they came up. */
  columns: string[]
  /** What else is known of those that have texts. */
  facts: ColumnFacts[]
  /** Remarks on the file as a whole, for people. */
  notes: string[]
  /** The first of the records that were left out, at most 100. */
  complaints: FileComplaint[]
}
