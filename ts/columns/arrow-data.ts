/**
 * The arrays of an Arrow table as nodes of a frame: their buffers as they are, without a look at a value.
 *
 * A slice hands over what it covers, not the whole that it was cut from. In `apache-arrow`, `offset` counts for bits alone (validity, bools): values
 * and offsets are cut when an array is sliced.
 */
import { InvalidDataError } from '../errors.js'
import {
  type FrameWriter,
  NODE_ARRAYS,
  NODE_BOOLS,
  NODE_DECIMALS,
  NODE_DICTIONARY,
  NODE_FLOATS,
  NODE_INTEGERS,
  NODE_LISTS,
  NODE_NULLS,
  NODE_OBJECTS,
  NODE_TEXTS,
  NODE_VIEWS,
} from './frame.js'

/** A type, with the fields that some of them have. */
interface ArrowType {
  readonly typeId: number
  readonly bitWidth?: number
  readonly isSigned?: boolean
  readonly precision?: number
  readonly scale?: number
  readonly listSize?: number
  readonly indices?: ArrowType
}

/** One array. */
export interface ArrowData {
  readonly type: ArrowType
  readonly length: number
  readonly offset: number
  readonly children: readonly ArrowData[]
  readonly values?: unknown
  readonly valueOffsets?: unknown
  readonly nullBitmap?: unknown
  readonly variadicBuffers?: readonly unknown[]
  readonly dictionary?: { readonly data: readonly ArrowData[] } | null
}

/** The numbers of Arrow's types. */
const TYPE_NULL = 1
const TYPE_INT = 2
const TYPE_FLOAT = 3
const TYPE_UTF8 = 5
const TYPE_BOOL = 6
const TYPE_DECIMAL = 7
const TYPE_LIST = 12
const TYPE_FIXED_SIZE_LIST = 16
const TYPE_LARGE_UTF8 = 20
const TYPE_LARGE_LIST = 21
const TYPE_UTF8_VIEW = 24
const TYPE_DICTIONARY = -1

const VIEW_BYTES = 16
const NO_BYTES = new Uint8Array(0)

export class ArrowWriter {
  readonly #frame: FrameWriter
  /** The entries of dictionaries that were described before, by the arrays that hold them. */
  readonly #entries = new Map<unknown, readonly number[]>()
  #column = ''

  constructor(frame: FrameWriter) {
    this.#frame = frame
  }

  /** Describes all of `data` as one chunk of `column`. @throws InvalidDataError, MessageTooLargeError */
  write(data: ArrowData, column: string): void {
    this.#column = column
    this.#node(data, 0, data.length, 0)
  }

  /** The `length` elements from `start`. */
  #node(data: ArrowData, start: number, length: number, depth: number): void {
    const { type, values } = data
    if (!isCount(start) || !isCount(length) || !isCount(data.offset)) throw this.#unfit()
    if (depth > this.#frame.limits.maxDepth) throw this.#unfit('is nested deeper than limits.maxDepth allows')
    switch (type.typeId) {
      case TYPE_NULL:
        this.#frame.words.push(NODE_NULLS, length, 0, 0)
        return
      case TYPE_INT:
        this.#head(NODE_INTEGERS, data, start, length)
        this.#fixed(values, start, length, (type.bitWidth ?? 0) / 8)
        this.#frame.words.push(type.isSigned === false ? 0 : 1)
        return
      case TYPE_FLOAT:
        this.#head(NODE_FLOATS, data, start, length)
        this.#fixed(values, start, length, 2 << (type.precision ?? 0))
        return
      case TYPE_DECIMAL:
        this.#head(NODE_DECIMALS, data, start, length)
        this.#fixed(values, start, length, (type.bitWidth ?? 128) / 8)
        this.#frame.words.push((type.scale ?? 0) >>> 0)
        return
      case TYPE_BOOL:
        this.#head(NODE_BOOLS, data, start, length)
        this.#bits(values, data.offset + start, length, 0)
        return
      case TYPE_UTF8:
      case TYPE_LARGE_UTF8:
        this.#texts(data, start, length)
        return
      case TYPE_UTF8_VIEW:
        this.#views(data, start, length)
        return
      case TYPE_DICTIONARY:
        this.#dictionary(data, start, length, depth)
        return
      case TYPE_LIST:
      case TYPE_LARGE_LIST:
        this.#lists(data, start, length, depth)
        return
      case TYPE_FIXED_SIZE_LIST: {
        const size = type.listSize ?? 0
        this.#head(NODE_ARRAYS, data, start, length)
        this.#frame.words.push(size)
        this.#node(this.#onlyChild(data), start * size, length * size, depth + 1)
        return
      }
      default:
        this.#head(NODE_OBJECTS, data, start, length)
    }
  }

