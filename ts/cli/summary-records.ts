import { clip, displayWidth } from './format.js'
import type { Figures } from './summary-figures.js'

const NAME_INDENT = '  '
const INDENT = '    '
const GAP = '   '
const NAME_LINES = 4

/** A column as it is shown, with its picture. */
export interface Drawn {
  figures: Figures
  shape: string | undefined
}

/** A few lines a column: its name, and below it what is known, each with what it is called. */
export function summaryRecords(columns: readonly Drawn[], width: number, detailed: boolean): string[] {
  const room = Math.max(1, width - INDENT.length)
  return columns.flatMap(({ figures, shape }) => {
    const counts: (keyof Figures)[] = detailed ? ['type', 'count', 'nulls', 'distinct'] : ['type', 'nulls', 'distinct']
    const rows = [
      told(figures, counts),
      told(figures, ['min', 'q25', 'median', 'q75', 'max']),
      told(figures, detailed ? ['mean', 'stddev'] : []),
      told(figures, ['shortest', 'longest']),
      [...(shape === undefined ? [] : [`shape ${shape}`]), ...told(figures, ['top'])],
    ]
    return [
      ...wrapName(figures.name, Math.max(1, width - NAME_INDENT.length)).map((line) => NAME_INDENT + line),
      ...rows.flatMap((row) => flow(row, room)).map((line) => INDENT + line),
    ]
  })
}

const TITLES: Partial<Record<keyof Figures, string>> = { count: 'values' }

function told(figures: Figures, keys: readonly (keyof Figures)[]): string[] {
  return keys.flatMap((key) => (figures[key] === null ? [] : [`${TITLES[key] ?? key} ${figures[key]}`]))
}

/** As many in a line as have room. */
function flow(texts: readonly string[], room: number): string[] {
  const lines: string[] = []
  for (const text of texts) {
    const line = lines.at(-1)
    if (line !== undefined && displayWidth(line + GAP + text) <= room) lines[lines.length - 1] = line + GAP + text
    else lines.push(clip(text, room))
  }
  return lines
}

/** A name that is too long for a line goes on in the next ones; only an endless one is cut. */
function wrapName(name: string, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const character of name) {
    if (displayWidth(line + character) > room && line !== '') {
      lines.push(line)
      line = ''
      if (lines.length === NAME_LINES) return [...lines.slice(0, -1), clip(`${lines.at(-1)}${character}`, room)]
    }
    line += character
  }
  return [...lines, line]
}
