/** What an editor shows: every public name says what it is, and every option its default, which is the one at run time. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as os from 'node:os'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import * as ours from '../../dist/index.js'
import { at } from '../../scripts/lib/project.mjs'
import { hoverOf, publicMembers } from '../support/declarations.mjs'
import { importTs } from '../support/typescript.mjs'

const members = publicMembers('dist/index.d.ts')
const VARIABLES = ['WHYLABS_DEFAULT_DATASET_ID', 'WHYLABS_API_KEY']
const found = VARIABLES.map((name) => [name, process.env[name]])
before(() => {
  for (const name of VARIABLES) delete process.env[name]
})
after(() => {
  for (const [name, value] of found) if (value !== undefined) process.env[name] = value
})

/** The value that a `@default` stands for. */
function evaluate(text) {
  const names = { ...ours, os }
  return new Function(...Object.keys(names), `'use strict'; return (${text})`)(...Object.values(names))
}

/** Equal; of our classes, of one class and alike: each resolution makes its own. */
function isSame(said, resolved) {
  if ((said ?? null) === null || typeof said === 'function') return (said ?? null) === (resolved ?? null)
  if (said instanceof ours.DatasetSchema) return said.plan === resolved.plan
  if (said.constructor.name !== resolved?.constructor.name) return false
  return isDeepStrictEqual(JSON.parse(JSON.stringify(said)), JSON.parse(JSON.stringify(resolved)))
}

/** What options are when nothing is given, by the type of the options. */
const { resolveOptions } = await importTs('options.ts')
const { resolveConfig } = await importTs('schema/metric-config.ts')
const { resolveWhyLabs } = await importTs('whylabs-options.ts')
const { closeOf } = await importTs('logger/call-options.ts')
const resolved = () => {
  const options = resolveOptions()
  const { bucketWindow } = resolveOptions({ limits: { bucketWindow: {} } }).limits
  return {
    // The loggers of one dataset are made by a factory that is found later.
    LoggerOptions: { ...options, loggerFactory: new ours.ThreadLoggerFactory(), limits: {} },
    QueueConfig: options.queueConfig,
    Limits: options.limits,
    BucketWindow: bucketWindow,
    MetricConfig: resolveConfig({}, ''),
    // Without a key there is nothing to compare.
    WhyLabsOptions: { ...resolveWhyLabs({ apiKey: '0123456789.key' }), apiKey: undefined },
    CloseOptions: closeOf({}),
  }
}

test('every public name, member and overload says what it is', () => {
  const silent = members.filter(({ doc }) => doc === '').map(({ name }) => name)
  assert.deepEqual(silent, [])
  assert.ok(members.length > 700, `${members.length} members were found`)
})

test('every option that may be left out says its default', () => {
  const silent = members.filter(({ isGiven, default: text }) => isGiven && !text).map(({ name }) => name)
  assert.deepEqual(silent, [])
})

test('both forms of the package have the same declarations', () => {
  const [module, common] = ['dist/index.d.ts', 'dist/index.d.cts'].map((path) => readFileSync(at(path), 'utf8'))
  assert.equal(module, common)
})

test('the default that an option names is the one at run time', () => {
  for (const [owner, values] of Object.entries(resolved())) {
    const options = members.filter((member) => member.owner === owner && member.isGiven)
    assert.ok(options.length > 0, owner)
    for (const { name, default: text } of options) {
      assert.notEqual(text, undefined, `${name} says no default`)
      const value = values[name.slice(owner.length + 1)]
      assert.ok(isSame(evaluate(text), value), `${name}: @default ${text}, and ${JSON.stringify(value)} at run time`)
    }
  }
})

test('a figure of a metric says what it is where it is used', () => {
  const hover = (use) => hoverOf('dist/index.d.ts', `declare const column: ColumnView; column.${use}`)
  assert.equal(hover("metric('counts')!.n"), 'Values, nulls among them.')
  assert.equal(hover("metric('distribution')?.mean"), 'Their mean; 0 of none.')
  assert.equal(hover("metric('cardinality')!.est"), 'How many different values there were, estimated.')
})
