import { formatCount, printable } from '../format.js'
import type { Io } from '../io.js'
import { readProfiles } from '../profile-files.js'
import type { ReadView, View } from '../profiler.js'
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
    ...pairs('tags', view.tags),
    ...pairs('metadata', view.metadata),
    `  holds         ${formatCount(columns.length, 'column')}, at most ${formatCount(rows, 'value')} in one`,
    '',
  ]
  if (columns.length > 0) lines.push(summaryTable(columns, width, true), '')
  return lines.join('\n')
}

function pairs(title: string, values: Record<string, string>): string[] {
  return Object.entries(values).map(([key, value], index) => {
    return `  ${(index === 0 ? title : '').padEnd(14)}${printable(key)} = ${printable(value)}`
  })
}
