/** Schemas and segments against Python whylogs 1.6.4: the same columns, the same words, the same figures; its files of segments and ours. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  and,
  DatasetSchema,
  equals,
  fullmatch,
  greaterOrEquals,
  greaterThan,
  HISTOGRAM_COUNTING_TRACKING_RESOLVER,
  LocalWriterFactory,
  lessOrEquals,
  lessThan,
  matches,
  not,
  notEqual,
  or,
  ProcessRollingLogger,
  ProfileView,
  SegmentationPartition,
  STANDARD_RESOLVER,
  search,
} from 'rolling-profiles'
import { readDifferences } from './against.mjs'
import { interpreter, Reference } from './python.mjs'
import { withFolder } from './rows.mjs'
import { byColumn, differences } from './table.mjs'
import { Draws } from './values.mjs'

/** Logs rows with a schema into a folder; gives the files. */
async function logged(folder, schema, rows) {
  const logger = new ProcessRollingLogger({
    schema,
    workers: 1,
    writeSchedule: null,
    writerFactory: new LocalWriterFactory(folder),
    currentTimeFn: () => 0,
  })
  const files = []
  logger.on('written', ({ fileName }) => files.push(join(folder, fileName)))
  logger.start()
  logger.log(rows, { datasetId: 'd' })
  await logger.close()
  return files
}

const WORDS = [
  'a',
  'bob@spam.com',
  '12',
  '',
  'größe',
  'Ünïcode 漢字',
  '😀😀 ok',
  'line\nbreak',
  'ABC',
  'ſtraße',
  'İI',
  'ΑΣ',
]

/** Typed columns as the reference is sent them, and the rows of the same values. */
function typed(draws, length) {
  const integers = Array.from({ length }, () => draws.below(200) - 100)
  const doubles = Array.from({ length }, () => draws.below(1000) / 7 - 50.5)
  const texts = Array.from({ length }, () => WORDS[draws.below(WORDS.length)])
  const columns = {
    i: { dtype: 'int64', values: integers },
    f: { dtype: 'float64', values: doubles },
    s: { dtype: 'object', values: texts },
  }
  const rows = integers.map((i, row) => ({ i, f: doubles[row], s: texts[row] }))
  return { columns, rows }
}

const PREDICATES = {
  greater_than: greaterThan,
  greater_or_equals: greaterOrEquals,
  less_than: lessThan,
  less_or_equals: lessOrEquals,
  equals,
  not_equal: notEqual,
  matches,
  fullmatch,
  search,
  not,
  and,
  or,
}

/** A predicate of ours from the words that the reference gets. */
function predicate([operation, ...rest]) {
  return PREDICATES[operation](...rest.map((part) => (Array.isArray(part) ? predicate(part) : part)))
}

const OPERATIONS = ['greater_than', 'greater_or_equals', 'less_than', 'less_or_equals', 'equals', 'not_equal']
const PATTERNS = ['[a-z]+', '.*@.*', '\\d+', 'a|AB', '^.?o', 'e$', '(ab)*c', '[^a]b?']

function randomPredicate(draws, depth = 2) {
  const kind = draws.below(depth > 0 ? 6 : 3)
  if (kind === 0) return [['matches', 'fullmatch', 'search'][draws.below(3)], PATTERNS[draws.below(PATTERNS.length)]]
  if (kind < 3) {
    const operands = [draws.below(100) - 50, draws.below(100) / 3 - 10, WORDS[draws.below(WORDS.length)]]
    return [OPERATIONS[draws.below(OPERATIONS.length)], operands[draws.below(3)]]
  }
  if (kind === 3) return ['not', randomPredicate(draws, depth - 1)]
  return [kind === 4 ? 'and' : 'or', randomPredicate(draws, depth - 1), randomPredicate(draws, depth - 1)]
}

