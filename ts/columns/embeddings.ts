/**
 * Embeddings by column: one tensor counted a column and message. A profile keeps no more of them than that, so their numbers need not cross.
 *
 * The same rules as for embeddings in JSON (`crates/engine/src/ingest/embeddings.rs`): a lone number and a ragged list are refused, and a list
 * that is no regular array of numbers, a text and any other object count as objects.
 */
import { isRowLike } from '../encoder/row-set.js'
import { InvalidDataError, MessageTooLargeError, UnsupportedDataError } from '../errors.js'
import { type Crossing, MESSAGE_BYTES, Payload } from '../logger/payload.js'
import type { ResolvedLimits } from '../options.js'
import { typeName } from '../received.js'
import { FramePayload, FrameWriter, ORDER_OBJECT, ORDER_TENSOR, VALUES } from './frame.js'
import { checkAttached, isNumericArray } from './typed.js'
import type { EmbeddingData } from './types.js'

/** What a number counts for, where there are no bytes to count. */
const NUMBER_BYTES = 8

export class EmbeddingsPayload extends Payload {
  readonly namesDataset: boolean = false
  readonly #data: unknown

  constructor(data: Record<string, EmbeddingData>) {
    super()
    this.#data = data
  }

  override through(): Payload {
    // Tensors are no values of rows.
    return this
  }

  prepare(limits: ResolvedLimits): Crossing {
    const data = this.#data
    if (!isRowLike(data)) throw new UnsupportedDataError(typeName(data))
    const frame = new FrameWriter(limits)
    const empty = frame.buffer(new Uint8Array(0))
    const tensor = frame.buffer(Uint8Array.of(ORDER_TENSOR))
    const object = frame.buffer(Uint8Array.of(ORDER_OBJECT))
    let bytes = MESSAGE_BYTES
    for (const name of Object.keys(data)) {
      frame.column(name, 1)
      const look = new Look(name, limits)
      const isTensor = look.isTensor(data[name])
      bytes += look.bytes
      if (bytes > limits.maxMessageBytes) throw new MessageTooLargeError(bytes, limits.maxMessageBytes)
      frame.words.push(VALUES, 0, 0, 0, isTensor ? 0 : 1, isTensor ? 1 : 0, empty, empty, empty, empty, 1)
      frame.words.push(isTensor ? tensor : object)
    }
    return new FramePayload(frame, 1)
  }
}

/** One look at one column's value. */
class Look {
  /** What was seen of it. */
  bytes = 0
  readonly #column: string
  readonly #limits: ResolvedLimits
  readonly #lengths: number[] = []
  #leafDepth = -1
  #mixed = false
  #ragged = false

  constructor(column: string, limits: ResolvedLimits) {
    this.#column = column
    this.#limits = limits
  }

  /** @throws InvalidDataError, MessageTooLargeError */
  isTensor(value: unknown): boolean {
    if (typeof value === 'string') return false
    if (typeof value !== 'object' || value === null) throw this.#refusal('is no list')
    if (isNumericArray(value) || Array.isArray(value)) {
      this.#walk(value, 0)
      if (this.#ragged) throw this.#refusal('is ragged')
      return !this.#mixed && this.#leafDepth >= 0
    }
    const { data, dims } = value as { data?: unknown; dims?: unknown }
    return isNumericArray(data) && Object.hasOwn(value, 'dims') && dims !== undefined && this.#hasDims(data, dims)
  }

  #hasDims(data: ArrayLike<unknown> & ArrayBufferView, dims: unknown): boolean {
    checkAttached(data as Float32Array, this.#column)
    if (!Array.isArray(dims) || dims.length === 0) throw this.#refusal('has no dimensions')
    if (dims.length > this.#limits.maxDepth) throw this.#refusal('has more dimensions than limits.maxDepth allows')
    if (!dims.every((size) => Number.isSafeInteger(size) && size >= 0)) throw this.#refusal('has unfit dimensions')
    if (dims.reduce((product: number, size: number) => product * size, 1) !== data.length) {
      throw this.#refusal('has not as many numbers as its dimensions say')
    }
    this.bytes += data.byteLength
    return data.length > 0
  }

  #walk(array: ArrayLike<unknown>, depth: number): void {
    if (depth >= this.#limits.maxDepth) throw this.#refusal('is nested deeper than limits.maxDepth allows')
    const { length } = array
    this.#lengths[depth] ??= length
    this.#ragged ||= this.#lengths[depth] !== length
    if (isNumericArray(array)) {
      checkAttached(array, this.#column)
      this.#count(array.byteLength)
      // Bytes are no numbers: their counterpart in Python is `bytes`, an object.
      if (length > 0 || Buffer.isBuffer(array)) this.#leaf(depth + 1, !Buffer.isBuffer(array))
      return
    }
    this.#count(length * NUMBER_BYTES)
    for (let i = 0; i < length; i++) {
      const element: unknown = array[i]
      if (typeof element === 'number' || typeof element === 'bigint') this.#leaf(depth + 1, true)
      else if (Array.isArray(element) || isNumericArray(element)) this.#walk(element, depth + 1)
      else this.#leaf(depth + 1, false)
    }
  }

  /** A message over its limit is walked no further: one array may be its own part many times over. */
  #count(bytes: number): void {
    this.bytes += bytes
    const { maxMessageBytes } = this.#limits
    if (this.bytes > maxMessageBytes) throw new MessageTooLargeError(this.bytes, maxMessageBytes)
  }

  #leaf(depth: number, isNumber: boolean): void {
    this.#mixed ||= !isNumber
    if (this.#leafDepth < 0) this.#leafDepth = depth
    this.#ragged ||= this.#leafDepth !== depth
  }

  #refusal(what: string): InvalidDataError {
    return new InvalidDataError(`The embedding ${what}.`, null, this.#column)
  }
}
