/**
 * The licences of what the build puts into dist/: the command line carries its few npm packages inside, and each asks that its
 * notice goes along.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at, readJson } from './project.mjs'

/** The text of a package's licence file, or the licence's name where it ships none. */
function noticeOf(folder, fallback) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name))
  return file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${fallback}`
}

/** Reads which packages the bundler took in, writes their notices, and removes the bundler's own listing. */
export function collectLicences(dist) {
  const packages = new Set()
  for (const name of readdirSync(dist).filter((name) => /^metafile-.*\.json$/.test(name))) {
    const listing = join(dist, name)
    for (const input of Object.keys(readJson(listing).inputs)) {
      const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(input)
      if (match) packages.add(match[1])
    }
    rmSync(listing)
  }
  const notices = [...packages].sort().map((name) => {
    const folder = at('node_modules', name)
    const { version, license } = readJson(join(folder, 'package.json'))
    return `${name} ${version}\n\n${noticeOf(folder, license)}\n`
  })
  if (existsSync(dist)) writeFileSync(join(dist, 'THIRD-PARTY.txt'), notices.join(`\n${'-'.repeat(72)}\n\n`))
}
