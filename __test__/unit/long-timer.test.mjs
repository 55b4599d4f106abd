/** Timers that reach further than those of Node, on a clock that only the test moves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importTs } from '../support/typescript.mjs'

const { LONGEST_TIMEOUT_MS, startTimer } = await importTs('long-timer.ts')
const { Latch } = await importTs('logger/latch.ts')

test('a timer fires when its time is over, however long that is', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  for (const ms of [0, 5, LONGEST_TIMEOUT_MS, LONGEST_TIMEOUT_MS + 1, LONGEST_TIMEOUT_MS * 3 + 7]) {
    let fired = 0
    startTimer(ms, () => fired++)
    for (let left = ms - 1; left > 0; left -= LONGEST_TIMEOUT_MS) t.mock.timers.tick(Math.min(left, LONGEST_TIMEOUT_MS))
    assert.equal(fired, 0, `${ms}: too soon`)
    t.mock.timers.tick(1)
    assert.equal(fired, 1, `${ms}: in time`)
  }
})

test('a timer without end, and one that was cleared, never fires', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let fired = 0
  startTimer(Number.POSITIVE_INFINITY, () => fired++)
  startTimer(LONGEST_TIMEOUT_MS + 5, () => fired++).clear()
  const late = startTimer(LONGEST_TIMEOUT_MS + 5, () => fired++)
  t.mock.timers.tick(LONGEST_TIMEOUT_MS)
  late.clear()
  t.mock.timers.tick(LONGEST_TIMEOUT_MS)
  assert.equal(fired, 0)
})

test('a latch is waited for as long as is said', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const latch = new Latch()
  const ended = []
  const waits = [10, LONGEST_TIMEOUT_MS + 10, Number.POSITIVE_INFINITY].map((ms) =>
    latch.wait(ms).then(() => ended.push(ms)),
  )
  t.mock.timers.tick(LONGEST_TIMEOUT_MS)
  await waits[0]
  assert.deepEqual(ended, [10])
  t.mock.timers.tick(10)
  await waits[1]
  assert.equal(ended.length, 2)
  latch.set()
  await Promise.all(waits)
})
