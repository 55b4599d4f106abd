/** A stream whose chunks are logged. */
import type { Writable as Stream } from 'node:stream'
import { stream } from '../builtin.js'
import { QueueFullError } from '../errors.js'
import type { LogOptions } from './types.js'

/** What the stream needs of its logger. */
interface Target {
  log(data: unknown, options: LogOptions): boolean
  drained(): Promise<void>
  reach(): Promise<void>
}

/**
 * An object-mode stream: each chunk is what `log` takes. It waits while the logger is past its high-water mark, and finishes when every chunk
 * is tracked. What `log` throws destroys it; a full queue is waited for.
 */
export function writableOf(target: Target, { signal, ...options }: LogOptions): Stream {
  const take = async (chunk: unknown): Promise<void> => {
    for (;;) {
      try {
        if (!target.log(chunk, options)) await target.drained()
        return
      } catch (error) {
        if (!(error instanceof QueueFullError)) throw error
        await target.drained()
      }
    }
  }
  return new (stream().Writable)({
    objectMode: true,
    ...(signal === undefined ? {} : { signal }),
    write(chunk, _encoding, done) {
      // The common chunk is taken at once.
      try {
        if (target.log(chunk, options)) return done()
      } catch (error) {
        if (!(error instanceof QueueFullError)) return done(error as Error)
        take(chunk).then(() => done(), done)
        return
      }
      target.drained().then(() => done(), done)
    },
    final(done) {
      target.reach().then(() => done(), done)
    },
  })
}
