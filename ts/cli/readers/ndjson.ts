import type { Batch, ReportMalformed, Row } from '../source.js'

/** One JSON object a line; blank lines are passed over. */
export async function* readNdjson(lines: AsyncIterable<string[]>, report: ReportMalformed): AsyncGenerator<Batch> {
  let number = 0
  for await (const piece of lines) {
    const rows: Row[] = []
    const places: number[] = []
    for (const line of piece) {
      number++
      const row = parseRow(line, number, report)
      if (row !== null) {
        rows.push(row)
        places.push(number)
      }
    }
    if (rows.length > 0) yield { rows, placeOf: (index) => places[index] ?? 0 }
  }
}

/** The object that `text` holds; `null` (and a report, unless it is blank) for anything else. */
export function parseRow(text: string, place: number, report: ReportMalformed): Row | null {
  if (text === '' || text.trim() === '') return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    report(place, 'not valid JSON')
    return null
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row
  report(place, `a JSON object expected, ${jsonKind(value)} found`)
  return null
}

function jsonKind(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return `a ${typeof value}`
}
