/**
 * What a caller's own code throws while it is read (getters, proxies, iterators), as one of our errors: with `cause` what was thrown. Callers
 * may throw anything, so that nothing here can throw.
 */
import { InvalidDataError, InvalidOptionError, RollingProfilesError } from './errors.js'

/** A class, also one whose constructor is private. */
export interface ClassOf<T> {
  readonly name: string
  readonly prototype: T
}

/** Whether it is one of our errors. */
export function isOurs(thrown: unknown): thrown is RollingProfilesError {
  return isA(thrown, RollingProfilesError)
}

/** `instanceof` of what may be a proxy whose target is gone. */
export function isA<T>(value: unknown, type: ClassOf<T>): value is T {
  try {
    return value instanceof (type as unknown as new () => T)
  } catch {
    return false
  }
}

/** `Array.isArray` of the same. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

/** Whether a value has a method of that name. */
export function hasMethod<K extends PropertyKey>(
  value: unknown,
  name: K,
): value is Record<K, (...args: never[]) => unknown> {
  try {
    return typeof (value as Record<K, unknown> | null | undefined)?.[name] === 'function'
  } catch {
    return false
  }
}

/** What is thrown where reading the option or argument `what` threw `thrown`. */
export function refusalOf(what: string, thrown: unknown): RollingProfilesError {
  if (isOurs(thrown)) return thrown
  return new InvalidOptionError(what, 'could not be read: its own code threw, see the cause', { cause: thrown })
}

/** The same of data that are logged. */
export function dataRefusalOf(thrown: unknown): RollingProfilesError {
  if (isOurs(thrown)) return thrown
  return new InvalidDataError('The data could not be read: their own code threw, see the cause.', null, null, {
    cause: thrown,
  })
}

/** Reads what a caller gave. @throws as `refusalOf` says */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw refusalOf(what, error)
  }
}
