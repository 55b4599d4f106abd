/** What the tarballs hold, and that the manifests of both ways to pack agree. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { publishedManifest, withoutPlatformPackages, withPlatformPackages } from '../../scripts/lib/manifest.mjs'
import { addonName, at, platformPackage, version } from '../../scripts/lib/project.mjs'
import { packAll } from '../../scripts/pack.mjs'

const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-contents-'))
let packed
before(async () => {
  packed = await packAll(folder)
})
after(() => rmSync(folder, { recursive: true, force: true }))

const paths = ({ files }) => files.map(({ path }) => path)

test('the package holds what is run, its types and its papers, and nothing else', () => {
  const held = paths(packed.main)
  for (const name of [
    'dist/index.js',
    'dist/index.cjs',
    'dist/index.d.ts',
    'dist/index.d.cts',
    'dist/cli/main.js',
    'LICENSE',
    'README.md',
  ]) {
    assert.ok(held.includes(name), `${name} is missing`)
  }
  assert.deepEqual(
    held.filter((path) => /\.map$|test|\.node$|^ts\/|^crates\/|^scripts\//.test(path)),
    [],
  )
})

test('the platform package holds the addon, of at most 11 MiB', () => {
  const addon = packed.addon.files.find(({ path }) => path === addonName)
  assert.ok(addon, `${paths(packed.addon)}`)
  assert.ok(addon.size <= 11 * 1024 * 1024, `${addon.size} bytes`)
})

test('the published manifest names the platform packages at this version and runs nothing at installation', () => {
  const manifest = publishedManifest()
  assert.equal(manifest.optionalDependencies[platformPackage], version)
  assert.equal(manifest.scripts, undefined)
  assert.equal(manifest.dependencies, undefined)
})

test('a plain npm pack names the same platform packages, and takes them out again', () => {
  const text = readFileSync(at('package.json'), 'utf8')
  const named = withPlatformPackages(text)
  assert.deepEqual(JSON.parse(named).optionalDependencies, publishedManifest().optionalDependencies)
  assert.equal(withPlatformPackages(named), named)
  assert.equal(withoutPlatformPackages(named), text)
  const { scripts } = JSON.parse(text)
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(scripts[name], undefined)
})
