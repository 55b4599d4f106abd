/**
 * `npm run bench:instructions`: how many instructions a row costs in the engine, path by path, against the committed figures.
 *
 * Counted by valgrind's callgrind, so the figures are the same on a busy machine. A run with fewer blocks is taken from one with more, which
 * leaves what the blocks between them cost. It fails when a path costs more than the committed figure by the tolerance; with another compiler than theirs it only tells.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { readOptions } from './lib/options.mjs'
import { at, readJson, root } from './lib/project.mjs'
import { answer, run } from './lib/run.mjs'

const TOLERANCE = 0.05
/** Half of that path's instructions are the allocator's, and how many it needs depends on which thread was faster. */
const TOLERANCES = { interleaved: 0.15 }
const FEWER = 32
const MORE = 96
const ROWS = 256
const SCENARIOS = ['narrow', 'ndjson', 'interleaved', 'fractions', 'integers', 'words', 'distinct-texts', 'booleans']

const usage = `npm run bench:instructions

  --update     commits to the figures of this run
  --only NAME  one path: ${SCENARIOS.join(', ')}`
const { values } = readOptions(usage, { update: { type: 'boolean' }, only: { type: 'string' } })
if (values.only && !SCENARIOS.includes(values.only)) {
  console.error(`instructions: there is no ${values.only}: ${SCENARIOS.join(', ')}`)
  process.exit(2)
}
const file = at('crates', 'testkit', 'examples', 'hot_paths.json')
const compiler = answer('rustc', ['--version'])?.trim()

if (!answer('valgrind', ['--version'])) {
  console.log('instructions: no valgrind on this machine, so nothing is counted')
  process.exit(0)
}
const built = await run('cargo', [
  'build',
  '--quiet',
  '--profile',
  'bench',
  '--example',
  'hot_paths',
  '-p',
  'rolling-profiles-testkit',
])
if (built.code !== 0) process.exit(built.code)

const binary = join(process.env.CARGO_TARGET_DIR ?? at('target'), 'release', 'examples', 'hot_paths')

async function collected(scenario, blocks) {
  const tool = ['--tool=callgrind', '--callgrind-out-file=/dev/null']
  const { code, text } = await run('valgrind', [...tool, binary, scenario, String(blocks)], { collect: true })
  const count = /Collected : (\d+)/.exec(text)?.[1]
  if (code !== 0 || !count) throw new Error(`${scenario} could not be counted:\n${text}`)
  return Number(count)
}

async function perRow(scenario) {
  const [fewer, more] = [await collected(scenario, FEWER), await collected(scenario, MORE)]
  return Math.round((more - fewer) / ((MORE - FEWER) * ROWS))
}

const committed = existsSync(file) ? readJson(file) : { compiler, instructionsPerRow: {} }
const measured = {}
const worse = []
for (const scenario of SCENARIOS.filter((name) => !values.only || name === values.only)) {
  const now = await perRow(scenario)
  const before = committed.instructionsPerRow[scenario]
  const change = before ? now / before - 1 : 0
  measured[scenario] = now
  if (change > (TOLERANCES[scenario] ?? TOLERANCE)) worse.push(scenario)
  const percent = before ? `${change >= 0 ? '+' : ''}${(change * 100).toFixed(1)} %` : 'new'
  console.log(`${scenario.padEnd(16)}${String(now).padStart(8)} instructions a row  ${percent}`)
}
if (values.update) {
  const instructionsPerRow = { ...committed.instructionsPerRow, ...measured }
  writeFileSync(file, `${JSON.stringify({ compiler, instructionsPerRow }, null, 2)}\n`)
  console.log(`instructions: written to ${relative(root, file)}`)
} else if (worse.length > 0) {
  console.log(`instructions: over the committed figures by more than the tolerance: ${worse.join(', ')}`)
  if (committed.compiler === compiler) process.exitCode = 1
  else console.log(`instructions: those are of ${committed.compiler}, this is ${compiler}: no failure`)
}
