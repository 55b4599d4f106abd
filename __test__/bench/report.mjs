/** Figures of several runs, for people: median with the least and the most. */
import { readFileSync, writeFileSync } from 'node:fs'
import { at } from '../../scripts/lib/project.mjs'
import { spread } from './goals.mjs'
import { SHAPES } from './shapes.mjs'

/** Runs → median, least and most of each figure, and how much less than its peer it costs. */
export function summary(runs) {
  const figure = (name) => spread(runs.map((run) => run[name]))
  return {
    nsPerRow: figure('nsPerRow'),
    peerNs: figure('peerNs'),
    timesFaster: spread(runs.map((run) => run.peerNs / run.nsPerRow)),
    rowsPerSecond: figure('rowsPerSecond'),
  }
}

const whole = ({ median, min, max }) => `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`
const tenths = ({ median, min, max }) => `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`
const millions = ({ median, min, max }) => tenths({ median: median / 1e6, min: min / 1e6, max: max / 1e6 })

/** A Markdown table of results. */
export function format(results) {
  const lines = [
    '| shape | ns a row on the calling thread | `JSON.stringify` of it, ns | times less | million rows/s, tracked |',
    '|---|---|---|---|---|',
  ]
  for (const { shape, tuning, nsPerRow, peerNs, timesFaster, rowsPerSecond } of results) {
    const [[name, value] = []] = Object.entries(tuning)
    const title = `${SHAPES[shape].title}${name ? `, ${name} ${value}` : ''}`
    // Turns of the event loop set the pace there, not the logger.
    const pace = shape === 'turns' ? '' : millions(rowsPerSecond)
    lines.push(`| ${title} | ${whole(nsPerRow)} | ${whole(peerNs)} | ${tenths(timesFaster)} | ${pace} |`)
  }
  return lines.join('\n')
}

/** Puts `text` between the marks of that name on a page: docs/performance.md, when not said. */
export function writeSection(name, text, path = at('docs', 'performance.md')) {
  const page = readFileSync(path, 'utf8')
  const marks = new RegExp(`(<!-- bench:${name} -->\\n)[^]*?(<!-- /bench:${name} -->)`)
  if (!marks.test(page)) throw new Error(`${path} has no marks for ${name}`)
  writeFileSync(
    path,
    page.replace(marks, (_, open, close) => `${open}${text}\n${close}`),
  )
}
