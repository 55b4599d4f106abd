/** What is reported of each contender, and the goal it is held against: all figures of one run on one machine. */

const million = (value) => `${(value / 1e6).toFixed(2)} M rows/s`
const thousand = (value) => `${(value / 1e3).toFixed(1)} k rows/s`
const nanoseconds = (value) => `${value.toFixed(0)} ns a row`
const milliseconds = (value) => `${value.toFixed(2)} ms`
const microseconds = (value) => `${value.toFixed(0)} µs`
const mebibytes = (value) => `${(value / 2 ** 20).toFixed(1)} MiB`
const MIB = 2 ** 20

/** `atMost` or `atLeast` a figure; `of`: as a multiple of another contender's. */
export const REPORT = [
  { contender: 'stringify', title: '`JSON.stringify` of the row', figure: 'nsPerRow', as: nanoseconds },
  { contender: 'bulk', title: '`log(row)`, the calling thread', figure: 'nsPerRow', as: nanoseconds, atMost: 250 },
  {
    contender: 'bulk',
    title: 'of that, `JSON.stringify` takes',
    figure: 'nsPerRow',
    as: nanoseconds,
    times: { of: 'stringify', inverse: true },
    atLeast: 6,
  },
  {
    contender: 'turns',
    title: 'one row a turn, above the bare turn',
    figure: 'nsPerRow',
    as: nanoseconds,
    atMost: 400,
  },
  { contender: 'one call', title: 'one call of `log`, 99.9 % within', figure: 'p999Us', as: microseconds, atMost: 50 },
  {
    contender: 'loop',
    title: 'event loop delay p99 at 100 000 rows/s, above idle',
    figure: 'extraMs',
    as: milliseconds,
    atMost: 1,
  },
  {
    contender: 'one worker',
    title: '`log(row)` until tracked, one worker',
    figure: 'rowsPerSecond',
    as: million,
    atLeast: 2.5e6,
  },
  {
    contender: 'one worker',
    title: '… against whylogs’ process logger',
    figure: 'rowsPerSecond',
    as: million,
    times: { of: 'whylogs process logger' },
    atLeast: 200,
  },
  {
    contender: 'one worker',
    title: '… against whylogs over data frames',
    figure: 'rowsPerSecond',
    as: million,
    times: { of: 'whylogs data frame' },
    atLeast: 25,
  },
  {
    contender: 'one worker',
    title: '… against DuckDB’s appender and SUMMARIZE',
    figure: 'rowsPerSecond',
    as: million,
    times: { of: 'DuckDB appender and SUMMARIZE' },
    atLeast: 10,
  },
  {
    contender: 'columns',
    title: 'typed arrays by `columns`, six columns, one worker',
    figure: 'rowsPerSecond',
    as: million,
    atLeast: 3e6,
  },
  { contender: 'arrow', title: 'Arrow IPC bytes, one worker', figure: 'rowsPerSecond', as: million },
  { contender: 'ndjson', title: 'NDJSON bytes, one worker', figure: 'rowsPerSecond', as: million, atLeast: 0.7e6 },
  {
    contender: 'requests',
    title: 'log requests as bytes, 100 rows each, one worker',
    figure: 'rowsPerSecond',
    as: million,
    atLeast: 0.7e6,
  },
  { contender: 'bulk', title: '`log(row)` until tracked, all workers', figure: 'rowsPerSecond', as: million },
  {
    contender: 'interleaved',
    title: '1 000 datasets in turn, of one dataset’s rate',
    figure: 'rowsPerSecond',
    as: million,
    times: { of: 'bulk' },
    atLeast: 0.5,
  },
  {
    contender: 'changing',
    title: 'every second row another column, of the plain rate',
    figure: 'rowsPerSecond',
    as: million,
    times: { of: 'bulk' },
    atLeast: 0.5,
  },
  {
    contender: 'wide',
    title: 'rows of 100 columns, a value’s cost against the narrow row’s',
    figure: 'nsPerValue',
    as: nanoseconds,
    times: { of: 'one worker' },
    atMost: 1.5,
  },
  { contender: 'sync', title: '`sync` round trip, idle', figure: 'ms', as: milliseconds, atMost: 0.1 },
  { contender: 'sync', title: '… 99 % within', figure: 'p99Ms', as: milliseconds, atMost: 0.5 },
  { contender: 'status', title: '`status()` of 1 000 columns', figure: 'ms', as: milliseconds, atMost: 20 },
  { contender: 'flush', title: '`flush()` of 1 000 columns to disk', figure: 'ms', as: milliseconds, atMost: 100 },
  {
    contender: 'memory of one',
    title: 'memory of one dataset of 10 columns',
    figure: 'bytes',
    as: mebibytes,
    atMost: 64 * MIB,
  },
  {
    contender: 'memory of many',
    title: 'memory of 10 000 datasets of 10 columns, 50 rows each',
    figure: 'bytes',
    as: mebibytes,
    atMost: 1024 * MIB,
  },
  {
    contender: 'overload',
    title: 'memory above `maxBufferBytes` where rows come too fast',
    figure: 'bytes',
    as: mebibytes,
    atMost: 64 * MIB,
  },
  { contender: 'start', title: '`import`', figure: 'ms', as: milliseconds, atMost: 15 },
  { contender: 'start', title: 'the addon', figure: 'bytes', as: mebibytes, atMost: 6 * MIB },
  { contender: 'whylogs data frame', title: 'whylogs in Python, a data frame', figure: 'rowsPerSecond', as: thousand },
  { contender: 'whylogs row by row', title: 'whylogs in Python, row by row', figure: 'rowsPerSecond', as: thousand },
  {
    contender: 'whylogs process logger',
    title: 'whylogs in Python, its process logger',
    figure: 'rowsPerSecond',
    as: thousand,
  },
  {
    contender: 'DuckDB appender and SUMMARIZE',
    title: 'DuckDB in Node, appender and SUMMARIZE',
    figure: 'rowsPerSecond',
    as: thousand,
  },
]

