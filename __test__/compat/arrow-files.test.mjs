/** Arrow IPC files and streams of every type and codec that others write, held against what they hold. Needs `ROLLING_PROFILES_PYTHON`. */
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
  test('Arrow files and streams say what their writers put into them', async (t) => {
    const folder = temporaryFolder(t)
    const lines = await linesOf('arrow_files.py', folder)
    assert.ok(lines.length >= (has('polars') ? 16 : 14), `${lines.length} files`)
    assert.deepEqual((await differencesOf(folder, lines)).slice(0, 50), [])
  })
}
