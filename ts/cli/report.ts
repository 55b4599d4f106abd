import type { Folded } from './fold.js'
import { formatBucket, formatCount, formatNumber, formatSeconds, printable } from './format.js'
import type { Aggregation } from './profiler.js'
import type { ColumnFacts } from './summary.js'

/** A record that was left out. */
export interface Complaint {
  file: string
  /** Line (row, for Parquet and Arrow) in that file. */
  place: number
  reason: string
}

/** What one run made of one dataset. */
export interface DatasetReport {
  datasetId: string
  inputs: string[]
  /** `null`: no profiles are written. */
  outDir: string | null
  aggregateBy: Aggregation
  startedMs: number
  /** From the first byte read to the last profile written. */
  tookMs: number
  rows: number
  /** Rows without an event time, counted as of `startedMs`. */
  untimed: number
  /** Records that could not be read. */
  leftOut: number
  /** Texts that were cut before they were counted. */
  cutTexts: number
  /** Remarks on the files as a whole, each a sentence. */
  notes: string[]
  complaints: Complaint[]
  files: string[]
  /** Profiles of earlier runs in `outDir` that are of the same dataset and of a bucket of this run. */
  earlier: number
  /** The columns in the order of the files; those that are not among them come behind, by name. */
  columnOrder: string[]
  /** What the reader knows of columns and the profile does not, by name. */
  facts: Map<string, ColumnFacts>
  /** The files of this run, read again and merged; `null` when there are none. */
  folded: Folded | null
}

export function newReport(
  about: Pick<DatasetReport, 'datasetId' | 'inputs' | 'outDir' | 'aggregateBy' | 'startedMs'>,
): DatasetReport {
  return {
    ...about,
    tookMs: 0,
    rows: 0,
    untimed: 0,
    leftOut: 0,
    cutTexts: 0,
    notes: [],
    complaints: [],
    files: [],
    earlier: 0,
    columnOrder: [],
    facts: new Map(),
    folded: null,
  }
}

/** The lines that say what was read, how long it took and what became of it. */
export function reportLines(report: DatasetReport): string[] {
  const { folded } = report
  const lines: string[] = []
  if (folded !== null) {
    const buckets = `${formatCount(folded.buckets, `${report.aggregateBy} bucket`)}, ${span(folded, report.aggregateBy)}`
    const parts = formatCount(folded.parts, 'part')
    lines.push(
      buckets,
      report.outDir === null ? 'no profiles written' : `${parts} in ${printable(report.outDir)}`,
      `${formatSeconds(report.tookMs)}, ${formatNumber(rowsPerSecond(report))} rows/s`,
    )
  }
  if (report.leftOut > 0) lines.push(`${formatCount(report.leftOut, 'record')} left out: not readable`)
  lines.push(...losses(report))
  if (report.untimed > 0) {
    const bucket = formatBucket(report.startedMs, report.aggregateBy)
    lines.push(`${formatCount(report.untimed, 'row')} without a timestamp, counted in ${bucket}`)
  }
  return lines
}

export function reportTitle(report: DatasetReport): string {
  return `${printable(report.datasetId)}: ${formatCount(report.rows, 'row')}`
}

/** What is told on standard error, whatever else is printed; records that are left out are told where they are read. */
export function warnings(report: DatasetReport): string[] {
  const lines = losses(report)
  if (report.earlier > 0) {
    const [profiles, are] = report.earlier === 1 ? ['profile', 'is'] : ['profiles', 'are']
    const count = `${formatNumber(report.earlier)} ${profiles} of earlier runs for the same dataset and ${report.aggregateBy}`
    lines.push(`${count} ${are} in ${printable(report.outDir ?? '')}; merge would count both`)
  }
  return lines
}

/** What was lost or changed, and what the reader remarks. */
function losses(report: DatasetReport): string[] {
  const lines: string[] = []
  if (report.cutTexts > 0) {
    lines.push(`${formatCount(report.cutTexts, 'text')} cut: too long to be counted as a whole`)
  }
  return [...lines, ...report.notes.map(printable)]
}

export function rowsPerSecond(report: DatasetReport): number {
  return Math.round((report.rows * 1000) / Math.max(1, report.tookMs))
}

function span(folded: Folded, aggregateBy: Aggregation): string {
  const first = formatBucket(folded.firstMs, aggregateBy)
  return folded.buckets === 1 ? first : `${first} to ${formatBucket(folded.lastMs, aggregateBy)}`
}
