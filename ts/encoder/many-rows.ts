/** Which things are many rows, and which only look like a row: told before one odd row is made of them. */
import * as types from 'node:util/types'
import { InvalidDataError, MessageTooLargeError, ReentrantError, UnsupportedDataError } from '../errors.js'
import { typeName } from '../received.js'
import { isA } from '../refusal.js'
import { COLUMN_BYTES, ROW_BYTES } from './open-block.js'
import { isWireForm } from './row-set.js'

/** Whether something is iterated, as no row is. */
export function isIterated(value: object): boolean {
  return Symbol.iterator in value || Symbol.asyncIterator in value
}

/** Whether an object is the wire form of many rows, or pandas' own: `rowsOf` tells. */
export function looksLikeMany(value: object): boolean {
  return isWireForm(value) || isSplit(value)
}

/**
 * What `log` was given, with the rows of an iterable in an array; anything else as it is. Reading ends with more than `maxBytes`.
 *
 * @throws UnsupportedDataError for what may be iterated but has no rows; InvalidDataError, MessageTooLargeError
 */
export function rowsOf(data: unknown, maxBytes: number): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data) || isKnown(data)) return data
  if (isSplit(data)) {
    throw new UnsupportedDataError('{ columns, data, index }', 'leave index out: { columns, data } is taken')
  }
  if (typeof (data as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function') {
    throw new UnsupportedDataError('async iterable', 'log each row that it gives, or pipe it to createWritable()')
  }
  const iterable = data as Iterable<unknown>
  return typeof iterable[Symbol.iterator] === 'function' ? gather(iterable, maxBytes) : data
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

function gather(rows: Iterable<unknown>, maxBytes: number): unknown[] {
  const read: unknown[] = []
  let bytes = 0
  try {
    for (const row of rows) {
      const columns = typeof row === 'object' && row !== null ? Object.keys(row).length : 0
      bytes += ROW_BYTES + columns * COLUMN_BYTES
      if (bytes > maxBytes) throw new MessageTooLargeError(bytes, maxBytes)
      read.push(row)
    }
  } catch (cause) {
    if (isA(cause, MessageTooLargeError) || isA(cause, ReentrantError)) throw cause
    const message = `Row ${read.length} of the ${typeName(rows)} could not be read: its own code threw, see the cause.`
    throw new InvalidDataError(message, read.length, null, { cause })
  }
  return read
}
