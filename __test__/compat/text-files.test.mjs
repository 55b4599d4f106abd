/** CSV and JSON files that others write, held against what was written and what others read of them. Needs `ROLLING_PROFILES_PYTHON`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../support/logger.mjs'
import { differencesOf, has, linesOf } from './file-figures.mjs'
import { interpreter } from './python.mjs'

if (!interpreter) {
  test('live comparison is not run: ROLLING_PROFILES_PYTHON names no Python with whylogs', () => {
    assert.equal(interpreter, undefined)
  })
} else {
  test('CSV and JSON files say what was written, and what others read of them', async (t) => {
    const folder = temporaryFolder(t)
    const lines = await linesOf('text_files.py', folder)
    const failed = lines.filter(({ error }) => error)
    const read = lines.filter(({ error }) => !error)
    t.diagnostic(
      `${read.length} readings, ${failed.map(({ file, reader, error }) => `${file} by ${reader}: ${error}`)}`,
    )
    // Another version of a reader may stumble over a file; most of them must not.
    for (const reader of ['made', 'pandas', 'pyarrow', ...['polars', 'duckdb'].filter(has)]) {
      const files = read.filter((line) => line.reader === reader).length
      assert.ok(files >= 8, `${reader} has read ${files} files`)
    }
    assert.deepEqual((await differencesOf(folder, read)).slice(0, 50), [])
  })
}
