/** Reading profiles: figures of a column against the values themselves, merging, segments, and other forms of a profile. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  DatasetSchema,
  greaterThan,
  LocalWriterFactory,
  MemoryWriter,
  ProcessRollingLogger,
  ProfileView,
  ResultSet,
  SegmentationPartition,
  segmentOnColumn,
} from '../../dist/index.js'
import { temporaryFolder } from '../support/logger.mjs'

/** Metadata without what says where a profile comes from. */
const othersOf = (metadata) => Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith('rp.')))

/** The one profile of rows. */
async function profileOf(rows, options = {}) {
  const writer = new MemoryWriter()
  const logger = new ProcessRollingLogger({
    writerFactory: writer,
    writeSchedule: null,
    workers: 1,
    seed: 1,
    currentTimeFn: () => 0,
    ...options,
  })
  logger.start()
  logger.log(rows, { datasetId: 'd' })
  await logger.close()
  return writer.items.map((item) => item.view())
}

const numbers = (count) => Array.from({ length: count }, (_, i) => ({ x: (i * 7919) % count }))

test('ranks, shares and histograms of few numbers are exact', async () => {
  const [view] = await profileOf([0, 1, 1, 2, 3, 5, 8, 13].map((x) => ({ x, s: 'a' })))
  const column = view.column('x')
  assert.deepEqual(column.ranks([-1, 0, 1, 1.5, 13, 14]), [0, 0, 0.125, 0.375, 0.875, 1])
  assert.deepEqual(column.cdf([1, 5]), [0.125, 0.625, 1])
  assert.deepEqual(column.pmf([1, 5]), [0.125, 0.5, 0.375])
  const histogram = column.histogram({ edges: [0, 2, 5, 13] })
  assert.deepEqual(histogram, { edges: [0, 2, 5, 13], counts: [3, 2, 3], n: 8, min: 0, max: 13 })
  assert.deepEqual(column.histogram({ edges: [1, 2, 3] }).counts, [2, 2], 'the last bin has its upper edge')
  const usual = column.histogram()
  assert.deepEqual([usual.edges.length, usual.counts.length], [31, 30])
  assert.equal(
    usual.counts.reduce((sum, count) => sum + count),
    8,
  )
  assert.deepEqual(column.rankError(), { rank: 0, interval: 0 })
  const text = view.column('s')
  assert.equal(text.histogram(), null)
  assert.deepEqual(text.cdf([1]).map(Number.isNaN), [true, true])
  assert.equal(text.ints(), null)
})

test('equal numbers make one bin', async () => {
  const [view] = await profileOf([{ x: 5 }, { x: 5 }, { zero: 0 }, { minus: -1.5 }])
  assert.deepEqual(view.column('x').histogram().counts, [2])
  assert.deepEqual(view.column('zero').histogram().counts, [1])
  assert.deepEqual(view.column('minus').histogram({ bins: 3 }).counts, [1])
})

test('ranks of many numbers are within the error that is told', async () => {
  const count = 50_000
  const [view] = await profileOf(numbers(count))
  const column = view.column('x')
  const { rank, interval } = column.rankError()
  assert.ok(rank > 0.003 && rank < 0.005 && interval > rank * 0.7, `${rank} ${interval}`)
  for (const share of [0.01, 0.25, 0.5, 0.9, 0.999]) {
    assert.ok(Math.abs(column.ranks([share * count])[0] - share) <= rank, `${share}`)
    assert.ok(Math.abs(column.quantiles([share])[0] / count - share) <= rank, `${share}`)
  }
  const { counts, n } = column.histogram({ bins: 10 })
  assert.equal(n, count)
  assert.equal(
    counts.reduce((sum, bin) => sum + bin),
    count,
  )
  for (const bin of counts) assert.ok(Math.abs(bin / count - 0.1) <= interval)
})

test('bounds of cardinality widen with their confidence', async () => {
  const [view] = await profileOf(numbers(20_000))
  const bounds = [1, 2, 3].map((stdDevs) => view.column('x').cardinality(stdDevs))
  assert.ok(bounds.every(({ estimate }) => estimate === bounds[0].estimate))
  assert.ok(bounds[2].lower < bounds[1].lower && bounds[1].lower < bounds[0].lower)
  assert.ok(bounds[2].upper > bounds[1].upper && bounds[1].upper > bounds[0].upper)
  assert.ok(bounds[2].lower <= 20_000 && 20_000 <= bounds[2].upper)
  assert.throws(() => view.column('x').cardinality(4), { code: 'ERR_INVALID_OPTION', option: 'stdDevs' })
})

