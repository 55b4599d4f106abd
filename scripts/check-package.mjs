/** What can be told of the tarballs without installing them: their manifests, types, contents and size. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { at, readJson, root, tool } from './lib/project.mjs'
import { answer, runNode } from './lib/run.mjs'
import { packAll } from './pack.mjs'
import { setup } from './setup.mjs'

const addonLimit = 11 * 1024 * 1024

const faults = []
const fault = (text) => faults.push(text)

/** publint's complaints, all levels. */
async function lint(tarball, manifest) {
  const bytes = readFileSync(tarball)
  const { messages } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
    level: 'suggestion',
    strict: true,
  })
  for (const message of messages) fault(`publint: ${formatMessage(message, manifest)}`)
}

/** A tarball's own manifest. */
const manifestIn = (tarball) => JSON.parse(answer('tar', ['-xOzf', tarball, 'package/package.json']))

function contents(about, allowed) {
  for (const { path } of about.files) if (!allowed.test(path)) fault(`${about.filename} holds ${path}`)
  const { scripts = {} } = manifestIn(about.path)
  for (const name of Object.keys(scripts)) fault(`${about.filename} has a script ${name}`)
}

await setup({ quiet: true })
const out = mkdtempSync(join(tmpdir(), 'rolling-profiles-package-'))
try {
  const { main, addon } = await packAll(out)
  await lint(main.path, manifestIn(main.path))
  const attw = await runNode(tool('@arethetypeswrong/cli', 'attw'), [main.path, '--no-color', '--no-emoji'], {
    collect: true,
  })
  if (attw.code !== 0) fault(`attw:\n${attw.text}`)

  contents(
    main,
    /^(package\.json|LICENSE|README\.md|CHANGELOG\.md|dist\/([\w-]+\.(c?js|d\.c?ts)|THIRD-PARTY\.txt|cli\/[\w-]+\.js))$/,
  )
  contents(addon, /^(package\.json|LICENSE|README\.md|THIRD-PARTY\.txt|[\w.-]+\.node)$/)
  for (const name of ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts', 'cli/main.js', 'THIRD-PARTY.txt']) {
    if (!main.files.some(({ path }) => path === `dist/${name}`)) fault(`${main.filename} lacks dist/${name}`)
  }

  const binary = addon.files.find(({ path }) => path.endsWith('.node'))
  if (!binary) fault(`${addon.filename} lacks the addon`)
  else if (binary.size > addonLimit) fault(`the addon has ${binary.size} bytes, more than ${addonLimit}`)
  for (const { path } of [main, addon]) {
    const text = answer('tar', ['-xOzf', path]) ?? fault(`${path} cannot be read`)
    for (const machine of [root, process.env.HOME && join(process.env.HOME, '.')]) {
      if (machine && machine.length > 1 && text?.includes(`${machine.replace(/\/$/, '')}/`))
        fault(`${path} names the folder ${machine}`)
    }
  }
  const { optionalDependencies, version } = manifestIn(main.path)
  if (optionalDependencies?.[readJson(at('npm/linux-x64-gnu/package.json')).name] !== version)
    fault('the platform package is not named')
} finally {
  rmSync(out, { recursive: true, force: true })
}

for (const text of faults) console.error(text)
if (faults.length === 0) console.log('both tarballs are sound')
process.exitCode = faults.length > 0 ? 1 : 0
