/**
 * Writes columns in the form that the engine reads: a description in words, and buffers as they are. The layout stands at the head of
 * `crates/engine/src/ingest/columnar/frame.rs`.
 */
import { isSharedArrayBuffer } from 'node:util/types'
import { InvalidDataError, MessageTooLargeError, TooManyColumnsError } from '../errors.js'
import { type Crossing, MESSAGE_BYTES, RawKind } from '../logger/payload.js'
import { type NativeRawMessage, native } from '../native.js'
import type { ResolvedLimits } from '../options.js'

const MAGIC = 0x01435052
const HEADER_WORDS = 6
const MAX_WORD = 0xffff_ffff
const LONE_SURROGATE = /\p{Surrogate}/u

/** Kinds of nodes. */
export const NODE_NULLS = 0
export const NODE_BOOLS = 1
export const NODE_INTEGERS = 2
export const NODE_FLOATS = 3
export const NODE_DECIMALS = 4
export const NODE_TEXTS = 5
export const NODE_DICTIONARY = 6
export const NODE_LISTS = 7
export const NODE_ARRAYS = 8
export const NODE_OBJECTS = 9
/** A list of values instead of a node. */
export const VALUES = 10
export const NODE_VIEWS = 11
/** Kinds of values in the order of their rows; 0 is a null. */
export const ORDER_TRUE = 1
export const ORDER_FALSE = 2
export const ORDER_NUMBER = 3
export const ORDER_INTEGER = 4
export const ORDER_TEXT = 5
export const ORDER_OBJECT = 6
export const ORDER_TENSOR = 7

const utf8 = new TextEncoder()

export class FrameWriter {
  /** The description so far. */
  readonly words: number[] = []
  /** Texts that were cut to `limits.maxValueBytes`. */
  cutTexts = 0
  readonly limits: ResolvedLimits
  readonly #buffers: Uint8Array[] = []
  readonly #names: Uint8Array[] = []
  #nameBytes = 0
  #bufferBytes = 0

  constructor(limits: ResolvedLimits) {
    this.limits = limits
  }

  /** Begins a column; its chunks follow. @throws InvalidDataError, TooManyColumnsError */
  column(name: string, chunks: number): void {
    const { maxColumns, maxNameBytes } = this.limits
    if (this.#names.length >= maxColumns) {
      throw new TooManyColumnsError(`A message has more than ${maxColumns} columns (limits.maxColumns).`)
    }
    const bytes = name.length > maxNameBytes ? null : utf8.encode(name)
    if (bytes === null || bytes.length > maxNameBytes) {
      throw new InvalidDataError('A column name is longer than limits.maxNameBytes allows.')
    }
    if (LONE_SURROGATE.test(name)) throw new InvalidDataError('A column name is no well-formed text.')
    this.#names.push(bytes)
    this.#nameBytes += bytes.length
    this.words.push(bytes.length, chunks)
  }

  /** Hands a buffer over, copied only once the message is admitted; gives its number. @throws MessageTooLargeError */
  buffer(view: ArrayBufferView): number {
    const { maxMessageBytes } = this.limits
    this.#bufferBytes += align8(view.byteLength)
    if (this.#bufferBytes > Math.min(maxMessageBytes, MAX_WORD)) {
      throw new MessageTooLargeError(this.#bufferBytes, maxMessageBytes)
    }
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    // What other threads may write to meanwhile is copied here, where that is no fault.
    return this.#buffers.push(isSharedArrayBuffer(view.buffer) ? bytes.slice() : bytes) - 1
  }

  /** Describes again what these words describe. @throws MessageTooLargeError */
  repeat(words: readonly number[]): void {
    const { maxMessageBytes } = this.limits
    const bytes = this.bytes + words.length * 4
    if (bytes > maxMessageBytes) throw new MessageTooLargeError(bytes, maxMessageBytes)
    for (const word of words) this.words.push(word)
  }

  /** Copies the buffers, so that nothing changes with what they were views of. */
  own(): void {
    for (const [index, buffer] of this.#buffers.entries()) this.#buffers[index] = buffer.slice()
  }

  /** Bytes of the whole. */
  get bytes(): number {
    const head = (HEADER_WORDS + this.words.length + this.#buffers.length) * 4 + this.#nameBytes
    return this.#buffers.length > 0 ? align8(head) + this.#bufferBytes : head
  }

  /** Hands it to an engine, copied; gives the level of what waits there. */
  submit(engine: number, message: NativeRawMessage, rows: number): number {
    const lengths = this.#buffers.map((buffer) => buffer.byteLength)
    const { length: columns } = this.#names
    const header = [MAGIC, rows, columns, this.words.length, this.#buffers.length, this.#nameBytes]
    const head = Uint32Array.from([...header, ...this.words, ...lengths])
    const bytes = Buffer.concat([new Uint8Array(head.buffer), ...this.#names])
    return native.submitParts(engine, message, bytes, this.#buffers)
  }
}

/** Columns that were described, to cross as one message. */
export class FramePayload implements Crossing {
  readonly kind: RawKind = RawKind.Columns
  readonly timestampColumn: null = null
  readonly rows: number
  readonly cutTexts: number
  readonly cost: number
  readonly #frame: FrameWriter

  constructor(frame: FrameWriter, rows: number) {
    this.rows = rows
    this.cutTexts = frame.cutTexts
    this.cost = frame.bytes + MESSAGE_BYTES
    this.#frame = frame
  }

  copy(): Crossing {
    this.#frame.own()
    return this
  }

  submit(engine: number, message: NativeRawMessage): number {
    return this.#frame.submit(engine, message, this.rows)
  }
}

function align8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
