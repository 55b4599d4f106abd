/** A stream whose chunks are logged. */
import type { Writable as Stream } from 'node:stream'
import { stream } from '../builtin.js'
import { QueueFullError } from '../errors.js'
import { isList } from '../refusal.js'
import { timeOfRow } from './row-time.js'
import type { LogOptions, WritableOptions } from './types.js'

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
export function writableOf(target: Target, { signal, timestampColumn, ...options }: WritableOptions): Stream {
  const log = (row: unknown): boolean => {
    if (timestampColumn === undefined) return target.log(row, options)
    const timestampMs = timeOfRow(row, timestampColumn)
    return target.log(row, timestampMs === undefined ? options : { ...options, timestampMs })
  }
  const take = async (row: unknown): Promise<void> => {
    for (;;) {
      try {
        if (!log(row)) await target.drained()
        return
      } catch (error) {
        if (!(error instanceof QueueFullError)) throw error
        await target.drained()
      }
    }
  }
  const takeAll = async (rows: readonly unknown[]): Promise<void> => {
    for (const row of rows) await take(row)
  }
  return new (stream().Writable)({
    objectMode: true,
    ...(signal === undefined ? {} : { signal }),
    write(chunk, _encoding, done) {
      // Each row of a list has a time of its own.
      if (timestampColumn !== undefined && isList(chunk)) {
        takeAll(chunk).then(() => done(), done)
        return
      }
      // The common chunk is taken at once.
      try {
        if (log(chunk)) return done()
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
