/**
 * An open block: the rows of one shape on their way to one lane.
 *
 * Invariants
 * - Slots below `rows` are committed. `put…` writes slot `rows` alone, `commit` makes it count, `undo` leaves no trace of it; so a row
 *   that fails halfway, or is refused by the budget, needs no repair of anything else.
 * - Validity is 1 wherever nothing else was written, from one block to the next; only columns with `nullable` set are cleaned.
 * - A slot that holds no value (null, absent, exception) is zero in its column, so that texts can be cut by their lengths alone.
 * - A column's kind is that of its first value. It stays from block to block, until exceptions outnumber values (`reset`).
 *
 * What a row costs is the function of `row-writer.ts`, or the loop of `put`, which is for every row: no allocation, no closure, one typed store a value. Everything
 * rare is out of line, in `write`.
 */
import { InvalidDataError } from '../errors.js'
import {
  ABSENT,
  type ArenaLayout,
  arenaLayout,
  BLOCK_TEXT_UNITS,
  HEADER_BYTES,
  KEY_BYTES,
  KIND_BOOL,
  KIND_F64,
  KIND_NONE,
  KIND_TEXT,
  NULL,
  PRESENT,
  TAG_BOOL,
  TAG_INTEGER,
  TAG_NUMBER,
  TAG_TEXT,
} from './layout.js'
import { Pace } from './pace.js'
import type { RowWriter } from './row-writer.js'
import type { Shape } from './shape.js'
import { cutText, isInt64, objectTag } from './values.js'

export type Row = Record<string, unknown>
export type ExceptionValue = number | bigint | string | boolean | null

/** What bounds a value; `cut` counts the texts that were too long. */
export interface ValueLimits {
  readonly maxDepth: number
  readonly maxValueBytes: number
  cut: number
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
/** So many forms of rows are tried before the loop that takes any. */
const MAX_WRITERS = 4
/** An exception in the engine's queue, besides its text. */
export const EXCEPTION_BYTES = 32
/** A column of a row, at most: 8 bytes of data and 1 of validity. */
export const COLUMN_BYTES = 9
/** What a row takes besides: its key. */
export const ROW_BYTES: number = KEY_BYTES
/** UTF-8 takes at most this for a UTF-16 unit. */
export const UNIT_BYTES = 3

export class OpenBlock {
  readonly shape: Shape<unknown>
  readonly lane: number
  readonly layout: ArenaLayout
  readonly arena: Uint8Array
  /** The header and the directory. */
  readonly words: Uint32Array
  /** The header, for the numbers in it that may be larger. */
  readonly numbers: Float64Array
  readonly kinds: Uint8Array
  readonly nullable: Uint8Array
  readonly exceptionRows: number[] = []
  readonly exceptionColumns: number[] = []
  readonly exceptionTags: number[] = []
  readonly exceptionValues: ExceptionValue[] = []
  /** Messages of more than one row, or with a waiter: first row, rows, flags, waiter; flat. */
  readonly messages: number[] = []
  rows = 0
  /** What the committed rows are charged, bytes. */
  cost = 0
  /** What the row just put is charged, bytes. */
  rowCost = 0
  key = 0
  mixedKeys = false
  texts: string[] = []
  /** The data sections of all columns, in three views. */
  readonly f64: Float64Array
  readonly u32: Uint32Array
  readonly u8: Uint8Array
  /** A longer text may have to be cut. */
  readonly maxUnits: number
  /** What the row just put takes besides its columns, bytes. */
  rowExtra = 0
  readonly #limits: ValueLimits
  readonly #keys: Float64Array
  readonly #validity: Uint8Array
  /** Write rows of the forms that earlier blocks had; none, where nobody knows yet how rows are. */
  readonly #writers: RowWriter[] = []
  readonly #pace: Pace = new Pace()
  /** Whether they write this block. */
  #byWriters = false
  /** A slot whose row was none of theirs; −1: there is none in this block. */
  #strange = -1
  #units = 0
  #rowUnits = 0
  #committedExceptions = 0

