/** An empty project of somebody else's, with the packed tarballs installed: no network, and no cargo on the path. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { run, runNpm } from '../../scripts/lib/run.mjs'
import { packAll } from '../../scripts/pack.mjs'

/** This process's environment as a user has it who never heard of the checkout. */
export function userEnvironment() {
  const foreign = /^(npm_(?!execpath)|ROLLING_PROFILES_|WHYLABS_|NODE_TEST|NODE_OPTIONS|NODE_V8_COVERAGE|INIT_CWD)/i
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
  const withoutCargo = env.PATH.split(delimiter).filter((folder) => !existsSync(join(folder, 'cargo')))
  return { ...env, PATH: withoutCargo.join(delimiter) }
}

/** Packs both tarballs and installs them; `remove()` takes everything away again. */
export async function installedProject() {
  const base = mkdtempSync(join(tmpdir(), 'rolling-profiles-install-'))
  const folder = join(base, 'project')
  const env = userEnvironment()
  mkdirSync(folder)
  const { main, addon } = await packAll(join(base, 'tarballs'))
  writeFileSync(join(folder, 'package.json'), '{ "name": "somebody", "private": true }\n')
  const args = [
    'install',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--cache',
    join(base, 'cache'),
    main.path,
    addon.path,
  ]
  const { code, text } = await runNpm(args, { cwd: folder, env, collect: true })
  assert.equal(code, 0, text)
  return {
    folder,
    env,
    main,
    addon,
    remove: () => rmSync(base, { recursive: true, force: true }),
    /** Writes a file of the project. */
    write: (name, text) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    },
    /** Runs a command in the project; the exit code and all it printed. */
    run: (command, ...words) => run(command, words, { cwd: folder, env, collect: true }),
  }
}
