/** Typed arrays: which numbers they hold, and whether they hold them still. */
import { GONE, isAttached } from '../attached.js'
import { InvalidDataError } from '../errors.js'
import { type FrameWriter, NODE_FLOATS, NODE_INTEGERS } from './frame.js'
import type { NumericArray } from './types.js'

const TypedArrays = Object.getPrototypeOf(Uint8Array.prototype) as NumericArray
const tagOf = Object.getOwnPropertyDescriptor(TypedArrays, Symbol.toStringTag)?.get

/** What each kind is in the frame. */
const KINDS: Record<string, { node: number; signed: number }> = {
  Int8Array: { node: NODE_INTEGERS, signed: 1 },
  Int16Array: { node: NODE_INTEGERS, signed: 1 },
  Int32Array: { node: NODE_INTEGERS, signed: 1 },
  BigInt64Array: { node: NODE_INTEGERS, signed: 1 },
  Uint8Array: { node: NODE_INTEGERS, signed: 0 },
  Uint8ClampedArray: { node: NODE_INTEGERS, signed: 0 },
  Uint16Array: { node: NODE_INTEGERS, signed: 0 },
  Uint32Array: { node: NODE_INTEGERS, signed: 0 },
  BigUint64Array: { node: NODE_INTEGERS, signed: 0 },
  Float16Array: { node: NODE_FLOATS, signed: 1 },
  Float32Array: { node: NODE_FLOATS, signed: 1 },
  Float64Array: { node: NODE_FLOATS, signed: 1 },
}

/** Whether `value` is a typed array, of whichever realm. */
export function isNumericArray(value: unknown): value is NumericArray {
  return ArrayBuffer.isView(value) && kindOf(value) !== undefined
}

function kindOf(view: ArrayBufferView): { node: number; signed: number } | undefined {
  // The accessor of all typed arrays, which a class of the user's cannot have replaced.
  const tag = tagOf?.call(view) as string | undefined
  return tag === undefined ? undefined : KINDS[tag]
}

/** Refuses an array that has lost its buffer. @throws InvalidDataError */
export function checkAttached(array: NumericArray, column: string | null): void {
  if (!isAttached(array)) throw new InvalidDataError(GONE, null, column)
}

/** Describes `array` as one chunk. */
export function writeTyped(frame: FrameWriter, array: NumericArray): void {
  const kind = kindOf(array)
  if (kind === undefined) throw new InvalidDataError('An array is of no known type.')
  const buffer = frame.buffer(array)
  frame.words.push(kind.node, array.length, 0, 0, buffer, array.BYTES_PER_ELEMENT)
  if (kind.node === NODE_INTEGERS) frame.words.push(kind.signed)
}
