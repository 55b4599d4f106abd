/** What a value that is no number, text, boolean or null counts as. */
import { isTypedArray } from 'node:util/types'
import { TAG_OBJECT, TAG_TENSOR } from './layout.js'

/** Stand-ins for values whose tag was found beforehand, so that a message can be checked whole before a row of it is kept. */
export const OBJECT_VALUE: object = Object.freeze({})
export const TENSOR_VALUE: object = Object.freeze({})

/** So many elements are looked at to tell a tensor; one array may be its own part many times over. */
const MAX_ELEMENTS = 1 << 24

/**
 * `TAG_TENSOR` for a non-empty array of numbers, regular in all its dimensions, and for a non-empty typed array; `TAG_OBJECT` for
 * everything else that is an object. Safe for cycles: they are deeper than `maxDepth`.
 */
export function objectTag(value: object, maxDepth: number): number {
  if (value === OBJECT_VALUE) return TAG_OBJECT
  if (value === TENSOR_VALUE) return TAG_TENSOR
  return isTensor(value, maxDepth) ? TAG_TENSOR : TAG_OBJECT
}

function isTensor(value: object, maxDepth: number): boolean {
  if (Array.isArray(value)) return value.length > 0 && new Walk(maxDepth).regular(value, 0)
  // Bytes are no numbers: their counterpart in Python is `bytes`, an object.
  return isTypedArray(value) && value.length > 0 && !Buffer.isBuffer(value)
}

/** One look at one array: the lengths found in each dimension, and at which depth its numbers lie. */
class Walk {
  readonly #maxDepth: number
  readonly #lengths: number[] = []
  #leafDepth = -1
  #elements = 0

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth
  }

  regular(array: ArrayLike<unknown>, depth: number): boolean {
    const length = array.length
    if (depth >= this.#maxDepth || length === 0 || !this.#sameLength(depth, length)) return false
    this.#elements += length
    if (this.#elements > MAX_ELEMENTS) return false
    if (!Array.isArray(array)) return this.#leaf(depth)
    for (let i = 0; i < length; i++) {
      const element: unknown = array[i]
      const fits =
        typeof element === 'number' || typeof element === 'bigint'
          ? this.#leaf(depth)
          : (Array.isArray(element) || isTypedArray(element)) && this.regular(element, depth + 1)
      if (!fits) return false
    }
    return true
  }

  #sameLength(depth: number, length: number): boolean {
    this.#lengths[depth] ??= length
    return this.#lengths[depth] === length
  }

  #leaf(depth: number): boolean {
    if (this.#leafDepth < 0) this.#leafDepth = depth
    return this.#leafDepth === depth
  }
}

/** Whether `value` is within int64. */
export function isInt64(value: bigint): boolean {
  return value >= -0x8000_0000_0000_0000n && value <= 0x7fff_ffff_ffff_ffffn
}

const utf8 = new TextEncoder()
let scratch = new Uint8Array(0)

/** The longest start of `text` that takes at most `maxBytes` in UTF-8 and cuts no character in two. */
export function cutText(text: string, maxBytes: number): string {
  if (scratch.length < maxBytes) scratch = new Uint8Array(maxBytes)
  const { read } = utf8.encodeInto(text, scratch.subarray(0, maxBytes))
  return read === text.length ? text : text.slice(0, read)
}
