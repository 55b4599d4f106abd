/**
 * A pandas frame as Arrow files that pyarrow wrote, beside what Python whylogs says of the frame. Needs `ROLLING_PROFILES_PYTHON`, the path of
 * a Python that has whylogs and pyarrow.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tableFromIPC } from 'apache-arrow'
import { arrow } from 'rolling-profiles'
import { memoryLogger, temporaryFolder } from '../support/logger.mjs'
import { itemsOf, tableOf } from '../support/profiles.mjs'
import { interpreter, quietEnvironment } from './python.mjs'

const script = fileURLToPath(new URL('./python/arrow.py', import.meta.url))
/** What is equal, and what is equal but for the order of adding up. */
const EQUAL = /^(counts|types|ints|cardinality)\/|^distribution\/(n|min|max)$/
const NEAR = /^distribution\/(mean|stddev)$/

if (!interpreter) {
  test('live comparison is not run: ROLLING_PROFILES_PYTHON names no Python with whylogs', () => {
    assert.equal(interpreter, undefined)
  })
} else {
  test('a frame says what whylogs says of it, however its Arrow data come', async (t) => {
    const folder = temporaryFolder(t)
    const { logger, writer } = memoryLogger(t)
    const options = { encoding: 'utf8', env: quietEnvironment(), maxBuffer: 1 << 26 }
    const theirs = JSON.parse(execFileSync(interpreter, [script, folder], options))
    const bytes = (name) => readFileSync(join(folder, `${name}.arrow`))
    const given = {
      lz4: arrow(bytes('lz4')),
      zstd: arrow(bytes('zstd')),
      plain: arrow(bytes('plain')),
      stream: arrow(bytes('stream')),
      table: tableFromIPC(bytes('plain')),
    }
    for (const [way, data] of Object.entries(given)) await logger.log(data, { datasetId: way, sync: true })
    await logger.flush()
    for (const way of Object.keys(given)) {
      const ours = tableOf(writer, way)
      assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort(), way)
      for (const [name, row] of Object.entries(theirs)) {
        for (const [key, value] of Object.entries(row)) {
          const label = `${way} ${name} ${key}`
          const [got, want] = [ours[name][key], Number(value)]
          // A column of objects has metrics there that nothing was counted in.
          if (got === undefined) assert.ok(!want, label)
          else if (NEAR.test(key)) assert.ok(got === want || Math.abs(got - want) <= 1e-9 * Math.abs(want), label)
          else if (EQUAL.test(key)) assert.ok(Object.is(got, want), `${label}: ${got} ${want}`)
        }
      }
      for (const name of ['text', 'category', 'u16']) {
        const items = Object.fromEntries(theirs[name]['frequent_items/frequent_strings'])
        assert.deepEqual(itemsOf(ours[name]), items, `${way} ${name}`)
      }
    }
  })
}
