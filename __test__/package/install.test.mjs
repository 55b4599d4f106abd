/** The packages as a user gets them: packed, installed, imported and run. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { codeBlocks } from '../../scripts/lib/markdown.mjs'
import { at, platformPackage, version } from '../../scripts/lib/project.mjs'
import { runNpm } from '../../scripts/lib/run.mjs'
import { installedProject } from './project.mjs'

let project
before(async () => {
  project = await installedProject()
})
after(() => project?.remove())

const node = (file, ...words) => project.run(process.execPath, file, ...words)

/** Logs three rows, closes, and prints how many profiles were written. */
const body = `
const logger = new ProcessRollingLogger({ writeSchedule: null, writerFactory: new LocalWriterFactory('./out') })
const main = async () => {
  logger.start()
  logger.log([{ price: 1.5 }, { price: 2.5 }, { price: 4 }], { datasetId: 'orders' })
  const { written } = await logger.close()
  console.log('written', written)
}
main()
`

test('an ES module imports it', async () => {
  const file = project.write(
    'esm.mjs',
    `import { LocalWriterFactory, ProcessRollingLogger } from 'rolling-profiles'\n${body}`,
  )
  assert.deepEqual(await node(file), { code: 0, text: 'written 1\n' })
})

test('a CommonJS module requires it', async () => {
  const start = `const { LocalWriterFactory, ProcessRollingLogger } = require('rolling-profiles')\n`
  assert.deepEqual(await node(project.write('cjs.cjs', start + body)), { code: 0, text: 'written 1\n' })
})

test('both forms have the same names', async () => {
  const file = project.write(
    'names.mjs',
    `import * as esm from 'rolling-profiles'
     import { createRequire } from 'node:module'
     const cjs = createRequire(import.meta.url)('rolling-profiles')
     const names = (of) => Object.keys(of).filter((name) => name !== 'default' && name !== 'module.exports').sort().join()
     console.log(names(esm) === names(cjs) && names(esm).includes('ProfileView'))`,
  )
  assert.deepEqual(await node(file), { code: 0, text: 'true\n' })
})

test('the example of the README runs and leaves a profile', async () => {
  const [example] = codeBlocks(readFileSync(at('README.md'), 'utf8')).filter(({ language }) => language === 'js')
  const { code, text } = await node(project.write('example.mjs', example.code))
  assert.equal(code, 0, text)
  const files = readdirSync(join(project.folder, 'profiles'), { recursive: true })
  assert.ok(
    files.some((name) => name.endsWith('.bin')),
    `profiles/ holds ${files}`,
  )
})

test('the command is there', async () => {
  const asked = await runNpm(['exec', '--offline', '--', 'rolling-profiles', '--version'], {
    cwd: project.folder,
    env: project.env,
    collect: true,
  })
  assert.equal(asked.code, 0, asked.text)
  assert.ok(asked.text.includes(version), asked.text)
  project.write('data.csv', 'a,b\n1,x\n2,y\n')
  const profiled = await node('node_modules/rolling-profiles/dist/cli/main.js', 'profile', 'data.csv', '--json')
  assert.equal(profiled.code, 0, profiled.text)
})

test('without the platform package the error names it and the command that installs it', async () => {
  const folder = join(project.folder, 'node_modules', platformPackage)
  renameSync(folder, `${folder}.away`)
  try {
    const { code, text } = await node(project.write('missing.mjs', `import 'rolling-profiles'\n`))
    assert.equal(code, 1)
    assert.match(text, /ERR_ADDON_NOT_FOUND/)
    assert.ok(text.includes(`npm install ${platformPackage}@${version}`), text)
  } finally {
    renameSync(`${folder}.away`, folder)
  }
})
