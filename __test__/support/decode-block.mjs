/**
 * A second reading of ARCHITECTURE.md's block layout, plain and slow: an arena and its text buffer back into rows.
 * A cell is absent, or `{ kind, value }`.
 */
import assert from 'node:assert/strict'

const MAGIC = 0x02425052
const TAGS = ['number', 'bool', 'text', 'integer', 'object', 'tensor']

export function decodeBlock(arenaBytes, textBytes) {
  const arena = new DataView(arenaBytes.buffer, arenaBytes.byteOffset, arenaBytes.byteLength)
  const text = new DataView(textBytes.buffer, textBytes.byteOffset, textBytes.byteLength)
  const word = (at) => arena.getUint32(at, true)
  assert.equal(word(0), MAGIC)
  const [rows, flags, columns, shape] = [word(4), word(8), word(12), arena.getFloat64(24, true)]
  assert.ok(rows > 0 && flags < 8)
  const single = (flags & 1) !== 0
  const keysAt = section(word(44), rows * 8, arena)
  const decoded = Array.from({ length: rows }, (_, row) => ({
    key: arena.getFloat64(single ? 32 : keysAt + 8 * row, true),
    cells: new Array(columns),
  }))
  for (let column = 0; column < columns; column++) {
    const cells = decodeColumn(arena, text, 56 + 24 * column, rows)
    cells.forEach((cell, row) => {
      decoded[row].cells[column] = cell
    })
  }
  if (flags & 2) decodeExceptions(text, word(52), decoded)
  return { shape, rows: decoded, messages: flags & 4 ? decodeMessages(text, word(48)) : [] }
}

function section(offset, bytes, view) {
  assert.ok(offset % 8 === 0 && offset + bytes <= view.byteLength, `a section of ${bytes} bytes at ${offset}`)
  return offset
}

function decodeColumn(arena, text, at, rows) {
  const kind = arena.getUint8(at)
  const flags = arena.getUint8(at + 1)
  const [data, validity, textAt, textBytes] = [4, 8, 12, 16].map((offset) => arena.getUint32(at + offset, true))
  assert.ok(kind <= 3 && (flags & 1 || kind !== 3), 'a column of nothing has validity')
  const width = [8, 1, 4, 0][kind]
  section(data, width * rows, arena)
  if (flags & 1) section(validity, rows, arena)
  const cut = kind === 2 ? textCutter(text, section(textAt, textBytes, text), textBytes, flags) : null
  const cells = []
  for (let row = 0; row < rows; row++) {
    const state = flags & 1 ? arena.getUint8(validity + row) : 1
    assert.ok(state <= 2)
    const slot = data + width * row
    let value
    if (kind === 0) value = arena.getFloat64(slot, true)
    else if (kind === 1) value = arena.getUint8(slot) === 1
    else if (kind === 2) value = cut.next(arena.getUint32(slot, true))
    if (state === 1) cells.push({ kind: ['number', 'bool', 'text'][kind], value })
    else {
      assert.ok(!value, 'a slot without a value is zero')
      cells.push(state === 2 ? { kind: 'null' } : undefined)
    }
  }
  cut?.end()
  return cells
}

/** Cuts joined text by UTF-16 units; both halves of a character that a border goes through are U+FFFD. */
function textCutter(text, at, bytes, flags) {
  const all = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
    new Uint8Array(text.buffer, text.byteOffset + at, bytes),
  )
  assert.equal((flags & 2) !== 0, all.length === bytes, 'the flag for ASCII')
  let place = 0
  return {
    next(units) {
      const piece = all.slice(place, place + units)
      assert.equal(piece.length, units)
      place += units
      return piece.toWellFormed()
    },
    end: () => assert.equal(place, all.length, 'text that belongs to no row'),
  }
}

function decodeExceptions(text, at, rows) {
  const count = text.getUint32(at, true)
  const end = section(at, 8 + text.getUint32(at + 4, true), text) + 8 + text.getUint32(at + 4, true)
  let entry = at + 8
  let last = -1
  for (let i = 0; i < count; i++) {
    const [row, column, tag] = [text.getUint32(entry, true), text.getUint16(entry + 4, true), text.getUint8(entry + 6)]
    const length = text.getUint32(entry + 8, true)
    const body = entry + 16
    const kind = TAGS[tag]
    let value
    if (kind === 'number') value = text.getFloat64(body, true)
    else if (kind === 'bool') value = text.getUint8(body) === 1
    else if (kind === 'integer') value = text.getBigInt64(body, true)
    else if (kind === 'text') value = Buffer.from(text.buffer, text.byteOffset + body, length).toString('utf8')
    assert.equal(length, { number: 8, bool: 1, integer: 8, text: length, object: 0, tensor: 0 }[kind])
    const place = row * 0x10000 + column
    assert.ok(place > last, 'exceptions ascend')
    last = place
    assert.equal(rows[row].cells[column], undefined, 'an exception stands in for an absent slot')
    rows[row].cells[column] = value === undefined ? { kind } : { kind, value }
    entry = body + ((length + 7) & ~7)
  }
  assert.equal(entry, end)
}

function decodeMessages(text, at) {
  const count = text.getUint32(at, true)
  section(at, 8 + 24 * count, text)
  return Array.from({ length: count }, (_, i) => {
    const entry = at + 8 + 24 * i
    const [firstRow, rows, flags] = [0, 4, 8].map((offset) => text.getUint32(entry + offset, true))
    return { firstRow, rows, continues: flags === 1, waiter: Number(text.getBigUint64(entry + 16, true)) }
  })
}
