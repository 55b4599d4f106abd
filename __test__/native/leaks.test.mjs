/** Loggers that come and go leave nothing behind: threads, handles, memory. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

const program = new URL('../soak/loggers.mjs', import.meta.url).pathname

test('every thread of every logger ends, closed, killed or forgotten', { skip: process.platform !== 'linux' }, () => {
  const report = JSON.parse(execFileSync(process.execPath, ['--expose-gc', program, '--loggers', '1500', '--json']))
  assert.equal(report.loggers, 1500)
  assert.equal(report.threadsAfter, report.threadsBefore)
  // A logger's own memory is far above this: what one left behind would show.
  const perLogger = (report.rssAfter - report.rssBefore) / (report.loggers - report.warmUp)
  assert.ok(perLogger < 64 * 1024, `${perLogger} bytes a logger`)
})
