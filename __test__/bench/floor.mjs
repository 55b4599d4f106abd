/** What is measured in Rust, by criterion over the same rows: sketching alone (`crates/profile/benches/floor.rs`), and how workers share blocks (`crates/testkit/benches`). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../../scripts/lib/project.mjs'
import { run } from '../../scripts/lib/run.mjs'
import { attempt } from './child.mjs'
import { narrowRows } from './rows.mjs'

/** Files that a benchmark keeps from one run to the next. */
export const cache = at('node_modules', '.cache', 'rolling-profiles-bench')

/** The files of this run: those of an earlier one may be of other rows. */
const files = new Map()

/** The rows as lines of JSON, for whoever is outside of Node. */
export function rowsFile(count) {
  const known = files.get(count)
  if (known) return known
  mkdirSync(cache, { recursive: true })
  const path = join(cache, `narrow-${count}.ndjson`)
  const lines = narrowRows(count).map((row) => JSON.stringify(row))
  writeFileSync(path, `${lines.join('\n')}\n`)
  files.set(count, path)
  return path
}

/** The benchmarks in Rust: their packages, and how often each takes all rows. */
const BENCHES = {
  floor: { owner: 'rolling-profiles-profile', times: 1 },
  workers: { owner: 'rolling-profiles-testkit', times: 4 },
}

/** Builds them all at once; gives their executables by name. `null`: there is no cargo, or it fails, and `miss` is told. */
async function build(miss) {
  const parts = Object.entries(BENCHES).flatMap(([bench, { owner }]) => ['-p', owner, '--bench', bench])
  const args = ['bench', '--quiet', '--no-run', '--message-format', 'json', ...parts]
  const { text, reason } = await attempt(run('cargo', args, { collect: true }))
  if (reason) return miss(`what is measured in Rust: ${reason}`)
  const messages = text.split('\n').filter((line) => line.startsWith('{'))
  const artifacts = messages.map((line) => JSON.parse(line)).filter(({ executable }) => executable)
  return Object.fromEntries(artifacts.map(({ target, executable }) => [target.name, executable]))
}

/** Runs one, of `bench`; gives ns a row. */
async function measured(executable, bench, name, count) {
  const home = join(cache, 'criterion')
  const env = { ...process.env, ROLLING_PROFILES_BENCH_ROWS: rowsFile(count), CRITERION_HOME: home }
  const args = ['--bench', `^${bench}/${name}$`, '--warm-up-time', '0.3', '--measurement-time', '0.5']
  const { code, text } = await run(executable, args, { collect: true, env })
  if (code !== 0) throw new Error(`${bench}/${name} failed:\n${text}`)
  const results = JSON.parse(readFileSync(join(home, bench, name, 'new', 'estimates.json'), 'utf8'))
  return { nsPerRow: results.median.point_estimate / (count * BENCHES[bench].times) }
}

/** Contenders, where cargo is there to build them; `miss` is told, as a line, where it is not, and gives `null`. */
export async function floors(progress, miss, count) {
  progress('building the benchmarks in Rust')
  const built = await build(miss)
  if (built === null) return {}
  const contender = (bench, name) => () => measured(built[bench], bench, name, count)
  return {
    floor: contender('floor', 'row'),
    'crate item by item': contender('floor', 'crate'),
    'engine of one worker': contender('workers', '1'),
    'engine of two workers': contender('workers', '2'),
    'engine of one worker, columns': contender('workers', 'columns-1'),
    'engine of two workers, columns': contender('workers', 'columns-2'),
  }
}
