/**
 * The notices of what is built into the packages: the command line carries a few npm packages inside, the addon its crates, and
 * each asks that its licence text goes along.
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesUnder } from './fresh.mjs'
import { at, readJson } from './project.mjs'
import { answer } from './run.mjs'

const rule = `\n\n${'-'.repeat(72)}\n\n`

/** The licence files of a package's folder; the licence's name stands for them where there are none. */
function texts({ licence, folder }) {
  const named = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
  // Some keep them in a folder of that name.
  const files = named.flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesUnder(path) : [path]
  })
  const found = files.map((file) => readFileSync(file, 'utf8').trim())
  return found.length > 0 ? found : [`Licence: ${licence}`]
}

/** Each text once, under the names of all packages that carry it. */
function notices(packages) {
  const carriers = new Map()
  for (const one of packages.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const text of texts(one)) carriers.set(text, [...(carriers.get(text) ?? []), `${one.name} ${one.version}`])
  }
  return `${[...carriers].map(([text, names]) => `${names.join(', ')}\n\n${text}`).join(rule)}\n`
}

/** Notices of the npm packages that the bundler took into `dist`, from its own listing, which is removed. */
export function bundleNotices(dist) {
  const names = new Set()
  for (const listing of filesUnder(dist).filter((file) => /metafile-\w+\.json$/.test(file))) {
    for (const input of Object.keys(readJson(listing).inputs)) {
      const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(input)
      if (match) names.add(match[1])
    }
    rmSync(listing)
  }
  const parts = [...names].map((name) => {
    const folder = at('node_modules', name)
    const { version, license } = readJson(join(folder, 'package.json'))
    return { name, version, licence: license, folder }
  })
  return notices(parts)
}

/** A crate that runs in the compiler only. */
const isMacro = ({ targets }) => targets.some(({ kind }) => kind.includes('proc-macro'))

/** Notices of the crates that the addon links; `null` when cargo cannot tell. */
export function crateNotices() {
  const triple = /^host: (.+)$/m.exec(answer('rustc', ['-vV']) ?? '')?.[1]
  const text = answer('cargo', ['metadata', '--format-version', '1', '--filter-platform', triple])
  if (!triple || !text) return null
  const { packages, resolve } = JSON.parse(text)
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]))
  const linked = new Set()
  const expandsMacros = new Set(packages.filter(isMacro).map(({ id }) => id))
  const visit = (id) => {
    if (linked.has(id) || expandsMacros.has(id)) return
    linked.add(id)
    for (const dependency of nodes.get(id).deps) {
      // Kind null is an ordinary dependency; the others build or test.
      if (dependency.dep_kinds.some(({ kind }) => kind === null)) visit(dependency.pkg)
    }
  }
  visit(packages.find(({ name }) => name === 'rolling-profiles-binding').id)
  const parts = packages
    .filter(({ id, source }) => linked.has(id) && source !== null)
    .map(({ name, version, license, manifest_path }) => ({
      name,
      version,
      licence: license,
      folder: dirname(manifest_path),
    }))
  return notices(parts)
}
