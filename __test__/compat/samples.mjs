/** Sample data that npm packages ship, read here by other means than the command line's own readers. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'csv-parse/sync'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { ProfileView } from 'rolling-profiles'
import { allDifferences, sent } from './against.mjs'
import { columnsOf, profilesUnder, withFolder } from './rows.mjs'

/** Path of a file of vega-datasets. */
export function sample(name) {
  return fileURLToPath(new URL(`../../node_modules/vega-datasets/data/${name}`, import.meta.url))
}

/** What a field of a CSV file means to the command line: null, boolean, number or text. */
function fieldValue(field) {
  if (field === '') return null
  if (/^(true|True|TRUE)$/.test(field)) return true
  if (/^(false|False|FALSE)$/.test(field)) return false
  if (!/^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(field)) return field
  const value = Number(field)
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? field : value
}

/** Rows of a CSV file. */
export function csvRows(path) {
  return parse(readFileSync(path), { columns: true, cast: fieldValue, cast_date: false }).map((row) => ({ ...row }))
}

/** The first rows of a Parquet file, as JSON carries them. */
export async function parquetRows(path, count) {
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path), rowEnd: count, compressors })
  const plain = (_key, value) => (typeof value === 'bigint' ? Number(value) : value)
  return JSON.parse(JSON.stringify(rows, plain))
}

/** Registers the tests of the command line on sample data; `reference` gives the child process when they run. */
export function sampleTests(reference) {
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

  /** Profiles a file by the command line and holds what it wrote against the reference's profile of `rows`. */
  async function compare(label, args, rows, folder) {
    const out = join(folder, 'out')
    await promisify(execFile)(process.execPath, [main, 'profile', ...args, '--out', out, '--quiet'])
    const paths = profilesUnder(out)
    const { files } = await reference().ask({ do: 'folder', path: out })
    assert.deepEqual(
      files.filter((file) => file.error),
      [],
    )
    assert.equal(files.length, paths.length)

    const merged = await reference().ask({ do: 'merge', paths })
    const views = paths.map((path) => ProfileView.read(path))
    const view = views.reduce((left, right) => left.merge(right))
    const columns = columnsOf(rows, { absentIsNull: true })
    const theirs = await reference().profile(sent(columns, 'frame'), { mode: 'frame' })
    assert.deepEqual(allDifferences(label, view, theirs, columns, { inOrder: paths.length === 1 }), [])
    assert.deepEqual(allDifferences(`${label} merged by Python`, view, merged, columns, { inOrder: true }), [])
    return paths.length
  }

  test('bird strikes (CSV) through the command line', () =>
    withFolder(async (folder) => {
      const rows = csvRows(sample('birdstrikes.csv'))
      assert.equal(rows.length, 10_000)
      await compare('birdstrikes', [sample('birdstrikes.csv')], rows, folder)
      const rolling = ['--timestamp-column', 'Flight Date', '--aggregate-by', 'month', sample('birdstrikes.csv')]
      const files = await compare('birdstrikes by month', rolling, rows, join(folder, 'months'))
      assert.ok(files > 100, `${files} files`)
    }))

  test('movies (JSON array) through the command line', () =>
    withFolder(async (folder) => {
      const rows = JSON.parse(readFileSync(sample('movies.json'), 'utf8'))
      await compare('movies', [sample('movies.json')], rows, folder)
    }))

  test('twenty thousand flights (NDJSON of a Parquet file) by day through the command line', () =>
    withFolder(async (folder) => {
      const rows = await parquetRows(sample('flights-3m.parquet'), 20_000)
      const file = join(folder, 'flights.ndjson')
      writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
      const files = await compare(
        'flights',
        [file, '--timestamp-column', 'date', '--aggregate-by', 'day'],
        rows,
        folder,
      )
      assert.ok(files > 1, 'several days')
    }))
}
