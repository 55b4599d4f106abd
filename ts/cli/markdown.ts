import { printable } from './format.js'

/** A heading, what there is to say, and a table where it has rows. */
export function markdownSection(
  title: string,
  lines: readonly string[],
  { cells, rows }: { cells: readonly { title: string; align: 'left' | 'right' }[]; rows: readonly string[][] },
): string {
  const list = lines.map(markdownItem).join('')
  const blocks = [`### ${markdownText(title)}\n`, list, rows.length > 0 ? markdownTable(cells, rows) : '']
  return blocks.filter((block) => block !== '').join('\n')
}

/** A table as GitHub's Markdown has it; whatever the texts hold, they are shown and mean nothing. */
function markdownTable(
  columns: readonly { title: string; align: 'left' | 'right' }[],
  rows: readonly (readonly string[])[],
): string {
  const rules = columns.map(({ align }) => (align === 'right' ? '---:' : '---'))
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  const lines = rows.map((row) => line(row.map(markdownText)))
  return line(columns.map(({ title }) => title)) + line(rules) + lines.join('')
}

/** Marks are escaped, entities and links cannot be begun, and no line ends. */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>#|~$&@]/g, '\\$&')
    .replaceAll('://', ':\\//')
    .replace(/(www)\./gi, '$1\\.')
}

/** Neither a list nor code begins within an item of a list. */
function markdownItem(text: string): string {
  return `- ${markdownText(text)
    .trim()
    .replace(/^(\d*)([.)+-])(?=[\s-]|$)/, '$1\\$2')}\n`
}
