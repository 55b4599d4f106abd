/** Files of a test's own, profiled. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { profileFile } from '../../dist/index.js'
import { at } from '../../scripts/lib/project.mjs'
import { temporaryFolder } from './logger.mjs'

/** Where a committed file is. */
export const fixture = (name) => at('__test__', 'fixtures', 'files', name)

/** Writes a file that goes away with the test. */
export function fileOf(t, content, name = 'rows.csv') {
  const path = join(temporaryFolder(t), name)
  writeFileSync(path, content)
  return path
}

/** What became of a file: its result, and the rows of its table by column. */
export async function profiledFile(path, options = {}) {
  const result = await profileFile(path, { workers: 2, ...options })
  return { result, view: result.views.length > 0 ? result.view() : null, table: tableOf(result) }
}

/** The same of a content. */
export const profiled = (t, content, name, options) => profiledFile(fileOf(t, content, name), options)

function tableOf(result) {
  if (result.views.length === 0) return {}
  // Without a prototype, since a column may be called `__proto__`.
  const table = Object.create(null)
  for (const row of result.view().toTable()) table[row.column] = row
  return table
}

const KINDS = ['integral', 'fractional', 'boolean', 'string', 'object', 'tensor']

/** A column in short: `3 integral, 1 null`. */
export function kinds(row) {
  const found = KINDS.map((kind) => [row[`types/${kind}`], kind]).filter(([count]) => count > 0)
  if (row['counts/null'] > 0) found.push([row['counts/null'], 'null'])
  return found.map((each) => each.join(' ')).join(', ')
}

/** Each column of a table in short. */
export const kindsOf = (table) => Object.fromEntries(Object.entries(table).map(([name, row]) => [name, kinds(row)]))

/** Different values; counts this small are exact. */
export const distinct = (row) => Math.round(row['cardinality/est'])

/** A column's values that came up often, with how often, by value. */
export const items = (row) =>
  Object.fromEntries((row['frequent_items/frequent_strings'] ?? []).map(({ value, estimate }) => [value, estimate]))
