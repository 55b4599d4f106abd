/** Whose a profile is, which parts it holds, and what a merge refuses for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatasetSchema, LocalWriterFactory, ProfileView, ResultSet } from '../../dist/index.js'
import { version } from '../../scripts/lib/project.mjs'
import { memoryLogger, temporaryFolder } from '../support/logger.mjs'

/** The profiles that `log` makes. */
async function viewsOf(t, options, ...messages) {
  const { logger, writer } = memoryLogger(t, options)
  for (const [row, about] of messages) logger.log(row, about)
  await logger.close()
  return writer.items.map((item) => item.view())
}

const one = async (t, about = { datasetId: 'orders' }, options = {}) =>
  (await viewsOf(t, options, [{ a: 1 }, about]))[0]
const fixture = (name) => ProfileView.read(new URL(`../fixtures/python/${name}.bin`, import.meta.url).pathname)
const n = (view) => view.column('a').summary()['counts/n']

test('a profile says whose it is, who made it and which part it is', async (t) => {
  const view = await one(t, { datasetId: 'orders', orgId: 'acme' })
  const { parts, ...origin } = view.origin
  assert.deepEqual(origin, {
    datasetId: 'orders',
    orgId: 'acme',
    producer: 'rolling-profiles',
    version,
    sources: {},
  })
  assert.match(parts.join(), /^[0-9a-f]{16}-0001$/)
  assert.deepEqual(
    { ...view.metadata },
    {
      'rp.dataset': 'orders',
      'rp.org': 'acme',
      'rp.producer': 'rolling-profiles',
      'rp.version': version,
      [`rp.part.${parts[0]}`]: '1',
    },
  )
  assert.deepEqual(ProfileView.deserialize(view.serialize()).metadata, view.metadata)
  assert.equal((await one(t)).origin.orgId, null)
})

test('open profiles say whose they are, and are no part yet', async (t) => {
  const { logger } = memoryLogger(t)
  await logger.log({ a: 1 }, { datasetId: 'orders', sync: true })
  const { orders } = (await logger.status()).statuses
  const { datasetId, parts } = ProfileView.deserialize(orders.views[0]).origin
  assert.deepEqual([datasetId, parts], ['orders', []])
})

test('profiles of different datasets or organisations are merged by force alone, and are of none then', async (t) => {
  const orders = await one(t)
  for (const about of [{ datasetId: 'clicks' }, { datasetId: 'orders', orgId: 'acme' }]) {
    const other = await one(t, about)
    for (const merge of [
      (...options) => orders.merge(other, ...options),
      (...options) => ProfileView.mergeAll([other, orders], ...options),
      (...options) => ResultSet.of([orders, other], ...options).view(),
      (...options) =>
        ResultSet.of([orders])
          .merge(ResultSet.of([other]), ...options)
          .view(),
    ]) {
      assert.throws(merge, { code: 'ERR_DIFFERENT_DATASETS' })
      const forced = merge({ force: true })
      assert.deepEqual([n(forced), forced.origin.datasetId, forced.origin.orgId], [2, null, null])
      assert.equal(forced.origin.parts.length, 2)
    }
  }
})

test('what was merged by force is of none whatever is merged with it, and a refusal leaves all as it was', async (t) => {
  const [first, more, other] = [await one(t), await one(t), await one(t, { datasetId: 'clicks' })]
  const views = [first, more, other]
  const before = views.map((view) => view.serialize())
  for (const order of [views, [first, other, more], [other, first, more]]) {
    assert.throws(() => ProfileView.mergeAll(order), { code: 'ERR_DIFFERENT_DATASETS' })
    const forced = ProfileView.mergeAll(order, { force: true })
    assert.deepEqual([n(forced), forced.origin.datasetId], [3, null])
    const read = ProfileView.deserialize(forced.serialize())
    assert.equal(read.merge(await one(t)).origin.datasetId, null)
  }
  assert.deepEqual(
    views.map((view) => view.serialize()),
    before,
  )
})

test('segments of different datasets are no one result set', async (t) => {
  const folder = temporaryFolder(t)
  const { SegmentationPartition } = await import('../../dist/index.js')
  const schema = new DatasetSchema({ segments: { c: new SegmentationPartition({ columns: ['c'] }) } })
  const { logger } = memoryLogger(t, { schema, writerFactory: new LocalWriterFactory(folder) })
  logger.log({ a: 1, c: 'x' }, { datasetId: 'orders' })
  logger.log({ a: 1, c: 'y' }, { datasetId: 'clicks' })
  await logger.close()
  assert.throws(() => ResultSet.read(folder), { code: 'ERR_DIFFERENT_DATASETS' })
  assert.equal(n(ResultSet.read(folder, { force: true }).view()), 2)
})

test('a part is not counted twice, neither alone nor out of a merged profile', async (t) => {
  const [left, right, third] = [await one(t), await one(t), await one(t)]
  const both = left.merge(right)
  assert.equal(n(both), 2)
  for (const again of [
    () => left.merge(left),
    () => both.merge(right),
    () => right.merge(ProfileView.deserialize(both.serialize())),
    () => both.merge(third.merge(right)),
    () => ResultSet.of([left, right, left]),
  ]) {
    assert.throws(again, {
      code: 'ERR_COUNTED_TWICE',
      message: new RegExp(`${left.origin.parts}|${right.origin.parts}`),
    })
  }
  assert.equal(n(left.merge(left, { force: true })), 2)
  assert.equal(n(both.merge(third)), 3)
})

