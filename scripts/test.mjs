/**
 * `npm test`: sets up what is missing, runs the Rust and the Node suites, and ends with one line that sums them: `N passed, N failed`.
 *
 *   --rust | --node   only these
 *   WORD…             only Node suites whose path contains one of the words
 *
 * A suite that ends without a summary (it crashed, or did not compile) counts as one failure.
 */
import { parseArgs } from 'node:util'
import { runNodeSuites } from './lib/node-suites.mjs'
import { runRustSuites } from './lib/rust-suites.mjs'
import { setup } from './setup.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rust: { type: 'boolean' }, node: { type: 'boolean' } },
})
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