test('frequent items without false positives are among those without false negatives', async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({ s: i % 2 === 0 ? 'often' : `once ${i}` }))
  const [view] = await profileOf(rows)
  const certain = view.column('s').frequentItems()
  const possible = view.column('s').frequentItems({ noFalseNegatives: true })
  assert.ok(certain.length < possible.length)
  assert.equal(certain[0].value, 'often')
  assert.ok(certain[0].lower <= 2500 && 2500 <= certain[0].upper)
  const names = new Set(possible.map(({ value }) => value))
  assert.ok(certain.every(({ value }) => names.has(value)))
})

test('integers beyond 2⁵³ are exact where that is asked for', async () => {
  const [view] = await profileOf([{ x: 2n ** 62n + 1n }, { x: -5 }, { y: 1.5 }])
  assert.deepEqual(view.column('x').ints(), { min: -5, max: 2n ** 62n + 1n })
  assert.equal(view.column('x').metric('ints').max, Number(2n ** 62n))
  assert.equal(view.toJSON().columns.x['ints/max'], String(2n ** 62n + 1n))
  assert.equal(view.column('y').ints(), null)
})

test('conditions and character ranges by name', async () => {
  const schema = new DatasetSchema({
    conditions: { x: { positive: greaterThan(0) } },
    defaultConfigs: { trackUnicodeRanges: true },
  })
  const [view] = await profileOf([{ x: 1 }, { x: -1 }, { s: 'ab1' }], { schema })
  assert.deepEqual(view.column('x').conditions(), { total: 2, matches: { positive: 1 } })
  assert.equal(view.column('s').conditions(), null)
  assert.equal(view.column('s').unicodeRanges().digits['distribution/max'], 1)
  assert.deepEqual(view.column('x').unicodeRanges(), {})
})

test('JSON is complete, stable, and has null for NaN', async () => {
  const [view] = await profileOf([{ b: 'x', a: Number.NaN }])
  const json = JSON.parse(JSON.stringify(view))
  assert.deepEqual(Object.keys(json), [
    'datasetTimestamp',
    'creationTimestamp',
    'tags',
    'metadata',
    'segment',
    'columns',
  ])
  assert.equal(json.datasetTimestamp, '1970-01-01T00:00:00.000Z')
  assert.equal(json.columns.b['distribution/max'], null)
  assert.deepEqual(Object.keys(json.columns.b), Object.keys(json.columns.b).sort())
  assert.equal(JSON.stringify(ProfileView.deserialize(view.serialize())), JSON.stringify(view))
})

test('entries are added to a copy', async () => {
  const [view] = await profileOf([{ a: 1 }])
  const named = view.withMetadata({ owner: 'us', 'whylogs.tag.kind': 'test' }).withTags({ 'whylogs.tag.env': 'ci' })
  assert.deepEqual([othersOf(view.metadata), view.tags], [{}, {}])
  const read = ProfileView.deserialize(named.serialize())
  assert.deepEqual(
    [othersOf(read.metadata), read.tags],
    [{ owner: 'us' }, { 'whylogs.tag.env': 'ci', 'whylogs.tag.kind': 'test' }],
  )
  assert.throws(() => view.withMetadata({ a: 1 }), { code: 'ERR_INVALID_OPTION' })
  assert.equal(view.isEmpty, false)
})

test('merging takes any number, and changes none of them', async () => {
  const views = []
  for (const rows of [numbers(10), numbers(3000), numbers(5)]) views.push(...(await profileOf(rows)))
  const before = views.map((view) => JSON.stringify(view))
  const merged = ProfileView.mergeAll(views)
  assert.equal(merged.column('x').summary()['counts/n'], 3015)
  assert.equal(JSON.stringify(views[0].merge(views[1], views[2])), JSON.stringify(merged))
  assert.equal(views[0].merge().column('x').summary()['counts/n'], 10)
  assert.deepEqual(
    views.map((view) => JSON.stringify(view)),
    before,
  )
  assert.throws(() => ProfileView.mergeAll([]), { code: 'ERR_INVALID_OPTION' })
})

