import { jsonText } from './json-text.js'
import type { Aggregation } from './profiler.js'
import { type Complaint, type DatasetReport, rowsPerSecond } from './report.js'
import { type ColumnSummary, summarise } from './summary.js'

export interface DatasetJson {
  datasetId: string
  inputs: string[]
  rows: number
  leftOut: number
  cutTexts: number
  withoutTimestamp: number
  buckets: number
  parts: number
  /** ISO times of the first and last bucket's start. */
  firstBucket: string | null
  lastBucket: string | null
  aggregateBy: Aggregation
  seconds: number
  rowsPerSecond: number
  /** Remarks on the files as a whole. */
  notes: string[]
  /** The first few records that were left out. */
  complaints: Complaint[]
  files: string[]
  /** Profiles of earlier runs for the same dataset and bucket, in the same folder. */
  earlierProfiles: number
  columns: ColumnSummary[]
}

export function reportJson(reports: readonly DatasetReport[]): string {
  return jsonText({ datasets: reports.map(datasetJson) })
}

function datasetJson(report: DatasetReport): DatasetJson {
  const { folded } = report
  return {
    datasetId: report.datasetId,
    inputs: report.inputs,
    rows: report.rows,
    leftOut: report.leftOut,
    cutTexts: report.cutTexts,
    withoutTimestamp: report.untimed,
    buckets: folded?.buckets ?? 0,
    parts: folded?.parts ?? 0,
    firstBucket: folded === null ? null : new Date(folded.firstMs).toISOString(),
    lastBucket: folded === null ? null : new Date(folded.lastMs).toISOString(),
    aggregateBy: report.aggregateBy,
    seconds: report.tookMs / 1000,
    rowsPerSecond: rowsPerSecond(report),
    notes: report.notes,
    complaints: report.complaints,
    files: report.files,
    earlierProfiles: report.earlier,
    columns: folded === null ? [] : summarise(folded.view, report.columnOrder, report.facts),
  }
}
