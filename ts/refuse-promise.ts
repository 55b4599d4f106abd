import { WriterFactoryError } from './errors.js'

/** @throws WriterFactoryError for a promise, whose own failure then is nobody's unhandled one. */
export function refusePromise<T>(given: T, what: string): T {
  if (typeof (given as { then?: unknown } | null | undefined)?.then !== 'function') return given
  Promise.resolve(given).catch(() => {})
  throw new WriterFactoryError(null, `${what} gave a promise: it must give its answer at once`)
}