if (!interpreter) {
  test('schemas are not compared: ROLLING_PROFILES_PYTHON names no Python with whylogs; fixtures stand in for it', () => {
    const view = ProfileView.read(new URL('../fixtures/python/conditions.bin', import.meta.url).pathname)
    assert.equal(view.column('price').summary()['condition_count/positive'], 3)
  })
} else {
  let reference
  before(() => {
    reference = new Reference(interpreter)
  })
  after(() => reference.close())

  /** Both profiles of the same columns; items and estimates agree to the last digit. */
  async function compare(label, words, schema, { columns, rows }) {
    await withFolder(async (folder) => {
      const [file] = await logged(folder, new DatasetSchema(schema), rows)
      const view = ProfileView.read(file)
      const theirs = await reference.ask({ do: 'schema', schema: words, columns })
      assert.deepEqual(readDifferences(label, view, await reference.ask({ do: 'open', path: file })), [])
      const ours = byColumn(view)
      const found = [...ours].flatMap(([name, row]) => differences(`${label} · ${name}`, row, theirs.table[name]))
      assert.deepEqual(found, [])
    })
  }

  test('character ranges: the same counts, lower-cased and decomposed as the reference does', async () => {
    const data = typed(new Draws(1), 200)
    await compare(
      'usual',
      { config: { track_unicode_ranges: true } },
      { defaultConfigs: { trackUnicodeRanges: true } },
      data,
    )
    const ranges = { greek: [0x370, 0x3ff], upper: [65, 90] }
    await compare(
      'own',
      { config: { track_unicode_ranges: true, unicode_ranges: ranges, lower_case: false, normalize: false } },
      { defaultConfigs: { trackUnicodeRanges: true, unicodeRanges: ranges, lowerCase: false, normalize: false } },
      data,
    )
  })

  test('conditions: random predicates over numbers and texts count the same', async () => {
    const draws = new Draws(2)
    for (let round = 0; round < 10; round++) {
      const conditions = {}
      for (const column of ['i', 'f', 's']) {
        conditions[column] = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`c${n}`, randomPredicate(draws)]))
      }
      const ours = Object.fromEntries(
        Object.entries(conditions).map(([column, named]) => [
          column,
          Object.fromEntries(Object.entries(named).map(([name, words]) => [name, predicate(words)])),
        ]),
      )
      await compare(`round ${round}`, { conditions }, { conditions: ours }, typed(draws, 120))
    }
  })

  test('declared types and configurations', async () => {
    const { columns, rows } = typed(new Draws(3), 400)
    const few = typed(new Draws(6), 100)
    const sizes = { hll_lg_k: 9, fi_lg_max_k: 5, kll_k: 128, large_kll_k: false }
    await compare('sizes', { config: sizes }, { defaultConfigs: { hllLgK: 9, fiLgMaxK: 5, kllK: 128 } }, few)
    await compare(
      'no items',
      { config: { fi_disabled: true } },
      { defaultConfigs: { fiDisabled: true } },
      { columns, rows },
    )
    await compare(
      'short items',
      { config: { max_frequent_item_size: 2 } },
      { defaultConfigs: { maxFrequentItemSize: 2 } },
      { columns, rows },
    )
    const whole = rows.map(({ i }) => ({ f: i }))
    const values = { f: { dtype: 'float64', values: whole.map(({ f }) => f) } }
    await compare(
      'fractional',
      { types: { f: 'fractional' } },
      { types: { f: 'fractional' } },
      { columns: values, rows: whole },
    )
    const mixed = ['a', 1, 2.5, 'b', 1, 3]
    await compare(
      'string',
      { types: { m: 'string' } },
      { types: { m: 'string' } },
      { columns: { m: { dtype: 'object', values: mixed } }, rows: mixed.map((m) => ({ m })) },
    )
  })

  test('resolvers: by type, by column, and without', async () => {
    const data = typed(new Draws(4), 60)
    const kinds = ['integral', 'fractional', 'string']
    const words = (list) => list.filter(({ column, type }) => column !== undefined || kinds.includes(type))
    const standard = STANDARD_RESOLVER.filter(({ type }) => type !== 'boolean')
    for (const [label, resolvers] of [
      ['histograms', HISTOGRAM_COUNTING_TRACKING_RESOLVER],
      ['without', [...standard, { column: 'i', metrics: ['distribution', 'frequent_items'], exclude: true }]],
      ['more', [...standard, { column: 'f', metrics: ['frequent_items'] }]],
      ['by type', [...standard, { type: 'integral', metrics: ['ints', 'cardinality'], exclude: true }]],
    ]) {
      await compare(label, { specs: words(resolvers) }, { resolvers }, data)
    }
  })

  test('segments: the same keys, tags, metadata and figures; the reference reads our files', async () => {
    const draws = new Draws(5)
    const length = 200
    const keys = {
      country: { dtype: 'object', values: Array.from({ length }, () => ['DE', 'FR', 'a/b', 'x'][draws.below(4)]) },
      n: { dtype: 'int64', values: Array.from({ length }, () => draws.below(3)) },
      ok: { dtype: 'bool', values: Array.from({ length }, () => draws.below(2) === 1) },
      f: { dtype: 'float64', values: Array.from({ length }, () => [0.5, 1e-7, 1e22, -2.25][draws.below(4)]) },
    }
    const { columns, rows } = typed(draws, length)
    const all = rows.map((row, at) => ({
      ...row,
      ...Object.fromEntries(Object.entries(keys).map(([name, { values }]) => [name, values[at]])),
    }))
    for (const by of [['country'], ['n'], ['ok'], ['f'], ['country', 'ok'], ['ok', 'f', 'n']]) {
      await withFolder(async (folder) => {
        const partition = new SegmentationPartition({ columns: by })
        const schema = new DatasetSchema({ segments: { [partition.name]: partition } })
        const files = await logged(join(folder, 'ours'), schema, all)
        const theirs = await reference.ask({
          do: 'segments',
          columns: { ...columns, ...keys },
          by,
          folder: join(folder, 'theirs'),
        })
        const byKey = (list) => new Map(list.map((one) => [JSON.stringify(one.tags), one]))
        const ours = []
        for (const path of files) ours.push({ path, ...(await reference.ask({ do: 'segment', path })) })
        const [mine, expected] = [byKey(ours), byKey(theirs.files)]
        assert.deepEqual([...mine.keys()].sort(), [...expected.keys()].sort(), by.join())
        for (const [key, { path, table, ...rest }] of mine) {
          const { table: their, ...others } = expected.get(key)
          // Where our profiles come from stands there as well.
          const named = Object.entries(rest.metadata).filter(([name]) => !name.startsWith('rp.'))
          assert.deepEqual({ ...rest, metadata: Object.fromEntries(named) }, others)
          assert.equal(rest.metadata.segp_id, partition.id)
          const found = [...byColumn(ProfileView.read(path))].flatMap(([name, row]) => [
            ...differences(`${key} · ${name}`, row, their[name]),
            ...differences(`${key} · ${name}, read`, row, table[name], { sameFile: true }),
          ])
          assert.deepEqual(found, [])
        }
      })
    }
  })
}
