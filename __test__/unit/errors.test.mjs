/** The documented table, the classes and the engine's own list of codes say the same. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

/** All exports, by name. */
const library = await import('../../dist/index.js')
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const documented = new Map(
  [...read('docs/errors.md').matchAll(/^\| `(ERR_\w+)` \| `(\w+)`/gm)].map((m) => [m[2], m[1]]),
)

test('every error class is in the table, and the table has no others', () => {
  const classes = Object.keys(library).filter((name) => name.endsWith('Error') && name !== 'RollingProfilesError')
  assert.deepEqual(classes.sort(), [...documented.keys()].sort())
})

test('every class has the code that the table says', () => {
  for (const [name, code] of documented) {
    const error = new library[name]('x', 'y')
    assert.equal(error.code, code)
    assert.equal(error.name, name)
    assert.ok(error instanceof library.RollingProfilesError)
  }
})

test('the type of a code is the union of the codes in the table', () => {
  const [, union] = /type ErrorCode =([^;]*);/.exec(read('dist/index.d.ts')) ?? []
  const codes = [...(union ?? '').matchAll(/'(ERR_\w+)'/g)].map((m) => m[1])
  assert.deepEqual(codes.sort(), [...documented.values()].sort())
})

test('every code of the engine and the addon is documented', () => {
  const sources = [
    'crates/engine/src/error.rs',
    'crates/binding/src/fault.rs',
    'crates/binding/src/profile.rs',
    'crates/binding/src/calls.rs',
  ]
  const codes = new Set(sources.flatMap((path) => [...read(path).matchAll(/"(ERR_\w+)"/g)].map((m) => m[1])))
  assert.ok(codes.size >= 10)
  for (const code of codes) assert.ok([...documented.values()].includes(code), code)
})

test('every sentence is in words that a Node user knows', () => {
  for (const name of documented.keys()) {
    for (const { message } of [new library[name](), new library[name]('what')]) {
      assert.ok(message.length > 3, name)
      assert.doesNotMatch(message, /\bactor\b|signaler|child process|undefined is|\[object/i, name)
    }
  }
})

test('an error of the system says what Node says of it', () => {
  const cause = Object.assign(new Error('ENOENT: no such file or directory, open'), { code: 'ENOENT' })
  for (const name of ['IoError', 'WriterError']) {
    const said = { errno: -2, systemCode: 'ENOENT', syscall: 'open', path: '/x' }
    const error = new library[name]('what', { ...said, cause })
    const { errno, systemCode, syscall, path } = error
    assert.deepEqual({ errno, systemCode, syscall, path }, said)
    assert.equal(error.cause, cause)
    assert.equal(error.code, documented.get(name))
    assert.equal(new library[name]('what').errno, undefined)
  }
})
