/** The types that users meet, as the compiler sees them from a module and from CommonJS. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { at, root } from '../../scripts/lib/project.mjs'

const tstyche = join(dirname(createRequire(import.meta.url).resolve('tstyche/package.json')), 'build', 'bin.js')

function check(cwd, folder) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tstyche, folder], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /Assertions: +\d+ passed, \d+ total/)
}

test('the compiler takes what it should, and refuses what it should', () => check(root, '__test__/types'))

test('it does so as well where the package is required', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-types-'))
  const modules = join(folder, 'node_modules')
  try {
    cpSync(at('__test__', 'types'), folder, { recursive: true, filter: (path) => !path.endsWith('.mjs') })
    mkdirSync(modules)
    for (const name of ['tstyche', '@types']) symlinkSync(at('node_modules', name), join(modules, name), 'junction')
    symlinkSync(root, join(modules, 'rolling-profiles'), 'junction')
    const config = {
      extends: at('tsconfig.json'),
      compilerOptions: {
        isolatedDeclarations: false,
        declaration: false,
        verbatimModuleSyntax: false,
        typeRoots: [join(modules, '@types')],
      },
      include: ['*.tst.ts'],
    }
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    check(folder, '.')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
