/** Parquet files of every type, codec and encoding that others write, held against what they read of them. Needs `ROLLING_PROFILES_PYTHON`. */
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
  test('Parquet files say what their own writers read of them', async (t) => {
    const folder = temporaryFolder(t)
    const lines = await linesOf('parquet_files.py', folder)
    const written = (writer) => new Set(lines.map(({ file }) => file).filter((file) => file.startsWith(writer))).size
    t.diagnostic(
      `${['pyarrow', 'duckdb', 'polars'].map((writer) => `${written(writer)} files by ${writer}`).join(', ')}`,
    )
    assert.ok(written('pyarrow') >= 20)
    if (has('duckdb')) assert.ok(written('duckdb') >= 10)
    if (has('polars')) assert.ok(written('polars') >= 5)
    assert.deepEqual((await differencesOf(folder, lines)).slice(0, 50), [])
  })
}
