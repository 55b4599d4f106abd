/**
 * `npm run check`: everything that has to hold before a change goes in, cheap and local first. It stops at the first step that fails.
 */
import { tool } from './lib/project.mjs'
import { readSteps, runSteps, stepsUsage } from './lib/steps.mjs'
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

const more = '\n  --keep-going       does not stop at a step that fails'
const values = readSteps(stepsUsage('npm run check', steps, more), steps, { 'keep-going': { type: 'boolean' } })
await setup({ quiet: true })
const { failed } = await runSteps(steps, values, values['keep-going'])
console.log(failed.length > 0 ? `\ncheck: failed: ${failed.join(', ')}` : '\ncheck: all held')
process.exitCode = failed.length > 0 ? 1 : 0
