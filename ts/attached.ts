/** Whether typed arrays hold what they show. */

const keysOf = Object.getPrototypeOf(Uint8Array.prototype).keys as (this: unknown) => unknown

/** `false` for an array whose buffer was transferred, or has shrunk away from under it: either looks like an empty one. */
export function isAttached(array: { readonly length: number }): boolean {
  if (array.length > 0) return true
  try {
    keysOf.call(array)
    return true
  } catch {
    return false
  }
}

/** What is said of one that has not. */
export const GONE: string = 'The bytes of a typed array are gone: its buffer was transferred, or has shrunk.'
