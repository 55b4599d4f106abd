import { InvalidOptionError, WriterFactoryError } from '../errors.js'
import type { LoggerFactory, LoggerOptions } from '../options.js'
import { received } from '../received.js'
import { reading } from '../refusal.js'
import { refusePromise } from '../refuse-promise.js'
import { textOf } from '../thrown.js'
import type { Writer } from '../writers.js'
import { ThreadRollingLogger } from './thread-rolling-logger.js'

/**
 * Gives every dataset the options of the process logger, and the writers of its writer factory.
 *
 * @example
 * ```ts
 * new ProcessRollingLogger({ loggerFactory: new ThreadLoggerFactory() }) // as without
 * ```
 */
export class ThreadLoggerFactory implements LoggerFactory {
  createLogger(datasetId: string, orgId: string | undefined, options: LoggerOptions): ThreadRollingLogger {
    if (typeof options !== 'object' || options === null) {
      throw new InvalidOptionError('options', `must be an object${received(options)}`)
    }
    return reading(
      'options',
      () =>
        new ThreadRollingLogger({
          writers: writersFrom(() => options.writerFactory?.createWriters(datasetId, orgId)),
          aggregateBy: options.aggregateBy,
          writeSchedule: options.writeSchedule,
          minWriteIntervalMs: options.minWriteIntervalMs,
          schema: options.schema,
          currentTimeFn: options.currentTimeFn,
          queueConfig: options.threadQueueConfig,
          datasetId,
          orgId,
        }),
    )
  }
}

/** @throws WriterFactoryError with `cause` what the factory threw */
function writersFrom(create: () => Writer[] | undefined): Writer[] {
  let writers: Writer[] | undefined
  try {
    writers = create()
  } catch (cause) {
    throw new WriterFactoryError(null, textOf(cause), { cause })
  }
  return refusePromise(writers ?? [], 'createWriters')
}
