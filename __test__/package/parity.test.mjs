/** docs/parity.md is complete: every name of the reference has a row, every row an export of ours and a test. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as ours from '../../dist/index.js'

const root = new URL('../..', import.meta.url)
const read = (path) => readFileSync(new URL(path, root), 'utf8')
const reference = JSON.parse(read('__test__/fixtures/reference-names.json'))
const types = read('dist/index.d.ts')
const tests = new Map(
  readdirSync(new URL('__test__', root), { recursive: true })
    .filter((path) => path.endsWith('.test.mjs'))
    .map((path) => [path.slice(path.lastIndexOf('/') + 1), `__test__/${path}`]),
)

/** The page by section: its rows, with the cells' code marks gone. */
const sections = new Map(
  read('docs/parity.md')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title, ...lines] = section.split('\n')
      const rows = lines.filter((line) => line.startsWith('| `')).map((line) => line.split(' | '))
      return [
        title,
        rows.map((cells) => cells.map((cell) => cell.replace(/^\| /, '').replace(/ \|$/, '').replace(/^`|`$/g, ''))),
      ]
    }),
)
const missing = new Set(
  read('docs/parity.md')
    .match(/^\* `.+`$/gm)
    ?.map((line) => line.slice(3, -1)),
)

/** An object of each class, on which members can be looked for. */
const samples = {
  BaseProcessRollingLogger: () => new ours.BaseProcessRollingLogger(),
  ProcessRollingLogger: () => new ours.ProcessRollingLogger(),
  PipeSignaler: () => new ours.PipeSignaler(),
  LoggerOptions: () => new ours.LoggerOptions(),
  ThreadLoggerFactory: () => new ours.ThreadLoggerFactory(),
  WhyLabsWriterFactory: () => new ours.WhyLabsWriterFactory({ apiKey: '0123456789.key' }),
}

function isExported(name) {
  return name in ours || new RegExp(`\\btype ${name}\\b`).test(types.slice(types.lastIndexOf('export {')))
}

/** Whether a class or interface of ours has a member. */
function hasMember(owner, member) {
  const sample = samples[owner]?.()
  if (sample) return member in sample
  const body = new RegExp(`interface ${owner} \\{([^}]*)`).exec(types)?.[1] ?? ''
  return new RegExp(`^\\s*${member}[?(:]`, 'm').test(body)
}

test('every name of the reference has a row', () => {
  const rows = (title) => new Set(sections.get(title)?.map(([name]) => name))
  for (const value of reference.values) assert.ok(rows('Types and values').has(value), value)
  for (const [owner, members] of Object.entries(reference.classes)) {
    for (const member of members) {
      assert.ok(rows(owner).has(member) || missing.has(`${owner}.${member}`), `${owner}.${member}`)
    }
  }
})

test('what is said to be missing is missing', () => {
  for (const name of missing) {
    const [owner, member] = name.split('.')
    assert.ok(owner in reference.classes, name)
    assert.equal(hasMember(owner, member), false, name)
  }
})

test('every row has an export of ours', () => {
  for (const [title, rows] of sections) {
    const isClass = title in reference.classes
    for (const [, name] of rows) {
      if (isClass) assert.ok(isExported(title) && hasMember(title, name), `${title}.${name}`)
      else assert.ok(isExported(name), name)
    }
  }
})

test('every row has a test', () => {
  for (const [title, rows] of sections) {
    for (const [, name, , cell] of rows) {
      const [file, ...words] = cell.split(': ')
      assert.ok(tests.has(file), `${title}.${name}: no file ${file}`)
      // In the first line of a test, which holds its name.
      const names = read(tests.get(file))
        .split('\n')
        .filter((line) => /^\s*test\(/.test(line))
      assert.ok(
        names.some((line) => line.includes(words.join(': '))),
        `${title}.${name}: ${cell}`,
      )
    }
  }
})

test('types are exported', () => {
  for (const name of ['DataTypes', 'DictType', 'BuiltinMessageTypes', 'PubSubDict', 'PubSubEmbeddingDict']) {
    assert.ok(isExported(name), name)
  }
})
