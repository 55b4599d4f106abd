/** Completes an arena for `submit`: header, directory, and in the text buffer the texts, the message section and the exceptions. */
import {
  align8,
  COLUMN_ASCII,
  COLUMN_HAS_VALIDITY,
  DIRECTORY_ENTRY_BYTES,
  EXCEPTION_ENTRY_BYTES,
  FLAG_EXCEPTIONS,
  FLAG_MESSAGES,
  FLAG_SINGLE_KEY,
  HEADER_BYTES,
  KIND_NONE,
  KIND_TEXT,
  MAGIC,
  MESSAGE_ENTRY_BYTES,
  TAG_BOOL,
  TAG_INTEGER,
  TAG_NUMBER,
} from './layout.js'
import { type OpenBlock, UNIT_BYTES } from './open-block.js'

const utf8 = new TextEncoder()
const MIN_BYTES = 64 * 1024
/** A larger buffer is let go once it is used. */
const KEPT_BYTES = 2 * 1024 * 1024

/** Memory for the texts of one block at a time. */
export class TextBuffer {
  bytes: Uint8Array = new Uint8Array(MIN_BYTES)
  view: DataView = new DataView(this.bytes.buffer)

  /** Makes room for `bytes` in all; what was there is lost. */
  ensure(bytes: number): void {
    if (bytes > this.bytes.length || (this.bytes.length > KEPT_BYTES && bytes <= KEPT_BYTES)) {
      let size = MIN_BYTES
      while (size < bytes) size *= 2
      this.bytes = new Uint8Array(size)
      this.view = new DataView(this.bytes.buffer)
    }
  }

  /** Writes a text at `offset`; gives its bytes. */
  write(text: string, offset: number): number {
    return utf8.encodeInto(text, this.bytes.subarray(offset)).written
  }

  /** Zeroes the bytes from `offset` to the next multiple of 8, which it gives. */
  pad(offset: number): number {
    const end = align8(offset)
    this.bytes.fill(0, offset, end)
    return end
  }
}

/** Fills in everything that `submit` reads; gives the bytes used in `text`. */
export function seal(block: OpenBlock, text: TextBuffer): number {
  const { layout, numbers, rows, words } = block
  const exceptions = block.exceptionRows.length
  text.ensure(mostText(block))
  let at = sealColumns(block, text)
  const messagesAt = at
  if (block.messages.length > 0) at = sealMessages(block.messages, text, at)
  const exceptionsAt = at
  if (exceptions > 0) at = sealExceptions(block, text, at)
  words[0] = MAGIC
  words[1] = rows
  words[2] =
    (block.mixedKeys ? 0 : FLAG_SINGLE_KEY) |
    (exceptions > 0 ? FLAG_EXCEPTIONS : 0) |
    (block.messages.length > 0 ? FLAG_MESSAGES : 0)
  words[3] = layout.columns
  numbers[3] = block.shape.id
  numbers[4] = block.mixedKeys ? 0 : block.key
  words[11] = block.mixedKeys ? layout.keys : 0
  words[12] = block.messages.length > 0 ? messagesAt : 0
  words[13] = exceptions > 0 ? exceptionsAt : 0
  return at
}

function mostText(block: OpenBlock): number {
  const exceptions = block.exceptionRows.length
  // Padding after each column and section, and 8 bytes at most of an exception that is no text.
  return (
    block.units * UNIT_BYTES +
    block.layout.columns * 8 +
    32 +
    block.messages.length * (MESSAGE_ENTRY_BYTES / 4) +
    exceptions * (EXCEPTION_ENTRY_BYTES + 16)
  )
}

function sealColumns(block: OpenBlock, text: TextBuffer): number {
  const { kinds, layout, nullable, rows, texts, words } = block
  let at = 0
  let word = HEADER_BYTES / 4
  for (let column = 0; column < layout.columns; column++) {
    const kind = kinds[column] ?? KIND_NONE
    const base = column * layout.capacity
    let flags = nullable[column] === 0 ? 0 : COLUMN_HAS_VALIDITY
    let textAt = 0
    let textBytes = 0
    if (kind === KIND_TEXT) {
      const joined = texts.slice(base, base + rows).join('')
      textAt = at
      textBytes = text.write(joined, at)
      if (textBytes === joined.length) flags |= COLUMN_ASCII
      at = text.pad(at + textBytes)
    }
    words[word] = kind | (flags << 8)
    words[word + 1] = kind === KIND_NONE ? 0 : layout.data + base * 8
    words[word + 2] = flags & COLUMN_HAS_VALIDITY ? layout.validity + base : 0
    words[word + 3] = textAt
    words[word + 4] = textBytes
    words[word + 5] = 0
    word += DIRECTORY_ENTRY_BYTES / 4
  }
  return at
}

function sealMessages(messages: readonly number[], text: TextBuffer, start: number): number {
  const { view } = text
  view.setUint32(start, messages.length / 4, true)
  view.setUint32(start + 4, 0, true)
  let at = start + 8
  for (let i = 0; i < messages.length; i += 4) {
    const waiter = messages[i + 3] ?? 0
    view.setUint32(at, messages[i] ?? 0, true)
    view.setUint32(at + 4, messages[i + 1] ?? 0, true)
    view.setUint32(at + 8, messages[i + 2] ?? 0, true)
    view.setUint32(at + 12, 0, true)
    view.setUint32(at + 16, waiter >>> 0, true)
    view.setUint32(at + 20, Math.floor(waiter / 2 ** 32), true)
    at += MESSAGE_ENTRY_BYTES
  }
  return at
}

/** The places of the exceptions, by (row, column): a row whose columns come in another order has them unsorted. */
function exceptionOrder(rows: readonly number[], columns: readonly number[]): number[] {
  const order = Array.from(rows.keys())
  return order.sort((a, b) => (rows[a] ?? 0) - (rows[b] ?? 0) || (columns[a] ?? 0) - (columns[b] ?? 0))
}

function sealExceptions(block: OpenBlock, text: TextBuffer, start: number): number {
  const { exceptionColumns, exceptionRows, exceptionTags, exceptionValues } = block
  const { view } = text
  let at = start + 8
  for (const i of exceptionOrder(exceptionRows, exceptionColumns)) {
    const tag = exceptionTags[i] ?? 0
    const value = exceptionValues[i]
    const body = at + EXCEPTION_ENTRY_BYTES
    let length = 0
    if (typeof value === 'string') {
      length = text.write(value, body)
    } else if (tag === TAG_NUMBER) {
      length = 8
      view.setFloat64(body, Number(value), true)
    } else if (tag === TAG_INTEGER) {
      length = 8
      view.setBigInt64(body, value as bigint, true)
    } else if (tag === TAG_BOOL) {
      length = 1
      view.setUint8(body, value === true ? 1 : 0)
    }
    view.setUint32(at, exceptionRows[i] ?? 0, true)
    view.setUint16(at + 4, exceptionColumns[i] ?? 0, true)
    view.setUint16(at + 6, tag, true)
    view.setUint32(at + 8, length, true)
    view.setUint32(at + 12, 0, true)
    at = text.pad(body + length)
  }
  view.setUint32(start, exceptionRows.length, true)
  view.setUint32(start + 4, at - start - 8, true)
  return at
}
