/**
 * `npm run nightly`: what takes too long for every change. The suites run a short form of most of it. The last line is `N passed, N failed`, in steps; what cannot
 * run on this machine is skipped, and said.
 */
import { at } from './lib/project.mjs'
import { answer } from './lib/run.mjs'
import { readSteps, runSteps, stepsUsage } from './lib/steps.mjs'
import { setup } from './setup.mjs'

const node = (...args) => [process.execPath, ...args]
const program = (folder, name, ...args) => node('--expose-gc', at('__test__', folder, `${name}.mjs`), ...args)
const skip = (reason) => {
  console.log(`not run here: ${reason}`)
  return null
}

const NO_MEMORY = 'only Linux tells what memory is taken'

const steps = {
  soak: () => [node(at('scripts', 'soak.mjs'), '--minutes', values.minutes)],
  loggers: () => [program('soak', 'loggers')],
  rows: () => [program('soak', 'rows', '--rows', '100000000')],
  datasets: () => (process.platform === 'linux' ? [program('soak', 'datasets')] : skip(NO_MEMORY)),
  segments: () => (process.platform === 'linux' ? [program('soak', 'segments')] : skip(NO_MEMORY)),
  frames: () =>
    process.env.ROLLING_PROFILES_PYTHON
      ? [program('soak', 'frames')]
      : skip('ROLLING_PROFILES_PYTHON names no Python with whylogs'),
  fuzz: () =>
    answer('cargo', ['+nightly', 'fuzz', '--version'])
      ? [node(at('scripts', 'fuzz.mjs'), '--runs', '10000000')]
      : skip('there is no nightly compiler with cargo-fuzz'),
  bench: () => [node(at('scripts', 'bench.mjs'))],
  files: () => [node(at('scripts', 'bench.mjs'), '--only', 'files')],
  costs: () => [program('bench', 'costs')],
  keys: () => [program('bench', 'keys')],
}

const more = '\n  --minutes N        how long the soak runs (60)'
const values = readSteps(stepsUsage('npm run nightly', steps, more), steps, {
  minutes: { type: 'string', default: '60' },
})
await setup({ quiet: true })
const { failed, passed, skipped } = await runSteps(steps, values, true)
if (failed.length > 0) console.log(`\nFAILED: ${failed.join(', ')}`)
console.log(`\n${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`)
process.exitCode = failed.length > 0 ? 1 : 0
