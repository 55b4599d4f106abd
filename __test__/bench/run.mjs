/** Measures what `npm run bench` asks for, in turns, each measurement a process of its own, and tells it beside its goals. Answers are held against the truth; a false one ends the run. */
import { writeFileSync } from 'node:fs'
import { count } from '../../scripts/lib/options.mjs'
import { at } from '../../scripts/lib/project.mjs'
import { figures } from './child.mjs'
import { CONTENDERS } from './contenders.mjs'
import { floors } from './floor.mjs'
import { derive, judge, REPORT, short, table } from './goals.mjs'
import { values } from './options.mjs'
import { peers } from './peers.mjs'
import { writeSection } from './report.mjs'
import { clearProgress, machine, progress } from './screen.mjs'

/** Whoever asks for no number of rounds has a table within ten minutes of the start, set-up included. */
const MOST_SECONDS = 580
const LEAST_ROUNDS = 3

/** Goals that nothing is measured for. */
const UNMEASURED = [
  'the durable modes (`checkpoint` at 0.95× and `wal` at 0.5× of the rate in memory): this version does not have them',
  'values of other rows on the calling thread (a number 10 ns, a text 45 ns): by the kind of column in docs/performance.md, “What things cost”',
]

const ours = (name, rows) =>
  figures(name, process.execPath, ['--expose-gc', at('__test__', 'bench', 'contenders.mjs'), name, String(rows)])

async function main() {
  if (values.only === 'files') {
    const { files } = await import('./files/run.mjs')
    return files(values)
  }
  const rounds = count('rounds', values.rounds ?? (values.smoke ? 1 : 5))
  const rows = count('rows', values.rows ?? (values.smoke ? 2000 : 100_000))
  const size = { smoke: values.smoke }
  // Compilers and package managers at once: each waits for something else.
  const unmeasured = [...UNMEASURED]
  const miss = (what) => {
    unmeasured.push(what)
    return null
  }
  const found = []
  if (values['without-peers']) miss('peers, and what is measured in Rust: left out by `--without-peers`')
  else found.push(...(await Promise.all([floors(progress, miss, rows), peers(progress, miss, size)])))
  const all = {
    ...Object.fromEntries(Object.keys(CONTENDERS).map((name) => [name, () => ours(name, rows)])),
    ...Object.assign({}, ...found),
  }
  const names = values.only ? values.only.split(',') : Object.keys(all)
  const unknown = names.find((name) => !all[name])
  if (unknown !== undefined) {
    console.error(`bench: there is no ${unknown}: ${Object.keys(all).join(', ')}`)
    process.exitCode = 2
    return
  }
  const runs = Object.fromEntries(names.map((name) => [name, []]))
  let done = 0
  let roundSeconds = 0
  while (done < rounds && (values.rounds || done < LEAST_ROUNDS || process.uptime() + roundSeconds < MOST_SECONDS)) {
    const began = process.uptime()
    for (const [index, name] of names.entries()) {
      progress(`round ${done + 1} of ${rounds}, ${index + 1} of ${names.length}: ${name}`)
      runs[name].push(derive(name, await all[name]()))
    }
    done++
    roundSeconds = process.uptime() - began
  }
  clearProgress()
  const lines = judge(runs)
  const text = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; ${done} rounds of ${rows} rows.\n\n${table(lines)}\n\nNot measured:\n\n${unmeasured.map((what) => `* ${what}.`).join('\n')}`
  console.log(text)
  const missed = lines.filter(({ met }) => met === false)
  console.log(`\n${lines.filter(({ met }) => met).length} goals met, ${missed.length} missed`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, rounds: done, rows, runs }, null, 2)}\n`)
  if (values.write && lines.length < REPORT.length) {
    console.error('bench: nothing is written, because lines of the table are missing')
    process.exitCode = 1
  } else if (values.write) {
    writeSection('all', text)
    writeSection(
      'readme',
      `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}.\n\n${short(lines)}`,
      at('README.md'),
    )
  }
}

await main()