  constructor(shape: Shape<unknown>, lane: number, limits: ValueLimits, blockRows: number) {
    const columns = shape.names.length
    const layout = arenaLayout(columns, blockRows)
    const slots = layout.capacity * columns
    const buffer = new ArrayBuffer(layout.bytes)
    this.shape = shape
    this.lane = lane
    this.layout = layout
    this.arena = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer, 0, layout.keys / 4)
    this.numbers = new Float64Array(buffer, 0, HEADER_BYTES / 8)
    this.kinds = new Uint8Array(columns).fill(KIND_NONE)
    this.nullable = new Uint8Array(columns)
    this.#limits = limits
    this.maxUnits = Math.floor(limits.maxValueBytes / UNIT_BYTES)
    this.#keys = new Float64Array(buffer, layout.keys, layout.capacity)
    this.f64 = new Float64Array(buffer, layout.data, slots)
    this.u32 = new Uint32Array(buffer, layout.data, slots * 2)
    this.u8 = new Uint8Array(buffer, layout.data, slots * 8)
    this.#validity = new Uint8Array(buffer, layout.validity, slots).fill(PRESENT)
  }

  /** Memory it may come to hold: the arena, and the references to texts. */
  get memoryBytes(): number {
    return this.layout.bytes + this.layout.capacity * this.layout.columns * 8
  }

  /** UTF-16 units of the committed rows' texts. */
  get units(): number {
    return this.#units
  }

  /** As `put`, by a function generated for such rows where there is one. */
  take(row: Row): boolean {
    if (this.#byWriters) {
      const writers = this.#writers
      for (let i = 0; i < writers.length; i++) if (writers[i]?.(this, row) === true) return true
    }
    if (!this.put(row)) return false
    this.#strange = this.rows
    return true
  }

  /**
   * Writes a row into the next slot; `false`: it has a column that the shape lacks, or another order, or lacks more than it has; then nothing is left behind.
   * What a getter throws passes through; call `undo` then.
   */
  put(row: Row): boolean {
    const names = this.shape.names
    const kinds = this.kinds
    const f64 = this.f64
    const u32 = this.u32
    const texts = this.texts
    const maxUnits = this.maxUnits
    const capacity = this.layout.capacity
    const columns = names.length
    const slot = this.rows
    let column = 0
    let base = 0
    let units = 0
    let missing = 0
    this.rowExtra = 0
    for (const name in row) {
      if (name !== names[column]) {
        const found = this.#seek(name, column)
        if (found < 0) {
          if (column > 0) this.undo()
          return false
        }
        missing += found - column
        column = found
        base = column * capacity
      }
      const value = row[name]
      const kind = kinds[column]
      if (typeof value === 'number' && kind === KIND_F64) {
        f64[base + slot] = value
      } else if (typeof value === 'string' && kind === KIND_TEXT && value.length <= maxUnits) {
        const length = value.length
        texts[base + slot] = value
        u32[base + base + slot] = length
        units += length
      } else if (typeof value === 'boolean' && kind === KIND_BOOL) {
        this.u8[base * 8 + slot] = value ? 1 : 0
      } else {
        units += this.write(column, value)
      }
      column++
      base += capacity
    }
    if (column < columns) {
      missing += columns - column
      this.skip(column, columns)
    }
    if (missing * 2 > columns) {
      this.undo()
      return false
    }
    this.finishRow(units)
    return true
  }

  /** As `put`, for columns in any order and any number of them missing. */
  putByName(row: Row): boolean {
    const { index, names } = this.shape
    let units = 0
    this.rowExtra = 0
    this.skip(0, names.length)
    for (const name in row) {
      const column = index.get(name)
      if (column === undefined) {
        this.undo()
        return false
      }
      this.#validity[column * this.layout.capacity + this.rows] = PRESENT
      units += this.write(column, row[name])
    }
    this.finishRow(units)
    return true
  }

  /** As `put`, for a row given as its values from `offset` on, one for every column of the shape. */
  putValues(values: readonly unknown[], offset: number): void {
    const kinds = this.kinds
    const capacity = this.layout.capacity
    const columns = kinds.length
    const slot = this.rows
    let units = 0
    this.rowExtra = 0
    for (let column = 0, base = 0; column < columns; column++, base += capacity) {
      const value = values[offset + column]
      const kind = kinds[column]
      if (typeof value === 'number' && kind === KIND_F64) {
        this.f64[base + slot] = value
      } else if (typeof value === 'string' && kind === KIND_TEXT && value.length <= this.maxUnits) {
        this.texts[base + slot] = value
        this.u32[base + base + slot] = value.length
        units += value.length
      } else {
        units += this.write(column, value)
      }
    }
    this.finishRow(units)
  }

