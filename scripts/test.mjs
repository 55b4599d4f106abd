/**
 * `npm test`: sets up what is missing, runs the Rust and the Node suites, and ends with one line that sums them: `N passed, N failed`.
 *
 * A suite that ends without a summary (it crashed, or did not compile) counts as one failure.
 */
import { runNodeSuites } from './lib/node-suites.mjs'
import { readOptions } from './lib/options.mjs'
import { runRustSuites } from './lib/rust-suites.mjs'
import { setup } from './setup.mjs'

const usage = `npm test

  --rust | --node   only these
  WORD…             only Node suites whose path contains one of the words`

const { values, positionals } = readOptions(
  usage,
  { rust: { type: 'boolean' }, node: { type: 'boolean' } },
  { allowPositionals: true },
)
const all = !values.rust && !values.node

await setup({ quiet: true })
const totals = []
if (all || values.rust) totals.push(await runRustSuites())
if (all || values.node) totals.push(await runNodeSuites(positionals))

const sum = (what) => totals.reduce((count, total) => count + total[what], 0)
const passed = sum('passed')
const failed = sum('failed')
console.log()
for (const reason of totals.flatMap((total) => total.reasons)) console.log(`FAILED: ${reason}`)
if (sum('skipped') > 0) console.log(`${sum('skipped')} not run here`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
