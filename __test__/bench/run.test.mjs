/** The benchmark runs, and its judgements are those of the figures. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { at } from '../../scripts/lib/project.mjs'
import { runNode } from '../../scripts/lib/run.mjs'
import { CONTENDERS } from './contenders.mjs'
import { judge, REPORT, short } from './goals.mjs'
import { check, truthOf } from './truth.mjs'

test('every contender is measured and reported', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-bench-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const json = join(folder, 'runs.json')
  const peers = process.env.ROLLING_PROFILES_PYTHON ? [] : ['--without-peers']
  const args = ['--smoke', '--json', json, ...peers]
  const { code, text } = await runNode(at('__test__', 'bench', 'run.mjs'), args, { collect: true })
  assert.equal(code, 0, text)
  const { runs, machine } = JSON.parse(readFileSync(json, 'utf8'))
  for (const name of Object.keys(CONTENDERS)) assert.equal(runs[name].length, 1, name)
  if (peers.length === 0) assert.ok(runs['whylogs data frame'][0].rowsPerSecond > 0)
  assert.ok(machine.cores > 0)
  assert.match(text, /\d+ goals met, \d+ missed/)
})

test('files are measured and reported, by size and part by part', async () => {
  const args = ['--only', 'files', '--smoke', '--without-peers']
  const { code, text } = await runNode(at('__test__', 'bench', 'run.mjs'), args, { collect: true })
  assert.equal(code, 0, text)
  assert.match(text, /\| CSV, 3 000 flights of 19 columns \| [\d.]+ s/)
  assert.match(text, /against DuckDB’s `SUMMARIZE` \| not installed \|/)
  for (const rows of ['1 500', '3 000', '6 000']) assert.match(text, new RegExp(`\\| NDJSON \\| ${rows} \\|`))
  for (const title of ['CSV of flights', 'hard CSV', 'NDJSON of flights']) {
    assert.match(text, new RegExp(`\\| ${title} \\|( -?\\d+ \\|){4}`))
  }
  assert.match(text, /\d+ goals met, \d+ missed/)
})

test('what it is called with is understood, or told before anything is measured', async () => {
  for (const [args, answer] of [
    [['--help'], /npm run bench: .*--write/s],
    [['--rouds', '3'], /Unknown option '--rouds'.*--rounds N/s],
    [['--rounds', 'many'], /--rounds is a whole number above 0, not many/],
    [['--without-peers', '--only', 'nobody'], /there is no nobody: .*caller/],
  ]) {
    const { code, text } = await runNode(at('__test__', 'bench', 'run.mjs'), args, { collect: true })
    assert.equal(code, args[0] === '--help' ? 0 : 2, text)
    assert.match(text, answer)
  }
})

test('every figure of the report is one that its contender gives', () => {
  const peers = [
    'whylogs data frame',
    'whylogs homogeneous',
    'whylogs process logger',
    'whylogs serialised',
    'DuckDB appender and SUMMARIZE',
    'floor',
    'crate item by item',
    'engine of one worker',
    'engine of two workers',
    'engine of one worker, columns',
    'engine of two workers, columns',
  ]
  for (const { contender } of REPORT) assert.ok(contender in CONTENDERS || peers.includes(contender), contender)
})

test('goals are met or missed by their share', () => {
  const lines = judge({
    caller: [{ nsPerRow: 300 }, { nsPerRow: 200 }, { nsPerRow: 500 }],
    stringify: [{ nsPerRow: 1800 }, { nsPerRow: 1000 }, { nsPerRow: 3500 }],
  })
  assert.deepEqual(
    lines.map(({ figure, goal, outcome }) => [figure, goal, outcome]),
    [
      ['1800 ns a row (1000 ns a row – 3500 ns a row)', '', ''],
      ['300 ns a row (200 ns a row – 500 ns a row)', '≤ 250 ns a row', 'missed by 20 %'],
      ['6.00× (5.00× – 7.00×)', '≥ 6.00×', 'met'],
    ],
  )
})

test('peers that are not there have lines that say so', () => {
  const report = [
    { contender: 'ours', title: 'ours', figure: 'seconds', as: String },
    { contender: 'ours', title: 'against theirs', figure: 'seconds', as: String, times: { of: 'theirs' }, atLeast: 5 },
    { contender: 'theirs', title: 'theirs', figure: 'seconds', as: String },
  ]
  const lines = judge({ ours: [{ seconds: 2 }] }, report, new Set(['theirs']))
  assert.deepEqual(
    lines.map(({ title, figure, met }) => [title, figure, met]),
    [
      ['ours', '2 (2 – 2)', null],
      ['against theirs', 'not installed', null],
      ['theirs', 'not installed', null],
    ],
  )
})

test('an answer that is not true is told', () => {
  const truth = truthOf([{ a: 1 }, { a: 3 }])
  check('right', { a: { n: 2, min: 1, max: 3, mean: 2, distinct: 2.1 } }, truth)
  for (const wrong of [{ n: 1 }, { min: 0 }, { mean: 2.001 }, { distinct: 3 }]) {
    assert.throws(() => check('wrong', { a: wrong }, truth), /wrong: a: /)
  }
  assert.throws(() => check('missing', {}, truth), /missing/)
})

test('what things cost is told by the kind of column', async () => {
  const { code, text } = await runNode(at('__test__', 'bench', 'costs.mjs'), ['--smoke'], { collect: true })
  assert.equal(code, 0, text)
  const lines = text.trim().split('\n').slice(2)
  assert.equal(lines.length, 9)
  for (const line of lines)
    assert.match(line, /^\| [^|]+ \| \d+ \| \d* \| [\d.]+ · [\d.]+ \| [\d.]+ · [\d.]+ · [\d.]+ \|$/)
})

test('the README gets the lines that are marked for it', () => {
  const lines = judge({ caller: [{ nsPerRow: 200 }], stringify: [{ nsPerRow: 1000 }] })
  assert.deepEqual(short(lines).split('\n').slice(2), [
    '| `log(row)`, the calling thread | 200 ns a row (200 ns a row – 200 ns a row) |',
  ])
})

test('the rates of very many keys are measured', async () => {
  const { code, text } = await runNode(at('__test__', 'bench', 'keys.mjs'), ['--smoke'], { collect: true })
  assert.equal(code, 0, text)
  assert.equal(text.match(/\d+ k rows\/s/g)?.length, 4, text)
})
