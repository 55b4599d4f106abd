/** The scripts that complete words, run by the shells they are for, as far as these are there. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { importTs } from '../../support/typescript.mjs'
import { temporaryFolder } from './support.mjs'

const { completionScript } = await importTs('cli/completion/script.ts')
const { optionsOf } = await importTs('cli/arguments.ts')
const { COMMANDS } = await importTs('cli/specs.ts')

const without = (shell) => (spawnSync(shell, ['-c', 'true']).status === 0 ? false : `there is no ${shell}`)

/** What bash offers for the last of these words, as it takes them apart. */
function offered(t, words, folder = temporaryFolder(t)) {
  writeFileSync(join(folder, '.completion'), completionScript('bash'))
  const lines = [
    'source ./.completion || exit 1',
    'COMP_WORDS=("$@")',
    'COMP_CWORD=$(($# - 1))',
    '_rolling_profiles',
    '[[ $' + '{#COMPREPLY[@]} == 0 ]] || printf "%s\\0" "$' + '{COMPREPLY[@]}"',
  ]
  const args = ['--norc', '-c', lines.join('\n'), 'bash', 'rolling-profiles', ...words]
  const found = execFileSync('bash', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  return found === '' ? [] : found.slice(0, -1).split('\0')
}

test('bash completes commands and options', { skip: without('bash') }, (t) => {
  assert.deepEqual(offered(t, ['pro']), ['profile'])
  assert.deepEqual(
    offered(t, ['']).slice(0, COMMANDS.length),
    COMMANDS.map(({ name }) => name),
  )
  assert.deepEqual(offered(t, ['--v']), ['--version'])
  assert.deepEqual(offered(t, ['profile', '--for']), ['--format'])
  assert.deepEqual(offered(t, ['profile', 'a.csv', '--no-w']), ['--no-write'])
  assert.deepEqual(offered(t, ['inspect', '--for']), [], 'an option of another command')
  assert.deepEqual(offered(t, ['help', 'ins']), ['inspect'])
  assert.deepEqual(offered(t, ['completion', '']), ['bash', 'zsh', 'fish'])
})

test('bash completes values of options, also behind an equals sign, and no options behind --', {
  skip: without('bash'),
}, (t) => {
  assert.deepEqual(offered(t, ['profile', '--format', 'ar']), ['arrow'])
  assert.deepEqual(offered(t, ['profile', '--format', '=', 'ar']), ['arrow'])
  assert.deepEqual(offered(t, ['profile', '--format', '=']).length, 6)
  assert.deepEqual(offered(t, ['profile', '--timestamp-column', '--for']), [], 'it is the name of a column')
  assert.deepEqual(offered(t, ['profile', '--', '--for']), [])
})

test('bash completes folders, whatever they are called', { skip: without('bash') }, (t) => {
  const folder = temporaryFolder(t)
  const names = ['out', 'out of * order', 'out$(touch hit)', 'out`touch hit`', "out'"]
  for (const name of names) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'output.csv'), '')
  assert.deepEqual(offered(t, ['profile', '--out', 'ou'], folder).sort(), names.sort())
  assert.ok(!existsSync(join(folder, 'hit')))
})

test('bash knows all that the specifications have', { skip: without('bash') }, (t) => {
  for (const command of COMMANDS) {
    const options = optionsOf(command).flatMap(([name, { short }]) => [`--${name}`, ...(short ? [`-${short}`] : [])])
    assert.deepEqual(offered(t, [command.name, '-']).sort(), options.sort())
    for (const [name, { choices }] of optionsOf(command)) {
      if (choices !== undefined) assert.deepEqual(offered(t, [command.name, `--${name}`, '']), [...choices])
    }
  }
})

test('the other scripts name all of it too', () => {
  for (const shell of ['zsh', 'fish']) {
    const script = completionScript(shell)
    for (const command of COMMANDS) {
      assert.ok(script.includes(command.short))
      for (const [name, { choices }] of optionsOf(command)) {
        assert.ok(script.includes(shell === 'zsh' ? `--${name}` : `-l ${name} `), `${shell}: ${name}`)
        if (choices !== undefined) assert.ok(script.includes(choices.join(' ')), `${shell}: ${name}`)
      }
    }
  }
})

test('zsh reads its script', { skip: without('zsh') }, () => {
  const { status, stderr } = spawnSync('zsh', ['-f', '-n'], { input: completionScript('zsh'), encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
})

test('fish completes options and their values', { skip: without('fish') }, () => {
  const completed = (words) =>
    execFileSync('fish', ['--no-config', '-c', `${completionScript('fish')}complete -C '${words}'`], {
      encoding: 'utf8',
    })
      .split('\n')
      .map((line) => line.split('\t')[0])
      .filter((word) => word !== '')
  assert.deepEqual(completed('rolling-profiles profile --for'), ['--format'])
  assert.deepEqual(completed('rolling-profiles inspect --output m'), ['markdown'])
  assert.deepEqual(completed('rolling-profiles completion '), ['bash', 'fish', 'zsh'])
})

test('a shell that is not known is told, with those that are', () => {
  for (const shell of [undefined, '', 'csh', '__proto__']) {
    assert.throws(() => completionScript(shell), { name: 'UserError', message: /bash, zsh, fish/ })
  }
})