test('a result set finds segments over many files, and what they make together', async (t) => {
  const folder = temporaryFolder(t)
  const pair = new SegmentationPartition({ columns: ['country', 'ok'] })
  const schema = new DatasetSchema({ segments: { pair, ...segmentOnColumn('country') } })
  const rows = [
    { country: 'DE', ok: true, price: 1 },
    { country: 'DE', ok: false, price: 2 },
    { country: 'FR', ok: true, price: 3 },
  ]
  for (const [seed, day] of ['one', 'two', 'three'].entries()) {
    await profileOf(rows, { schema, seed, writerFactory: new LocalWriterFactory(join(folder, day)) })
  }
  const days = (...names) => names.map((name) => join(folder, name))
  const results = ResultSet.read(days('one', 'two'))
  assert.equal(results.unsegmented, null)
  assert.deepEqual(results.partitions.sort(), ['country', 'country,ok'])
  assert.equal(results.segments.length, 5)
  const count = (view) => view?.column('price').summary()['counts/n']
  assert.equal(count(results.segment({ country: 'DE' }).view), 4)
  assert.equal(count(results.segment({ ok: true, country: 'FR' }).view), 2)
  assert.equal(results.segment({ country: 'IT' }), null)
  assert.deepEqual(results.segment({ country: 'FR' }).view.segment, {
    partition: 'country',
    partitionId: schema.partitions[1].id,
    values: { country: 'FR' },
  })
  const whole = results.view()
  assert.deepEqual([count(whole), whole.segment, whole.tags, othersOf(whole.metadata)], [6, null, {}, {}])
  assert.equal(count(results.view({ ok: true })), 4)
  assert.equal(results.view({ country: 'IT' }), null)
  const more = results.merge(ResultSet.read(days('three')))
  assert.equal(count(more.segment({ country: 'DE' }).view), 6)
  assert.equal(count(results.segment({ country: 'DE' }).view), 4)
  const [plain] = await profileOf(rows)
  const [again] = await profileOf(rows, { seed: 2 })
  assert.equal(count(ResultSet.of([plain, again]).view()), 6)
  const other = new SegmentationPartition({ name: 'other', columns: ['country'], map: () => 'DE' })
  const views = await profileOf(rows, { schema: new DatasetSchema({ segments: { other } }) })
  const both = results.merge(ResultSet.of(views))
  assert.throws(() => both.segment({ country: 'DE' }), { code: 'ERR_INVALID_OPTION', option: 'partition' })
  assert.equal(count(both.segment({ country: 'DE' }, 'other').view), 3)
  assert.equal(ResultSet.of([]).view(), null)
  assert.throws(() => ResultSet.read(join(folder, 'none')), { code: 'ERR_IO' })
  mkdirSync(join(folder, 'bad'))
  writeFileSync(join(folder, 'bad', 'x.bin'), 'WHY0')
  assert.throws(() => ResultSet.read(folder), { code: 'ERR_PROFILE_FORMAT', message: /WHY1/ })
})

test('files of segments by the reference are found by their values', () => {
  const folder = new URL('../fixtures/python/', import.meta.url).pathname
  const files = ['segment-DE', 'segment-FR'].map((name) => join(folder, `${name}.bin`))
  const results = ResultSet.read(files)
  assert.equal(results.segment({ country: 'DE' }).view.column('price').summary()['counts/n'], 2)
  assert.equal(results.segment({ country: 'FR' }).view.column('price').summary()['counts/n'], 1)
  assert.equal(results.view().column('price').summary()['counts/n'], 3)
  assert.match(results.segments[0].partitionId, /^[0-9a-f]{128}$/)
})

test('merged segments have no name of one of them', async () => {
  const schema = new DatasetSchema({ segments: segmentOnColumn('c') })
  const [one, two] = await profileOf([{ c: 'x' }, { c: 'y' }], { schema })
  assert.equal(one.merge(two).segment, null)
  assert.deepEqual(one.merge(one, { force: true }).segment, one.segment)
})

