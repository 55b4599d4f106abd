/** The types that users meet. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tstyche = join(dirname(createRequire(import.meta.url).resolve('tstyche/package.json')), 'build', 'bin.js')

test('the compiler takes what it should, and refuses what it should', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tstyche, '__test__/types'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /Assertions: +\d+ passed, \d+ total/)
})
