/**
 * Cuts the elements out of one JSON array as the text arrives, so that a file need not fit into memory and a broken
 * element costs only itself. Nesting and strings are followed just far enough to find the commas between the elements;
 * what stands between them is for the JSON parser.
 *
 * A string cannot hold a line end. Where one seems to, a quote is missing and the nesting can no longer be trusted: the
 * element is given as it is, and the next one begins at the next line that opens a brace no further right than it did.
 */
export class JsonElements {
  readonly #element: (text: string, line: number) => void
  #line = 1
  #column = 0
  #depth = 0
  #inString = false
  #escaped = false
  /** A quote of the element is missing. */
  #broken = false
  #lineBlank = true
  /** Text of the element so far, of earlier pieces. */
  #text = ''
  #elementLine = 1
  #elementColumn = 0
  #blank = true
  #ended = false

  constructor(element: (text: string, line: number) => void) {
    this.#element = element
  }

  /** True once the array's closing bracket was seen. */
  get ended(): boolean {
    return this.#ended
  }

  /** Characters of the element that is still open. */
  get waiting(): number {
    return this.#text.length
  }

  push(piece: string): void {
    let from = 0
    for (let at = 0; at < piece.length && !this.#ended; at++) {
      const code = piece.charCodeAt(at)
      this.#column++
      if (code === LINE_FEED) {
        this.#line++
        this.#column = 0
        this.#lineBlank = true
        this.#broken ||= this.#inString
        this.#inString = false
        this.#escaped = false
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (code === BACKSLASH) this.#escaped = true
        else if (code === QUOTE) this.#inString = false
      } else if (code > SPACE) {
        const first = this.#lineBlank
        this.#lineBlank = false
        if (this.#broken) {
          if (!first || !this.#beginsAnew(code)) continue
          this.#finish(piece.slice(from, at))
          from = at
        }
        if (this.#depth === 0) {
          // The bracket that opens the array; the detection has seen it.
          this.#depth = 1
          from = at + 1
        } else if (this.#depth === 1 && (code === COMMA || code === CLOSE_BRACKET)) {
          this.#finish(piece.slice(from, at))
          this.#ended = code === CLOSE_BRACKET
          from = at + 1
        } else {
          this.#follow(code)
        }
      }
    }
    if (!this.#ended && this.#depth > 0) this.#text += piece.slice(from)
  }

  /** What is left when the text ends within the array. */
  end(): void {
    if (!this.#ended && !this.#blank) this.#finish('')
  }

  #beginsAnew(code: number): boolean {
    return (code === OPEN_BRACE || code === CLOSE_BRACKET) && this.#column <= this.#elementColumn
  }

  /** One character of an element, outside strings. */
  #follow(code: number): void {
    if (this.#blank) {
      this.#blank = false
      this.#elementLine = this.#line
      this.#elementColumn = this.#column
    }
    if (code === QUOTE) this.#inString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) this.#depth++
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && this.#depth > 1) this.#depth--
  }

  #finish(tail: string): void {
    const text = this.#text + tail
    this.#text = ''
    this.#blank = true
    this.#broken = false
    this.#depth = 1
    this.#element(text, this.#elementLine)
  }
}

const LINE_FEED = 10
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