test('each part of a run has an id of its own, and so has each run, also where rows are the same', async (t) => {
  const about = (day) => ({ datasetId: 'orders', timestampMs: Date.UTC(2024, 0, day) })
  const views = []
  for (let run = 0; run < 2; run++) views.push(...(await viewsOf(t, {}, [{ a: 1 }, about(1)], [{ a: 1 }, about(2)])))
  assert.equal(new Set(views.flatMap((view) => view.origin.parts)).size, 4)
  assert.equal(n(ProfileView.mergeAll(views)), 4)
})

test('with a seed the same rows are the same part, and other rows are another', async (t) => {
  const seeded = { seed: 7, workers: 1, currentTimeFn: () => 0 }
  const [first, again] = [await one(t, undefined, seeded), await one(t, undefined, seeded)]
  assert.deepEqual(first.metadata, again.metadata)
  assert.throws(() => first.merge(again), { code: 'ERR_COUNTED_TWICE' })
  const [other] = await viewsOf(t, seeded, [{ a: 2 }, { datasetId: 'orders' }])
  assert.equal(n(first.merge(other)), 2)
})

test('profiles of the reference merge with all', async (t) => {
  const theirs = fixture('why-log')
  const { datasetId, orgId, producer, parts } = theirs.origin
  assert.deepEqual([datasetId, orgId, producer, parts], [null, null, null, []])
  const ours = await one(t)
  assert.equal(theirs.merge(theirs).columnNames.length, theirs.columnNames.length)
  assert.deepEqual(theirs.merge(ours).origin, ours.origin)
  assert.equal(ours.merge(theirs).metadata['whylogs.version'], theirs.metadata['whylogs.version'])
})

test('entries of a schema stand in every profile, and two readings of a source are not merged', async (t) => {
  const reading = (value) => ({ schema: new DatasetSchema({ metadata: { team: 'a', 'rp.source.f00': value } }) })
  const [first, rest, again] = [
    await one(t, undefined, reading('1 orders.csv')),
    await one(t, undefined, reading('1 orders.csv')),
    await one(t, undefined, reading('2 orders.csv')),
  ]
  assert.equal(first.metadata.team, 'a')
  assert.deepEqual(first.origin.sources, { f00: '1 orders.csv' })
  assert.equal(n(first.merge(rest)), 2)
  assert.throws(() => first.merge(again), { code: 'ERR_COUNTED_TWICE', message: /f00/ })
  for (const metadata of [{ 'rp.dataset': 'x' }, { 'rp.part.1': '1' }, { a: 1 }]) {
    assert.throws(() => new DatasetSchema({ metadata }), { code: 'ERR_INVALID_OPTION', option: /^schema\.metadata\./ })
  }
})

test('what is no profile and no option of a merge is refused', async (t) => {
  const view = await one(t)
  for (const args of [[{}, view], [{ forced: true }], [{ force: 1 }], ['x'], [undefined], [null], [view.serialize()]]) {
    assert.throws(() => view.merge(...args), { code: 'ERR_INVALID_OPTION' })
  }
  assert.equal(n(view.merge({})), 1)
})

test('metrics that are not known are merged by the types of their components', () => {
  const [left, right, theirs] = ['own-components', 'own-components-other', 'own-components-merged'].map(fixture)
  const numbers = (view) =>
    Object.entries(view.column('n').metric('readings')).filter(([, value]) => typeof value === 'number')
  assert.deepEqual(numbers(left.merge(right)), numbers(theirs))
  assert.deepEqual(numbers(right.merge(left)), numbers(theirs))
  assert.equal(numbers(theirs).length, 6)
})

test('metrics whose merging nobody here knows are refused where they differ', () => {
  const own = fixture('own-metric')
  assert.deepEqual(own.merge(own).column('note').metric('longest_text'), own.column('note').metric('longest_text'))
  const bytes = Buffer.from(own.serialize())
  bytes.write('one', bytes.lastIndexOf('the longest of all'))
  const other = ProfileView.deserialize(bytes)
  assert.throws(() => own.merge(other), { code: 'ERR_UNMERGEABLE_METRIC', message: /'note'.*'longest_text'/ })
  for (const rest of [[other], [other, own], [other, own, other]]) {
    const forced = own.merge(...rest, { force: true })
    assert.equal(forced.column('note').metric('longest_text'), null, 'no profile stands for all')
    assert.equal(
      forced.column('note').summary()['counts/n'],
      own.column('note').summary()['counts/n'] * (1 + rest.length),
    )
  }
})

test('decimals have no top value, whole numbers and texts have', async (t) => {
  const { logger, writer } = memoryLogger(t)
  const prices = [19.99, 19.99, 19.99, 19.99, 19.99, 19.99, 5]
  for (const price of prices) logger.log({ price, whole: Math.round(price), text: `at ${price}` }, { datasetId: 'd' })
  await logger.close()
  const view = writer.items[0].view()
  assert.equal(view.column('price').topValue(), null)
  assert.deepEqual(view.column('whole').topValue(), { value: '20', estimate: 6, lower: 6, upper: 6 })
  assert.equal(view.column('text').topValue().value, 'at 19.99')
})
