/**
 * CSV records out of lines (RFC 4180): fields may be quoted, a quote inside is doubled, a quoted field may span lines. A
 * quote that does not open a field is an ordinary character.
 *
 * A record that goes wrong must not take its neighbours with it: an unclosed quote would swallow every line up to the
 * next quote, or to the end of the file. So the lines of an open record are kept, and when it fails, only its first line
 * is given up; the others are read again, each as if nothing had been before it.
 */

/** Bounds of one record. Beyond either, its quote counts as never closed. */
const MAX_RECORD_LINES = 1000
const MAX_RECORD_CHARACTERS = 4 * 1024 * 1024

export interface RecordSink {
  record(fields: string[], line: number): void
  malformed(line: number, reason: string): void
}

export class CsvRecords {
  readonly #delimiter: string
  readonly #sink: RecordSink
  #fields: string[] = []
  /** What is there of a quoted field that goes on in the next line. */
  #open: string | null = null
  /** The lines of the open record, and the number of the first. */
  #lines: string[] = []
  #firstLine = 0
  #characters = 0

  constructor(delimiter: string, sink: RecordSink) {
    this.#delimiter = delimiter
    this.#sink = sink
  }

  /** Takes the next line, without its LF. */
  line(text: string, number: number): void {
    if (this.#open === null) {
      if (!text.includes('"')) {
        const whole = stripReturn(text)
        if (whole !== '') this.#sink.record(whole.split(this.#delimiter), number)
        return
      }
      this.#firstLine = number
    }
    this.#lines.push(text)
    this.#characters += text.length
    const reason = this.#scan(text)
    if (reason !== null) {
      this.#giveUp(reason)
    } else if (this.#open === null) {
      const fields = this.#fields
      this.#reset()
      this.#sink.record(fields, this.#firstLine)
    } else if (this.#lines.length >= MAX_RECORD_LINES || this.#characters > MAX_RECORD_CHARACTERS) {
      this.#giveUp(UNCLOSED)
    }
  }

  /** Settles what is still open at the end of the input. */
  end(): void {
    while (this.#open !== null) this.#giveUp(UNCLOSED)
  }

  /** Reads the fields of one line; a reason when it cannot be CSV. */
  #scan(text: string): string | null {
    let at = 0
    for (;;) {
      if (this.#open !== null || text[at] === '"') {
        if (this.#open === null) {
          this.#open = ''
          at++
        } else if (at === 0) {
          this.#open += '\n'
        }
        const after = this.#quoted(text, at)
        if (after < 0) return null
        if (after >= text.length || (after === text.length - 1 && text[after] === '\r')) return null
        if (text[after] !== this.#delimiter) return 'text follows a closing quote'
        at = after + 1
      } else {
        const next = text.indexOf(this.#delimiter, at)
        if (next < 0) {
          this.#fields.push(stripReturn(text.slice(at)))
          return null
        }
        this.#fields.push(text.slice(at, next))
        at = next + 1
      }
    }
  }

  /** Reads on in the open quoted field; gives the place behind its closing quote, or −1 when the line ends before. */
  #quoted(text: string, from: number): number {
    let at = from
    for (;;) {
      const quote = text.indexOf('"', at)
      if (quote < 0) {
        this.#open += text.slice(at)
        return -1
      }
      this.#open += text.slice(at, quote)
      if (text[quote + 1] !== '"') {
        this.#fields.push(this.#open ?? '')
        this.#open = null
        return quote + 1
      }
      this.#open += '"'
      at = quote + 2
    }
  }

  #giveUp(reason: string): void {
    const first = this.#firstLine
    const again = this.#lines.slice(1)
    this.#reset()
    this.#sink.malformed(first, reason)
    for (const [index, text] of again.entries()) this.line(text, first + 1 + index)
  }

  #reset(): void {
    this.#fields = []
    this.#open = null
    this.#lines = []
    this.#characters = 0
  }
}

const UNCLOSED = 'a quote is never closed'

function stripReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text
}
