/** The functions that are generated for rows write what the loop over names writes, and are left where they are slower. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at } from '../../scripts/lib/project.mjs'
import { run } from '../../scripts/lib/run.mjs'
import { importTs } from '../support/typescript.mjs'

const { RowWriters } = await importTs('encoder/row-writer.ts')
const { Pace } = await importTs('encoder/pace.ts')

const many = async (...flags) => {
  const { code, text } = await run(process.execPath, [...flags, at('__test__', 'unit', 'encode-many.mjs')], {
    collect: true,
  })
  assert.equal(code, 0, text)
  return text
}

test('where generating code is forbidden, the same blocks are written', async () => {
  const generated = await many()
  assert.match(generated, /^1\d\d\d blocks of \d+ shapes: [0-9a-f]{64}$/m)
  assert.equal(await many('--disallow-code-generation-from-strings'), generated)
})

/** A place to write a row to, that notes what is written. */
function target() {
  const noted = []
  return {
    noted,
    rows: 1,
    f64: new Float64Array(8),
    u32: new Uint32Array(16),
    u8: new Uint8Array(64),
    texts: new Array(8).fill(''),
    maxUnits: 3,
    rowExtra: 9,
    write: (column, value) => {
      noted.push([column, value])
      return 0
    },
    skip: (from, to) => noted.push(['skip', from, to]),
    finishRow: (units) => noted.push(['finished', units]),
  }
}

test('a function writes rows of its form alone', () => {
  // Kinds: number, bool, text, nothing yet; two slots a column.
  const write = new RowWriters(['a', 'b', 'c', 'd']).of([0, 1, 3], Uint8Array.of(0, 1, 2, 3), 2)
  const place = target()
  assert.equal(write(place, { a: 1.5, b: true, d: null }), true)
  assert.equal(place.f64[1], 1.5)
  assert.equal(place.u8[17], 1)
  assert.deepEqual(place.noted, [
    ['skip', 2, 3],
    [3, null],
    ['finished', 0],
  ])
  assert.equal(place.rowExtra, 0)
  for (const other of [{}, { a: 1 }, { a: 1, b: 1, c: 1 }, { b: 1, a: 1, d: 1 }, { a: 1, b: 1, d: 1, e: 1 }]) {
    const untouched = target()
    assert.equal(write(untouched, other), false)
    assert.deepEqual([untouched.noted, untouched.f64[1], untouched.rowExtra], [[], 0, 9])
  }
})

test('a value that is not of its column’s kind is left to others', () => {
  const write = new RowWriters(['a', 'b', 'c']).of([0, 1, 2], Uint8Array.of(0, 1, 2), 2)
  const place = target()
  assert.equal(write(place, { a: 'text', b: 1n, c: 'long' }), true)
  assert.deepEqual(place.noted.slice(0, 3), [
    [0, 'text'],
    [1, 1n],
    [2, 'long'],
  ])
})

test('names are no code', () => {
  const names = ['"]; throw 1; //', '\u2028', '__proto__', 'constructor', '`$', '\\']
  const write = new RowWriters(names).of([0, 1, 2, 3, 4, 5], new Uint8Array(6), 2)
  const place = target()
  const row = JSON.parse(`{${names.map((name, i) => `${JSON.stringify(name)}: ${i + 1}`).join()}}`)
  assert.equal(write(place, row), true)
  assert.deepEqual(
    names.map((_, i) => place.f64[1 + 2 * i] ?? 0),
    [1, 2, 3, 4, 0, 0],
  )
})

test('there is a bound to how many are made, and how wide they are', () => {
  const writers = new RowWriters(Array.from({ length: 300 }, (_, i) => `c${i}`))
  assert.equal(writers.of([0], new Uint8Array(300), 8), null)
  const narrow = new RowWriters(['a', 'b', 'c', 'd', 'e'])
  const forms = Array.from({ length: 31 }, (_, i) => [0, 1, 2, 3, 4].filter((column) => (i + 1) & (1 << column)))
  const made = forms.map((present) => narrow.of(present, new Uint8Array(5), 8)).filter((writer) => writer !== null)
  assert.equal(made.length, 16)
  assert.equal(narrow.of([0], new Uint8Array(5), 8), made[0], 'each is made once')
})

/** Runs blocks that take as long as `msOf` says; gives which were written by functions. */
function paced(t, blocks, msOf) {
  let now = 1000
  t.mock.method(performance, 'now', () => now)
  const pace = new Pace()
  const byFunctions = [false]
  for (let block = 0; block < blocks; block++) {
    now += msOf(byFunctions[block], block)
    byFunctions.push(pace.next(true))
  }
  return byFunctions
}

test('functions write blocks, unless these are slower for them', (t) => {
  const fast = paced(t, 500, (byFunctions) => (byFunctions ? 1 : 1.3))
  assert.ok(fast.slice(64).every(Boolean))
  assert.deepEqual([fast.slice(0, 16).some(Boolean), fast.slice(16, 48).every(Boolean)], [false, true])
  t.mock.restoreAll()
  const slow = paced(t, 500, (byFunctions) => (byFunctions ? 3 : 1))
  assert.ok(!slow.slice(64).some(Boolean))
})

test('a pause does not decide it, and rows that change are tried again', (t) => {
  const paused = paced(t, 500, (byFunctions, block) => (byFunctions ? 1 : 1.3) + (block === 55 ? 100 : 0))
  assert.ok(paused.slice(64).every(Boolean))
  t.mock.restoreAll()
  const changed = paced(t, 5000, (byFunctions, block) => (byFunctions && block > 1000 ? 3 : 1.2))
  assert.deepEqual([changed[4000], changed[4500]], [true, false])
})
