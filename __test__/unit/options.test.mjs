/** Options: what is meant when nothing is said, and what is refused. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { afterEach, beforeEach, test } from 'node:test'
import { importTs } from '../support/typescript.mjs'

const { resolveOptions } = await importTs('options.ts')
const { InvalidOptionError } = await importTs('errors.ts')
const { LocalWriterFactory } = await importTs('writers.ts')

const VARIABLE = 'WHYLABS_DEFAULT_DATASET_ID'
const before = process.env[VARIABLE]
beforeEach(() => delete process.env[VARIABLE])
afterEach(() => {
  if (before !== undefined) process.env[VARIABLE] = before
})

test('everything has a default', () => {
  const { writerFactory, currentTimeFn, writeSchedule, limits, ...rest } = resolveOptions()
  assert.ok(writerFactory instanceof LocalWriterFactory)
  assert.equal(currentTimeFn, Date.now)
  assert.deepEqual({ ...writeSchedule }, { cadence: 'Minute', interval: 5 })
  const expected = {
    aggregateBy: 'Day',
    syncEnabled: false,
    queueType: 'FASTER_FIFO',
    loggerFactory: null,
    lingerMs: 5,
    minWriteIntervalMs: 300_000,
    waitUntil: null,
    defaultDatasetId: null,
    workers: Math.min(availableParallelism(), 8),
    onFull: 'throw',
    blockTimeoutMs: 1000,
    seed: null,
    enabled: true,
    flushOnExit: true,
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(rest[name], value, name)
  const caps = {
    maxMessageBytes: 8_388_608,
    maxColumns: 10_000,
    maxNameBytes: 1024,
    maxValueBytes: 65_536,
    maxDepth: 32,
    maxProfileBytes: 1_073_741_824,
  }
  for (const [name, value] of Object.entries(caps)) assert.equal(limits[name], value, name)
  assert.equal(limits.bucketWindow, null)
})

test('undefined is as good as nothing', () => {
  const names = [
    'aggregateBy',
    'writeSchedule',
    'syncEnabled',
    'queueConfig',
    'limits',
    'workers',
    'onFull',
    'seed',
    'enabled',
  ]
  const given = Object.fromEntries(names.map((name) => [name, undefined]))
  assert.deepEqual(resolveOptions(given), resolveOptions())
  assert.equal(resolveOptions({ limits: { maxColumns: undefined } }).limits.maxColumns, 10_000)
})

test('what is given is taken', () => {
  const writeSchedule = { cadence: 'Hour', interval: 2 }
  const given = resolveOptions({ aggregateBy: 'Hour', writeSchedule, seed: 0, workers: 256, onFull: 'drop' })
  assert.deepEqual({ ...given.writeSchedule }, writeSchedule)
  assert.deepEqual([given.aggregateBy, given.seed, given.workers, given.onFull], ['Hour', 0, 256, 'drop'])
  assert.equal(resolveOptions({ writeSchedule: null }).writeSchedule, null)
  const often = { writeSchedule: { cadence: 'Second', interval: 1 }, minWriteIntervalMs: 1000 }
  assert.deepEqual({ ...resolveOptions(often).writeSchedule }, often.writeSchedule)
  assert.deepEqual(resolveOptions({ limits: { bucketWindow: { pastMs: 1 } } }).limits.bucketWindow, {
    pastMs: 1,
    futureMs: 3_600_000,
  })
})

test('the default dataset id may come from the environment', () => {
  process.env[VARIABLE] = 'model-1'
  assert.equal(resolveOptions().defaultDatasetId, 'model-1')
  assert.equal(resolveOptions({ defaultDatasetId: 'model-2' }).defaultDatasetId, 'model-2')
})

test('no message may be larger than the buffer', () => {
  assert.equal(resolveOptions({ queueConfig: { maxBufferBytes: 1000 } }).limits.maxMessageBytes, 1000)
})

const wrongNumbers = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, '5', true, {}]
const wrongWaits = wrongNumbers.filter((value) => value !== Number.POSITIVE_INFINITY)
const refused = [
  ['aggregateBy', ['Week', 'days', 3]],
  [
    'writeSchedule',
    [
      5,
      {},
      { cadence: 'Month', interval: 1 },
      { cadence: 'Year', interval: 1 },
      { cadence: 'Minute', interval: 4 },
      { cadence: 'Minute', interval: 0 },
      { cadence: 'Hour', interval: 1.5 },
    ],
  ],
  ['workers', [...wrongNumbers, 257]],
  ['blockTimeoutMs', wrongWaits],
  ['minWriteIntervalMs', wrongNumbers],
  ['seed', [-1, 1.5, Number.NaN, 2 ** 60, '5']],
  ['onFull', ['wait', 1, true]],
  ['syncEnabled', [1, 'yes', null]],
  ['enabled', [0, 'no', null]],
  ['flushOnExit', [1, null]],
  ['currentTimeFn', [5, {}]],
  ['writerFactory', [{}, 'local', { createWriters: 5 }]],
  ['noSuchOption', [1]],
]
for (const [name, values] of refused) {
  test(`what is no ${name} is refused by that name`, () => {
    for (const value of values) {
      assert.throws(
        () => resolveOptions({ [name]: value }),
        (error) => error instanceof InvalidOptionError && error.option === name && error.message.includes(name),
        `${name}: ${String(value)}`,
      )
    }
  })
}

test('an option inside a group is refused by its full name', () => {
  const groups = {
    queueConfig: ['maxBatchSize', 'maxBufferBytes', 'messagePollWaitMs'],
    limits: ['maxColumns', 'maxMessageBytes', 'maxNameBytes', 'maxValueBytes', 'maxDepth'],
  }
  const names = Object.entries(groups).flatMap(([group, options]) => options.map((option) => [group, option]))
  for (const [group, option] of names) {
    for (const value of option.endsWith('Ms') ? wrongWaits : wrongNumbers) {
      assert.throws(() => resolveOptions({ [group]: { [option]: value } }), { option: `${group}.${option}` })
    }
    assert.throws(() => resolveOptions({ [group]: { nope: 1 } }), { option: `${group}.nope` })
  }
  assert.throws(() => resolveOptions({ limits: { bucketWindow: { pastMs: -1 } } }), {
    option: 'limits.bucketWindow.pastMs',
  })
})

test('a schedule that is too short is refused with the shortest', () => {
  assert.throws(
    () => resolveOptions({ writeSchedule: { cadence: 'Minute', interval: 4 } }),
    /options\.writeSchedule must be five minutes or longer/,
  )
  assert.throws(() => resolveOptions(null), InvalidOptionError)
  assert.throws(() => resolveOptions(5), InvalidOptionError)
})

test('a length of time may be without end, and longer than a timer of Node', () => {
  for (const ms of [Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 40]) {
    assert.equal(resolveOptions({ blockTimeoutMs: ms }).blockTimeoutMs, ms)
    assert.equal(resolveOptions({ queueConfig: { messagePollWaitMs: ms } }).queueConfig.messagePollWaitMs, ms)
    assert.equal(resolveOptions({ limits: { bucketWindow: { pastMs: ms } } }).limits.bucketWindow.pastMs, ms)
  }
})

test('what looks like an option is named', () => {
  const meant = { worker: 'workers', write_schedule: 'writeSchedule', onfull: 'onFull', quueConfig: 'queueConfig' }
  for (const [given, name] of Object.entries(meant)) {
    assert.throws(() => resolveOptions({ [given]: 1 }), new RegExp(`did you mean ${name}\\?`))
  }
  assert.throws(() => resolveOptions({ zzzzzz: 1 }), /options\.zzzzzz is no option in this version$/)
})
