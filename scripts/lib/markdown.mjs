/** The few things that checks read out of Markdown. */

/** Fenced code blocks: the language, the code, and the line that the code starts on. */
export function codeBlocks(text) {
  const blocks = []
  let open = null
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(line)
    if (open && fence) {
      blocks.push({ ...open, code: `${open.lines.join('\n')}\n` })
      open = null
    } else if (open) open.lines.push(line)
    else if (fence) open = { language: fence[1], line: index + 2, lines: [] }
  }
  return blocks
}

/** Targets of links, without code. */
export function links(text) {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target)
}

/** The anchors that headings get. */
export function anchors(text) {
  const headings = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)]
  return headings.map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
