/**
 * What a caller gave, in the words of an error. Callers give anything at all (revoked proxies, objects whose getters throw), so nothing here
 * can throw, and no code of the caller's is run but by proxies.
 */

/** The most characters that are shown of a text. */
const MOST_CHARACTERS = 40
const tagOf = Object.prototype.toString

/** What kind of thing a value is: never the value itself. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  try {
    const tag = tagOf.call(value).slice(8, -1)
    return tag === 'Object' ? className(value) : tag
  } catch {
    return 'Proxy'
  }
}

function className(value: object): string {
  const type: unknown = value.constructor
  const name: unknown = typeof type === 'function' ? type.name : undefined
  return typeof name === 'string' && name !== '' ? plainName(name) : 'Object'
}

/** The name of a class as it is exported: a bundler puts a line in front of some. */
export function plainName(name: string): string {
  return name.replace(/^_(?=[A-Z])/, '')
}

/** The end of a sentence that refuses a value which is no secret and no logged one: `. Received 'x'`. */
export function received(value: unknown): string {
  return `. Received ${shown(value)}`
}

/** The same of a value that must not be shown: `. Received type string`. */
export function receivedType(value: unknown): string {
  const isPrimitive = value !== null && value !== undefined && typeof value !== 'object' && typeof value !== 'function'
  return `. Received ${isPrimitive ? `type ${typeof value}` : shown(value)}`
}

function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}…` : value}'`
    case 'bigint':
      return 'a bigint'
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'symbol':
      return 'a symbol'
    case 'function':
      return 'a function'
    case 'object':
      return value === null ? 'null' : `an instance of ${typeName(value)}`
    default:
      return String(value)
  }
}
