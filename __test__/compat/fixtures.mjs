/** The fixtures that python/make_fixtures.py made. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../fixtures/python/', import.meta.url))

/** Names of all fixtures. */
export const names = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .sort()

/** The description of one, the path of its profile, and its columns' input by name. */
export function fixture(name) {
  const described = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8'))
  return { ...described, path: `${folder}${name}.bin` }
}