  /** What every node begins with. */
  #head(kind: number, data: ArrowData, start: number, length: number): void {
    this.#frame.words.push(kind, length)
    const { nullBitmap } = data
    if (length > 0 && ArrayBuffer.isView(nullBitmap) && nullBitmap.byteLength > 0) {
      this.#bits(nullBitmap, data.offset + start, length, 1)
    } else {
      this.#frame.words.push(0, 0)
    }
  }

  /** A buffer of bits: its number, more by `more`, and its first bit. */
  #bits(bits: unknown, first: number, length: number, more: number): void {
    const from = Math.floor(first / 8)
    this.#frame.words.push(this.#buffer(bits, from, Math.ceil((first + length) / 8)) + more, first - from * 8)
  }

  /** A buffer of elements of `width` bytes: its number and the width. */
  #fixed(values: unknown, start: number, length: number, width: number): void {
    this.#frame.words.push(this.#buffer(values, start * width, (start + length) * width), width)
  }

  #buffer(view: unknown, from: number, to: number): number {
    if (view === undefined || view === null || to === from) return this.#frame.buffer(NO_BYTES)
    if (!ArrayBuffer.isView(view)) throw this.#unfit()
    // One whose memory was transferred is as short as can be.
    if (from >= view.byteLength) throw this.#unfit('has a buffer that is too short, or was taken away')
    const bytes = Math.min(to, view.byteLength) - from
    return this.#frame.buffer(new Uint8Array(view.buffer, view.byteOffset + from, bytes))
  }

  #texts(data: ArrowData, start: number, length: number): void {
    this.#head(NODE_TEXTS, data, start, length)
    const [first, last] = this.#offsets(data.valueOffsets, start, length)
    this.#frame.words.push(this.#buffer(data.values, first, last))
  }

  #views(data: ArrowData, start: number, length: number): void {
    this.#head(NODE_VIEWS, data, start, length)
    const { variadicBuffers = [] } = data
    const views = this.#buffer(data.values, start * VIEW_BYTES, (start + length) * VIEW_BYTES)
    this.#frame.words.push(views, variadicBuffers.length)
    for (const buffer of variadicBuffers) {
      if (!ArrayBuffer.isView(buffer)) throw this.#unfit()
      this.#frame.words.push(this.#frame.buffer(buffer))
    }
  }

  #lists(data: ArrowData, start: number, length: number, depth: number): void {
    this.#head(NODE_LISTS, data, start, length)
    const [first, last] = this.#offsets(data.valueOffsets, start, length)
    this.#node(this.#onlyChild(data), first, last - first, depth + 1)
  }

  /** Hands the offsets over; gives the first and the last of them. */
  #offsets(offsets: unknown, start: number, length: number): [number, number] {
    const { words } = this.#frame
    if (length === 0) {
      words.push(this.#frame.buffer(NO_BYTES), 0, 0, 0)
      return [0, 0]
    }
    if (!(offsets instanceof Int32Array || offsets instanceof BigInt64Array)) throw this.#unfit()
    const first = Number(offsets[start])
    const last = Number(offsets[start + length])
    if (!isCount(first) || !isCount(last) || last < first) throw this.#unfit()
    const cut = offsets.subarray(start, start + length + 1)
    words.push(this.#frame.buffer(cut), cut.BYTES_PER_ELEMENT === 8 ? 1 : 0, first >>> 0, Math.floor(first / 2 ** 32))
    return [first, last]
  }

  #dictionary(data: ArrowData, start: number, length: number, depth: number): void {
    const { type, values, dictionary } = data
    const { indices } = type
    const chunks = dictionary?.data
    if (indices === undefined || !Array.isArray(chunks)) throw this.#unfit()
    this.#head(NODE_DICTIONARY, data, start, length)
    // Which of them are null is said by the head.
    this.#frame.words.push(NODE_INTEGERS, length, 0, 0)
    this.#fixed(values, start, length, (indices.bitWidth ?? 0) / 8)
    this.#frame.words.push(indices.isSigned === false ? 0 : 1, chunks.length)
    for (const chunk of chunks as readonly ArrowData[]) this.#chunk(chunk, depth)
  }

  /** A chunk of entries; one that other batches share crosses once. */
  #chunk(chunk: ArrowData, depth: number): void {
    const { words } = this.#frame
    const known = this.#entries.get(chunk)
    if (known !== undefined) {
      this.#frame.repeat(known)
      return
    }
    const from = words.length
    this.#node(chunk, 0, chunk.length, depth + 1)
    this.#entries.set(chunk, words.slice(from))
  }

  #onlyChild(data: ArrowData): ArrowData {
    const child = data.children[0]
    if (child === undefined) throw this.#unfit()
    return child
  }

  #unfit(what = 'does not follow its layout'): InvalidDataError {
    return new InvalidDataError(`An Arrow column ${what}.`, null, this.#column)
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff
}
