import type { LoggerFactory, LoggerOptions } from '../options.js'
import { refusePromise } from '../refuse-promise.js'
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
    return new ThreadRollingLogger({
      writers: refusePromise(options.writerFactory?.createWriters(datasetId, orgId) ?? [], 'createWriters'),
      aggregateBy: options.aggregateBy,
      writeSchedule: options.writeSchedule,
      minWriteIntervalMs: options.minWriteIntervalMs,
      schema: options.schema,
      currentTimeFn: options.currentTimeFn,
      queueConfig: options.threadQueueConfig,
      datasetId,
      orgId,
    })
  }
}