/** Figures made of others. */
export function derive(name, figures) {
  if (name === 'loop') return { ...figures, extraMs: Math.max(0, figures.busyMs - figures.idleMs) }
  if (name === 'wide') return { ...figures, nsPerValue: 1e9 / figures.rowsPerSecond / 100 }
  if (name === 'one worker') return { ...figures, nsPerValue: 1e9 / figures.rowsPerSecond / 10 }
  return figures
}

export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median, min: sorted[0], max: sorted.at(-1) }
}

const ratio = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)}×`

/** Lines of the report: contender, figure, goal, and whether it is met. `runs`: figures by contender. */
export function judge(runs) {
  const lines = []
  for (const { contender, title, figure, as, times, atMost, atLeast } of REPORT) {
    const own = runs[contender]
    const peer = times ? runs[times.of] : null
    if (!own || (times && !peer)) continue
    let { median, min, max } = spread(own.map((run) => run[figure]))
    let show = as
    if (times) {
      const theirs = spread(peer.map((run) => run[figure])).median
      const scaled = (value) => (times.inverse ? theirs / value : value / theirs)
      const all = [median, min, max].map(scaled)
      ;[median, min, max] = [all[0], Math.min(...all), Math.max(...all)]
      show = ratio
    }
    const goal = atMost === undefined && atLeast === undefined ? null : (atMost ?? atLeast)
    const met = goal === null ? null : atMost !== undefined ? median <= atMost : median >= atLeast
    const sign = atMost !== undefined ? '≤' : '≥'
    lines.push({
      title,
      figure: `${show(median)} (${show(min)} – ${show(max)})`,
      goal: goal === null ? '' : `${sign} ${show(goal)}`,
      met,
      outcome: met === null ? '' : met ? 'met' : `missed by ${Math.abs((median / goal - 1) * 100).toFixed(0)} %`,
    })
  }
  return lines
}

/** A Markdown table. */
export function table(lines) {
  const rows = lines.map(({ title, figure, goal, outcome }) => `| ${title} | ${figure} | ${goal} | ${outcome} |`)
  return ['| | median (least – most) | goal | |', '|---|---|---|---|', ...rows].join('\n')
}
