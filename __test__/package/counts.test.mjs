/** The sums that `npm test` ends with. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readCounts } from '../../scripts/lib/node-suites.mjs'
import { at } from '../../scripts/lib/project.mjs'
import { run } from '../../scripts/lib/run.mjs'
import { readCargoOutput } from '../../scripts/lib/rust-suites.mjs'

const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-counts-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const sums = ({ passed, failed, skipped }) => ({ passed, failed, skipped })

test('cargo: suites are added up', () => {
  const text = `
     Running unittests src/lib.rs (target/debug/deps/a)
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
   Doc-tests a
test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s`
  assert.deepEqual(sums(readCargoOutput(text, 101)), { passed: 4, failed: 2, skipped: 1 })
})

test('cargo: a suite without a summary, and a workspace that does not compile, are failures', () => {
  const crashed = `
     Running unittests src/lib.rs (target/debug/deps/a)
     Running tests/b.rs (target/debug/deps/b)
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s`
  assert.deepEqual(sums(readCargoOutput(crashed, 101)), { passed: 3, failed: 1, skipped: 0 })
  assert.deepEqual(sums(readCargoOutput('error: could not compile', 101)), { passed: 0, failed: 1, skipped: 0 })
})

test('node: tests count, suites do not; a crash, a broken file and an empty file are failures', async () => {
  const files = {
    'good.test.mjs': `import { describe, it, test } from 'node:test'
      test('a', async (t) => { await t.test('b', () => {}) })
      describe('s', () => { it('c', () => {}); it.skip('d', () => {}) })`,
    'bad.test.mjs': `import { describe, it } from 'node:test'
      describe('s', () => { it('e', () => { throw new Error('no') }) })`,
    'crash.test.mjs': `import { test } from 'node:test'
      test('f', () => {}); process.on('exit', () => process.reallyExit(3))`,
    'broken.test.mjs': 'this is no JavaScript',
    'empty.test.mjs': 'export {}',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const counts = join(folder, 'counts')
  const reporter = `--test-reporter=${at('scripts/lib/count-reporter.mjs')}`
  const env = { ...process.env }
  delete env.NODE_TEST_CONTEXT
  const args = ['--test', reporter, `--test-reporter-destination=${counts}`, ...Object.keys(files)]
  const { code } = await run(process.execPath, args, { cwd: folder, env, collect: true })
  assert.equal(code, 1)
  assert.deepEqual(sums(readCounts(readFileSync(counts, 'utf8'), code)), { passed: 4, failed: 4, skipped: 1 })
})

test('node: a run that left nothing is a failure', () => {
  assert.deepEqual(sums(readCounts('', 0)), { passed: 0, failed: 1, skipped: 0 })
})
