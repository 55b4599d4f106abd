/** What is reported of files, and the goals. */
import { atMost, line, MIB, mebibytes, timesLess } from '../goals.mjs'

const seconds = (value) => `${value.toFixed(2)} s`
const percent = (value) => `${(value * 100).toFixed(0)} %`
const thousands = (count) => count.toLocaleString('en').replaceAll(',', ' ')

export const PEERS = { duckdb: 'DuckDB', polars: 'polars' }

/** By contender: what is measured, and the least that it is to be of each peer's speed. */
const KINDS = {
  'csv whole': { title: (rows) => `CSV, ${rows} flights of 19 columns`, duckdb: 5, polars: 2 },
  'ndjson whole': { title: () => 'NDJSON of them', duckdb: 5 },
  'parquet whole': { title: () => 'Parquet of them, groups of 131 072 rows', duckdb: 4 },
  'one group': { title: () => '… in one group', duckdb: 2 },
  hard: { title: (rows) => `CSV that is hard, ${rows} rows of 10 columns`, duckdb: 3 },
}

const WAYS = { csv: 'read_csv', json: 'read_ndjson', parquet: 'read_parquet' }

/** Lines of the table; `files` are those that there are. */
export function report(files) {
  const lines = []
  for (const [name, { title, ...goals }] of Object.entries(KINDS)) {
    if (!files[name]) continue
    const { rows, kind } = files[name]
    lines.push(line(name, title(thousands(rows)), 'seconds', seconds))
    const against = (peer, way) => {
      const goal =
        goals[peer] === undefined
          ? { times: { of: `${name}, ${peer}`, inverse: true } }
          : timesLess(`${name}, ${peer}`, goals[peer])
      lines.push(line(name, `… against ${PEERS[peer]}’s ${way}`, 'seconds', seconds, goal))
    }
    against('duckdb', '`SUMMARIZE`')
    const theirs = { times: { of: `${name}, duckdb`, inverse: true } }
    lines.push(line(name, '… the same in processor time', 'cpuSeconds', seconds, theirs))
    against('polars', `\`${WAYS[kind]}().describe()\``)
    lines.push(line(name, '… memory of the process at most', 'bytes', mebibytes, atMost(192 * MIB)))
    for (const [peer, called] of Object.entries(PEERS)) {
      lines.push(line(`${name}, ${peer}`, `… of ${called}`, 'bytes', mebibytes))
    }
    if (name === 'csv whole') {
      const timed = 'with `--timestamp-column time_hour`, a profile a day: 365'
      lines.push(line('csv timed', `… ${timed}`, 'seconds', seconds))
    }
  }
  lines.push(
    line('start', 'the three million flights of `npm start`, profiling alone', 'profilingSeconds', seconds, atMost(1)),
    line('start', '… memory of the process at most', 'bytes', mebibytes, atMost(192 * MIB)),
  )
  return lines
}

const cell = (values, show) => {
  const sorted = values.toSorted((a, b) => a - b)
  return show(sorted[Math.floor(sorted.length / 2)])
}

/** How time and memory grow with a file. */
export function growth(runs, files) {
  const lines = ['| | rows | | processor time a row | memory at most |', '|---|---|---|---|---|']
  for (const [form, called] of Object.entries({ csv: 'CSV', ndjson: 'NDJSON', parquet: 'Parquet' })) {
    for (const size of ['half', 'whole', 'double']) {
      const name = `${form} ${size}`
      if (!runs[name]) continue
      const { rows } = files[name]
      const time = cell(
        runs[name].map((run) => run.seconds),
        seconds,
      )
      const each = cell(
        runs[name].map((run) => (run.cpuSeconds / rows) * 1e9),
        (ns) => `${ns.toFixed(0)} ns`,
      )
      const memory =
        runs[name][0].bytes === null
          ? ''
          : cell(
              runs[name].map((run) => run.bytes),
              mebibytes,
            )
      lines.push(`| ${called} | ${thousands(rows)} | ${time} | ${each} | ${memory} |`)
    }
  }
  return lines.join('\n')
}

/** What a row costs, part by part, of those `spent`: by file, a list of runs. */
export function budget(spent) {
  const columns = ['cutNs', 'parsedNs', 'sketchedNs', 'allNs']
  const lines = [
    '| ns a row, of the processor | reading, cutting, one column | parsing the others | sketches | in all | of it sketches |',
    '|---|---|---|---|---|---|',
  ]
  for (const [title, runs] of Object.entries(spent)) {
    const cells = columns.map((column) =>
      cell(
        runs.map((run) => run[column]),
        (ns) => ns.toFixed(0),
      ),
    )
    const share = cell(
      runs.map((run) => run.sketchedNs / run.allNs),
      percent,
    )
    lines.push(`| ${title} | ${cells.join(' | ')} | ${share} |`)
  }
  return lines.join('\n')
}
