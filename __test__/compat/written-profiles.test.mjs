/** What the command line writes of files of all kinds, opened by whylogs. Needs `ROLLING_PROFILES_PYTHON`. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../support/command-line.mjs'
import { temporaryFolder } from '../support/logger.mjs'
import { columnDifferences, linesOf } from './file-figures.mjs'
import { interpreter, Reference } from './python.mjs'

if (!interpreter) {
  test('live comparison is not run: ROLLING_PROFILES_PYTHON names no Python with whylogs', () => {
    assert.equal(interpreter, undefined)
  })
} else {
  for (const script of ['text_files.py', 'parquet_files.py']) {
    test(`whylogs opens every profile of the files of ${script}, and reads the figures of the files`, async (t) => {
      const folder = temporaryFolder(t)
      const lines = await linesOf(script, folder)
      const truth = lines.filter(({ reader }) => reader === 'made' || reader === 'pyarrow')
      const figures = new Map(truth.map(({ file, columns }) => [file, columns]).reverse())
      const { code, stderr } = await run(folder, ['profile', ...figures.keys(), '-q', '--out', 'profiles'])
      assert.equal(code, 0, stderr)
      const reference = new Reference(interpreter)
      t.after(() => reference.close())
      const written = readdirSync(join(folder, 'profiles'))
      assert.equal(written.length, figures.size)
      const found = []
      for (const [file, columns] of figures) {
        const [name] = written.filter((each) => each.startsWith(`${file.replace(/\.\w+$/, '')}_`))
        const { table } = await reference.ask({ do: 'open', path: join(folder, 'profiles', name) })
        assert.deepEqual(Object.keys(table).sort(), Object.keys(columns).sort(), file)
        for (const [column, row] of Object.entries(table)) {
          found.push(...columnDifferences(`${file} · ${column}`, numbers(row), columns[column]))
        }
      }
      assert.deepEqual(found.slice(0, 50), [])
    })
  }
}

/** Figures that JSON has no numbers for come as texts. */
const numbers = (row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number(value)]))