  /** What the row just put takes in bytes, counted instead of bounded as `rowCost` is. */
  exactRowCost(): number {
    const { capacity, columns } = this.layout
    let bytes = ROW_BYTES + columns * COLUMN_BYTES + this.rowExtra
    for (let column = 0, at = this.rows; column < columns; column++, at += capacity) {
      if (this.kinds[column] === KIND_TEXT) bytes += Buffer.byteLength(this.texts[at] ?? '')
    }
    for (let i = this.#committedExceptions; i < this.exceptionValues.length; i++) {
      const value = this.exceptionValues[i]
      if (typeof value === 'string') bytes += Buffer.byteLength(value)
    }
    return bytes
  }

  /** Makes the row just put count, for `key`; `true`: the block is full. */
  commit(key: number): boolean {
    const slot = this.rows
    this.#keys[slot] = key
    if (slot === 0) this.key = key
    else if (key !== this.key) this.mixedKeys = true
    this.rows = slot + 1
    this.cost += this.rowCost
    this.#units += this.#rowUnits
    this.#committedExceptions = this.exceptionRows.length
    return slot + 1 === this.layout.capacity || this.#units >= BLOCK_TEXT_UNITS
  }

  /** Forgets the row just put. */
  undo(): void {
    const capacity = this.layout.capacity
    for (let column = 0, at = this.rows; column < this.kinds.length; column++, at += capacity)
      this.#validity[at] = PRESENT
    this.#truncateExceptions(this.#committedExceptions)
  }

