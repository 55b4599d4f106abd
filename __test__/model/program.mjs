/**
 * Random programs, as JSON: the settings of the loggers, commands, and how it ends. What a program shrinks to is
 * one logger of one worker, and few commands with few plain values.
 */
import fc from 'fast-check'
import { BAD_KINDS } from './bad.mjs'
import { BUCKETS, DATASETS, FORMS } from './messages.mjs'
import { END_KINDS, JUNK_KINDS } from './ndjson.mjs'
import { COLUMNS, KINDS } from './values.mjs'
import { FAILURE_KINDS } from './writers.mjs'

const weighted = (weights) =>
  fc.oneof(...Object.entries(weights).map(([value, weight]) => ({ weight, arbitrary: fc.constant(value) })))
const upTo = (most) => fc.nat({ max: most })
const some = (weight, arbitrary) =>
  fc.oneof({ weight: 10 - weight, arbitrary: fc.constant(undefined) }, { weight, arbitrary })

/** Columns in any order; mostly the first few, so that commands have columns in common. */
const column = fc.tuple(
  fc.oneof(
    { weight: 6, arbitrary: upTo(4) },
    { weight: 2, arbitrary: upTo(COLUMNS - 1) },
    { weight: 1, arbitrary: upTo(60) },
  ),
  fc.oneof({ weight: 4, arbitrary: fc.constant('int') }, { weight: 6, arbitrary: fc.constantFrom(...KINDS) }),
)
const columns = fc.uniqueArray(column, { minLength: 1, maxLength: 6, selector: ([number]) => number })

const form = fc.oneof(
  { weight: 6, arbitrary: fc.constant('row') },
  { weight: 8, arbitrary: fc.constantFrom(...Object.keys(FORMS)) },
)
const rows = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 600 }) },
)
const logger = upTo(2)
const message = {
  form,
  columns,
  rows,
  from: upTo(50),
  dataset: upTo(DATASETS - 1),
  spread: fc.integer({ min: 1, max: 3 }),
  bucket: fc.oneof({ weight: 8, arbitrary: upTo(BUCKETS - 1) }, { weight: 2, arbitrary: fc.constant(null) }),
}
const level = weighted({ accepted: 1, tracked: 3, written: 1 })

const log = fc.record({
  op: fc.constant('log'),
  logger,
  ...message,
  sync: fc.oneof({ weight: 7, arbitrary: fc.constant(null) }, { weight: 3, arbitrary: level }),
  aborts: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})

/** Lines among which some are bad or blank. */
const lines = fc
  .record({
    log,
    form: fc.constantFrom('ndjson', 'timedNdjson'),
    junk: fc.array(fc.record({ at: upTo(40), kind: fc.constantFrom(...JUNK_KINDS) }), { minLength: 1, maxLength: 14 }),
    ends: fc.constantFrom(...END_KINDS),
    isEnded: fc.boolean(),
    mark: fc.boolean(),
  })
  .map(({ log, ...others }) => ({ ...log, ...others }))

/** So many rows, each of a shape of its own. */
const shapes = fc
  .record({ logger, dataset: upTo(DATASETS - 1), first: upTo(50), count: fc.integer({ min: 2, max: 300 }) })
  .map(({ logger, dataset, first, count }) => ({ op: 'shapes', logger, dataset, first, count }))

const commands = {
  log: [40, log],
  lines: [2, lines],
  shapes: [1, shapes],
  bad: [
    2,
    fc.record({
      op: fc.constant('bad'),
      logger,
      kind: fc.constantFrom(...BAD_KINDS),
      dataset: upTo(5),
      sync: fc.boolean(),
    }),
  ],
  own: [
    2,
    fc.record({
      op: fc.constant('own'),
      logger,
      command: fc.record({ ...message, rows: fc.integer({ min: 1, max: 5 }) }),
      count: fc.integer({ min: 1, max: 3 }),
      fails: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      sync: fc.boolean(),
    }),
  ],
  turn: [4, fc.constant({ op: 'turn' })],
  pause: [3, fc.record({ op: fc.constant('pause'), ms: fc.constantFrom(1, 3, 8) })],
  clock: [1, fc.record({ op: fc.constant('clock'), ms: fc.constantFrom(1000, 3_600_000, -7_200_000, 864e5, -1) })],
  barrier: [6, fc.record({ op: fc.constant('barrier'), logger, wait: fc.boolean() })],
  drained: [1, fc.record({ op: fc.constant('drained'), logger, wait: fc.boolean() })],
  status: [1, fc.record({ op: fc.constant('status'), logger, wait: fc.boolean() })],
  flush: [3, fc.record({ op: fc.constant('flush'), logger, wait: fc.boolean() })],
  views: [1, fc.record({ op: fc.constant('views'), logger })],
}
/** What ends a logger while the program goes on. */
const endings = [
  1,
  fc.record({ op: fc.constantFrom('close', 'close', 'kill', 'terminate'), logger, wait: fc.boolean() }),
]

