/** Failed calls of the operating system, in the form of Node's own errors. */
import { getSystemErrorMap } from 'node:util'
import { IoError, type SystemFailure, WriterError } from './errors.js'
import type { NativeSystemFailure } from './native.js'
import { isA } from './refusal.js'
import { partOf, textOf } from './thrown.js'

/** What the addon says of it; `cause` is an error as Node makes them. */
export function systemOf({ errno: positive, syscall, path, message }: NativeSystemFailure): SystemFailure {
  if (positive === null) return { syscall, path: path ?? undefined, cause: new Error(message) }
  const errno = -positive
  const [code, reason] = getSystemErrorMap().get(errno) ?? [`Unknown system error ${errno}`, message]
  const about = path === null ? {} : { path }
  const text = `${code}: ${reason}, ${syscall}${path === null ? '' : ` '${path}'`}`
  const cause = Object.assign(new Error(text), { errno, code, syscall, ...about })
  return { errno, systemCode: code, syscall, ...about, cause }
}

/** What an error of Node's says of it, or the one that is its cause; nothing where neither is one. Never throws. */
export function systemIn(thrown: unknown): Omit<SystemFailure, 'cause'> {
  if (!isA(thrown, Error)) return {}
  const said = partsOf(thrown)
  return said ?? partsOf(partOf(thrown, 'cause')) ?? {}
}

function partsOf(thrown: unknown): Omit<SystemFailure, 'cause'> | null {
  if (!isA(thrown, Error)) return null
  const given: NodeJS.ErrnoException = thrown
  const errno = partOf(given, 'errno')
  if (typeof errno !== 'number') return null
  const text = (name: 'code' | 'syscall' | 'path') => {
    const value: unknown = partOf(given, name)
    return typeof value === 'string' ? value : undefined
  }
  return { errno, systemCode: text('code'), syscall: text('syscall'), path: text('path') }
}

/** `what` could not be done, as the addon says. */
export function ioErrorOf(what: string, failure: NativeSystemFailure): IoError {
  const { cause, ...system } = systemOf(failure)
  const reason = failure.errno === null || failure.message.startsWith('another file') ? failure.message : textOf(cause)
  return new IoError(`${what}: ${reason}`, { ...system, cause })
}

/** A failed write of a user's own writer: what it says, and what it threw. */
export function writerErrorFrom(message: string, thrown: unknown): WriterError {
  return new WriterError(message, { ...systemIn(thrown), cause: thrown })
}

/** `what` could not be done, as Node says. */
export function ioErrorFrom(what: string, thrown: unknown): IoError {
  return new IoError(`${what}: ${textOf(thrown)}`, { ...systemIn(thrown), cause: thrown })
}
