/**
 * A cap of `limits` as tests: a case for each form of input that can go over it, each in a process of its own, since memory is looked at.
 * The file of the cap is that process's program as well.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { tellsMemory } from '../../../support/process-memory.mjs'
import { runCase } from './case.mjs'
import { FORMS } from './forms.mjs'

const run = promisify(execFile)
const FLAGS = ['--no-warnings', '--max-old-space-size=1024']
const AT_ONCE = 2
/** A case that takes as long does not end. */
const HANGS_MS = 120_000
/** Of a failure, in characters. */
const MOST_SHOWN = 4000

/**
 * @param {string} file the caller's
 * @param {{ name: string, options?: object, cases: Record<string, object | string> }} cap by form: a case, or why there is none.
 *   A case has `make`, what goes over the cap; `how` it ends (`'refused'`, `'rejected'`, `'line'` of it left out, or `'counted'`); with which
 *   `code`; which rows `counts`, message by message; and `peakMb`, the memory that it may take at most.
 */
export async function testCap(file, cap) {
  const [, program, form] = process.argv
  if (program === file && form !== undefined) {
    try {
      console.log(JSON.stringify(await runCase(cap, form)))
    } catch (error) {
      console.error(String(error.stack).slice(0, MOST_SHOWN))
      process.exitCode = 1
    }
    process.exit()
  }
  test(`${cap.name}: each form of input is in the table`, () => {
    assert.deepEqual(Object.keys(cap.cases).sort(), Object.keys(FORMS).sort())
  })
  test(`${cap.name}: what goes over it is told, takes little memory, and harms nothing else`, {
    concurrency: AT_ONCE,
  }, async (t) => {
    await Promise.all(Object.entries(cap.cases).map(([name, given]) => testCase(t, file, name, given)))
  })
}

function testCase(t, file, name, given) {
  if (typeof given === 'string') return t.test(`${name}: ${given}`)
  return t.test(name, async (t) => {
    const { stdout } = await run(process.execPath, [...FLAGS, file, name], { timeout: HANGS_MS })
    const { peakMb } = JSON.parse(stdout)
    await t.test(`${name}: peak`, { skip: tellsMemory ? false : 'no /proc' }, () => {
      t.diagnostic(`${Math.ceil(peakMb)} MB of ${given.peakMb}`)
      assert.ok(peakMb <= given.peakMb, `${Math.ceil(peakMb)} MB were taken, ${given.peakMb} at most`)
    })
  })
}