test('edges and bins are checked', async () => {
  const [view] = await profileOf([{ x: 1 }, { x: 2 }])
  const column = view.column('x')
  for (const make of [
    () => column.histogram({ edges: [1] }),
    () => column.histogram({ edges: [2, 1] }),
    () => column.cdf([1, Number.NaN]),
    () => column.pmf([3, 3]),
  ]) {
    assert.throws(make, { code: 'ERR_INVALID_OPTION', option: 'edges' })
  }
  assert.throws(() => column.histogram({ bins: 0 }), { code: 'ERR_INVALID_OPTION', option: 'bins' })
  assert.throws(() => column.quantiles([2]), { code: 'ERR_INVALID_OPTION' })
})

test('a column tells its commonest figures by name', async () => {
  const [view] = await profileOf([
    { x: 1, flag: true, s: 'a', none: null },
    { x: -2.5, flag: false, s: 'b', none: null },
    { x: Number.NaN, flag: null, s: null, none: null },
    { x: Number.POSITIVE_INFINITY, flag: null, s: null, none: null },
  ])
  const figures = ({ count, nullRate, mean, min, max }) => ({ count, nullRate, mean, min, max })
  assert.deepEqual(figures(view.column('x')), { count: 4, nullRate: 0.25, mean: -0.75, min: -2.5, max: 1 })
  assert.deepEqual(figures(view.column('flag')), { count: 4, nullRate: 0.5, mean: 0.5, min: 0, max: 1 })
  const noNumbers = { mean: null, min: null, max: null }
  assert.deepEqual(figures(view.column('s')), { count: 4, nullRate: 0.5, ...noNumbers })
  assert.deepEqual(figures(view.column('none')), { count: 4, nullRate: 1, ...noNumbers })
})

test('a column without a distribution has no mean, minimum and maximum', async () => {
  const schema = new DatasetSchema({ resolvers: [{ type: 'integral', metrics: ['cardinality'] }] })
  const [view] = await profileOf([{ x: 1 }], { schema })
  const { count, nullRate, mean, min, max } = view.column('x')
  assert.deepEqual({ count, nullRate, mean, min, max }, { count: 1, nullRate: 0, mean: null, min: null, max: null })
})

test('a column without values counts none and has no rate of nulls', () => {
  const view = ProfileView.read(new URL('../fixtures/python/no-values.bin', import.meta.url).pathname)
  for (const name of ['f', 'i', 's']) {
    const { count, nullRate, mean, min, max } = view.column(name)
    assert.deepEqual(
      { count, nullRate, mean, min, max },
      { count: 0, nullRate: null, mean: null, min: null, max: null },
    )
  }
})

test('has says which columns and metrics there are', async () => {
  const [view] = await profileOf([{ x: 1, none: null, constructor: 2 }])
  assert.deepEqual(
    [view.has('x'), view.has('y'), view.has('constructor'), view.has('toString')],
    [true, false, true, false],
  )
  const column = view.column('x')
  assert.deepEqual(
    [column.has('distribution'), column.has('condition_count'), column.has('theirs')],
    [true, false, false],
  )
  assert.equal(view.column('none').has('distribution'), false)
  assert.equal(column.metric('theirs'), null)
})

test('the type of a summary has exactly the keys that there are', async () => {
  const schema = new DatasetSchema({
    conditions: { x: { positive: greaterThan(0) } },
    defaultConfigs: { trackUnicodeRanges: true },
  })
  const [view] = await profileOf([{ x: 1, s: 'a1' }], { schema })
  const declarations = readFileSync(new URL('../../dist/index.d.ts', import.meta.url), 'utf8')
  const [, body = ''] = /type ColumnSummary = \{([\s\S]*?)\n\};/.exec(declarations) ?? []
  const required = [...body.matchAll(/^ {4}'([^']+)':/gm)].map((match) => match[1])
  const optional = [...body.matchAll(/^ {4}'([^']+)'\?:/gm)].map((match) => match[1])
  const keys = Object.keys(view.column('x').summary())
  assert.deepEqual(keys.filter((key) => !key.startsWith('condition_count/')).sort(), [...required, ...optional].sort())
  const named = Object.keys(view.column('s').summary()).filter((key) => key.startsWith('unicode_range/'))
  for (const key of named) assert.match(key, /^unicode_range\/[^:]+:[a-z]+\/\w+$/)
  assert.ok(named.length > 0)
})
