import { WriterFactoryError } from './errors.js'
import { hasMethod } from './refusal.js'

/** @throws WriterFactoryError for a promise, whose own failure then is nobody's unhandled one. */
export function refusePromise<T>(given: T, what: string): T {
  if (!hasMethod(given, 'then')) return given
  Promise.resolve(given).catch(() => {})
  throw new WriterFactoryError(null, `${what} gave a promise: it must give its answer at once`)
}
