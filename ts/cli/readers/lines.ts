import type { Buffer } from 'node:buffer'

/** A line above this is taken for something that is no text file; it is cut off here, and so reported as malformed. */
export const MAX_LINE_CHARACTERS: number = 16 * 1024 * 1024

/**
 * Decodes UTF-8 (or UTF-16 with a byte order mark) into pieces of text. A mark at the start is dropped; bytes that are
 * not text become U+FFFD.
 */
export async function* decodeText(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | null = null
  for await (const chunk of chunks) {
    decoder ??= new TextDecoder(encodingOf(chunk))
    const text = decoder.decode(chunk, { stream: true })
    if (text !== '') yield text
  }
  const rest = decoder?.decode() ?? ''
  if (rest !== '') yield rest
}

function encodingOf(head: Uint8Array): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

/**
 * Splits text at LF, giving the lines of each piece together. A CR before the LF stays, since inside a quoted CSV field
 * it belongs to the value. The last line needs no end.
 */
export async function* splitLines(pieces: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = ''
  let overlong = false
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    if (overlong && lines.length > 0) {
      // The tail of a line of which the head has been given already.
      lines.shift()
      overlong = false
    }
    if (rest.length > MAX_LINE_CHARACTERS || overlong) {
      if (!overlong) lines.push(rest.slice(0, MAX_LINE_CHARACTERS))
      overlong = true
      rest = ''
    }
    if (lines.length > 0) yield lines
  }
  if (rest !== '') yield [rest]
}
