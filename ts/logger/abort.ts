/** Waiting that can be given up. */
import { InvalidOptionError } from '../errors.js'
import { received } from '../received.js'
import { hasMethod, reading } from '../refusal.js'

/** @throws InvalidOptionError for what is no signal; its reason, where it is aborted already. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (isAborted(signal)) throw signal.reason
}

/** Whether it is aborted already. @throws InvalidOptionError for what is no signal */
export function isAborted(signal: AbortSignal | undefined): signal is AbortSignal {
  if (signal === undefined) return false
  return reading('options.signal', () => {
    if (typeof signal?.aborted === 'boolean' && hasMethod(signal, 'addEventListener')) return signal.aborted
    throw new InvalidOptionError('options.signal', `must be an AbortSignal${received(signal)}`)
  })
}

/** Settles as `promise` does, or rejects with the signal's reason once it is aborted; the work itself goes on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? promise : race(promise, signal)
}

async function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Nobody else may be left to hear of a failure.
  promise.catch(() => {})
  signal.throwIfAborted()
  let onAbort: () => void = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
