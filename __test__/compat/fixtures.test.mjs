/** Profiles that Python whylogs 1.6.4 made, read, merged and written again through the public interface. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProfileView, ResultSet } from 'rolling-profiles'
import { fixture, names } from './fixtures.mjs'
import { byColumn, differences, rankErrors } from './table.mjs'
import { valuesOf } from './values.mjs'

const TAG = 'whylogs.tag.'

function tableDifferences(label, view, expected, closeness) {
  const rows = byColumn(view)
  assert.deepEqual([...rows.keys()].sort(), Object.keys(expected).sort(), `${label}: columns`)
  return Object.entries(expected).flatMap(([column, row]) =>
    differences(`${label} · ${column}`, rows.get(column), row, closeness),
  )
}

test('the fixtures are there', () => {
  assert.ok(names.length > 40)
})

for (const name of names) {
  test(`${name} reads as the reference reads it, also after it was written again`, () => {
    const described = fixture(name)
    const view = ProfileView.read(described.path)
    assert.deepEqual(tableDifferences(name, view, described.expected.table, { sameFile: true }), [])
    assert.equal(view.datasetTimestamp.getTime(), described.datasetTimestampMs)
    assert.equal(view.creationTimestamp.getTime(), described.creationTimestampMs)
    const entries = Object.entries(described.expected.metadata)
    assert.deepEqual({ ...view.tags }, Object.fromEntries(entries.filter(([key]) => key.startsWith(TAG))))
    assert.deepEqual({ ...view.metadata }, Object.fromEntries(entries.filter(([key]) => !key.startsWith(TAG))))

    // Equally frequent items may change places: a table of items is filled anew on reading, in the reference as well.
    const again = ProfileView.deserialize(view.serialize())
    assert.deepEqual(tableDifferences(name, again, described.expected.table, { sameFile: true }), [])
  })
}

for (const name of names.filter((name) => name.startsWith('merged-'))) {
  test(`${name}: the merge agrees with the reference's`, () => {
    const described = fixture(name)
    const parts = described.parts.map(fixture)
    const [left, right] = parts.map((part) => ProfileView.read(part.path))
    const before = left.toTable()
    const merged = left.merge(right)
    assert.deepEqual(tableDifferences(name, merged, described.expected.table, {}), [])
    assert.deepEqual(left.toTable(), before, 'a view does not change when it is merged')
    for (const [column, row] of byColumn(merged)) {
      const values = parts.flatMap((part) => part.columns.filter((it) => it.name === column).flatMap(valuesOf))
      assert.deepEqual(rankErrors(`${name} · ${column}`, row, values), [])
    }
  })
}

test('a metric that nobody here knows is kept, also through a merge with a profile that lacks it', () => {
  const own = ProfileView.read(fixture('own-metric').path)
  assert.ok(own.column('note').metricNames.includes('longest_text'))
  const other = ProfileView.read(fixture('size-7').path)
  for (const merged of [own.merge(other), other.merge(own), ProfileView.deserialize(own.serialize())]) {
    assert.deepEqual(merged.column('note').metric('longest_text'), own.column('note').metric('longest_text'))
    assert.ok(Buffer.from(merged.serialize()).includes('the longest of all'))
  }
})

test('the segments of two columns are found by the values of both', () => {
  const files = names.filter((name) => name.startsWith('segment-two-')).map((name) => fixture(name).path)
  const results = ResultSet.read(files)
  assert.deepEqual(results.partitions, ['country,size'])
  const prices = Object.fromEntries(
    results.segments.map(({ values, view }) => [`${values.country} ${values.size}`, view.column('price').summary()]),
  )
  assert.deepEqual(
    Object.entries(prices).map(([segment, summary]) => [segment, summary['distribution/mean']]),
    [
      ['DE 1', 1.5],
      ['DE 2', 3.5],
      ['FR 2', 2.5],
    ],
  )
  assert.equal(results.segment({ country: 'DE', size: 2 }).view.column('price').summary()['counts/n'], 1)
})
