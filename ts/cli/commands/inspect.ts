import { formatCount, printable } from '../format.js'
import type { Io } from '../io.js'
import { readProfiles } from '../profile-files.js'
import type { Origin, ReadView, View } from '../profiler.js'
import { summarise } from '../summary.js'
import { summaryTable } from '../summary-table.js'

export interface InspectOptions {
  json: boolean
}

/** `inspect FILE…`: header and columns of each profile. All are read before the first is printed. */
export async function inspect(
  files: readonly string[],
  options: InspectOptions,
  io: Io,
  read: ReadView,
): Promise<void> {
  const views: { file: string; view: View }[] = []
  for await (const view of readProfiles(files, read)) views.push({ file: files[views.length] ?? '', view })
  if (options.json) {
    io.out(`${JSON.stringify({ profiles: views.map(({ file, view }) => toJson(file, view)) }, null, 2)}\n`)
    return
  }
  io.out(views.map(({ file, view }) => describe(file, view, io.width)).join('\n'))
}

function toJson(file: string, view: View): object {
  return {
    file,
    datasetTimestamp: view.datasetTimestamp,
    creationTimestamp: view.creationTimestamp,
    tags: view.tags,
    metadata: view.metadata,
    origin: view.origin,
    columns: view.toTable(),
  }
}

function describe(file: string, view: View, width: number | null): string {
  const columns = summarise(view)
  const rows = Math.max(0, ...columns.map((column) => column.count))
  const lines = [
    printable(file),
    `  dataset time  ${view.datasetTimestamp.toISOString()}`,
    `  created       ${view.creationTimestamp.toISOString()}`,
    ...origin(view.origin),
    ...pairs('tags', view.tags),
    ...pairs('metadata', Object.fromEntries(Object.entries(view.metadata).filter(([key]) => !key.startsWith(OURS)))),
    `  holds         ${formatCount(columns.length, 'column')}, at most ${formatCount(rows, 'value')} in one`,
    '',
  ]
  if (columns.length > 0) lines.push(summaryTable(columns, width, true), '')
  return lines.join('\n')
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
  return lines.map(([title, text]) => `  ${title.padEnd(14)}${printable(text)}`)
}

function pairs(title: string, values: Record<string, string>): string[] {
  return Object.entries(values).map(([key, value], index) => {
    return `  ${(index === 0 ? title : '').padEnd(14)}${printable(key)} = ${printable(value)}`
  })
}
