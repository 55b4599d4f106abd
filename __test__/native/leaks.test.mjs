/** Loggers that come and go leave nothing behind: threads, handles, memory. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { tellsMemory } from '../support/process-memory.mjs'

const program = (name) => new URL(`../soak/${name}.mjs`, import.meta.url).pathname

test('every thread of every logger ends, closed, killed or forgotten', { skip: process.platform !== 'linux' }, () => {
  const report = JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', program('loggers'), '--loggers', '1500', '--json']),
  )
  assert.equal(report.loggers, 1500)
  assert.equal(report.threadsAfter, report.threadsBefore)
  // A logger's own memory is far above this: what one left behind would show.
  const perLogger = (report.rssAfter - report.rssBefore) / (report.loggers - report.warmUp)
  assert.ok(perLogger < 64 * 1024, `${perLogger} bytes a logger`)
})

test('many rows leave the memory as it was', { skip: process.platform !== 'linux' }, () => {
  const output = execFileSync(process.execPath, ['--expose-gc', program('rows'), '--rows', '1000000', '--json'])
  const { rows, trackedRows, rss } = JSON.parse(output)
  assert.equal(trackedRows, rows)
  // Sketches are full and the allocator has settled half-way: what half a million rows left behind would show.
  const grown = rss.at(-1) - rss[4]
  assert.ok(grown < 24 * 2 ** 20, `${grown} bytes`)
})

test('datasets that are written and let go leave the memory as it was', {
  skip: tellsMemory ? false : 'no /proc',
}, () => {
  const args = ['--expose-gc', program('datasets'), '--ids', '20000', '--most', '100', '--json']
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const { written, datasets, held, peak } = JSON.parse(stdout)
  assert.equal(written, 20_100)
  assert.ok(datasets <= 4096, `${datasets} datasets are open`)
  // Those that are kept warm, and garbage of JavaScript. All of them would hold twice as much.
  assert.ok(held < 100 * 2 ** 20, `${held} bytes are held`)
  // A profile of two columns takes some KiB while it is open, and its dataset as much.
  assert.ok(peak < 20_000 * 20 * 1024, `${peak} bytes at most`)
})
