/** Keys: which number stands for a row's dataset and bucket, and which lane its rows go to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importTs } from '../../support/typescript.mjs'

const { Keys } = await importTs('logger/keys.ts')
const { WriterFactoryError } = await importTs('errors.ts')
const { truncateTimeMs } = await importTs('time.ts')

const HOUR_MS = 3_600_000
const writer = { write() {} }

/** Keys on an engine that only gives out numbers; `log` is what it was asked. */
function bench({ workers = 4, aggregateBy = 'Hour', createWriters = () => [writer], ...source } = {}) {
  const log = []
  let last = 0
  const keys = new Keys(
    {
      settingsOf: (id, org) => ({ aggregateBy, writeSchedule: null, writers: createWriters(id, org) }),
      functionsOf: () => null,
      openDataset: (id, org, { writers }) => log.push(['dataset', id, org, writers.length]) - 1,
      isFar: () => false,
      holdKey: (dataset, timestampMs) => {
        const key = ++last
        const startMs = truncateTimeMs(timestampMs, aggregateBy)
        log.push(['key', dataset, startMs])
        return { key, lane: key % workers, startMs, endMs: startMs + HOUR_MS }
      },
      releaseKeys: (released) => log.push(...released.map((key) => ['release', key])),
      closeIdleDatasets: (datasets) => log.push(['close', ...datasets]) && datasets,
      ...source,
    },
    workers,
  )
  return { keys, log, opened: () => log.filter(([what]) => what === 'key').length }
}

test('a bucket has one key, from its first millisecond to the last before its end', () => {
  const { keys, opened } = bench()
  const key = keys.find('orders', undefined, 5 * HOUR_MS)
  assert.equal(keys.find('orders', undefined, 6 * HOUR_MS - 1), key)
  const next = keys.find('orders', undefined, 6 * HOUR_MS)
  const before = keys.find('orders', undefined, 5 * HOUR_MS - 1)
  assert.equal(new Set([key.id, next.id, before.id]).size, 3)
  assert.deepEqual([before.startMs, before.endMs], [4 * HOUR_MS, 5 * HOUR_MS])
  assert.equal(keys.find('orders', undefined, 5 * HOUR_MS + 1), key, 'a bucket met again is found again')
  assert.equal(opened(), 3)
  assert.equal(keys.find('orders', undefined, -1).startMs, -HOUR_MS)
})

test('datasets of one name in two organisations are two, each opened once with its writers', () => {
  const asked = []
  const { keys, log } = bench({ createWriters: (id, org) => asked.push([id, org]) && [writer, writer] })
  const rows = [undefined, 'acme', undefined, 'acme'].map((org) => keys.find('orders', org, 0))
  assert.equal(rows[0], rows[2])
  assert.equal(rows[1], rows[3])
  assert.notEqual(rows[0].dataset, rows[1].dataset)
  assert.deepEqual(asked, [
    ['orders', undefined],
    ['orders', 'acme'],
  ])
  assert.deepEqual(
    log.filter(([what]) => what === 'dataset').map(([, ...of]) => of),
    [
      ['orders', null, 2],
      ['orders', 'acme', 2],
    ],
  )
})

test('a key stays on its lane for 65 536 rows, and then moves on every 1 024', () => {
  const { keys } = bench({ workers: 3 })
  const key = keys.find('orders', undefined, 0)
  const cold = keys.find('users', undefined, 0)
  const home = key.lane
  for (let row = 1; row < 65_536; row++) keys.advance(key, 1)
  assert.equal(key.lane, home)
  keys.advance(key, 1)
  const lanes = [key.lane]
  for (let turn = 0; turn < 3; turn++) {
    keys.advance(key, 1023)
    assert.equal(key.lane, lanes.at(-1))
    keys.advance(key, 1)
    lanes.push(key.lane)
  }
  assert.deepEqual(
    lanes,
    [1, 2, 3, 4].map((steps) => (home + steps) % 3),
  )
  assert.equal(cold.credit, 65_536, 'no other key is touched')
})

