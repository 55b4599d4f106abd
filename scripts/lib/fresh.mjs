/** Is what was built newer than what it was built from? */
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

/** Milliseconds of the latest change under a path; folders count too, since a deleted file changes only its folder. */
function latest(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path).reduce((time, name) => Math.max(time, latest(join(path, name))), stat.mtimeMs)
}

/** True when every output is there and none is older than any source. */
export function isFresh(outputs, sources) {
  if (!outputs.every(existsSync)) return false
  const oldest = Math.min(...outputs.map((path) => statSync(path).mtimeMs))
  return oldest >= Math.max(...sources.map(latest))
}

/** Dates outputs back to when their build began, so that a source changed meanwhile counts as newer. */
export function stamp(outputs, time) {
  for (const path of outputs) utimesSync(path, time, time)
}

/** Every file under a folder, in order; none when there is no such folder. */
export function filesUnder(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)]))
}
