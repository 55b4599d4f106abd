/** Which things are many rows, and which only look like a row: told before one odd row is made of them. */
import * as types from 'node:util/types'
import { InvalidDataError, MessageTooLargeError, ReentrantError, UnsupportedDataError } from '../errors.js'
import { typeName } from '../received.js'
import { isA } from '../refusal.js'
import { COLUMN_BYTES, ROW_BYTES } from './open-block.js'
import { isWireForm } from './row-set.js'

/** What bounds the rows of an iterable. */
export interface GatherLimits {
  readonly maxMessageBytes: number
  readonly maxValueBytes: number
}

/** What values hold besides what counts of them (long texts, lists) may be so many times a message. */
const HELD = 4
const REFERENCE_BYTES = 8

/** Whether something is iterated, as no row is. */
export function isIterated(value: object): boolean {
  return Symbol.iterator in value || Symbol.asyncIterator in value
}

/** Whether an object is the wire form of many rows, or pandas' own: `rowsOf` tells. */
export function looksLikeMany(value: object): boolean {
  return isWireForm(value) || isSplit(value)
}

/**
 * What `log` was given, with the rows of an iterable in an array; anything else as it is. Reading ends with more than a message may take.
 *
 * @throws UnsupportedDataError for what may be iterated but has no rows; InvalidDataError, MessageTooLargeError
 */
export function rowsOf(data: unknown, limits: GatherLimits): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data) || isKnown(data)) return data
  if (isSplit(data)) {
    throw new UnsupportedDataError('{ columns, data, index }', 'leave index out: { columns, data } is taken')
  }
  if (typeof (data as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function') {
    throw new UnsupportedDataError('async iterable', 'log each row that it gives, or pipe it to createWritable()')
  }
  const iterable = data as Iterable<unknown>
  return typeof iterable[Symbol.iterator] === 'function' ? gather(iterable, limits) : data
}

/** Things that may be iterated, of which it is said elsewhere that they are no rows. */
function isKnown(data: object): boolean {
  return ArrayBuffer.isView(data) || types.isBoxedPrimitive(data) || data instanceof Map || isFalseSet(data)
}

/** A proxy of a set cannot be iterated. */
function isFalseSet(data: object): boolean {
  return data instanceof Set && !types.isSet(data)
}

/** What pandas' `to_dict('split')` gives. */
function isSplit(value: object): boolean {
  if (!Object.hasOwn(value, 'index')) return false
  const { index, columns, data } = value as Record<string, unknown>
  return Array.isArray(index) && Array.isArray(data) && index.length === data.length && isWireForm({ columns, data })
}

function gather(rows: Iterable<unknown>, limits: GatherLimits): unknown[] {
  const { maxMessageBytes } = limits
  const read: unknown[] = []
  const room = new GatheringRoom(limits)
  try {
    for (const row of rows) {
      room.take(row)
      if (room.bytes > maxMessageBytes) throw new MessageTooLargeError(room.bytes, maxMessageBytes)
      read.push(row)
    }
  } catch (cause) {
    if (isA(cause, MessageTooLargeError) || isA(cause, ReentrantError)) throw cause
    const message = `Row ${read.length} of the ${typeName(rows)} could not be read: its own code threw, see the cause.`
    throw new InvalidDataError(message, read.length, null, { cause })
  }
  return read
}

/** What rows that were gathered take: as messages, and in memory, where an endless iterable would take all of it. */
class GatheringRoom {
  /** What they take as a message, at least; or in memory, where that is far more. */
  bytes = 0
  readonly #maxValueBytes: number
  readonly #maxHeld: number
  #held = 0

  constructor({ maxMessageBytes, maxValueBytes }: GatherLimits) {
    this.#maxValueBytes = maxValueBytes
    this.#maxHeld = maxMessageBytes * HELD
  }

  take(row: unknown): void {
    // Looked at before the row is: one alone may hold more than counts of it.
    if (this.#held > this.#maxHeld) this.bytes = this.#held
    this.bytes += ROW_BYTES
    if (typeof row !== 'object' || row === null) return
    const names = Object.keys(row)
    this.bytes += names.length * COLUMN_BYTES
    // A getter's value is held by nobody, and is asked for once, when the row is read.
    for (const name of names) this.#value(Object.getOwnPropertyDescriptor(row, name)?.value)
  }

  #value(value: unknown): void {
    if (typeof value === 'string') {
      this.bytes += Math.min(value.length, this.#maxValueBytes)
      this.#held += value.length
    } else if (typeof value === 'object' && value !== null) {
      if (Array.isArray(value)) this.#held += value.length * REFERENCE_BYTES
      else if (ArrayBuffer.isView(value)) this.#held += value.byteLength
    }
  }
}
