/** Parquet files that went wrong once, in this reader or in others. How they were made: fixtures/files/make.py. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { profileFile } from '../../dist/index.js'
import { distinct, fixture, kinds, kindsOf, profiled, profiledFile } from '../support/file-tables.mjs'

test('columns of one name are columns of their own', async () => {
  const { result, table } = await profiledFile(fixture('repeated-names.parquet'))
  assert.deepEqual(result.columns, ['key', 'value', 'value_2'])
  const bounds = result.columns.map((name) => [table[name]['distribution/min'], table[name]['distribution/max']])
  assert.deepEqual(bounds, [
    [7, 9],
    [1, 3],
    [100, 300],
  ])
  const { result: one } = await profiledFile(fixture('repeated-names.parquet'), { columns: ['value_2'] })
  assert.deepEqual(one.columns, ['value_2'])
})

test('a column of a type that has no figures harms no other', async () => {
  const { result, table } = await profiledFile(fixture('interval.parquet'))
  assert.deepEqual([result.rows, kindsOf(table)], [4, { n: '4 integral', span: '4 object', t: '4 string' }])
})

test('decimals are the nearest doubles, whatever they are stored as', async () => {
  const { table } = await profiledFile(fixture('edges.parquet'))
  for (const [name, min, max] of [
    ['small', -9.99, 0.29],
    ['middle', 0.07, 1234567890.12],
    ['large', 0.07, Number('12345678901234567890.12')],
    ['whole', -12345678, 29],
  ]) {
    const row = table[name]
    assert.deepEqual([row['distribution/min'], row['distribution/max']], [min, max], name)
    assert.equal(kinds(row), '3 fractional, 1 null', name)
  }
})

test('the same decimals in Parquet and in CSV are the same values', async (t) => {
  const { view } = await profiledFile(fixture('edges.parquet'), { columns: ['small', 'middle'], datasetId: 'rows' })
  const csv = await profiled(t, 'small,middle\n0.07,0.07\n-9.99,1234567890.12\n,\n0.29,0.29\n')
  const both = csv.view.merge(view)
  for (const row of both.toTable()) assert.equal(distinct(row), 3, row.column)
})

test('whole numbers of 64 bits, signed or not', async () => {
  const { view, table } = await profiledFile(fixture('edges.parquet'), { columns: ['i64', 'u64'] })
  assert.deepEqual(view.column('i64').ints(), { min: -(2n ** 63n), max: 2n ** 63n - 1n })
  assert.deepEqual([kinds(table.i64), distinct(table.i64)], ['3 integral, 1 null', 3])
  assert.deepEqual([distinct(table.u64), table.u64['distribution/max'], table.u64['distribution/min']], [3, 2 ** 64, 0])
})

test('bytes are no texts, half a float is a number', async () => {
  const { table } = await profiledFile(fixture('edges.parquet'), { columns: ['bytes', 'half'] })
  assert.deepEqual(kindsOf(table), {
    bytes: '3 object, 1 null',
    half: '3 fractional, 1 null',
  })
  assert.deepEqual([table.half['distribution/min'], table.half['distribution/max']], [-2, 1.5])
})

test('what is encrypted is called so', async () => {
  await assert.rejects(profiledFile(fixture('encrypted.parquet')), {
    code: 'ERR_UNREADABLE_FILE',
    reason: 'it is encrypted',
  })
  await assert.rejects(profiledFile(fixture('encrypted-columns.parquet')), {
    code: 'ERR_UNREADABLE_FILE',
    reason: /^it is encrypted/,
  })
})

test('a file that is cut anywhere, or damaged, is refused by a sentence', async (t) => {
  const whole = readFileSync(fixture('edges.parquet'))
  for (let length = 4; length < whole.length; length += 97) {
    await assert.rejects(profiled(t, whole.subarray(0, length), 'a.parquet'), (error) => {
      assert.equal(error.code, 'ERR_UNREADABLE_FILE', `${length}: ${error}`)
      return true
    })
  }
  // The last eight bytes are the footer's length and the mark.
  for (let at = whole.length - 8; at < whole.length; at++) {
    const damaged = Buffer.from(whole)
    damaged[at] ^= 0xff
    await assert.rejects(profiled(t, damaged, 'a.parquet'), { code: 'ERR_UNREADABLE_FILE' }, `${at}`)
  }
  for (let at = 4; at < whole.length - 8; at += 41) {
    const damaged = Buffer.from(whole)
    damaged.fill(0xff, at, at + 3)
    // There is much in a file that says nothing of its rows.
    const rows = await profiled(t, damaged, 'a.parquet').then(
      ({ result }) => result.rows,
      (error) => error.code,
    )
    assert.ok(rows === 4 || rows === 'ERR_UNREADABLE_FILE', `${at}: ${rows}`)
  }
})

test('a file without rows has its columns, and no profile', async () => {
  const found = await profileFile(fixture('no-rows.parquet'))
  assert.deepEqual([found.rows, found.columns, found.views], [0, ['a'], []])
})
