/**
 * The library and Python whylogs 1.6.4 on the same data, both ways. Needs `ROLLING_PROFILES_PYTHON`, the path of a Python
 * that has whylogs; see docs/compatibility.md.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ProfileView } from 'rolling-profiles'
import { allDifferences, readDifferences, sent } from './against.mjs'
import { fixture, names } from './fixtures.mjs'
import { frameDifferences } from './frames.mjs'
import { interpreter, Reference } from './python.mjs'
import { columnsOf, inChunks, logged, withFolder } from './rows.mjs'
import { sampleTests } from './samples.mjs'
import { Draws, valuesOf } from './values.mjs'

const DAY_MS = Date.UTC(2025, 2, 3)

if (!interpreter) {
  test('live comparison is not run: ROLLING_PROFILES_PYTHON names no Python with whylogs; the fixtures stand in for it', () => {
    assert.ok(names.length > 40)
    for (const name of names) assert.ok(Object.keys(fixture(name).expected.table).length > 0 || name === 'no-columns')
  })
} else {
  let reference
  before(() => {
    reference = new Reference(interpreter)
  })
  after(() => reference.close())

  test('random frames: our files read in Python as in ours, and say what Python says of the same rows', async () => {
    for (let round = 0; round < 12; round++) {
      assert.deepEqual(await frameDifferences(reference, round), [])
    }
  })

  for (const name of ['size-1', 'size-100', 'size-385', 'size-1024', 'size-5000', 'mixes-frame', 'texts', 'names']) {
    test(`the rows of ${name}, logged and written by us: read by Python, and merged by it with a file of its own`, async () => {
      await withFolder(async (folder) => {
        const values = new Map(fixture(name).columns.map((column) => [column.name, valuesOf(column)]))
        const length = Math.max(...[...values.values()].map((list) => list.length))
        const rows = Array.from({ length }, (_, i) =>
          Object.fromEntries(
            [...values].filter(([, list]) => i < list.length).map(([column, list]) => [column, list[i][1]]),
          ),
        )
        const columns = columnsOf(rows)
        const [file, ...more] = await logged([...rows], join(folder, 'ours'), { timestampMs: DAY_MS })
        assert.deepEqual(more, [])
        const theirFile = join(folder, 'theirs.bin')
        const theirs = await reference.profile(sent(columns, 'frame'), {
          mode: 'frame',
          out: theirFile,
          timestampMs: DAY_MS,
        })
        assert.deepEqual(
          readDifferences(name, ProfileView.read(file), await reference.ask({ do: 'open', path: file })),
          [],
        )
        assert.deepEqual(allDifferences(name, ProfileView.read(file), theirs, columns), [])
        assert.deepEqual(readDifferences(name, ProfileView.read(theirFile), theirs), [], 'their file, read by us')

        const other = fixture('mixes-row').path
        const mergedFile = join(folder, 'merged.bin')
        const merged = await reference.ask({ do: 'merge', paths: [file, other], out: mergedFile })
        const ours = ProfileView.read(file).merge(ProfileView.read(other))
        const mergedValues = new Map(columns)
        for (const column of fixture('mixes-row').columns) {
          mergedValues.set(column.name, [...(columns.get(column.name) ?? []), ...valuesOf(column)])
        }
        assert.deepEqual(allDifferences(`${name} merged`, ours, merged, mergedValues, { fractionalItems: true }), [])
        assert.deepEqual(readDifferences(`${name} merged`, ProfileView.read(mergedFile), merged), [])
      })
    })
  }

  test('metrics that we do not know are merged as Python merges them', async () => {
    await withFolder(async (folder) => {
      const paths = ['own-components', 'own-components-other'].map((name) => fixture(name).path)
      for (const [left, right] of [paths, [...paths].reverse()]) {
        const theirs = await reference.ask({ do: 'merge', paths: [left, right] })
        const file = join(folder, 'ours.bin')
        ProfileView.read(left).merge(ProfileView.read(right)).write(file)
        const ours = await reference.ask({ do: 'open', path: file })
        assert.ok(Object.keys(ours.ownComponents.n).length > 40)
        assert.deepEqual(ours.ownComponents, theirs.ownComponents)
        assert.equal(ours.ownComponents.n.number, 800)
      }
    })
  })

  test('where a profile comes from survives a merge by Python, so that its parts are not counted again', async () => {
    await withFolder(async (folder) => {
      const files = []
      for (const a of [1, 2]) files.push(...(await logged([{ a }], join(folder, `${a}`), { timestampMs: DAY_MS })))
      const merged = join(folder, 'merged.bin')
      await reference.ask({ do: 'merge', paths: files, out: merged })
      const view = ProfileView.read(merged)
      assert.equal(view.origin.parts.length, 2)
      assert.equal(view.origin.datasetId, ProfileView.read(files[0]).origin.datasetId)
      for (const file of files) assert.throws(() => view.merge(ProfileView.read(file)), { code: 'ERR_COUNTED_TWICE' })
    })
  })

  test('every fixture, written again by us, is what it was to Python', async () => {
    await withFolder(async (folder) => {
      for (const name of names) {
        const { path, expected, datasetTimestampMs } = fixture(name)
        const again = join(folder, `${name}.bin`)
        writeFileSync(again, ProfileView.read(path).serialize())
        const read = await reference.ask({ do: 'open', path: again })
        assert.equal(read.datasetTimestampMs, datasetTimestampMs, name)
        assert.deepEqual(read.own, expected.own ?? {}, name)
        const sorted = (rows) =>
          JSON.stringify(
            Object.entries(rows)
              .sort()
              .map(([column, row]) => [column, Object.entries(row).sort()]),
          )
        assert.equal(sorted(read.table), sorted(expected.table), name)
      }
      const { files } = await reference.ask({ do: 'folder', path: folder })
      assert.deepEqual(
        files.filter((file) => file.error),
        [],
      )
      assert.equal(files.length, names.length)
    })
  })

  test('a dataset of 150 000 rows on two threads says what Python says of the same rows', async () => {
    await withFolder(async (folder) => {
      const draws = new Draws(77)
      const rows = Array.from({ length: 150_000 }, () => ({
        amount: draws.fraction(-100, 200),
        city: `c${draws.below(300)}`,
        user: draws.next() - 2147483648,
      }))
      const files = await logged(inChunks(rows, 5000), folder, { timestampMs: DAY_MS, workers: 2 })
      assert.equal(files.length, 1)
      const columns = columnsOf(rows)
      const theirs = await reference.profile(sent(columns, 'frame'), { mode: 'frame' })
      assert.deepEqual(
        allDifferences('two threads', ProfileView.read(files[0]), theirs, columns, { inOrder: false }),
        [],
      )
    })
  })

  sampleTests(() => reference)
}
