/**
 * A message of many rows, read once and checked whole: what comes after this cannot fail, so a message is kept whole or not at all.
 */
import * as types from 'node:util/types'
import { InvalidDataError, MessageTooLargeError, UnsupportedDataError } from '../errors.js'
import { typeName } from '../received.js'
import { TAG_TENSOR } from './layout.js'
import { COLUMN_BYTES, EXCEPTION_BYTES, ROW_BYTES, type Row, UNIT_BYTES } from './open-block.js'
import { checkWidth } from './shape.js'
import { OBJECT_VALUE, objectTag, TENSOR_VALUE } from './values.js'

/** Rows by columns, row after row; objects are stood in for by their tag. */
export interface RowSet {
  readonly columns: readonly string[]
  readonly rows: number
  readonly values: readonly unknown[]
  /** What it is charged, at most but for values that do not fit their column's kind. */
  readonly cost: number
}

export interface RowSetLimits {
  readonly maxColumns: number
  readonly maxMessageBytes: number
  readonly maxDepth: number
}

/** What so many rows take in bytes at least, whatever is in them. */
const leastCost = (rows: number, columns: number): number => rows * (ROW_BYTES + columns * COLUMN_BYTES)

/**
 * Looked at while columns are counted, before anything of that size is made.
 *
 * @throws TooManyColumnsError, MessageTooLargeError
 */
function checkSize(rows: number, columns: number, { maxColumns, maxMessageBytes }: RowSetLimits): void {
  checkWidth(columns, maxColumns)
  const bytes = leastCost(rows, columns)
  if (bytes > maxMessageBytes) throw new MessageTooLargeError(bytes, maxMessageBytes)
}

/** What a message takes in bytes, counted instead of bounded as `cost` is; texts count as far as they are used. */
export function exactCost(set: RowSet, maxValueBytes: number): number {
  let bytes = set.cost
  for (const value of set.values) {
    if (typeof value !== 'string') continue
    bytes += Math.min(Buffer.byteLength(value), maxValueBytes) - value.length * UNIT_BYTES
  }
  return bytes
}

/** The wire form: columns and rows as arrays. */
export interface ColumnarRows {
  columns: string[]
  data: unknown[][]
}

/** Whether `value` is the wire form: no other keys, and both of them arrays. */
export function isWireForm(value: object): value is ColumnarRows {
  if (!Object.hasOwn(value, 'columns') || !Object.hasOwn(value, 'data') || Object.keys(value).length !== 2) return false
  const { columns, data } = value as { columns: unknown; data: unknown }
  return (
    Array.isArray(columns) &&
    Array.isArray(data) &&
    columns.every((name) => typeof name === 'string') &&
    data.every((row) => Array.isArray(row))
  )
}

const CLASSES = [Map, Set, WeakMap, WeakSet, Promise, Date, RegExp, Error, ArrayBuffer]

/**
 * Whether `data` may be read as a row: a plain object, or one of a class that has something to log as columns, which the built-in ones do not.
 */
export function isRowLike(data: unknown): data is Row {
  if (typeof data !== 'object' || data === null) return false
  const prototype: unknown = Object.getPrototypeOf(data)
  return prototype === Object.prototype || prototype === null || (!isBuiltIn(data) && Object.keys(data).length > 0)
}

/** Told by what they are, and, for proxies, by what they inherit. */
function isBuiltIn(data: object): boolean {
  return (
    Array.isArray(data) ||
    CLASSES.some((known) => data instanceof known) ||
    Symbol.iterator in data ||
    Symbol.asyncIterator in data ||
    ArrayBuffer.isView(data) ||
    types.isAnyArrayBuffer(data) ||
    types.isDate(data) ||
    types.isMap(data) ||
    types.isSet(data) ||
    types.isPromise(data) ||
    types.isRegExp(data) ||
    types.isNativeError(data) ||
    types.isBoxedPrimitive(data) ||
    types.isWeakMap(data) ||
    types.isWeakSet(data)
  )
}

/**
 * The columns of an array of rows: the union, in the order in which they come up.
 *
 * @throws TooManyColumnsError, MessageTooLargeError, UnsupportedDataError, InvalidDataError
 */
