/**
 * The package's manifest as it is published. In the checkout it does not name the platform packages, since an install there must not
 * look for what is built there; the published one names each at its own exact version.
 */
import { readdirSync } from 'node:fs'
import { at, readJson } from './project.mjs'

/** Names and versions of all platform packages. */
export function platformPackages() {
  const manifests = readdirSync(at('npm')).map((folder) => readJson(at('npm', folder, 'package.json')))
  return Object.fromEntries(manifests.map(({ name, version }) => [name, version]))
}

/** The manifest for the tarball: without what serves development only. */
export function publishedManifest() {
  const { scripts, devDependencies, napi, ...manifest } = readJson(at('package.json'))
  return { ...manifest, optionalDependencies: platformPackages() }
}

const mark = '  "optionalDependencies": '

/** The text of package.json with the platform packages named in a line of their own, for a plain `npm pack`. */
export function withPlatformPackages(text) {
  const line = `${mark}${JSON.stringify(platformPackages())},\n`
  return withoutPlatformPackages(text).replace('  "devDependencies": {', (start) => line + start)
}

/** The inverse of `withPlatformPackages`. */
export function withoutPlatformPackages(text) {
  return text
    .split('\n')
    .filter((line) => !line.startsWith(mark))
    .join('\n')
}
