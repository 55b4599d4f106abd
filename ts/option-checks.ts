/** The checks that options are made of. Each takes what a user gave, and gives what is meant or throws InvalidOptionError naming the option. */
import { InvalidOptionError } from './errors.js'

/** @throws InvalidOptionError naming the first key that is none of `names`; `where` is what the options are of. */
export function refuseOthers(given: object, names: ReadonlySet<string>, where = ''): void {
  if (typeof given !== 'object' || given === null) {
    throw new InvalidOptionError(where || 'options', 'it must be an object')
  }
  for (const name of Object.keys(given)) {
    if (!names.has(name)) throw unknownOption(name, names, where)
  }
}

/** The names of all options of a type: one that is missing here does not compile. */
export function namesOf<T extends object>(all: Record<keyof T, true>): ReadonlySet<string> {
  return new Set(Object.keys(all))
}

/** What is said of an option that there is not. */
export function unknownOption(name: string, names: Iterable<string>, where = ''): InvalidOptionError {
  const meant = suggestion(name, [...names])
  const hint = meant === undefined ? '' : `: did you mean ${meant}?`
  return new InvalidOptionError(where ? `${where}.${name}` : name, `there is no such option in this version${hint}`)
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

export function integer(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (!Number.isSafeInteger(value) || value <= 0) throw new InvalidOptionError(name, 'it must be a positive integer')
  return value
}

/** A wait, ms: 0 or more, also `Infinity`. */
export function wait(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && value >= 0) return value
  throw new InvalidOptionError(name, 'it must be a number of milliseconds, 0 or more, or Infinity')
}

/** A length of time, ms: a positive integer, or `Infinity`. */
export function duration(name: string, value: number | undefined, fallback: number): number {
  return value === Number.POSITIVE_INFINITY ? value : integer(name, value, fallback)
}

export function text(name: string, value: string | undefined): string | undefined {
  if (value !== undefined && typeof value !== 'string') throw new InvalidOptionError(name, 'it must be a text')
  return value
}

export function flag(name: string, value: boolean | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw new InvalidOptionError(name, 'it must be true or false')
  return value
}

export function choice<T extends string>(name: string, value: T | undefined, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback
  if (!choices.includes(value)) throw new InvalidOptionError(name, `it is one of ${choices.join(', ')}`)
  return value
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
    if (typeof value !== 'function') throw new InvalidOptionError(name, 'it must be a function')
  } else if (typeof value?.[method] !== 'function') {
    throw new InvalidOptionError(name, `it has no ${method}`)
  }
  return value
}

/** A group of positive integers; those of `…Ms` may be `Infinity`. */
export function group<T extends { [K in keyof T]: number }>(
  name: string,
  given: { readonly [K in keyof T]?: T[K] | undefined } | undefined,
  defaults: T,
): T {
  const resolved: Record<string, unknown> = { ...defaults }
  for (const [key, value] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(defaults, key)) throw unknownOption(key, Object.keys(defaults), name)
    const check = key.endsWith('Ms') ? duration : integer
    resolved[key] = check(`${name}.${key}`, value as number | undefined, resolved[key] as number)
  }
  return resolved as unknown as T
}
