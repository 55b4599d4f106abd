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
function bench({ workers = 4, aggregateBy = 'Hour', createWriters = () => [writer], most, ...source } = {}) {
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
      releaseKeys: (released, after) => log.push(...released.map((key) => ['release', key, after])),
      closeIdleDatasets: (datasets) => log.push(['close', ...datasets]) && { closed: datasets, used: [] },
      ...source,
    },
    workers,
    most,
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
    Array.from({ length: 1024 }, (_, at) => first.id + at),
  )
  assert.notEqual(keys.find('orders', undefined, 0), first, 'not even the key used last outlives its release')
  assert.equal(keys.find('users', undefined, 0), newest)
  for (let hour = 1; hour < 1024; hour++) keys.find('users', undefined, hour * HOUR_MS)
  assert.equal(released().length, 2 * 1024, 'one release made room for as many keys')
})

test('a dataset that was long not used is let go when the engine has nothing open of it', () => {
  const open = new Set()
  const asked = []
  const { keys, log } = bench({
    createWriters: (id) => asked.push(id) && [writer],
    closeIdleDatasets: (datasets) => ({ closed: datasets.filter((dataset) => !open.has(dataset)), used: [] }),
  })
  const orders = keys.find('orders', undefined, 0)
  const users = keys.find('users', 'acme', 0)
  open.add(users.dataset.number)
  keys.closeIdle(2)
  assert.equal(keys.find('orders', undefined, 0), orders)
  keys.closeIdle(2)
  assert.deepEqual(log.slice(4), [], 'both were used not long ago')
  keys.closeIdle(2)
  assert.deepEqual(log.slice(4), [['release', users.id, null]], 'its keys go, whether or not it does')
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

/** Names of the datasets that a bench has open, by what it was asked. */
function open(log) {
  const names = new Map()
  log.forEach(([what, id], number) => {
    if (what === 'dataset') names.set(number, id)
  })
  for (const [what, ...numbers] of log) if (what === 'close') for (const number of numbers) names.delete(number)
  return [...names.values()]
}

const full = (run) => assert.throws(run, { code: 'ERR_TOO_MANY_DATASETS' })

test('a further dataset takes the place of the idle one that was used longest ago', () => {
  const { keys, log } = bench({ most: 3 })
  for (const id of ['a', 'b', 'c', 'a']) keys.find(id, undefined, 0)
  keys.find('d', 'acme', 0)
  assert.deepEqual([open(log), keys.datasets], [['a', 'c', 'd'], 3])
  keys.find('a', undefined, 0)
  keys.find('b', undefined, 0)
  assert.deepEqual(open(log), ['a', 'd', 'b'])
})

test('the dataset used last gives up its place where there is but one', () => {
  const { keys, log } = bench({ most: 1 })
  for (const id of ['a', 'b', 'a']) keys.find(id, undefined, 0)
  assert.equal(log.filter(([what]) => what === 'dataset').length, 3)
  assert.deepEqual(open(log), ['a'])
})

test('a further dataset is refused while none is idle, and leaves nothing behind', () => {
  const busy = new Set()
  const asked = []
  const { keys, log } = bench({
    most: 2,
    createWriters: (id) => asked.push(id) && [writer],
    closeIdleDatasets: (datasets) => {
      const closed = datasets.filter((dataset) => !busy.has(dataset))
      log.push(['close', ...closed])
      return { closed, used: [] }
    },
  })
  const a = keys.find('a', undefined, 0)
  const b = keys.find('b', undefined, 0)
  for (const { dataset } of [a, b]) busy.add(dataset.number)
  full(() => keys.find('c', undefined, 0))
  full(() => keys.dataset('c', undefined))
  assert.deepEqual([asked, keys.datasets], [['a', 'b'], 2])
  assert.equal(keys.find('b', undefined, 0).dataset, b.dataset)
  busy.delete(b.dataset.number)
  keys.find('c', undefined, 0)
  assert.deepEqual(open(log), ['a', 'c'])
})

test('a dataset that the engine has read bytes for is let go after one that was not used', () => {
  const read = new Set()
  const { keys, log } = bench({
    most: 2,
    closeIdleDatasets: (datasets) => {
      const [closed, used] = [datasets.filter((one) => !read.has(one)), datasets.filter((one) => read.has(one))]
      for (const one of used) read.delete(one)
      log.push(['close', ...closed])
      return { closed, used }
    },
  })
  for (const id of ['a', 'b']) keys.dataset(id, undefined)
  read.add(keys.dataset('a', undefined).number)
  keys.dataset('b', undefined)
  keys.dataset('c', undefined)
  assert.deepEqual(open(log), ['a', 'c'])
  for (const id of ['a', 'c']) read.add(keys.dataset(id, undefined).number)
  keys.dataset('d', undefined)
  assert.deepEqual(open(log), ['c', 'd'], 'of two that were read, the one used longest ago')
})

test('keys without rows since everything was submitted wait for no later block', () => {
  const { keys, log } = bench({ most: 2 })
  const a = keys.find('a', undefined, 0)
  keys.noteSubmitted(7)
  const b = keys.find('b', undefined, 0)
  keys.find('c', undefined, 0)
  keys.find('d', undefined, 0)
  const released = log.filter(([what]) => what === 'release')
  assert.deepEqual(released, [
    ['release', a.id, 7],
    ['release', b.id, null],
  ])
})

test('a row behind the last of its dataset is none that was submitted before', () => {
  const { keys, log } = bench({ most: 1 })
  const a = keys.find('a', undefined, 0)
  keys.noteSubmitted(7)
  assert.equal(keys.find('a', undefined, 0), a)
  keys.find('b', undefined, 0)
  assert.deepEqual(log.filter(([what]) => what === 'release')[0], ['release', a.id, null])
})

test('idle datasets beyond those kept warm are let go a few at a time, first those not used since the last time', () => {
  const { keys, log } = bench()
  const all = Array.from({ length: 5000 }, (_, at) => `d${at}`)
  for (const id of all) keys.dataset(id, undefined)
  let calls = 1
  while (keys.closeSome(4000)) calls++
  assert.equal(keys.datasets, 4000)
  assert.ok(calls > 1 && log.every((entry) => entry.length <= 1025), `${calls} calls`)
  assert.deepEqual(open(log), all.slice(1000), 'all were used since: those opened first')
  for (const id of all.slice(1000, 2000)) keys.dataset(id, undefined)
  while (keys.closeSome(3000));
  assert.deepEqual(open(log), [...all.slice(1000, 2000), ...all.slice(3000)])
  assert.equal(keys.closeSome(3000), false)
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
