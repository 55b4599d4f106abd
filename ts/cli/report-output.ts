import type { Io } from './io.js'
import { markdownSection } from './markdown.js'
import type { OutputOptions } from './output-options.js'
import { type DatasetReport, reportLines, reportTitle } from './report.js'
import { reportJson } from './report-json.js'
import { shapesOf } from './shapes.js'
import { type ColumnSummary, summarise } from './summary.js'
import { summaryCsv } from './summary-csv.js'
import { summaryCells, summaryText } from './summary-table.js'

/** The reports of a run in the form that is asked for, where that is not made for reading on a terminal. */
export function reportsText(reports: readonly DatasetReport[], { output }: Pick<OutputOptions, 'output'>): string {
  if (output === 'json') return `${reportJson(reports)}\n`
  if (output === 'markdown') return reports.map(reportMarkdown).join('\n')
  return summaryCsv(
    'dataset',
    reports.map((report) => ({ name: report.datasetId, columns: columnsOf(report) })),
  )
}

/** One report, for reading. */
export function reportText(
  report: DatasetReport,
  { wide }: Pick<OutputOptions, 'wide'>,
  { width, draws }: Pick<Io, 'width' | 'draws'>,
): string {
  const { folded } = report
  const lines = [reportTitle(report), ...reportLines(report).map((line) => `  ${line}`)]
  if (folded !== null) {
    const columns = columnsOf(report)
    const shapes = draws ? shapesOf(folded.view, columns) : null
    lines.push('', summaryText(columns, { width: wide ? null : width, detailed: false, shapes }))
  }
  return `${lines.join('\n')}\n`
}

function reportMarkdown(report: DatasetReport): string {
  return markdownSection(reportTitle(report), reportLines(report), summaryCells(columnsOf(report), false))
}

function columnsOf({ folded, columnOrder, facts }: DatasetReport): ColumnSummary[] {
  return folded === null ? [] : summarise(folded.view, columnOrder, facts)
}
