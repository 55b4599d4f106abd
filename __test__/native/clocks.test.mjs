/** A wall clock that is set while something is waited for, in a process that has such a clock. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../support/logger.mjs'

const dist = new URL('../../dist/index.js', import.meta.url).href
const source = new URL('../support/clock-ahead.c', import.meta.url).pathname

/** Closes a logger whose writer sets the clock as it fails at first, and tells what the close said, and by how much the clock was set. */
function closeWhileSet(t, { seconds, heals, timeoutMs }) {
  const folder = temporaryFolder(t)
  const [library, ahead] = ['clock-ahead.so', 'ahead'].map((name) => join(folder, name))
  const compiled = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'], { encoding: 'utf8' })
  assert.equal(compiled.status, 0, compiled.stderr)
  writeFileSync(ahead, Buffer.alloc(8))
  const script = `
    import { openSync, writeSync } from 'node:fs'
    import { ProcessRollingLogger } from ${JSON.stringify(dist)}
    const file = openSync(process.env.CLOCK_AHEAD, 'r+')
    const before = Date.now()
    let attempts = 0
    const write = () => {
      if (attempts++ === 0) writeSync(file, new BigInt64Array([${seconds}n]), 0, 8, 0)
      if (attempts === 1 || !${heals}) throw new Error('down')
    }
    const logger = new ProcessRollingLogger({ writerFactory: { createWriters: () => [{ write }] }, writeSchedule: null })
    logger.on('writeFailed', () => {}).on('warning', () => {})
    logger.start()
    logger.log({ a: 1 }, { datasetId: 'd' })
    // Where rows are lost, the rejection says the same.
    const { written, pending } = await logger.close({ timeoutMs: ${timeoutMs} }).catch((error) => error)
    console.log(JSON.stringify({ written, pending, hours: Math.round((Date.now() - before) / 3_600_000) }))
    process.exit()`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, LD_PRELOAD: library, CLOCK_AHEAD: ahead },
    timeout: 60_000,
  })
  assert.deepEqual([child.status, child.signal], [0, null], child.stderr)
  return JSON.parse(child.stdout)
}

test('a clock that is set back an hour prolongs no close', (t) => {
  const said = closeWhileSet(t, { seconds: -3600, heals: false, timeoutMs: 100 })
  assert.deepEqual(said, { written: 0, pending: 1, hours: -1 })
})

test('a clock that is set ahead a day ends no close', (t) => {
  const said = closeWhileSet(t, { seconds: 86_400, heals: true, timeoutMs: 60_000 })
  assert.deepEqual(said, { written: 1, pending: 0, hours: 24 })
})
