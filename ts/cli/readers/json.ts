import { unreadable } from '../errors.js'
import type { Batch, ReportMalformed, Row } from '../source.js'
import { JsonElements } from './json-elements.js'
import { MAX_LINE_CHARACTERS } from './lines.js'
import { parseRow } from './ndjson.js'

/** One JSON array of objects. Places are the lines at which the elements begin. */
export async function* readJsonArray(
  pieces: AsyncIterable<string>,
  report: ReportMalformed,
  label: string,
): AsyncGenerator<Batch> {
  let rows: Row[] = []
  let places: number[] = []
  const elements = new JsonElements((text, line) => {
    const row = parseRow(text, line, report)
    if (row !== null) {
      rows.push(row)
      places.push(line)
    }
  })
  for await (const piece of pieces) {
    elements.push(piece)
    if (elements.waiting > MAX_LINE_CHARACTERS) throw unreadable(label, 'an element of the JSON array exceeds 16 MiB')
    if (rows.length > 0) {
      const of = places
      yield { rows, placeOf: (index) => of[index] ?? 0 }
      rows = []
      places = []
    }
  }
  elements.end()
  if (!elements.ended) throw unreadable(label, 'the JSON array is not closed; the file may be cut off')
}
