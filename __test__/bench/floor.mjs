/** The Rust floor: what sketching alone costs, measured by criterion over the same rows (`crates/profile/benches/floor.rs`). */
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

const results = (name) =>
  join(process.env.CARGO_TARGET_DIR ?? at('target'), 'criterion', 'floor', name, 'new', 'estimates.json')

/** Runs the benchmarks whose names match; gives ns a row by name. */
export async function floor(names, count, { seconds = 1 } = {}) {
  const pattern = `^floor/(${names.join('|')})$`
  const times = ['--warm-up-time', String(seconds / 2), '--measurement-time', String(seconds)]
  const args = ['bench', '--quiet', '-p', 'rolling-profiles-profile', '--bench', 'floor', '--', pattern, ...times]
  const env = { ...process.env, ROLLING_PROFILES_BENCH_ROWS: rowsFile(count) }
  const { code, text } = await run('cargo', args, { collect: true, env })
  if (code !== 0) throw new Error(`cargo bench failed:\n${text}`)
  return Object.fromEntries(
    names.map((name) => [name, JSON.parse(readFileSync(results(name), 'utf8')).median.point_estimate / count]),
  )
}

/** Contenders, where cargo is there to build them. */
export async function floors(progress, count) {
  progress('building the Rust floor')
  const built = await run('cargo', ['bench', '-p', 'rolling-profiles-profile', '--bench', 'floor', '--no-run'], {
    collect: true,
  }).catch(() => ({ code: 1 }))
  if (built.code !== 0) return {}
  const measured = async (name) => ({ nsPerRow: (await floor([name], count))[name] })
  return { floor: () => measured('row'), 'crate, item by item': () => measured('crate') }
}
