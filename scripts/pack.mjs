/**
 * `npm run pack:all -- --out DIR`: both tarballs, the package and the addon of this platform, as they are published. They are packed
 * from copies, so that the checkout stays as it is.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { publishedManifest } from './lib/manifest.mjs'
import { readOptions } from './lib/options.mjs'
import { at, platform, readJson } from './lib/project.mjs'
import { runNpm } from './lib/run.mjs'

/** Packs a folder; gives what npm says of it: `filename`, `size`, `unpackedSize`, `files` … and the `path` of the tarball. */
async function packFolder(folder, out) {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', out]
  const { code, text } = await runNpm(args, { cwd: folder, collect: true })
  if (code !== 0) throw new Error(`npm pack failed in ${folder}:\n${text}`)
  const [about] = JSON.parse(text.slice(text.indexOf('[')))
  return { ...about, path: join(out, about.filename) }
}

/** Copies the manifest's files, and packs the copy. */
async function packCopy(from, manifest, out) {
  const copy = mkdtempSync(join(tmpdir(), 'rolling-profiles-pack-'))
  try {
    for (const name of new Set([...manifest.files, 'README.md', 'LICENSE'])) {
      if (existsSync(join(from, name))) cpSync(join(from, name), join(copy, name), { recursive: true })
    }
    writeFileSync(join(copy, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    return await packFolder(copy, out)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Packs both; the checkout has to be set up. */
export async function packAll(out) {
  mkdirSync(out, { recursive: true })
  const folder = at('npm', platform)
  return {
    main: await packCopy(at(), publishedManifest(), out),
    addon: await packCopy(folder, readJson(join(folder, 'package.json')), out),
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = readOptions('npm run pack:all [-- --out DIR]', { out: { type: 'string', default: '.' } })
  const { setup } = await import('./setup.mjs')
  await setup({ quiet: true })
  for (const { path, size } of Object.values(await packAll(resolve(values.out)))) {
    console.log(`${path}  ${(size / 1024).toFixed(0)} KiB`)
  }
}
