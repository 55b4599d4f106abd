/**
 * Random programs against an exact model: what is written and what is open says what was logged, the counters add up,
 * and every promise settles as it should. Few programs, always the same; `npm run soak` runs others.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as lib from '../../dist/index.js'
import { caseNames, pathOf, readCase } from './cases.mjs'
import { kinds } from './kinds.mjs'
import { programs } from './program.mjs'
import { search } from './property.mjs'
import { run } from './run.mjs'

/** Far more than any promise takes; who never settles is waited for this long. */
const PATIENCE_MS = 20_000
const SHRINK_MS = 60_000
/** Threads take turns as they like: a program that failed once may need some runs to fail again. */
const RUNS = 5
/** So many programs of each kind. */
const PROGRAMS = 40
const SEED = 20_240_128

/** What was found, for people. */
const told = (found) => found && `${found.faults.join('\n')}\n${JSON.stringify(found.program)}`

for (const { name, arbitrary, check } of kinds) {
  test(`${name}: random programs come back as the model has them`, async () => {
    const given = { seed: SEED, programs: PROGRAMS, patienceMs: PATIENCE_MS, shrinkMs: SHRINK_MS, check }
    const { found, ...sums } = await search(arbitrary, given)
    assert.equal(told(found), null)
    assert.equal(sums.programs, PROGRAMS)
    assert.equal(sums.unsettled, 0)
    assert.ok(sums.rows > PROGRAMS * 10 && sums.promises > PROGRAMS, JSON.stringify(sums))
  })
}

for (const name of caseNames()) {
  test(`${name}: the program comes back as the model has it`, async () => {
    const program = readCase(pathOf(name))
    const { check } = kinds.find(({ name }) => name === program.kind) ?? { check: run }
    for (let time = 0; time < RUNS; time++) {
      const { faults, promises } = await check(program, PATIENCE_MS)
      assert.deepEqual(faults, [])
      assert.ok(promises > 0)
    }
  })
}

/** The library with a `log` that does something to each row before it is logged. */
const libWith = (change) => ({
  ...lib,
  BaseProcessRollingLogger: class extends lib.BaseProcessRollingLogger {
    log(data, options) {
      const isRow = Object.getPrototypeOf(data) === Object.prototype && !('columns' in data)
      return super.log(isRow ? change(data) : data, options)
    }
  },
})

for (const [what, change] of [
  ['is lost', ({ a, ...others }) => others],
  ['counts in another column', ({ a, ...others }) => ({ ...others, b: a })],
  ['is another', ({ a, ...others }) => (typeof a === 'number' ? { ...others, a: a + 1 } : { ...others, a })],
]) {
  test(`a value that ${what} is found`, async () => {
    const check = (program, patienceMs) => run(program, patienceMs, libWith(change))
    const { found } = await search(programs(), { seed: 1, programs: 20, patienceMs: PATIENCE_MS, shrinkMs: 0, check })
    assert.match(found?.faults.join('\n') ?? '', / a: counts\/n is| has no column a$| a: the sum is off/m)
  })
}

test('a promise that never settles is found', async () => {
  class Deaf extends lib.BaseProcessRollingLogger {
    drained() {
      return new Promise(() => {})
    }
  }
  const program = { settings: {}, commands: [{ op: 'drained', wait: false }], end: 'close' }
  const { faults, unsettled } = await run(program, 50, { ...lib, BaseProcessRollingLogger: Deaf })
  assert.deepEqual(faults, ['drained never settles'])
  assert.equal(unsettled, 1)
})
