/**
 * Rows into blocks: the façade of the encoder.
 *
 * `place` writes a row into the next slot of an open block and leaves it to the caller to commit it (once key and budget allow) or to undo it;
 * between the two nothing else may be placed or submitted, which the caller sees to. Text and header are completed when a block is handed on.
 */
import {
  InvalidDataError,
  ReentrantError,
  type RollingProfilesError,
  TooManyColumnsError,
  UnsupportedDataError,
} from '../errors.js'
import { ownCopyOf } from '../own.js'
import { typeName } from '../received.js'
import { isA } from '../refusal.js'
import { MESSAGE_CONTINUES } from './layout.js'
import { isIterated, looksLikeMany } from './many-rows.js'
import type { OpenBlock, Row } from './open-block.js'
import { checkRows, fromColumnar, fromRows, isRowLike, isWireForm, type RowSet } from './row-set.js'
import { seal, TextBuffer } from './seal.js'
import { checkWidth } from './shape.js'
import { type BlockShape, type Bounds, type ShapeLimits, Shapes, usualBounds } from './shapes.js'

/** Where blocks go. `submit` gives nothing back and does not throw: what fails there is told by signals. */
export interface EncoderSink {
  registerShape(columns: string[]): number
  releaseShape(shape: number): void
  submit(lane: number, arena: Uint8Array, text: Uint8Array, textBytes: number, rows: number): void
}

export interface EncoderLimits {
  readonly maxColumns: number
  readonly maxNameBytes: number
  readonly maxValueBytes: number
  readonly maxDepth: number
  readonly maxMessageBytes: number
}

/** So many shapes are tried with a row before its columns are looked at one by one. */
const TRIES = 8

/** What reading a row refuses it with. Anything else is what the row itself threw. */
const OURS = [InvalidDataError, ReentrantError, TooManyColumnsError, UnsupportedDataError]

export class RowEncoder {
  /** What the rows in open blocks are charged, bytes. */
  openBytes = 0
  readonly #shapes: Shapes
  readonly #limits: ShapeLimits & EncoderLimits
  readonly #text: TextBuffer = new TextBuffer()
  readonly #sink: EncoderSink
  #current: BlockShape | null = null
  #prototype: unknown = Object.prototype

  constructor(sink: EncoderSink, limits: EncoderLimits, bounds: Bounds = usualBounds()) {
    this.#sink = sink
    this.#limits = { ...limits, cut: 0 }
    const blocks = {
      registerShape: (columns: string[]) => sink.registerShape(columns),
      releaseShape: (shape: number) => sink.releaseShape(shape),
      submit: (block: OpenBlock) => this.submit(block),
    }
    this.#shapes = new Shapes(blocks, this.#limits, bounds)
  }

  /** How many texts were cut to `maxValueBytes` so far. */
  get cutTexts(): number {
    return this.#limits.cut
  }

  /** Memory of all arenas. */
  get arenaBytes(): number {
    return this.#shapes.arenaBytes
  }

  /**
   * Writes `row` into the next slot of an open block for `lane`; `null`: it is no row but the wire form of many. `isPlain`: its prototype is known to be that
   * of every object.
   *
   * @throws ReentrantError, InvalidDataError, TooManyColumnsError, UnsupportedDataError: then nothing is left behind.
   */
  place(given: Row, lane: number, isPlain: boolean): OpenBlock | null {
    let block: OpenBlock | undefined
    try {
      const row = isPlain || !this.#inherits(given) ? given : ownCopyOf(given)
      const shape = this.#current
      if (shape !== null && !shape.maybeWire) {
        block = shape.blocks[lane]
        if (block?.take(row) === true) return block
      }
      return this.#find(row, lane)
    } catch (cause) {
      for (const open of this.#shapes.blocks()) open.undo()
      if (OURS.some((known) => isA<RollingProfilesError>(cause, known))) throw cause
      throw new InvalidDataError('The row could not be read: its own code threw, see the cause.', 0, null, { cause })
    }
  }

  /**
   * Reads a message of many rows: an array of them, or the wire form.
   *
   * @throws ReentrantError, InvalidDataError, UnsupportedDataError: nothing of it is kept then.
   */
  read(data: unknown): RowSet {
    const set = Array.isArray(data) ? fromRows(data, this.#limits) : null
    if (set) return set
    if (typeof data === 'object' && data !== null && isWireForm(data)) return fromColumnar(data, this.#limits)
    throw new UnsupportedDataError(typeName(data))
  }

  /** Looks at the size of rows before anything is made of them. @throws what `read` says of it */
  check(data: unknown): void {
    checkRows(data, this.#limits)
  }

  /** The shape of a message's rows. */
  shapeOf(set: RowSet): BlockShape {
    return this.#shapes.exact(set.columns)
  }

  /** The open block of `shape` for `lane`. */
  open(shape: BlockShape, lane: number): OpenBlock {
    return this.#shapes.open(shape, lane)
  }

  /** Makes the row just placed count; `true`: its block is full. */
  commit(block: OpenBlock, key: number): boolean {
    this.openBytes += block.rowCost
    return block.commit(key)
  }

  /** Notes that the last `rows` rows of `block` are one message, or a part of one; `waiter` 0: nobody waits. */
  noteMessage(block: OpenBlock, rows: number, continues: boolean, waiter: number): void {
    block.messages.push(block.rows - rows, rows, continues ? MESSAGE_CONTINUES : 0, waiter)
  }

  /** Hands a block on. */
  submit(block: OpenBlock): void {
    const { lane, rows } = block
    const textBytes = seal(block, this.#text)
    this.openBytes -= block.cost
    try {
      this.#sink.submit(lane, block.arena, this.#text.bytes, textBytes, rows)
    } finally {
      // Only now: the arena is read by `submit`.
      block.reset()
    }
  }

  /** Hands everything on; `idle`: lets go of the texts as well. */
  submitAll(idle = false): void {
    for (const block of this.#shapes.blocks()) {
      if (block.rows > 0) this.submit(block)
      if (idle) block.releaseTexts()
    }
  }

  #find(row: Row, lane: number): OpenBlock | null {
    if (isIterated(row)) return null
    const names: string[] = []
    for (const name in row) {
      checkWidth(names.length + 1, this.#limits.maxColumns)
      names.push(name)
    }
    const first = names[0]
    const { recent } = this.#shapes
    for (let i = 0; i < recent.length && i < TRIES; i++) {
      const shape = recent[i]
      if (shape === undefined || shape.names[0] !== first || shape.maybeWire) continue
      const block = shape.blocks[lane]
      if (block?.take(row) !== true) continue
      this.#shapes.touch(shape)
      if (first !== undefined) this.#current = shape
      return block
    }
    if (looksLikeMany(row)) return null
    const shape = this.#shapes.covering(names)
    if (first !== undefined) this.#current = shape
    const block = this.#shapes.open(shape, lane)
    // By name when its order is another; the shape has all its columns.
    if (!block.put(row) && !block.putByName(row)) throw new InvalidDataError('The row changed while it was read.', 0)
    return block
  }

  /**
   * Whether a row of a class inherits columns, which are not logged. Asked once of a class, as long as no other comes between.
   *
   * @throws UnsupportedDataError for what is no row
   */
  #inherits(row: Row): boolean {
    const prototype: unknown = Object.getPrototypeOf(row)
    if (prototype === this.#prototype) return false
    if (!isRowLike(row)) throw new UnsupportedDataError(typeName(row))
    if (prototype !== null) for (const _name in prototype as Row) return true
    this.#prototype = prototype
    return false
  }
}