test('the keys made longest ago are released together when there are more than 65 536', () => {
  const { keys, log } = bench()
  const released = () => log.filter(([what]) => what === 'release').map(([, id]) => id)
  const first = keys.find('orders', undefined, 0)
  for (let hour = 1; hour < 65_536; hour++) keys.find('orders', undefined, hour * HOUR_MS)
  // Having been used again does not make it younger.
  assert.equal(keys.find('orders', undefined, 0), first)
  assert.deepEqual(released(), [])
  const newest = keys.find('users', undefined, 0)
  assert.deepEqual(
    released(),
    Array.from({ length: 16_384 }, (_, at) => first.id + at),
  )
  assert.notEqual(keys.find('orders', undefined, 0), first, 'not even the key used last outlives its release')
  assert.equal(keys.find('users', undefined, 0), newest)
  for (let hour = 1; hour < 16_384; hour++) keys.find('users', undefined, hour * HOUR_MS)
  assert.equal(released().length, 2 * 16_384, 'one release made room for as many keys')
})

test('a dataset that was long not used is let go when the engine has nothing open of it', () => {
  const open = new Set()
  const asked = []
  const { keys, log } = bench({
    createWriters: (id) => asked.push(id) && [writer],
    closeIdleDatasets: (datasets) => datasets.filter((dataset) => !open.has(dataset)),
  })
  const orders = keys.find('orders', undefined, 0)
  const users = keys.find('users', 'acme', 0)
  open.add(users.dataset.number)
  keys.closeIdle(2)
  assert.equal(keys.find('orders', undefined, 0), orders)
  keys.closeIdle(2)
  assert.deepEqual(log.slice(4), [], 'both were used not long ago')
  keys.closeIdle(2)
  assert.deepEqual(log.slice(4), [['release', users.id]], 'its keys go first')
  keys.closeIdle(2)
  keys.closeIdle(2)
  keys.closeIdle(2)
  assert.deepEqual(asked, ['orders', 'users'])
  assert.equal(keys.find('users', 'acme', 0).dataset, users.dataset, 'something of it was open')
  const again = keys.find('orders', undefined, 0)
  assert.notEqual(again.dataset, orders.dataset)
  assert.deepEqual(asked, ['orders', 'users', 'orders'], 'its factory is asked again')
})

test('the dataset used last is not idle, however long it was the only one', () => {
  const { keys, log } = bench()
  const key = keys.find('orders', undefined, 0)
  for (let turn = 0; turn < 10; turn++) {
    assert.equal(keys.find('orders', undefined, 0), key)
    keys.closeIdle(1)
  }
  assert.ok(!log.some(([what]) => what === 'release' || what === 'close'))
})

test('a writer factory that fails, or gives no writers, fails the row and is asked again', () => {
  const cause = new Error('no such bucket')
  const answers = [
    () => {
      throw cause
    },
    () => undefined,
    () => writer,
    () => [writer, {}],
    () => [null],
    () => [writer],
  ]
  const { keys, log } = bench({ createWriters: () => answers.shift()() })
  assert.throws(
    () => keys.find('orders', undefined, 0),
    (error) =>
      error instanceof WriterFactoryError && error.cause === cause && /orders.*no such bucket/.test(error.message),
  )
  for (let i = 0; i < 4; i++) assert.throws(() => keys.find('orders', undefined, 0), WriterFactoryError)
  assert.equal(log.length, 0, 'nothing was opened')
  assert.equal(keys.find('orders', undefined, 0).id, 1)
})

test('a key that the engine refuses leaves no key behind', () => {
  const refusal = new Error('refused')
  let refuses = true
  const { keys, opened } = bench({
    isFar: () => {
      if (refuses) throw refusal
      return true
    },
  })
  assert.throws(() => keys.find('orders', undefined, 0), refusal)
  assert.equal(opened(), 0)
  refuses = false
  assert.equal(keys.find('orders', undefined, 0).far, true)
})
