/**
 * What things cost: a value by the kind of its column, on the calling thread and on a worker, in memory and in the file.
 * Every measurement is a process of its own. A worker's time is the processor time of its thread, which Linux tells; elsewhere it is left out.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { count, readOptions } from '../../scripts/lib/options.mjs'
import { at } from '../../scripts/lib/project.mjs'
import { figures } from './child.mjs'
import { ofTwo } from './memory.mjs'
import { writeSection } from './report.mjs'
import { asWritten, narrowRows, random } from './rows.mjs'
import { quantile, started, to } from './started.mjs'

const usage = `node --expose-gc __test__/bench/costs.mjs     a table of what things cost
  --rounds N                                  3 rounds, when not said
  --write                                     it goes into docs/performance.md
  --smoke                                     one short round`

const { values } = readOptions(usage, {
  rounds: { type: 'string' },
  write: { type: 'boolean' },
  smoke: { type: 'boolean' },
  measure: { type: 'string' },
})

const source = narrowRows(20_000)
const next = random(7)
const from = (column) => (i) => source[i % source.length][column]

/** By kind of column: its title, and value `i`. */
const KINDS = {
  fractions: { title: 'fractions', value: from('f0') },
  'few integers': { title: 'whole numbers, 100 different', value: from('i0') },
  integers: { title: 'whole numbers, nearly all different', value: from('i1') },
  'few texts': { title: 'texts, 8 different', value: from('s0') },
  words: { title: 'texts, 1 000 different, a few of them frequent', value: from('s1') },
  texts: { title: 'texts of 17 characters, nearly all different', value: from('s2') },
  booleans: { title: 'booleans', value: from('b0') },
  'half nulls': { title: 'fractions, every other a null', value: (i) => (i % 2 === 0 ? null : from('f0')(i)) },
  lists: { title: 'lists of two numbers', value: () => [next(), next()] },
}

/** `count` rows of so many columns of a kind; of many columns, one after the other begins its values elsewhere. */
function rowsOf(kind, columns, count) {
  const { value } = KINDS[kind]
  return Array.from({ length: count }, (_, i) => {
    const row = {}
    for (let column = 0; column < columns; column++) row[`c${column}`] = value(i + column * 17)
    return asWritten(row)
  })
}

/** Processor time of the first worker, ns; `null` where nobody tells. */
function workerNs() {
  const tasks = '/proc/self/task'
  if (!existsSync(tasks)) return null
  for (const task of readdirSync(tasks)) {
    if (readFileSync(`${tasks}/${task}/comm`, 'utf8').trim() !== 'profiles-lane-0') continue
    return Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0])
  }
  return null
}

async function times(kind, count) {
  const columns = 10
  const rows = rowsOf(kind, columns, 20_000)
  const { logger, writer } = await started({ workers: 1 })
  const pass = async () => {
    let spent = 0
    for (let i = 0; i < count; ) {
      const end = Math.min(count, i + 10_000)
      const began = performance.now()
      let room = true
      for (; i < end; i++) room = logger.log(rows[i % rows.length], to)
      spent += performance.now() - began
      if (!room) await logger.drained()
    }
    await logger.processMessages()
    return spent
  }
  await pass()
  const before = workerNs()
  const spent = await pass()
  const worker = before === null ? null : (workerNs() - before) / (count * columns)
  await logger.close()
  return {
    callerNs: (spent * 1e6) / (count * columns),
    workerNs: worker,
    fileBytes: writer.items[0].bytes.length / columns,
  }
}

async function memory(kind, count) {
  const columns = 1000
  const rows = rowsOf(kind, columns, count)
  const { logger, writer } = await started({ workers: 1 })
  const { second: bytes } = await ofTwo(async (datasetId) => {
    for (const [i, row] of rows.entries()) {
      logger.log(row, { ...to, datasetId })
      if (i % 100 === 0) await logger.processMessages()
    }
    await logger.processMessages()
  })
  await logger.close()
  const item = writer.items.find(({ datasetId }) => datasetId === 'd')
  return { bytes: bytes / columns, fileBytes: item.bytes.length / columns }
}

async function measure(kind, size) {
  // First of all: collecting the many rows of the others would take its time.
  const { callerNs, workerNs: worker, fileBytes } = await times(kind, size)
  const few = await memory(kind, size / 2000)
  const many = await memory(kind, size / 40)
  return { callerNs, workerNs: worker, few, many, fileBytes }
}

const whole = (value) => (value === null ? '' : value.toFixed(0))
const kibibytes = (bytes) => (Math.max(0, bytes) / 1024).toFixed(1)

function table(results, size) {
  const [few, many] = [size / 2000, size / 40].map((rows) => rows.toLocaleString('en').replaceAll(',', ' '))
  const lines = [
    `| a column of | calling thread, ns a value | worker, ns a value | memory after ${few} and ${many} rows, KiB | in the file then, and after ${(2 * size).toLocaleString('en').replaceAll(',', ' ')} rows, KiB |`,
    '|---|---|---|---|---|',
  ]
  for (const [kind, runs] of Object.entries(results)) {
    const figure = (pick) => quantile(runs.map(pick))
    const worker = runs[0].workerNs === null ? null : figure((run) => run.workerNs)
    const memories = [figure((run) => run.few.bytes), figure((run) => run.many.bytes)].map(kibibytes).join(' · ')
    const files = [(run) => run.few.fileBytes, (run) => run.many.fileBytes, (run) => run.fileBytes]
    const inFile = files.map((pick) => kibibytes(figure(pick))).join(' · ')
    lines.push(
      `| ${KINDS[kind].title} | ${whole(figure((run) => run.callerNs))} | ${whole(worker)} | ${memories} | ${inFile} |`,
    )
  }
  return lines.join('\n')
}

async function main() {
  const size = values.smoke ? 20_000 : 200_000
  const rounds = count('rounds', values.rounds ?? (values.smoke ? 1 : 3))
  const results = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, []]))
  for (let round = 0; round < rounds; round++) {
    for (const kind of Object.keys(KINDS)) {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[Kround ${round + 1} of ${rounds}: ${kind}`)
      const args = ['--expose-gc', at('__test__', 'bench', 'costs.mjs'), '--measure', `${kind}:${size}`]
      results[kind].push(await figures(kind, process.execPath, args))
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  const text = table(results, size)
  console.log(text)
  if (values.write) writeSection('costs', text)
}

if (values.measure) {
  const [kind, size] = values.measure.split(':')
  console.log(JSON.stringify(await measure(kind, Number(size))))
} else {
  await main()
}