function namesOf(data: readonly unknown[], limits: RowSetLimits): Set<string> {
  const names = new Set<string>()
  checkSize(data.length, 0, limits)
  for (let row = 0; row < data.length; row++) {
    const record = data[row]
    if (!isRowLike(record)) {
      if (row === 0) throw new UnsupportedDataError(`array of ${typeName(record)}`)
      throw new InvalidDataError(`Row ${row} is no row but a ${typeName(record)}.`, row)
    }
    const known = names.size
    const own = Object.keys(record)
    checkWidth(own.length, limits.maxColumns)
    for (const name of own) names.add(name)
    if (names.size > known) checkSize(data.length, names.size, limits)
  }
  return names
}

/**
 * Looks at the columns and the size of rows in whichever form, and at no value.
 *
 * @throws TooManyColumnsError, MessageTooLargeError, UnsupportedDataError, InvalidDataError
 */
export function checkRows(data: unknown, limits: RowSetLimits): void {
  if (Array.isArray(data)) namesOf(data, limits)
  else if (!isRowLike(data)) return
  else if (isWireForm(data)) checkSize(data.data.length, data.columns.length, limits)
  else checkWidth(Object.keys(data).length, limits.maxColumns)
}

/** An array of rows. */
export function fromRows(data: readonly unknown[], limits: RowSetLimits): RowSet {
  const names = namesOf(data, limits)
  const collected = new Collector([...names], data.length, limits.maxDepth)
  for (let row = 0; row < data.length; row++) {
    const record = data[row] as Row
    let column = 0
    for (const name of names) {
      // Own columns alone: what every object inherits is no column.
      collected.set(row, column, Object.hasOwn(record, name) ? readColumn(record, name, row) : null)
      column++
    }
  }
  return collected.finish()
}

/** The wire form: every row as wide as the columns, and no column twice. */
export function fromColumnar(data: ColumnarRows, limits: RowSetLimits): RowSet {
  const { columns } = data
  checkSize(data.data.length, columns.length, limits)
  const names = new Set(columns)
  if (names.size < columns.length) {
    const twice = columns.find((name, column) => columns.indexOf(name) !== column) ?? null
    throw new InvalidDataError('A column is named twice.', null, twice)
  }
  const collected = new Collector(columns.slice(), data.data.length, limits.maxDepth)
  for (let row = 0; row < data.data.length; row++) {
    const values = data.data[row] ?? []
    if (values.length !== columns.length) {
      const problem = values.length < columns.length ? 'short' : 'wide'
      throw new InvalidDataError(
        `Row ${row} is too ${problem}: ${values.length} values for ${columns.length} columns.`,
        row,
      )
    }
    for (let column = 0; column < columns.length; column++) collected.set(row, column, values[column])
  }
  return collected.finish()
}

function readColumn(record: Row, name: string, row: number): unknown {
  try {
    return record[name]
  } catch (cause) {
    throw new InvalidDataError(`Reading row ${row} failed.`, row, name, { cause })
  }
}

class Collector {
  readonly #columns: readonly string[]
  readonly #rows: number
  readonly #values: unknown[]
  readonly #maxDepth: number
  #cost: number

  constructor(columns: readonly string[], rows: number, maxDepth: number) {
    this.#columns = columns
    this.#rows = rows
    this.#values = new Array<unknown>(columns.length * rows)
    this.#maxDepth = maxDepth
    this.#cost = leastCost(rows, columns.length)
  }

  set(row: number, column: number, value: unknown): void {
    const at = row * this.#columns.length + column
    if (typeof value === 'number' || typeof value === 'boolean') {
      this.#values[at] = value
    } else if (typeof value === 'string') {
      this.#values[at] = value
      this.#cost += value.length * UNIT_BYTES
    } else {
      this.#values[at] = this.#odd(row, column, value)
    }
  }

  finish(): RowSet {
    return { columns: this.#columns, rows: this.#rows, values: this.#values, cost: this.#cost }
  }

  #odd(row: number, column: number, value: unknown): unknown {
    const name = this.#columns[column] ?? null
    if (typeof value === 'symbol' || typeof value === 'function') {
      throw new InvalidDataError(`A ${typeof value} cannot be logged (row ${row}).`, row, name)
    }
    if (value === null || value === undefined) return null
    this.#cost += EXCEPTION_BYTES
    if (typeof value === 'bigint') return value
    try {
      return objectTag(value, this.#maxDepth) === TAG_TENSOR ? TENSOR_VALUE : OBJECT_VALUE
    } catch (cause) {
      throw new InvalidDataError(`Reading row ${row} failed.`, row, name, { cause })
    }
  }
}
