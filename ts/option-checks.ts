/** The checks that options are made of. Each takes what a user gave, and gives what is meant or throws InvalidOptionError naming the option. */
import { InvalidOptionError } from './errors.js'

export function integer(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (!Number.isSafeInteger(value) || value <= 0) throw new InvalidOptionError(name, 'it must be a positive integer')
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

/** A group of positive integers. */
export function group<T extends { [K in keyof T]: number }>(
  name: string,
  given: Partial<T> | undefined,
  defaults: T,
): T {
  const resolved: Record<string, unknown> = { ...defaults }
  for (const [key, value] of Object.entries(given ?? {})) {
    if (!(key in defaults)) throw new InvalidOptionError(`${name}.${key}`, 'there is no such option in this version')
    resolved[key] = integer(`${name}.${key}`, value as number | undefined, resolved[key] as number)
  }
  return resolved as unknown as T
}
