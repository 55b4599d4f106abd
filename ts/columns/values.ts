/** A column of values of any type, gathered by type: metrics depend on the values and their order within a type, never on how types alternate. */
import { TAG_TENSOR } from '../encoder/layout.js'
import { cutText, isInt64, objectTag } from '../encoder/values.js'
import { InvalidDataError, MessageTooLargeError } from '../errors.js'
import {
  type FrameWriter,
  ORDER_FALSE,
  ORDER_INTEGER,
  ORDER_NUMBER,
  ORDER_OBJECT,
  ORDER_TENSOR,
  ORDER_TEXT,
  ORDER_TRUE,
  VALUES,
} from './frame.js'

/** A UTF-16 unit takes at most 3 bytes in UTF-8. */
const UNIT_BYTES = 3
const EMPTY = new Uint8Array(0)
const utf8 = new TextEncoder()

/**
 * Describes `values` as one chunk.
 *
 * @throws InvalidDataError, MessageTooLargeError
 */
export function writeValues(frame: FrameWriter, values: readonly unknown[], column: string): void {
  const { length } = values
  // A value takes a byte at least, and an array may be longer than any memory.
  const { maxMessageBytes } = frame.limits
  if (length > maxMessageBytes) throw new MessageTooLargeError(length, maxMessageBytes)
  const gathered = new Gatherer(frame, length, column)
  for (let row = 0; row < length; row++) gathered.add(values[row], row)
  gathered.finish()
}

class Gatherer {
  readonly #frame: FrameWriter
  readonly #length: number
  readonly #column: string
  #nulls = 0
  #trues = 0
  #falses = 0
  #objects = 0
  #tensors = 0
  #numbers: Float64Array | null = null
  #numberCount = 0
  readonly #integers: bigint[] = []
  readonly #texts: string[] = []
  #units = 0
  /** The kind of each value, for those who have to know which row's it is. */
  readonly #order: Uint8Array

  constructor(frame: FrameWriter, length: number, column: string) {
    this.#frame = frame
    this.#length = length
    this.#column = column
    this.#order = new Uint8Array(length)
  }

  add(value: unknown, row: number): void {
    if (typeof value === 'number') {
      this.#number(value, row)
    } else if (typeof value === 'string') {
      this.#text(value, row)
    } else if (value === null || value === undefined) {
      this.#nulls++
    } else if (value === true) {
      this.#trues++
      this.#order[row] = ORDER_TRUE
    } else if (value === false) {
      this.#falses++
      this.#order[row] = ORDER_FALSE
    } else if (typeof value === 'bigint') {
      if (isInt64(value)) {
        this.#integers.push(value)
        this.#order[row] = ORDER_INTEGER
      } else this.#number(Number(value), row)
    } else {
      this.#object(value, row)
    }
  }

  finish(): void {
    const { words } = this.#frame
    words.push(VALUES, this.#nulls, this.#trues, this.#falses, this.#objects, this.#tensors)
    words.push(this.#frame.buffer(this.#numbers?.subarray(0, this.#numberCount) ?? EMPTY))
    words.push(this.#frame.buffer(BigInt64Array.from(this.#integers)))
    words.push(this.#frame.buffer(Uint32Array.from(this.#texts, (text) => text.length)))
    const joined = utf8.encode(this.#texts.join(''))
    words.push(this.#frame.buffer(joined), joined.length === this.#units ? 1 : 0)
    words.push(this.#frame.buffer(this.#order))
  }

  #number(value: number, row: number): void {
    this.#order[row] = ORDER_NUMBER
    this.#numbers ??= new Float64Array(this.#length)
    this.#numbers[this.#numberCount] = value
    this.#numberCount++
  }

  #text(value: string, row: number): void {
    this.#order[row] = ORDER_TEXT
    const { maxValueBytes, maxMessageBytes } = this.#frame.limits
    let text = value
    if (value.length * UNIT_BYTES > maxValueBytes) {
      text = cutText(value, maxValueBytes)
      if (text !== value) this.#frame.cutTexts++
    }
    this.#texts.push(text)
    this.#units += text.length
    // A unit takes a byte at least. Told here, so that no more than fits is joined.
    if (this.#units > maxMessageBytes) throw new MessageTooLargeError(this.#units, maxMessageBytes)
  }

  #object(value: unknown, row: number): void {
    if (typeof value !== 'object' || value === null) {
      throw new InvalidDataError(`A ${typeof value} cannot be logged (row ${row}).`, row, this.#column)
    }
    try {
      const isTensor = objectTag(value, this.#frame.limits.maxDepth) === TAG_TENSOR
      if (isTensor) this.#tensors++
      else this.#objects++
      this.#order[row] = isTensor ? ORDER_TENSOR : ORDER_OBJECT
    } catch (cause) {
      throw new InvalidDataError(`Reading row ${row} failed.`, row, this.#column, { cause })
    }
  }
}
