/**
 * Very many (dataset, bucket) keys with one row each: how fast they are tracked, with much memory and with little. Every measurement is a process of its own.
 */
import { count, readOptions } from '../../scripts/lib/options.mjs'
import { at } from '../../scripts/lib/project.mjs'
import { processMemory, tellsMemory } from '../support/process-memory.mjs'
import { figures } from './child.mjs'
import { writeSection } from './report.mjs'
import { quantile, rolling } from './started.mjs'

const usage = `node __test__/bench/keys.mjs     how fast very many keys are tracked
  --rounds N                     3 rounds, when not said
  --write                        the table goes into docs/performance.md
  --smoke                        one short round`

const { values } = readOptions(usage, {
  rounds: { type: 'string' },
  write: { type: 'boolean' },
  smoke: { type: 'boolean' },
  measure: { type: 'string' },
})

const MIB = 2 ** 20
const DATASETS = 100
const START_MS = Date.UTC(2026, 0, 1)

/** Logs a row for each of so many keys; gives the rate until all are tracked, and that from one number of keys to another. */
async function measure({ keys, maxProfileMib, from, to }) {
  const { ProcessRollingLogger } = await rolling()
  const logger = new ProcessRollingLogger({
    aggregateBy: 'Second',
    writerFactory: { createWriters: () => [{ name: 'nothing', write() {} }] },
    writeSchedule: null,
    flushOnExit: false,
    limits: { maxProfileBytes: maxProfileMib * MIB, bucketWindow: { pastMs: Infinity, futureMs: Infinity } },
  })
  logger.start()
  const times = new Map()
  const reach = async (key) => {
    await logger.processMessages()
    times.set(key, performance.now())
  }
  await reach(0)
  for (let key = 0; key < keys; key++) {
    if (key === from || key === to) await reach(key)
    const row = { a: key, b: `x${key}`, c: key / 7, d: `y${key % 9}` }
    const timestampMs = START_MS + Math.floor(key / DATASETS) * 1000
    if (!logger.log(row, { datasetId: `d${key % DATASETS}`, timestampMs })) await logger.drained()
  }
  await reach(keys)
  const rate = (first, last) => ((last - first) / (times.get(last) - times.get(first))) * 1000
  const peakBytes = tellsMemory ? processMemory('VmHWM') : null
  const { trackedRows } = logger.stats()
  if (trackedRows !== keys) throw new Error(`${keys - trackedRows} rows are missing`)
  logger.kill()
  await logger.join()
  return {
    rowsPerSecond: rate(0, keys),
    between: from === undefined ? null : rate(from, to),
    peakBytes,
  }
}

function plans(keys) {
  const few = keys / 20
  return {
    few: { keys: few, maxProfileMib: 6144, from: few * 0.8, to: few - 1 },
    border: { keys: few * 1.4 + 1, maxProfileMib: 6144, from: few * 1.2, to: few * 1.4 },
    many: { keys, maxProfileMib: 6144 },
    tight: { keys, maxProfileMib: 1024 },
  }
}

const thousand = (value) => `${(value / 1000).toFixed(0)} k rows/s`
const gibibytes = (value) => (value === null ? '' : `${(value / 2 ** 30).toFixed(1)} GiB`)
const words = (keys) => keys.toLocaleString('en').replaceAll(',', ' ')

function table(runs, { few, border, many }) {
  const ratio = (name, pick, of) => {
    const ratios = runs[name].map((run, round) => pick(run) / of(runs.few[round]))
    return `${quantile(ratios).toFixed(2)}× (${Math.min(...ratios).toFixed(2)}× – ${Math.max(...ratios).toFixed(2)}×)`
  }
  const rate = (run) => run.rowsPerSecond
  const between = (run) => run.between
  const line = (title, name, pick, of, goal) =>
    `| ${title} | ${thousand(quantile(runs[name].map(pick)))} | ${of === null ? '' : ratio(name, pick, of)} | ${goal} | ${gibibytes(quantile(runs[name].map((run) => run.peakBytes)))} |`
  return [
    '| keys, a row each | until tracked | of the first line’s rate | goal | process at most |',
    '|---|---|---|---|---|',
    line(`${words(few.keys)}, at most 6 GiB of open profiles`, 'few', rate, null, ''),
    line(`from ${words(border.from)} to ${words(border.to)}`, 'border', between, between, '≥ 0.80×'),
    line(`${words(many.keys)}, at most 6 GiB`, 'many', rate, rate, '≥ 0.50×'),
    line(`${words(many.keys)}, at most 1 GiB`, 'tight', rate, rate, '≥ 0.20×'),
  ].join('\n')
}

async function main() {
  const rounds = count('rounds', values.rounds ?? (values.smoke ? 1 : 3))
  const plan = plans(values.smoke ? 4000 : 1_000_000)
  const runs = Object.fromEntries(Object.keys(plan).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, program] of Object.entries(plan)) {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[Kround ${round + 1} of ${rounds}: ${name}`)
      const args = [at('__test__', 'bench', 'keys.mjs'), '--measure', JSON.stringify(program)]
      runs[name].push(await figures(name, process.execPath, args))
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  const text = table(runs, plan)
  console.log(text)
  if (values.write) writeSection('keys', text)
}

if (values.measure) console.log(JSON.stringify(await measure(JSON.parse(values.measure))))
else await main()
