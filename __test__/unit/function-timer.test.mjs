/** A function on a schedule, on a clock that only the test moves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importTs } from '../support/typescript.mjs'

const { FunctionTimer } = await importTs('function-timer.ts')
const { Schedule, currentTimeMs } = await importTs('time.ts')

const MINUTE = 60_000

/** A timer from 12:03:20 on; `calls` are the minutes past noon at which it called. */
function bench(t, cadence, interval, fn = () => {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2024, 1, 29, 12, 3, 20) })
  const calls = []
  const timer = new FunctionTimer(new Schedule(cadence, interval), () => {
    calls.push((currentTimeMs() - Date.UTC(2024, 1, 29, 12)) / MINUTE)
    return fn()
  })
  t.after(() => timer.stop())
  return { timer, calls, advance: (minutes) => t.mock.timers.tick(minutes * MINUTE) }
}

test('it calls at the bottom of the period', async (t) => {
  const { calls, advance } = bench(t, 'Minute', 5)
  for (let i = 0; i < 12; i++) {
    advance(1)
    await null
  }
  assert.deepEqual(calls.map(Math.floor), [8, 13])
})

test('it stops', (t) => {
  const { timer, calls, advance } = bench(t, 'Minute', 1)
  assert.equal(timer.isAlive(), true)
  timer.stop()
  assert.equal(timer.isAlive(), false)
  advance(10)
  assert.deepEqual(calls, [])
})

test('calls never overlap, and what one throws is a warning', async (t) => {
  let end
  const { calls, advance } = bench(t, 'Minute', 1, () => new Promise((_, reject) => (end = reject)))
  advance(1)
  advance(1)
  advance(1)
  assert.equal(calls.length, 1)
  const warned = new Promise((resolve) => {
    const listen = ({ message }) => {
      if (message !== 'failed on schedule') return
      process.off('warning', listen)
      resolve()
    }
    process.on('warning', listen)
  })
  end(new Error('failed on schedule'))
  await warned
  advance(1)
  assert.equal(calls.length, 2)
  end(new Error('over'))
})

test('a period longer than a timer of Node reaches', async (t) => {
  const { calls, advance } = bench(t, 'Day', 40)
  advance(39 * 24 * 60)
  assert.deepEqual(calls, [])
  advance(24 * 60)
  assert.equal(calls.length, 1)
})

test('months and years have no period', () => {
  assert.throws(() => new FunctionTimer(new Schedule('Month', 1), () => {}), { code: 'ERR_INVALID_OPTION' })
})
