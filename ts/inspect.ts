/**
 * What `console.log` and `util.inspect` show of an object: what a person wants to know, and no secret.
 *
 * Each class says it in a static block, where its private fields can be read. Node formats what is
 * shown, so that depth, colours and the like are as asked for.
 */
import type { InspectOptions, inspect } from 'node:util'
import { textOf } from './thrown.js'

const CUSTOM = Symbol.for('nodejs.util.inspect.custom')

type Inspector<T> = (this: T, depth: number | null, options: InspectOptions, print: typeof inspect) => unknown

/**
 * Shows the objects of a class by what `show` gives of each; it may fail. The class has its name set:
 * a bundler renames one that uses itself.
 */
export function showAs<T extends object>(
  name: string,
  prototype: T,
  show: (object: T, options: InspectOptions) => object,
): void {
  Object.defineProperty(prototype.constructor, 'name', { value: name, configurable: true })
  const inspector: Inspector<T> = function (depth, options) {
    // Deeper than is shown, its name is all that is used.
    if (isTooDeep(depth)) return named(this, { notShown: true })
    try {
      return named(this, show(this, options))
    } catch (error) {
      return named(this, { notShown: textOf(error) })
    }
  }
  Object.defineProperty(prototype, CUSTOM, { value: inspector, configurable: true, writable: true })
}

/** An object that is shown on one line, however long that is. */
export function onOneLine(fields: object): object {
  const inspector: Inspector<object> = (depth, options, print) =>
    isTooDeep(depth) || options.compact === false
      ? { ...fields }
      : print({ ...fields }, { ...options, breakLength: Number.POSITIVE_INFINITY })
  return Object.defineProperty({ ...fields }, CUSTOM, { value: inspector })
}

function isTooDeep(depth: number | null): boolean {
  return depth !== null && depth < 0
}

/** What is shown of an object, under the name of its class. */
function named(object: object, shown: object): object {
  const name = nameOf(object)
  const type = { [name]: class {} }[name] as new () => object
  return Object.assign(new type(), shown)
}

function nameOf(object: object): string {
  try {
    const { name } = object.constructor
    return typeof name === 'string' && name !== '' ? name : 'Object'
  } catch {
    return 'Object'
  }
}
