/** The benchmark of the caller's side runs, and says what it says it does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at } from '../../scripts/lib/project.mjs'
import { runNode } from '../../scripts/lib/run.mjs'
import { narrowRows, wideRows } from './rows.mjs'

test('every shape is measured beside its peer', async () => {
  const program = at('__test__', 'bench', 'caller.mjs')
  const { code, text } = await runNode(program, ['--smoke', '--json'], { collect: true })
  assert.equal(code, 0, text)
  const results = JSON.parse(text)
  assert.deepEqual(
    results.map(({ shape }) => shape),
    ['bulk', 'turns', 'interleaved', 'changing'],
  )
  for (const { peerNs, rowsPerSecond } of results) assert.ok(peerNs.median > 0 && rowsPerSecond.median > 0)
})

test('the rows are the same every time, and of the kinds they should be', () => {
  assert.deepEqual(narrowRows(50), narrowRows(50))
  assert.notDeepEqual(narrowRows(50, 2), narrowRows(50))
  const [row] = narrowRows(1)
  const kinds = Object.values(row).map((value) => typeof value)
  assert.deepEqual(kinds, [...Array(6).fill('number'), ...Array(3).fill('string'), 'boolean'])
  assert.equal(Object.keys(wideRows(1)[0]).length, 100)
})
