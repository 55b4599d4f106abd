/** What is reported of each contender, and the goal it is held against: all figures of one run on one machine. */

const million = (value) => `${(value / 1e6).toFixed(2)} M rows/s`
const thousand = (value) => `${(value / 1e3).toFixed(1)} k rows/s`
const nanoseconds = (value) => `${value.toFixed(0)} ns a row`
const milliseconds = (value) => `${value.toFixed(2)} ms`
const microseconds = (value) => `${value.toFixed(0)} µs`
export const mebibytes = (value) => `${(value / 2 ** 20).toFixed(1)} MiB`
const ratio = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)}×`
export const MIB = 2 ** 20

export const line = (contender, title, figure, as, more = {}) => ({ contender, title, figure, as, ...more })
export const atMost = (limit) => ({ atMost: limit })
const atLeast = (limit) => ({ atLeast: limit })
/** As a multiple of another contender's figure, or of the inverse where less is better. */
const times = (of, least) => ({ times: { of }, atLeast: least })
export const timesLess = (of, least) => ({ times: { of, inverse: true }, atLeast: least })

/** By contender and figure: what it is called, and what it should be. `inReadme`: shown there too. */
export const REPORT = [
  line('stringify', '`JSON.stringify` of the row', 'nsPerRow', nanoseconds),
  line('caller', '`log(row)`, the calling thread', 'nsPerRow', nanoseconds, { ...atMost(250), inReadme: true }),
  line('caller', '… less than `JSON.stringify` of it', 'nsPerRow', nanoseconds, timesLess('stringify', 6)),
  line('turns', 'one row a turn, above the bare turn', 'nsPerRow', nanoseconds, atMost(400)),
  line('one call', 'one call of `log`, 99.9 % within', 'p999Us', microseconds, { ...atMost(50), inReadme: true }),
  line('loop', 'event loop delay p99 at 100 000 rows/s, above idle', 'extraMs', milliseconds, atMost(1)),
  line('one worker', '`log(row)` until tracked, one worker', 'rowsPerSecond', million, {
    ...atLeast(2.5e6),
    inReadme: true,
  }),
  line('one worker', '… against whylogs’ process logger', 'rowsPerSecond', million, {
    ...times('whylogs process logger', 200),
    inReadme: true,
  }),
  line('one worker', '… against whylogs over data frames', 'rowsPerSecond', million, {
    ...times('whylogs data frame', 25),
    inReadme: true,
  }),
  line('one worker', '… against its homogeneous columns', 'rowsPerSecond', million, times('whylogs homogeneous', 6)),
  line('one worker', '… against DuckDB’s appender and SUMMARIZE', 'rowsPerSecond', million, {
    ...times('DuckDB appender and SUMMARIZE', 10),
    inReadme: true,
  }),
  line('floor', 'sketching alone, a core (the Rust floor)', 'nsPerRow', nanoseconds, atMost(300)),
  line('floor', '… against whylogs over data frames', 'rowsPerSecond', million, times('whylogs data frame', 35)),
  line('crate item by item', 'the same by crate `datasketches`, item by item', 'nsPerRow', nanoseconds),
  line('engine of one worker', 'blocks made beforehand until tracked, one worker', 'rowsPerSecond', million),
  line(
    'engine of two workers',
    '… two workers, one dataset',
    'rowsPerSecond',
    million,
    times('engine of one worker', 1.8),
  ),
  line(
    'engine of one worker, columns',
    'six columns of numbers made beforehand until tracked, one worker',
    'rowsPerSecond',
    million,
  ),
  line(
    'engine of two workers, columns',
    '… two workers, one dataset',
    'rowsPerSecond',
    million,
    times('engine of one worker, columns', 1.8),
  ),
  line('columns', 'typed arrays by `columns`, six columns, one worker', 'rowsPerSecond', million, {
    ...atLeast(3e6),
    inReadme: true,
  }),
  line('columns of two workers', '… two workers, beside the thread that hands them over', 'rowsPerSecond', million, {
    times: { of: 'columns' },
  }),
  line('arrow', 'Arrow IPC bytes, one worker', 'rowsPerSecond', million, atLeast(3e6)),
  line('ndjson', 'NDJSON bytes, one worker', 'rowsPerSecond', million, { ...atLeast(0.7e6), inReadme: true }),
  line('requests', 'log requests as bytes, 100 rows each, one worker', 'rowsPerSecond', million, atLeast(0.7e6)),
  line(
    'requests',
    '… against whylogs’ process logger, serialised messages',
    'rowsPerSecond',
    million,
    times('whylogs serialised', 15),
  ),
  line('bulk', '`log(row)` until tracked, all workers', 'rowsPerSecond', million),
  line('interleaved', '1 000 datasets in turn, of one dataset’s rate', 'rowsPerSecond', million, times('bulk', 0.5)),
  line('changing', 'every second row another column, of the plain rate', 'rowsPerSecond', million, times('bulk', 0.5)),
  line('wide', 'rows of 100 columns, a value’s cost against the narrow row’s', 'nsPerValue', nanoseconds, {
    times: { of: 'one worker' },
    atMost: 1.5,
  }),
  line('sync', '`sync` round trip, idle', 'ms', milliseconds, { ...atMost(0.1), inReadme: true }),
  line('sync', '… 99 % within', 'p99Ms', milliseconds, atMost(0.5)),
  line('flush', '`status()` of 1 000 columns, merged over two workers', 'statusMs', milliseconds, atMost(20)),
  line('flush', '`flush()` of 1 000 columns, merged over two workers, to disk', 'ms', milliseconds, {
    ...atMost(100),
    inReadme: true,
  }),
  line('flush', '… the event loop’s longest delay meanwhile, above idle', 'delayMs', milliseconds),
  line(
    'memory of one',
    'memory of a logger’s first dataset of 10 columns, queue and buffers included',
    'bytes',
    mebibytes,
    {
      ...atMost(10 * MIB),
      inReadme: true,
    },
  ),
  line('memory of one', '… of one more', 'moreBytes', mebibytes, atMost(10 * MIB)),
  line('memory of many', 'memory of 10 000 datasets of 10 columns, 100 rows each', 'bytes', mebibytes, {
    ...atMost(1024 * MIB),
    inReadme: true,
  }),
  line('overload', 'memory above `maxBufferBytes` where rows come too fast', 'bytes', mebibytes, atMost(64 * MIB)),
  line('overload', '… how much too fast', 'timesTooFast', ratio, atLeast(2)),
  line('start', '`import`', 'ms', milliseconds, atMost(15)),
  line('start', 'the addon', 'bytes', mebibytes, atMost(11 * MIB)),
  line('whylogs data frame', 'whylogs in Python, a data frame', 'rowsPerSecond', thousand),
  line('whylogs homogeneous', 'whylogs in Python, its homogeneous columns', 'rowsPerSecond', thousand),
  line('whylogs process logger', 'whylogs in Python, its process logger', 'rowsPerSecond', thousand),
  line(
    'whylogs serialised',
    'whylogs in Python, its process logger, messages of 100 rows serialised',
    'rowsPerSecond',
    thousand,
  ),
  line('DuckDB appender and SUMMARIZE', 'DuckDB in Node, appender and SUMMARIZE', 'rowsPerSecond', thousand),
]

/** Figures made of others. */
export function derive(name, figures) {
  if (name === 'loop') return { ...figures, extraMs: Math.max(0, figures.busyMs - figures.idleMs) }
  if (name === 'wide') return { ...figures, nsPerValue: 1e9 / figures.rowsPerSecond / 100 }
  if (name === 'one worker') return { ...figures, nsPerValue: 1e9 / figures.rowsPerSecond / 10 }
  if (name === 'floor' || name.startsWith('engine')) return { ...figures, rowsPerSecond: 1e9 / figures.nsPerRow }
  return figures
}

export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median, min: sorted[0], max: sorted.at(-1) }
}

/**
 * Lines of a report: contender, figure, goal, and whether it is met. `runs`: figures by contender. `absent`: contenders that are not on this machine; what nobody
 * measured is left out, but of these it is said.
 */
export function judge(runs, report = REPORT, absent = new Set()) {
  const lines = []
  for (const { contender, title, figure, as, times, atMost, atLeast, inReadme = false } of report) {
    if (absent.has(contender) || absent.has(times?.of)) {
      lines.push({ inReadme, title, figure: 'not installed', goal: '', met: null, outcome: '' })
      continue
    }
    const own = runs[contender]
    const peer = times ? runs[times.of] : null
    if (!own || (times && !peer)) continue
    // Contenders take turns, so that what slows a round down slows both sides of a ratio.
    const inRound = (run, round) => {
      if (!times) return run[figure]
      const theirs = peer[round][figure]
      return times.inverse ? theirs / run[figure] : run[figure] / theirs
    }
    const { median, min, max } = spread(own.map(inRound))
    const show = times ? ratio : as
    const goal = atMost === undefined && atLeast === undefined ? null : (atMost ?? atLeast)
    const met = goal === null ? null : atMost !== undefined ? median <= atMost : median >= atLeast
    const sign = atMost !== undefined ? '≤' : '≥'
    lines.push({
      inReadme,
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

/** The lines for the README, without goals. */
export function short(lines) {
  const rows = lines.filter(({ inReadme }) => inReadme).map(({ title, figure }) => `| ${title} | ${figure} |`)
  return ['| | median (least – most) |', '|---|---|', ...rows].join('\n')
}
