import type { Complaint } from './complaints.js'
import { formatBucket, formatCount, formatNumber, formatSeconds, printable } from './format.js'
import type { Aggregation } from './profiler.js'
import { type ColumnSummary, type Folded, summarise } from './summary.js'
import { summaryTable } from './summary-table.js'

/** What one run made of one dataset. */
export interface DatasetReport {
  datasetId: string
  inputs: string[]
  outDir: string
  aggregateBy: Aggregation
  startedMs: number
  /** From the first byte read to the last profile written. */
  tookMs: number
  rows: number
  /** Rows without an event time, counted as of `startedMs`. */
  untimed: number
  /** Records that could not be read. */
  leftOut: number
  /** Rows that the logger took and then found unfit. */
  rejected: number
  complaints: Complaint[]
  files: string[]
  /** The files of this run, read again and merged; `null` when there are none. */
  folded: Folded | null
}

function rowsPerSecond(report: DatasetReport): number {
  return Math.round((report.rows * 1000) / Math.max(1, report.tookMs))
}

export function reportText(report: DatasetReport, width: number | null): string {
  const { folded } = report
  const lines = [`${printable(report.datasetId)}: ${formatCount(report.rows, 'row')}`]
  if (folded !== null) {
    const buckets = `${formatCount(folded.buckets, `${report.aggregateBy} bucket`)}, ${span(folded, report.aggregateBy)}`
    lines.push(
      `  ${buckets}`,
      `  ${formatCount(folded.parts, 'part')} in ${report.outDir}`,
      `  ${formatSeconds(report.tookMs)}, ${formatNumber(rowsPerSecond(report))} rows/s`,
    )
  }
  lines.push(...notes(report).map((note) => `  ${note}`))
  if (folded !== null) lines.push('', summaryTable(summarise(folded.view), width, false))
  return `${lines.join('\n')}\n`
}

function span(folded: Folded, aggregateBy: Aggregation): string {
  const first = formatBucket(folded.firstMs, aggregateBy)
  return folded.buckets === 1 ? first : `${first} to ${formatBucket(folded.lastMs, aggregateBy)}`
}

function notes(report: DatasetReport): string[] {
  const lines: string[] = []
  if (report.leftOut > 0) lines.push(`${formatCount(report.leftOut, 'record')} left out: not readable`)
  if (report.rejected > 0) lines.push(`${formatCount(report.rejected, 'row')} rejected by the logger`)
  if (report.untimed > 0) {
    const bucket = formatBucket(report.startedMs, report.aggregateBy)
    lines.push(`${formatCount(report.untimed, 'row')} without a timestamp, counted in ${bucket}`)
  }
  return lines
}

export interface DatasetJson {
  datasetId: string
  inputs: string[]
  rows: number
  leftOut: number
  rejected: number
  withoutTimestamp: number
  buckets: number
  parts: number
  /** ISO times of the first and last bucket's start. */
  firstBucket: string | null
  lastBucket: string | null
  aggregateBy: Aggregation
  seconds: number
  rowsPerSecond: number
  /** The first few records that were left out. */
  complaints: Complaint[]
  files: string[]
  columns: ColumnSummary[]
}

export function reportJson(reports: readonly DatasetReport[]): string {
  return JSON.stringify({ datasets: reports.map(datasetJson) }, null, 2)
}

function datasetJson(report: DatasetReport): DatasetJson {
  const { folded } = report
  return {
    datasetId: report.datasetId,
    inputs: report.inputs,
    rows: report.rows,
    leftOut: report.leftOut,
    rejected: report.rejected,
    withoutTimestamp: report.untimed,
    buckets: folded?.buckets ?? 0,
    parts: folded?.parts ?? 0,
    firstBucket: folded === null ? null : new Date(folded.firstMs).toISOString(),
    lastBucket: folded === null ? null : new Date(folded.lastMs).toISOString(),
    aggregateBy: report.aggregateBy,
    seconds: report.tookMs / 1000,
    rowsPerSecond: rowsPerSecond(report),
    complaints: report.complaints,
    files: report.files,
    columns: folded === null ? [] : summarise(folded.view),
  }
}
