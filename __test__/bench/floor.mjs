/** What is measured in Rust, by criterion over the same rows: sketching alone (`crates/profile/benches/floor.rs`), and how workers share blocks (`crates/testkit/benches`). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../../scripts/lib/project.mjs'
import { run } from '../../scripts/lib/run.mjs'
import { narrowRows } from './rows.mjs'

/** Files that a benchmark keeps from one run to the next. */
export const cache = at('node_modules', '.cache', 'rolling-profiles-bench')

/** The rows as lines of JSON, for whoever is outside of Node. */
export function rowsFile(count) {
  mkdirSync(cache, { recursive: true })
  const path = join(cache, `narrow-${count}.ndjson`)
  const lines = narrowRows(count).map((row) => JSON.stringify(row))
  if (!existsSync(path)) writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

/** The benchmarks in Rust: their packages, and how often each takes all rows. */
const BENCHES = {
  floor: { owner: 'rolling-profiles-profile', times: 1 },
  workers: { owner: 'rolling-profiles-testkit', times: 3 },
}

const command = (bench) => ['bench', '--quiet', '-p', BENCHES[bench].owner, '--bench', bench]

/** Runs one, of `bench`; gives ns a row. */
async function measured(bench, name, count) {
  const args = [...command(bench), '--', `^${bench}/${name}$`, '--warm-up-time', '0.3', '--measurement-time', '0.5']
  const env = { ...process.env, ROLLING_PROFILES_BENCH_ROWS: rowsFile(count) }
  const { code, text } = await run('cargo', args, { collect: true, env })
  if (code !== 0) throw new Error(`cargo bench failed:\n${text}`)
  const target = process.env.CARGO_TARGET_DIR ?? at('target')
  const results = JSON.parse(readFileSync(join(target, 'criterion', bench, name, 'new', 'estimates.json'), 'utf8'))
  return { nsPerRow: results.median.point_estimate / (count * BENCHES[bench].times) }
}

/** Contenders, where cargo is there to build them. */
export async function floors(progress, count) {
  progress('building the benchmarks in Rust')
  for (const bench of Object.keys(BENCHES)) {
    const built = await run('cargo', [...command(bench), '--no-run'], { collect: true }).catch(() => ({ code: 1 }))
    if (built.code !== 0) return {}
  }
  return {
    floor: () => measured('floor', 'row', count),
    'crate, item by item': () => measured('floor', 'crate', count),
    'engine, one worker': () => measured('workers', '1', count),
    'engine, two workers': () => measured('workers', '2', count),
  }
}
