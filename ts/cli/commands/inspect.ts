import type { TableRow } from '../../index.js'
import { formatCount, printable } from '../format.js'
import type { Io } from '../io.js'
import { jsonText } from '../json-text.js'
import { markdownSection } from '../markdown.js'
import type { OutputOptions } from '../output-options.js'
import { readProfiles } from '../profile-files.js'
import type { Origin, ReadView, View } from '../profiler.js'
import { shapesOf } from '../shapes.js'
import { type ColumnSummary, summarise } from '../summary.js'
import { summaryCsv } from '../summary-csv.js'
import { summaryCells, summaryText } from '../summary-table.js'

/** `inspect FILE…`: header and columns of each profile. All are read before the first is printed. */
export async function inspect(files: readonly string[], options: OutputOptions, io: Io, read: ReadView): Promise<void> {
  const views: Inspected[] = []
  for await (const view of readProfiles(files, read)) views.push({ file: files[views.length] ?? '', view })
  io.out(inForm(views, options, io))
}

interface Inspected {
  file: string
  view: View
}

function inForm(profiles: readonly Inspected[], { output, wide }: OutputOptions, io: Io): string {
  switch (output) {
    case 'json':
      return `${jsonText({ profiles: profiles.map(toJson) })}\n`
    case 'csv':
      return summaryCsv(
        'file',
        profiles.map(({ file, view }) => ({ name: file, columns: summarise(view) })),
      )
    case 'markdown':
      return profiles
        .map(({ file, view }) => {
          const columns = summarise(view)
          return markdownSection(file, header(view, columns), summaryCells(columns, true))
        })
        .join('\n')
    case 'table':
      return profiles.map((each) => describe(each, wide ? null : io.width, io.draws)).join('\n')
  }
}

function toJson({ file, view }: Inspected): object {
  return {
    file,
    datasetTimestamp: view.datasetTimestamp,
    creationTimestamp: view.creationTimestamp,
    tags: view.tags,
    metadata: view.metadata,
    origin: view.origin,
    columns: view.toTable().map((row) => exactRow(view, row)),
  }
}

/** A row of the table in which whole numbers that a double cannot hold are what stands in the file. */
function exactRow(view: View, row: TableRow): Record<string, unknown> {
  const exact: Record<string, unknown> = { ...row }
  for (const [key, value] of Object.entries(row)) {
    if (typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER) continue
    const [metric, part] = key.split('/')
    const whole = view.column(row.column).components(metric ?? '')[part ?? '']
    if (typeof whole === 'bigint') exact[key] = whole
  }
  return exact
}

function describe({ file, view }: Inspected, width: number | null, draws: boolean): string {
  const columns = summarise(view)
  const lines = [printable(file), ...header(view, columns).map((line) => `  ${line}`), '']
  const shapes = draws ? shapesOf(view, columns) : null
  if (columns.length > 0) lines.push(summaryText(columns, { width, detailed: true, shapes }), '')
  return lines.join('\n')
}

function header(view: View, columns: readonly ColumnSummary[]): string[] {
  const rows = columns.reduce((most, column) => Math.max(most, column.count), 0)
  return [
    `dataset time  ${view.datasetTimestamp.toISOString()}`,
    `created       ${view.creationTimestamp.toISOString()}`,
    ...origin(view.origin),
    ...pairs('tags', view.tags),
    ...pairs('metadata', Object.fromEntries(Object.entries(view.metadata).filter(([key]) => !key.startsWith(OURS)))),
    `holds         ${formatCount(columns.length, 'column')}, at most ${formatCount(rows, 'value')} in one`,
  ]
}

/** What the keys of metadata begin with that the origin tells. */
const OURS = 'rp.'
/** Parts that are named one by one. */
const PARTS_NAMED = 3

function origin({ datasetId, orgId, producer, version, parts, sources }: Origin): string[] {
  const lines: [string, string][] = []
  if (datasetId !== null) lines.push(['dataset', datasetId])
  if (orgId !== null) lines.push(['organisation', orgId])
  if (producer !== null) lines.push(['made by', [producer, version ?? ''].join(' ').trim()])
  const named = parts.slice(0, PARTS_NAMED).join(', ')
  const more = parts.length - PARTS_NAMED
  if (parts.length > 0) lines.push(['parts', more > 0 ? `${named} and ${formatCount(more, 'other')}` : named])
  // A reading is its number and what the source is called.
  const read = Object.values(sources).map((reading) => reading.slice(reading.indexOf(' ') + 1))
  if (read.length > 0) lines.push(['read from', read.join(', ')])
  return lines.map(([title, text]) => `${title.padEnd(14)}${printable(text)}`)
}

function pairs(title: string, values: Record<string, string>): string[] {
  return Object.entries(values).map(([key, value], index) => {
    return `${(index === 0 ? title : '').padEnd(14)}${printable(key)} = ${printable(value)}`
  })
}
