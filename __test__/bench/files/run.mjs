/** `npm run bench -- --only files`: the command line over whole files beside DuckDB and polars, in turns, each a process from its start to its end. */
import { writeFileSync } from 'node:fs'
import { count } from '../../../scripts/lib/options.mjs'
import { judge, table } from '../goals.mjs'
import { writeSection } from '../report.mjs'
import { clearProgress, machine, progress } from '../screen.mjs'
import { check } from '../truth.mjs'
import { data, pythonOfFiles } from './data.mjs'
import { budget, growth, PEERS, report } from './goals.mjs'
import { parts } from './parts.mjs'
import { ofPeer, profiled } from './whole.mjs'

const SMOKE_ROWS = 3000
const PARTS = {
  'CSV of flights': 'csv whole',
  'hard CSV': 'hard',
  'NDJSON of flights': 'ndjson whole',
  'Parquet of flights': 'parquet whole',
}
/** Beside these stand the peers. */
const BESIDE = ['csv whole', 'ndjson whole', 'parquet whole', 'one group', 'hard']

/** Each of a round, in its order: what the lines of the report call it, and what measures it. */
function contenders(files, python, isSmoke) {
  const found = {}
  const own = (name, file, options) => {
    found[name] = async () => {
      const told = await profiled(file.path, options)
      if (told.rows !== file.rows) throw new Error(`${file.path}: ${file.rows - told.rows} rows are missing`)
      return told
    }
  }
  for (const [name, file] of Object.entries(files)) {
    if (name === 'start') continue
    own(name, file)
    if (python === null || !BESIDE.includes(name)) continue
    for (const peer of Object.keys(PEERS)) found[`${name}, ${peer}`] = () => ofPeer(python, peer, file.kind, file.path)
  }
  own('csv timed', files['csv whole'], ['--timestamp-column', 'time_hour'])
  if (!isSmoke) own('start', files.start, files.start.options)
  return found
}

/** Throws where a round's profiles and DuckDB are not of one mind. */
function compare(runs, round) {
  for (const name of BESIDE) {
    const theirs = runs[`${name}, duckdb`]?.[round]
    if (theirs) check(name, runs[name][round].answers, theirs.answers)
  }
}

/** Of the peers that ran. */
const versions = (runs) =>
  Object.entries(PEERS)
    .map(([peer, called]) => `${called} ${runs[`csv whole, ${peer}`][0].version}`)
    .join(', ')

export async function files(values) {
  const rounds = count('rounds', values.rounds ?? (values.smoke ? 1 : 5))
  const rows = values.rows || values.smoke ? count('rows', values.rows ?? String(SMOKE_ROWS)) : null
  const unmeasured = []
  const miss = (what) => {
    unmeasured.push(what)
    return null
  }
  const python = values['without-peers']
    ? miss('DuckDB and polars: left out by `--without-peers`')
    : await pythonOfFiles(progress, miss)
  const found = await data(progress, miss, { python, rows })
  const all = contenders(found, python, values.smoke)
  const runs = Object.fromEntries(Object.keys(all).map((name) => [name, []]))
  const spent = Object.fromEntries(
    Object.keys(PARTS)
      .filter((title) => found[PARTS[title]])
      .map((title) => [title, []]),
  )
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(all)) {
      progress(`round ${round + 1} of ${rounds}: ${name}`)
      runs[name].push(await measure())
    }
    compare(runs, round)
    for (const [title, list] of Object.entries(spent)) {
      progress(`round ${round + 1} of ${rounds}: parts of ${title}`)
      list.push(await parts(found[PARTS[title]]))
    }
  }
  clearProgress()
  const absent = python ? [] : BESIDE.flatMap((name) => Object.keys(PEERS).map((peer) => `${name}, ${peer}`))
  const lines = judge(runs, report(found), new Set(absent))
  const beside = python ? `; beside ${versions(runs)}` : ''
  const left = unmeasured.length > 0 ? `\n\nNot measured:\n\n${unmeasured.map((what) => `* ${what}.`).join('\n')}` : ''
  const head = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; ${rounds} rounds${beside}.`
  const text = [head, table(lines), growth(runs, found), budget(spent)].join('\n\n') + left
  console.log(text)
  const missed = lines.filter(({ met }) => met === false)
  console.log(`\n${lines.filter(({ met }) => met).length} goals met, ${missed.length} missed`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, rounds, runs, spent }, null, 2)}\n`)
  if (!values.write) return
  if (unmeasured.length === 0 && rows === null) return writeSection('files', text)
  console.error('bench: nothing is written, because lines of the table are missing')
  process.exitCode = 1
}
