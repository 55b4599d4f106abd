/** The main job's profiles against the reference's, number for number: three million flights and all other sample data. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { samples } from '../../scripts/sample.mjs'
import { mainJob } from './main-job.mjs'
import { comparisonDifferences } from './main-job-rules.mjs'
import { interpreter } from './python.mjs'

test('the data that the main job profiles is there', () => {
  assert.equal(samples.length, 4)
  for (const [path] of samples) assert.ok(existsSync(path), path)
})

test('a number that is off is a difference', () => {
  const row = { 'counts/n': 9, 'distribution/n': 9, 'distribution/mean': 1.5, 'distribution/median': 1 }
  const agreeing = {
    files: ['a.bin'],
    rows: 9,
    ours: { a: row },
    own: { a: row },
    secondMoments: { a: [0.5, 0.5] },
    itemsWithoutFractional: {},
    ranks: { a: { median: [4, 5] } },
    counts: { a: {} },
    distinct: { a: 0 },
  }
  assert.deepEqual(comparisonDifferences('same', agreeing), [])
  const changes = [
    { ours: { a: { ...row, 'counts/n': 8 } } },
    { ours: { a: { ...row, 'distribution/mean': 1.500001 } } },
    { ours: {} },
    { own: {} },
    { ours: undefined },
    { own: undefined },
    { secondMoments: { a: [0.5, 0.50001] } },
    { ranks: { a: { median: [8, 9] } } },
  ]
  for (const change of changes)
    assert.equal(comparisonDifferences('off', { ...agreeing, ...change }).length, 1, JSON.stringify(change))
})

if (interpreter) {
  test('Python opens every file of the main job, and agrees with its own profile of every bucket', async (t) => {
    const { files, buckets, rows, problems } = await mainJob({ say: (line) => t.diagnostic(line) })
    assert.deepEqual(problems.slice(0, 20), [])
    assert.ok(rows > 3_000_000 && buckets > 500 && files >= buckets, `${files} files, ${buckets} buckets, ${rows} rows`)
  })
}