const commandOf = (groups) => fc.oneof(...groups.map(([weight, arbitrary]) => ({ weight, arbitrary })))

const plainWriters = fc.array(fc.record({ answer: weighted({ ok: 12, slow: 4, folder: 1 }) }), {
  minLength: 1,
  maxLength: 2,
})
const none = fc.constant(undefined)
const okWriters = fc.constant([{ answer: 'ok' }])
const oddWriters = fc.array(
  fc.oneof(
    fc.record({
      answer: fc.constant('ok'),
      failures: fc.integer({ min: 1, max: 2 }),
      failure: fc.constantFrom(...FAILURE_KINDS),
    }),
    fc.record({ answer: fc.constantFrom('never', 'late') }),
    fc.record({ answer: fc.constantFrom('never', 'late'), first: fc.integer({ min: 1, max: 12 }) }),
  ),
  { minLength: 1, maxLength: 2 },
)

const settings = {
  workers: some(6, fc.integer({ min: 1, max: 4 })),
  loggers: some(1, fc.integer({ min: 2, max: 3 })),
  linger: some(2, fc.constant(1)),
  seed: some(2, upTo(9)),
  aggregateBy: some(3, fc.constantFrom('Hour', 'Second')),
  schedule: some(1, fc.constant(true)),
  factory: some(1, fc.constant(true)),
  segments: some(2, fc.constant(true)),
  valueBytes: some(1, fc.constantFrom(8, 40)),
  profileBytes: some(1, fc.constantFrom(1000, 100_000)),
  tells: some(2, fc.constant(true)),
}
/** A queue in which little may wait. */
const queue = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record({
      buffer: fc.constantFrom(1500, 6000, 20_000),
      onFull: fc.constantFrom('throw', 'drop', 'block'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ queueMessages: fc.constantFrom(3, 20), onFull: fc.constantFrom('throw', 'drop', 'block') }),
  },
)

/**
 * Programs of a kind.
 *
 * @param kind `odd`: writers that fail, are late, or never answer; `ends`: loggers end while the program goes on;
 *   `seeded`: the profiles depend on nothing but the program;
 *   `narrow`: profiles may have few columns
 */
export function programs({ odd = false, ends = false, seeded = false, narrow = false, most = 40 } = {}) {
  const { own, lines, ...others } = commands
  const groups = [
    ...Object.values(others),
    ...(narrow ? [] : [lines]),
    ...(seeded || narrow ? [] : [own]),
    ...(ends ? [endings] : []),
  ]
  const plain = seeded ? okWriters : plainWriters
  const writers = odd ? fc.oneof({ weight: 3, arbitrary: plain }, { weight: 1, arbitrary: oddWriters }) : plain
  // What is written unasked makes room, and nobody knows when.
  const always = seeded || narrow ? { schedule: none, profileBytes: none } : {}
  if (seeded) always.seed = upTo(9)
  if (narrow) {
    always.maxColumns = fc.integer({ min: 3, max: 12 })
    always.maxSegments = some(1, fc.integer({ min: 1, max: 3 }))
  }
  const chosen = fc.tuple(fc.record({ ...settings, writers, ...always }), seeded ? fc.constant({}) : queue)
  return fc.record({
    settings: chosen.map(([own, queue]) => clean({ ...own, ...queue })),
    commands: fc.array(commandOf(groups), { minLength: 1, maxLength: most, size: 'max' }),
    end: ends ? weighted({ close: 6, kill: 1, terminate: 1 }) : fc.constant('close'),
  })
}

const clean = (record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
