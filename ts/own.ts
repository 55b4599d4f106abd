/** Own keys alone: what a program has put on `Object.prototype` is neither a column nor an option. */

/** Whether `Object.prototype` has enumerable keys, so that every `for…in` finds them. */
export function isPolluted(): boolean {
  for (const _name in Object.prototype) return true
  return false
}

/** A copy with the own keys of `given` and nothing else, inherited or not. */
export function ownCopyOf<T extends object>(given: T): T {
  return Object.assign(Object.create(null), given) as T
}

/** `given` itself, or its copy where it would show what it does not have. */
export function ownOf<T extends object>(given: T): T {
  return isPolluted() ? ownCopyOf(given) : given
}
