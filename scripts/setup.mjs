/**
 * `npm run setup`: makes a checkout ready to run. Each step looks first whether there is anything to do, so it may be run at any time.
 *
 *   1. npm packages   as package-lock.json has them
 *   2. the addon      from an installed platform package of this version, or else built with cargo
 *   3. TypeScript     built into dist/
 *
 * It is the first thing that runs on a fresh clone: nothing but Node's own modules may be imported.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isFresh, stamp } from './lib/fresh.mjs'
import { bundleNotices, crateNotices } from './lib/licences.mjs'
import { addonName, addonPath, at, platform, platformPackage, readJson, root, tool, version } from './lib/project.mjs'
import { answer, runNode, runNpm } from './lib/run.mjs'

class SetupError extends Error {}

const say = (text) => console.log(`setup: ${text}`)

/** True when what is installed is what the lock asks for; packages for other platforms may be absent. */
function packagesAreInstalled() {
  const installedList = at('node_modules', '.package-lock.json')
  if (!existsSync(installedList)) return false
  const { packages: installed } = readJson(installedList)
  const { packages: wanted } = readJson(at('package-lock.json'))
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = installed[path]
    if (path === '') return true
    if (!found) return optional === true
    return found.version === version && found.integrity === integrity
  })
}

async function npmPackages(note) {
  if (packagesAreInstalled()) return note('npm packages: up to date')
  say('npm packages: installing')
  const { code } = await runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code !== 0) throw new SetupError('npm packages could not be installed; npm says why above.')
}

/** The platform package, when somebody installed it and it is of this very version. */
function prebuiltAddon() {
  const folder = at('node_modules', platformPackage)
  if (!existsSync(at('node_modules', platformPackage, addonName))) return null
  return readJson(`${folder}/package.json`).version === version ? folder : null
}

async function addon(note) {
  if (prebuiltAddon()) return note(`addon: prebuilt, from ${platformPackage} ${version}`)
  const sources = ['crates', 'Cargo.toml', 'Cargo.lock', '.cargo', 'rust-toolchain.toml']
  if (
    isFresh(
      [addonPath],
      sources.map((name) => at(name)),
    )
  )
    return note('addon: up to date')
  if (!answer('cargo', ['--version'])) {
    throw new SetupError(
      [
        `there is no addon for ${platform}, and no cargo to build it with. Either`,
        '  install Rust (https://rustup.rs) and a C linker, then run this again, or',
        `  install the prebuilt addon: npm install --no-save ${platformPackage}@${version}`,
      ].join('\n'),
    )
  }
  say('addon: building with cargo (the first time takes a few minutes)')
  const began = new Date()
  // Panic messages name source files; they shall not name folders of the building machine.
  const home = process.env.CARGO_HOME ?? join(homedir(), '.cargo')
  const remap = `--remap-path-prefix=${home}=/cargo --remap-path-prefix=${root}=/`
  const env = { ...process.env, RUSTFLAGS: `${process.env.RUSTFLAGS ?? ''} ${remap}`.trim() }
  const { code } = await runNode(
    tool('@napi-rs/cli', 'napi'),
    [
      'build',
      '--platform',
      '--release',
      '--no-js',
      ...['--dts', '../../target/binding.d.ts'],
      ...['--manifest-path', 'crates/binding/Cargo.toml', '--output-dir', `npm/${platform}`],
    ],
    { env },
  )
  if (code !== 0)
    throw new SetupError('the addon could not be built; cargo says why above. It needs Rust 1.95 and a C linker (cc).')
  if (!existsSync(addonPath)) throw new SetupError(`the build left no ${addonPath}`)
  const notices = crateNotices()
  if (notices) writeFileSync(at('npm', platform, 'THIRD-PARTY.txt'), notices)
  stamp([addonPath], began)
}

async function typescript(note) {
  const outputs = ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts', 'cli/main.js', 'THIRD-PARTY.txt'].map((name) =>
    at('dist', name),
  )
  const sources = ['ts', 'tsup.config.ts', 'tsconfig.json', 'package.json', 'scripts/lib/licences.mjs'].map((name) =>
    at(name),
  )
  if (isFresh(outputs, sources)) return note('TypeScript: up to date')
  say('TypeScript: building into dist/')
  const began = new Date()
  rmSync(at('dist'), { recursive: true, force: true })
  const { code, text } = await runNode(tool('tsup'), ['--silent'], { collect: true })
  if (code !== 0) throw new SetupError(`TypeScript could not be built:\n${text}`)
  writeFileSync(at('dist', 'THIRD-PARTY.txt'), bundleNotices(at('dist')))
  stamp(outputs, began)
}

/**
 * Makes the checkout ready, or ends the process with a plain message and code 2.
 *
 * @param {{ quiet?: boolean }} options `quiet` says only what is being done, not what was done already.
 */
export async function setup({ quiet = false } = {}) {
  const note = quiet ? () => {} : say
  try {
    const [major] = process.versions.node.split('.')
    if (Number(major) < 20) throw new SetupError(`Node 20 or later is needed; this is ${process.version}.`)
    await npmPackages(note)
    await addon(note)
    await typescript(note)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`setup: ${error.message}`)
    process.exit(2)
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await setup()
