/** One case through the real encoder, with the engine left out. */
import { importTs } from '../support/typescript.mjs'

const { RowEncoder } = await importTs('encoder/encoder.ts')
const limits = { maxColumns: 100, maxNameBytes: 1024, maxValueBytes: 65_536, maxDepth: 32, maxMessageBytes: 2 ** 23 }

export async function encodeCase({ name, rows, cells, message }) {
  const shapes = []
  const blocks = []
  const encoder = new RowEncoder(
    {
      registerShape: (columns) => shapes.push(columns) - 1,
      releaseShape: () => {},
      submit: (lane, arena, text, textBytes) => blocks.push([Buffer.from(arena), Buffer.from(text.subarray(0, textBytes))]),
    },
    limits,
    { blockRows: 8, shapes: 256, arenaBytes: 2 ** 24 },
  )
  const last = rows.length - 1
  rows.forEach(([key, row], index) => {
    const block = encoder.place(row, 0, false)
    encoder.commit(block, key)
    if (message && index === last) encoder.noteMessage(block, message[1], false, message[2])
  })
  encoder.submitAll()
  const [[arena, text]] = blocks
  const columns = shapes[arena.readDoubleLE(24)]
  const expected = rows.map(([, row], index) => cells?.[index] ?? columns.map((column) => (column in row ? row[column] : { $: 'absent' })))
  return {
    name,
    columns,
    keys: rows.map(([key]) => key),
    cells: expected,
    messages: message ? [{ firstRow: message[0], rows: message[1], waiter: message[2] }] : [],
    arena: arena.toString('hex'),
    text: text.toString('hex'),
  }
}
