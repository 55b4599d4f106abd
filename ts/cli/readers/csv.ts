import { oneLine, unreadable } from '../errors.js'
import { BATCH_ROWS, type Batch, type ReportMalformed, type Row } from '../source.js'
import { CsvRecords } from './csv-record.js'
import { fieldValue } from './values.js'

/** The delimiters that are recognised by themselves, the likeliest first. */
const DELIMITERS = [',', '\t', ';', '|'] as const

/** The delimiter that occurs most often in the first line, outside quotes. */
export function detectDelimiter(head: string): string {
  const line = head.slice(0, head.search(/\r?\n|$/)).replace(/"[^"]*"/g, '')
  let best: string = DELIMITERS[0]
  let most = 0
  for (const delimiter of DELIMITERS) {
    const count = line.split(delimiter).length - 1
    if (count > most) {
      best = delimiter
      most = count
    }
  }
  return best
}

export interface CsvRows {
  columns: string[]
  batches(report: ReportMalformed): AsyncGenerator<Batch>
}

/** Reads the header; the rows follow by `batches`. A blank line is no record. */
export async function readCsv(
  lines: AsyncIterator<string[], void>,
  delimiter: string,
  label: string,
): Promise<CsvRows> {
  let rows: Row[] = []
  let places: number[] = []
  let report: ReportMalformed = () => {}
  let columns: string[] | null = null
  const records = new CsvRecords(delimiter, {
    record(fields, line) {
      if (columns === null) {
        columns = columnNames(fields)
      } else if (fields.length !== columns.length) {
        report(line, `${columns.length} fields expected, ${fields.length} found`)
      } else {
        rows.push(rowOf(columns, fields))
        places.push(line)
      }
    },
    malformed(line, reason) {
      if (columns === null) throw unreadable(label, `the header in line ${line} is no CSV: ${oneLine(reason)}`)
      report(line, reason)
    },
  })

  let number = 0
  // The lines that came in one piece with the header wait here until somebody listens to complaints about them.
  let waiting: string[] = []
  while (columns === null) {
    const next = await lines.next()
    if (next.done) {
      records.end()
      break
    }
    const used = next.value.findIndex((line) => {
      records.line(line, ++number)
      return columns !== null
    })
    if (used >= 0) waiting = next.value.slice(used + 1)
  }
  if (columns === null) throw unreadable(label, 'no header line')

  function take(): Batch {
    const batch = batchOf(rows, places)
    rows = []
    places = []
    return batch
  }

  return {
    columns,
    async *batches(listener) {
      report = listener
      for (let piece: string[] | undefined = waiting; piece !== undefined; ) {
        for (const line of piece) {
          records.line(line, ++number)
          if (rows.length >= BATCH_ROWS) yield take()
        }
        if (rows.length > 0) yield take()
        const next: IteratorResult<string[], void> = await lines.next()
        piece = next.done ? undefined : next.value
      }
      records.end()
      if (rows.length > 0) yield take()
    },
  }
}

function batchOf(rows: Row[], places: readonly number[]): Batch {
  return { rows, placeOf: (index) => places[index] ?? 0 }
}

function rowOf(columns: readonly string[], fields: readonly string[]): Row {
  const row: Row = {}
  for (let index = 0; index < columns.length; index++) {
    row[columns[index] as string] = fieldValue(fields[index] as string)
  }
  return row
}

/** Header fields as column names: one without a name is called by its place, a repeated one gets a number. */
export function columnNames(header: readonly string[]): string[] {
  const seen = new Set<string>()
  return header.map((field, index) => {
    const name = field.trim() || `column_${index + 1}`
    let unique = name
    for (let count = 2; seen.has(unique) || unique === '__proto__'; count++) unique = `${name}_${count}`
    seen.add(unique)
    return unique
  })
}
