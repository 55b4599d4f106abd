/** The checks that options are made of. Each takes what a user gave, and gives what is meant or throws InvalidOptionError naming the option. */
import { isUint8Array } from 'node:util/types'
import { isAttached } from './attached.js'
import { InvalidOptionError } from './errors.js'
import { plainName, received } from './received.js'
import { type ClassOf, hasMethod, isA, isList, reading } from './refusal.js'

/** An iterable that is no array, and gives more than this, is taken for one that never ends. */
const MOST_GIVEN = 100_000

/**
 * Options as they were given, each read once. Own keys alone are options.
 *
 * @throws InvalidOptionError naming the first key that is none of `names`; `where` is what the options are of.
 */
export function optionsOf<T extends object>(given: T, names: ReadonlySet<string>, where = 'options'): T {
  if (typeof given !== 'object' || given === null)
    throw new InvalidOptionError(where, `must be an object${received(given)}`)
  return reading(where, () => {
    const read: Record<string, unknown> = Object.create(null)
    for (const name of Object.keys(given)) {
      if (!names.has(name)) throw unknownOption(name, names, where)
      read[name] = given[name as keyof T]
    }
    return read as T
  })
}

/** @throws as `optionsOf`, without reading a value */
export function refuseOthers(given: object, names: ReadonlySet<string>, where = 'options'): void {
  if (typeof given !== 'object' || given === null)
    throw new InvalidOptionError(where, `must be an object${received(given)}`)
  reading(where, () => {
    for (const name of Object.keys(given)) if (!names.has(name)) throw unknownOption(name, names, where)
  })
}

/** The names of all options of a type: one that is missing here does not compile. */
export function namesOf<T extends object>(all: Record<keyof T, true>): ReadonlySet<string> {
  return new Set(Object.keys(all))
}

/** What is said of an option that there is not. */
export function unknownOption(name: string, names: Iterable<string>, where = 'options'): InvalidOptionError {
  const meant = suggestion(name, [...names])
  const hint = meant === undefined ? '' : `: did you mean ${meant}?`
  return new InvalidOptionError(`${where}.${name}`, `is no option in this version${hint}`)
}

/** The one of `names` that looks most like `name`. */
function suggestion(name: string, names: readonly string[]): string | undefined {
  const plain = plainly(name)
  const equal = names.find((known) => plainly(known) === plain)
  if (equal !== undefined || plain.length < 3) return equal
  const begun = names.find((known) => plainly(known).startsWith(plain))
  return begun ?? names.find((known) => distance(plainly(known), plain) <= 2)
}

function plainly(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** How many letters one has to add, leave out or change to get from one name to the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

/** `options.workers`, as messages name it: what is named in full already stays so. */
function path(name: string): string {
  return name.includes('.') ? name : `options.${name}`
}

/** A positive integer, at most `most`. */
export function integer(
  name: string,
  value: number | undefined,
  fallback: number,
  most: number = Number.MAX_SAFE_INTEGER,
  least = 1,
): number {
  if (value === undefined) return fallback
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  throw new InvalidOptionError(path(name), `must be an integer ${range}${received(value)}`)
}

/** A wait, ms: 0 or more, also `Infinity`. */
export function wait(name: string, value: number | undefined, fallback: number): number {
  return waitArgument(path(name), value, fallback)
}

/** The same of an argument that is no option. */
export function waitArgument(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && value >= 0) return value
  throw new InvalidOptionError(name, `must be a number of milliseconds, 0 or more, or Infinity${received(value)}`)
}

/** A length of time, ms: a positive integer, or `Infinity`. */
export function duration(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return value ?? fallback
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidOptionError(
    path(name),
    `must be a whole number of milliseconds, 1 or more, or Infinity${received(value)}`,
  )
}

export function text(name: string, value: string | null | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw new InvalidOptionError(path(name), `must be a string${received(value)}`)
}

export function flag(name: string, value: boolean | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw new InvalidOptionError(path(name), `must be true or false${received(value)}`)
  return value
}

export function choice<T extends string>(name: string, value: T | undefined, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback
  if (!choices.includes(value)) throw notOneOf(path(name), value, choices)
  return value
}

/** What is said of a value that is none of those that there are. */
export function notOneOf(
  what: string,
  value: unknown,
  choices: readonly string[],
  must = 'must be one of',
): InvalidOptionError {
  const all = choices.map((one) => `'${one}'`).join(', ')
  return new InvalidOptionError(what, `${must} ${all}${received(value)}`)
}