  /** Empties the block once it is submitted. */
  reset(): void {
    const { layout, nullable, rows } = this
    this.#forgetKinds()
    if (this.#strange >= 0 && this.#strange < rows) this.#learn(this.#strange)
    this.#strange = -1
    this.#byWriters = this.#pace.next(rows === layout.capacity)
    for (let column = 0; column < layout.columns; column++) {
      if (nullable[column] === 0) continue
      const base = column * layout.capacity
      this.#validity.fill(PRESENT, base, base + rows)
      nullable[column] = 0
    }
    this.#truncateExceptions(0)
    this.#committedExceptions = 0
    this.messages.length = 0
    this.rows = 0
    this.cost = 0
    this.#units = 0
    this.mixedKeys = false
  }

  /** Lets go of the texts of rows that have long been submitted. */
  releaseTexts(): void {
    if (this.rows === 0) this.texts.fill('')
  }

  /** Writes any value into column `column` of the next slot; gives the UTF-16 units of text that it put there. */
  write(column: number, value: unknown): number {
    const kind = this.kinds[column]
    const base = column * this.layout.capacity
    const slot = this.rows
    switch (typeof value) {
      case 'number':
        if (kind !== KIND_F64 && !this.#adopt(column, KIND_F64)) return this.#exception(column, TAG_NUMBER, value)
        this.f64[base + slot] = value
        return 0
      case 'string':
        return this.#writeText(column, value)
      case 'boolean':
        if (kind !== KIND_BOOL && !this.#adopt(column, KIND_BOOL)) return this.#exception(column, TAG_BOOL, value)
        this.u8[base * 8 + slot] = value ? 1 : 0
        return 0
      case 'bigint':
        // A double holds it exactly, and whole numbers are typed by their value.
        if (value <= SAFE && value >= -SAFE) return this.write(column, Number(value))
        if (isInt64(value)) return this.#exception(column, TAG_INTEGER, value)
        return this.write(column, Number(value))
      case 'undefined':
        return this.#noValue(column, NULL)
      case 'object':
        if (value === null) return this.#noValue(column, NULL)
        return this.#exception(column, objectTag(value, this.#limits.maxDepth), null)
      default:
        throw new InvalidDataError(`A ${typeof value} cannot be logged.`, null, this.shape.names[column] ?? null)
    }
  }

  #writeText(column: number, value: string): number {
    const { maxValueBytes } = this.#limits
    let text = value
    if (value.length > this.maxUnits) {
      text = cutText(value, maxValueBytes)
      if (text.length < value.length) this.#limits.cut++
    }
    if (this.kinds[column] !== KIND_TEXT && !this.#adopt(column, KIND_TEXT))
      return this.#exception(column, TAG_TEXT, text)
    const base = column * this.layout.capacity
    this.texts[base + this.rows] = text
    this.u32[base + base + this.rows] = text.length
    return text.length
  }

  /** Gives a column without a kind this one. */
  #adopt(column: number, kind: number): boolean {
    if (this.kinds[column] !== KIND_NONE) return false
    const { capacity, columns } = this.layout
    const base = column * capacity
    this.kinds[column] = kind
    this.#writers.length = 0
    this.f64.fill(0, base, base + capacity)
    if (kind === KIND_TEXT) {
      if (this.texts.length === 0) this.texts = new Array<string>(capacity * columns).fill('')
      else this.texts.fill('', base, base + capacity)
    }
    return true
  }

  /** Has a function made for rows like the one in `slot`. */
  #learn(slot: number): void {
    const { capacity, columns } = this.layout
    if (this.#writers.length >= MAX_WRITERS) return
    const present: number[] = []
    for (let column = 0; column < columns; column++) {
      if (this.#validity[column * capacity + slot] !== ABSENT) present.push(column)
    }
    // An exception's slot is absent as well, though its row has the column.
    for (let i = 0; i < this.exceptionRows.length; i++) {
      if (this.exceptionRows[i] === slot) present.push(this.exceptionColumns[i] ?? 0)
    }
    const writer = this.shape.writers.of(
      present.sort((a, b) => a - b),
      this.kinds,
      capacity,
    )
    if (writer !== null && !this.#writers.includes(writer)) this.#writers.push(writer)
  }

  #exception(column: number, tag: number, value: ExceptionValue): number {
    this.#noValue(column, ABSENT)
    this.exceptionRows.push(this.rows)
    this.exceptionColumns.push(column)
    this.exceptionTags.push(tag)
    this.exceptionValues.push(value)
    this.rowExtra += EXCEPTION_BYTES
    return typeof value === 'string' ? value.length : 0
  }

  #noValue(column: number, validity: number): number {
    const base = column * this.layout.capacity
    const slot = this.rows
    const kind = this.kinds[column]
    this.#validity[base + slot] = validity
    this.nullable[column] = 1
    if (kind === KIND_F64) this.f64[base + slot] = 0
    else if (kind === KIND_BOOL) this.u8[base * 8 + slot] = 0
    else if (kind === KIND_TEXT) {
      this.texts[base + slot] = ''
      this.u32[base + base + slot] = 0
    }
    return 0
  }

  /** The column of `name`, at or after `column`; those between are absent. −1: none. */
  #seek(name: string, column: number): number {
    const names = this.shape.names
    const found = names[column + 1] === name ? column + 1 : (this.shape.index.get(name) ?? -1)
    if (found < column) return -1
    // A row that starts far behind is another shape's sooner than this one's.
    if (column === 0 && found * 2 > names.length) return -1
    this.skip(column, found)
    return found
  }

  /** Leaves columns out of the row being put. */
  skip(from: number, to: number): void {
    for (let column = from; column < to; column++) this.#noValue(column, ABSENT)
  }

  /** Completes a row whose texts have so many UTF-16 units. */
  finishRow(units: number): void {
    this.#rowUnits = units
    this.rowCost = ROW_BYTES + this.kinds.length * COLUMN_BYTES + units * UNIT_BYTES + this.rowExtra
  }

  #truncateExceptions(length: number): void {
    if (this.exceptionRows.length === length) return
    this.exceptionRows.length = length
    this.exceptionColumns.length = length
    this.exceptionTags.length = length
    this.exceptionValues.length = length
  }

  /** A column whose exceptions outnumber its values takes the kind of the next block's first value. */
  #forgetKinds(): void {
    if (this.exceptionColumns.length * 2 <= this.rows) return
    const counts = new Map<number, number>()
    for (const column of this.exceptionColumns) counts.set(column, (counts.get(column) ?? 0) + 1)
    for (const [column, count] of counts) {
      if (count * 2 <= this.rows) continue
      this.kinds[column] = KIND_NONE
      this.#writers.length = 0
    }
  }
}
