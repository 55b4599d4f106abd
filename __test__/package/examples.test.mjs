/** The examples in the doc comments compile and run; every function and class that is exported has one. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as ours from '../../dist/index.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

/** Names that examples take for granted, and what they stand for. */
const GIVEN = {
  logger: `const logger = new ProcessRollingLogger({ writerFactory: new MemoryWriter(), syncEnabled: true, defaultDatasetId: 'd' })\nlogger.start()`,
  store: 'const store = { put: async (_name: string, _bytes: Uint8Array) => {} }',
  row: `const row = { price: 9.5 }`,
  rows: `const rows = [{ price: 9.5 }]`,
  paths: `const paths = ['example.bin']`,
  view: `const view = ProfileView.read('example.bin')`,
  readFileSync: `const readFileSync = (_path: string) => Buffer.from('{"price":9.5,"created_at":1700000000000}\\n')`,
  createServer: `import { createServer } from 'node:http'`,
  pipeline: `import { pipeline } from 'node:stream/promises'`,
}

/** Every example: where it stands, what it is of, and its code. */
const examples = readdirSync(join(root, 'ts'), { recursive: true })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('cli'))
  .flatMap((path) => {
    const source = readFileSync(join(root, 'ts', path), 'utf8')
    return [
      ...source.matchAll(
        /\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\s*(?:export (?:abstract |async )?(?:class|function|const|interface) (\w+)|(?:async )?(\w+))/g,
      ),
    ].flatMap(([, comment, exported, member], index) =>
      [...comment.matchAll(/@example\n\s*\* ```ts\n([\s\S]*?)\n\s*\* ```/g)].map(([, code]) => ({
        of: exported ?? member,
        name: `${path.replaceAll('/', '-').replace('.ts', '')}-${exported ?? member}-${index}`,
        code: code.replace(/^\s*\* ?/gm, ''),
      })),
    )
  })

/** An example as a module: what it uses of the package imported, what it takes for granted in front. */
function moduleOf(code) {
  const uses = (name) => new RegExp(`\\b${name}\\b`).test(code)
  const declares = (name) => new RegExp(`\\b(const|class|interface) (\\{[^}]*)?\\b${name}\\b`).test(code)
  const given = Object.entries(GIVEN).filter(([name]) => uses(name) && !declares(name))
  const text = `${given.map(([, line]) => line).join('\n')}\n${code}`
  const isImportable = (name) => new RegExp(`\\b${name}\\b`).test(text) && !declares(name)
  const values = Object.keys(ours).filter(isImportable)
  const types = ['BuiltinMessageTypes', 'LoggerFactory', 'Writer'].filter(isImportable).map((name) => `type ${name}`)
  const ends = given.some(([name]) => name === 'logger') ? 'await logger.close()' : ''
  const imports =
    [...values, ...types].length > 0 ? `import { ${[...values, ...types].join(', ')} } from 'rolling-profiles'` : ''
  return `${imports}\n${text}\n${ends}\nexport {}\n`
}

async function emptyProject() {
  const folder = join(root, 'node_modules', '.cache', 'rolling-profiles-examples')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(root, join(folder, 'node_modules', 'rolling-profiles'), 'junction')
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
    outDir: 'out',
    rootDir: '.',
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }))
  const writer = new ours.MemoryWriter()
  const logger = new ours.ThreadRollingLogger({ writers: [writer] })
  logger.log({ price: 9.5 })
  await logger.close()
  writeFileSync(join(folder, 'example.bin'), writer.items[0].bytes)
  writeFileSync(join(folder, 'orders.csv'), 'price,created_at\n9.5,2024-01-01\n')
  return folder
}

test('every function and class that is exported has an example', () => {
  const isError = (value) => value.prototype instanceof Error
  const isMessage = (name) => name.endsWith('Message')
  const shown = new Set(examples.map(({ of }) => of))
  const bare = Object.entries(ours)
    .filter(([name, value]) => typeof value === 'function' && !isError(value) && !isMessage(name))
    .map(([name]) => name)
    .filter((name) => !shown.has(name))
  assert.deepEqual(bare.sort(), [])
})

test('examples compile, and run', async (t) => {
  const folder = await emptyProject()
  for (const { name, code } of examples) writeFileSync(join(folder, `${name}.mts`), moduleOf(code))
  const { status, stdout } = spawnSync(process.execPath, [tsc, '--project', folder], { cwd: folder, encoding: 'utf8' })
  assert.equal(status, 0, stdout)
  for (const { name } of examples) {
    await t.test(name, () => {
      const { status: code, stderr } = spawnSync(process.execPath, [join(folder, 'out', `${name}.mjs`)], {
        cwd: folder,
        encoding: 'utf8',
        timeout: 60_000,
      })
      assert.equal(code, 0, stderr)
    })
  }
})