/** `fallback` where nothing was given; a `method` of that name must be there, or, without one, the value must be a function itself. */
export function capable<T extends object>(
  name: string,
  value: T | undefined,
  fallback: T,
  method?: keyof T & string,
): T {
  if (value === undefined) return fallback
  if (method === undefined) {
    if (typeof value !== 'function') throw new InvalidOptionError(path(name), `must be a function${received(value)}`)
  } else if (!hasMethod(value, method)) {
    throw new InvalidOptionError(path(name), `must be an object with a method ${method}${received(value)}`)
  }
  return value
}

/** A group of positive integers; those of `…Ms` may be `Infinity`. */
export function group<T extends { [K in keyof T]: number }>(
  name: string,
  given: { readonly [K in keyof T]?: T[K] | undefined } | null | undefined,
  defaults: T,
): T {
  const resolved: Record<string, unknown> = { ...defaults }
  if (given === undefined || given === null) return resolved as T
  const where = path(name)
  for (const [key, value] of Object.entries(optionsOf(given, new Set(Object.keys(defaults)), where))) {
    const check = key.endsWith('Ms') ? duration : integer
    resolved[key] = check(`${where}.${key}`, value as number | undefined, resolved[key] as number)
  }
  return resolved as T
}

/** An argument that is a string and not empty. */
export function namedString(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new InvalidOptionError(name, `must be a string that is not empty${received(value)}`)
}

/** Bytes that are there: a buffer may have been transferred. */
export function bytesArgument(name: string, value: unknown): Uint8Array {
  if (!isUint8Array(value)) throw new InvalidOptionError(name, `must be a Uint8Array${received(value)}`)
  if (!isAttached(value))
    throw new InvalidOptionError(name, 'must be bytes that are there: their buffer was transferred')
  return value
}

/** An argument that is a function. */
export function callable<T extends (...args: never[]) => unknown>(name: string, value: T): T {
  if (typeof value === 'function') return value
  throw new InvalidOptionError(name, `must be a function${received(value)}`)
}

/** An argument that is an instance of a class of this package. */
export function instance<T>(name: string, value: unknown, type: ClassOf<T>): T {
  if (isA(value, type)) return value
  throw new InvalidOptionError(name, `must be an instance of ${plainName(type.name)}${received(value)}`)
}

/** What an argument that is a list of numbers holds. NaN is none. */
export function numbers(name: string, value: unknown): number[] {
  const all = isList(value) || ArrayBuffer.isView(value) ? reading(name, () => Array.from(value as number[])) : null
  if (all?.every((one) => typeof one === 'number' && !Number.isNaN(one))) return all
  throw new InvalidOptionError(name, `must be an array of numbers${received(value)}`)
}

/** Hands on each of what an argument that is iterated gives, as it comes. A string is not iterated, and what may never end is ended. */
export function eachOf<T>(name: string, value: Iterable<T>, run: (one: T) => unknown): void {
  if (typeof value !== 'object' || !hasMethod(value, Symbol.iterator)) {
    throw new InvalidOptionError(name, `must be an array or another iterable${received(value)}`)
  }
  reading(name, () => {
    let count = 0
    for (const one of value) {
      if (++count > MOST_GIVEN && !isList(value)) {
        throw new InvalidOptionError(name, `must end: it gave ${MOST_GIVEN}, and more were to come`)
      }
      run(one)
    }
  })
}

/** What it gives as an array; `check` throws for what it must not hold. */
export function listOf<T>(name: string, value: Iterable<T>, check: (one: T) => unknown): T[] {
  const all: T[] = []
  eachOf(name, value, (one) => {
    check(one)
    all.push(one)
  })
  return all
}

/** Names of columns. */
export function columnNames(name: string, value: Iterable<string>): string[] {
  return listOf(name, value, (column) => text(name, column ?? null))
}

/** The entries of an argument that is an object of values by name. */
export function entriesOf<T>(name: string, value: Readonly<Record<string, T>>): [string, T][] {
  if (typeof value !== 'object' || value === null || isList(value)) {
    throw new InvalidOptionError(name, `must be an object${received(value)}`)
  }
  return reading(name, () => Object.entries(value))
}
