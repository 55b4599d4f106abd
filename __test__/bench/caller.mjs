/**
 * What `log` costs the thread that calls it, in four shapes of use.
 * Every measurement is a process of its own, and the shapes take turns, so that a busy moment of the machine hits all of them.
 */
import { count, readOptions } from '../../scripts/lib/options.mjs'
import { figures } from './child.mjs'
import { format, summary, writeSection } from './report.mjs'
import { SHAPES } from './shapes.mjs'

const SWEEPS = {
  blockRows: { values: [64, 128, 256, 512, 1024], shapes: ['bulk', 'interleaved'] },
  lingerMs: { values: [1, 2, 5, 10, 20], shapes: ['turns'] },
  laneRows: { values: [256, 1024, 4096, 16_384], shapes: ['bulk'] },
}

const usage = `node __test__/bench/caller.mjs            each shape, beside JSON.stringify of the same rows in the same run
  --sweep ${Object.keys(SWEEPS).join('|')}     the shapes that it touches, over several values of that figure
  --rounds N  --rows N                    5 rounds of 400 000 rows, when not said
  --json                                  the figures instead of the table
  --write                                 the table goes into docs/performance.md
  --smoke                                 one short round`

const { values } = readOptions(usage, {
  sweep: { type: 'string' },
  rounds: { type: 'string' },
  rows: { type: 'string' },
  json: { type: 'boolean' },
  write: { type: 'boolean' },
  smoke: { type: 'boolean' },
  measure: { type: 'string' },
  tuning: { type: 'string' },
})
const rows = count('rows', values.rows ?? (values.smoke ? 20_000 : 400_000))

if (values.measure) {
  const { measure } = await import('./shapes.mjs')
  console.log(JSON.stringify(await measure(values.measure, rows, JSON.parse(values.tuning ?? '{}'))))
} else {
  await main()
}

/** One process for one measurement. */
async function measured(shape, tuning) {
  const args = ['--measure', shape, '--rows', String(rows), '--tuning', JSON.stringify(tuning)]
  return figures(shape, process.execPath, [import.meta.filename, ...args])
}

async function main() {
  const rounds = count('rounds', values.rounds ?? (values.smoke ? 1 : 5))
  const sweep = values.sweep ? SWEEPS[values.sweep] : undefined
  if (values.sweep && !sweep) {
    console.error(`caller: --sweep takes ${Object.keys(SWEEPS).join(', ')}`)
    process.exitCode = 2
    return
  }
  const cases = sweep
    ? sweep.shapes.flatMap((shape) => sweep.values.map((value) => ({ shape, tuning: { [values.sweep]: value } })))
    : Object.keys(SHAPES).map((shape) => ({ shape, tuning: {} }))
  for (const one of cases) one.runs = []
  for (let round = 0; round < rounds; round++) {
    for (const one of cases) {
      one.runs.push(await measured(one.shape, one.tuning))
      if (process.stderr.isTTY) process.stderr.write(`\r${round + 1}/${rounds} ${one.shape}            `)
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  const results = cases.map(({ shape, tuning, runs }) => ({ shape, tuning, rows, ...summary(runs) }))
  if (values.json) console.log(JSON.stringify(results, null, 2))
  else console.log(format(results))
  if (values.write) writeSection(values.sweep ? `caller-${values.sweep}` : 'caller', format(results))
}
