/** Failed calls of the operating system, in the form of Node's own errors. */
import { getSystemErrorMap } from 'node:util'
import { IoError, type SystemFailure } from './errors.js'
import type { NativeSystemFailure } from './native.js'
import { textOf } from './thrown.js'

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

/** What an error of Node's says of it; nothing where it is none. */
export function systemIn(thrown: unknown): Omit<SystemFailure, 'cause'> {
  if (!(thrown instanceof Error)) return {}
  const { errno, code, syscall, path } = thrown as NodeJS.ErrnoException
  return typeof errno === 'number' ? { errno, systemCode: code, syscall, path } : {}
}

/** `what` could not be done, as the addon says. */
export function ioErrorOf(what: string, failure: NativeSystemFailure): IoError {
  const { cause, ...system } = systemOf(failure)
  const reason = failure.errno === null || failure.message.startsWith('another file') ? failure.message : textOf(cause)
  return new IoError(`${what}: ${reason}`, { ...system, cause })
}

/** `what` could not be done, as Node says. */
export function ioErrorFrom(what: string, thrown: unknown): IoError {
  return new IoError(`${what}: ${textOf(thrown)}`, { ...systemIn(thrown), cause: thrown })
}
