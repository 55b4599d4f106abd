/** One version everywhere: package.json, its lock, the platform packages, the crates and the changelog. */
import { readdirSync, readFileSync } from 'node:fs'
import { at, readJson, version } from './lib/project.mjs'

const lock = readJson(at('package-lock.json'))
const found = {
  'package-lock.json': lock.version,
  'package-lock.json, root package': lock.packages[''].version,
  'Cargo.toml': /^\[workspace\.package\][^[]*?^version = "([^"]+)"/ms.exec(readFileSync(at('Cargo.toml'), 'utf8'))?.[1],
  'CHANGELOG.md': /^## \[([^\]]+)\]/m.exec(readFileSync(at('CHANGELOG.md'), 'utf8'))?.[1],
}
for (const platform of readdirSync(at('npm'))) {
  found[`npm/${platform}/package.json`] = readJson(at('npm', platform, 'package.json')).version
}

const faults = Object.entries(found).filter(([, other]) => other !== version)
for (const [where, other] of faults) console.error(`${where} says ${other}, package.json ${version}`)

// The lock must work on any machine: no address of a registry, a file or a folder in it.
const addresses = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined || entry.link)
for (const [path, entry] of addresses) console.error(`package-lock.json: ${path} is tied to ${entry.resolved}`)

if (faults.length + addresses.length === 0) console.log(`version ${version} in ${Object.keys(found).length + 1} places`)
process.exitCode = faults.length + addresses.length > 0 ? 1 : 0
