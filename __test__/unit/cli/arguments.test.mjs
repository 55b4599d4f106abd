import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importTs } from '../../support/typescript.mjs'
import { optionsOf } from './support.mjs'

const { commandHelp, parseArguments } = await importTs('cli/arguments.ts')
const { COMMANDS, INSPECT, mainHelp, PROFILE } = await importTs('cli/specs.ts')

const refused = (words, message, spec = PROFILE) =>
  assert.throws(
    () => parseArguments(spec, words),
    (error) => {
      assert.equal(error.name, 'UserError')
      assert.doesNotMatch(error.message, /\n/)
      assert.match(error.message, message)
      return true
    },
  )

test('options and operands in any order', () => {
  const given = parseArguments(PROFILE, ['a.csv', '-o', 'out', '--json', '-', '--dataset-id=x y', '--', '--odd'])
  assert.deepEqual(given.operands, ['a.csv', '-', '--odd'])
  assert.equal(given.text('out'), 'out')
  assert.equal(given.text('dataset-id'), 'x y')
  assert.equal(given.flag('json'), true)
  assert.equal(given.flag('quiet'), false)
  assert.equal(given.text('format'), null)
})

test('wrong words are told in one line', () => {
  refused(['--nonsense'], /^unknown option --nonsense; see rolling-profiles profile --help$/)
  refused(['--dataset'], /^unknown option --dataset \(--dataset-id\?\);/)
  refused(['--jsno'], /\(--json\?\)/)
  refused(['-z'], /^unknown option -z;/)
  refused(['--out'], /^option --out needs a value;/)
  refused(['--out', '--json'], /^option --out needs a value;/)
  refused(['-o'], /^option --out needs a value;/)
  refused(['--json=yes'], /^option --json takes no value;/)
  refused(['--force'], /unknown option --force/, INSPECT)
})

test('values that make no sense are refused', async () => {
  const cases = [
    [['--aggregate-by', 'week'], /one of second, minute/],
    [['--format', 'xml'], /one of csv, tsv/],
    [['--output', 'yaml'], /--output yaml: it is one of table, json, csv, markdown/],
    [['--json', '--output', 'csv'], /--json and --output csv say different things/],
    [['--no-write', '--out', 'x'], /--no-write and --out say different things/],
    [['--encoding', ''], /--encoding is empty/],
    ...['', 'a,', ',a', '"a', '"a"b', 'a"b'].map((names) => [['--columns', names], /^--columns .*: it takes names/]),
    [['--workers', '0'], /--workers 0/],
    [['--workers', '1.5'], /--workers 1\.5/],
    [['--delimiter', ',,'], /--delimiter/],
    [['--delimiter', '"'], /--delimiter/],
    [['--dataset-id', ''], /--dataset-id is empty/],
    [['--timestamp-format', 'yyyy'], /without --timestamp-column/],
  ]
  for (const [words, message] of cases) await assert.rejects(optionsOf(words), { name: 'UserError', message })
})

test('what is not said has a default', async () => {
  assert.deepEqual(await optionsOf([]), {
    datasetId: null,
    timestampColumn: null,
    timestampFormat: null,
    aggregateBy: 'day',
    columns: null,
    outDir: './profiles',
    write: true,
    format: null,
    delimiter: null,
    encoding: null,
    workers: null,
    output: 'table',
    wide: false,
    quiet: false,
    progress: true,
  })
  assert.equal((await optionsOf(['--delimiter', 'tab'])).delimiter, '\t')
  assert.equal((await optionsOf(['--aggregate-by', 'Month'])).aggregateBy, 'month')
})

test('what is printed, and what is not written', async () => {
  assert.equal((await optionsOf(['--json'])).output, 'json')
  assert.equal((await optionsOf(['--json', '--output', 'JSON'])).output, 'json')
  assert.equal((await optionsOf(['--output', 'markdown'])).output, 'markdown')
  assert.deepEqual([(await optionsOf(['--wide'])).wide, (await optionsOf(['--no-write'])).write], [true, false])
  assert.equal((await optionsOf(['--encoding', 'latin1'])).encoding, 'latin1')
  assert.equal((await optionsOf(['--format', 'Arrow'])).format, 'arrow')
})

test('names of columns, with commas between them', async () => {
  const columns = async (...values) => (await optionsOf(values.flatMap((value) => ['--columns', value]))).columns
  assert.deepEqual(await columns('a,b', 'c d'), ['a', 'b', 'c d'])
  assert.deepEqual(await columns('"last, first",b,"say ""so"""'), ['last, first', 'b', 'say "so"'])
  assert.deepEqual(await columns(' a , b'), [' a ', ' b'], 'blanks belong to names')
  assert.deepEqual(await columns('b,a', 'b'), ['b', 'a'], 'each once, in the order in which they are given')
  assert.deepEqual(await columns('__proto__'), ['__proto__'])
})

test('the help names every option and fits a terminal of 110 columns', () => {
  for (const spec of COMMANDS) {
    assert.ok(mainHelp().includes(`  ${spec.name} `), spec.name)
    const help = commandHelp(spec)
    for (const name of Object.keys(spec.options)) assert.ok(help.includes(`--${name}`), name)
    for (const line of help.split('\n')) assert.ok(line.length <= 110, line)
  }
})
