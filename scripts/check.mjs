/**
 * `npm run check`: everything that has to hold before a change goes in, cheap and local first. It stops at the first step that fails.
 */
import { readOptions } from './lib/options.mjs'
import { tool } from './lib/project.mjs'
import { run } from './lib/run.mjs'
import { setup } from './setup.mjs'

const node = (script, ...args) => [process.execPath, script, ...args]
const script = (name, ...args) => node(`scripts/${name}.mjs`, ...args)
const clippy = ['cargo', 'clippy', '--workspace', '--all-targets', '--', '-D', 'warnings']

/** Commands are made when their step comes, since the first of them may have to wait for the set-up. */
const steps = {
  format: () => [
    ['cargo', 'fmt', '--all', '--check'],
    ['cargo', 'fmt', '--manifest-path', 'fuzz/Cargo.toml', '--check'],
    node(tool('@biomejs/biome', 'biome'), 'ci', '--linter-enabled=false', '.'),
  ],
  lint: () => [
    node(tool('@biomejs/biome', 'biome'), 'ci', '--formatter-enabled=false', '--error-on-warnings', '.'),
    clippy,
  ],
  types: () => [node(tool('typescript', 'tsc'), '--project', 'tsconfig.json')],
  floors: () => [node(tool('dependency-cruiser', 'depcruise'), 'ts'), script('check-crates')],
  unused: () => [node(tool('knip'))],
  versions: () => [script('check-versions')],
  instructions: () => [script('instructions')],
  tests: () => [script('test')],
  api: () => [node(tool('@microsoft/api-extractor', 'api-extractor'), 'run')],
  package: () => [script('check-package')],
  docs: () => [script('check-docs')],
}

const usage = `npm run check

  --only STEP,…      only these steps
  --without STEP,…   all but these
  --keep-going       does not stop at a step that fails

Steps: ${Object.keys(steps).join(', ')}`

const { values } = readOptions(usage, {
  only: { type: 'string' },
  without: { type: 'string' },
  'keep-going': { type: 'boolean' },
})
const named = (text) => text?.split(',') ?? []
const unknown = [...named(values.only), ...named(values.without)].filter((name) => !(name in steps))
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}`)
  process.exit(2)
}

await setup({ quiet: true })
const failed = []
for (const [name, commands] of Object.entries(steps)) {
  if (values.only && !named(values.only).includes(name)) continue
  if (named(values.without).includes(name)) continue
  if (failed.length > 0 && !values['keep-going']) break
  console.log(`\n== ${name}`)
  for (const [command, ...args] of commands()) {
    const { code } = await run(command, args)
    if (code !== 0 && !failed.includes(name)) failed.push(name)
  }
}
console.log(failed.length > 0 ? `\ncheck: failed: ${failed.join(', ')}` : '\ncheck: all held')
process.exitCode = failed.length > 0 ? 1 : 0
