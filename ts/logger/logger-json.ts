/** What a logger says of itself, to people and in JSON: its state and counters, and no secret. */
import { QueueType, type ResolvedOptions } from '../options.js'
import type { LoggerStats } from './types.js'

/** What `JSON.stringify` gives of a logger. */
export interface LoggerJson {
  /** Tells loggers apart. */
  name: string
  /** Whether it is started, ended, or ending; `'dead'`: it was killed or terminated, or failed. */
  state: 'new' | 'running' | 'closing' | 'closed' | 'dead'
  /** `null` while it lives; 0 after a close. */
  exitCode: number | null
  /** How many threads profile. */
  workers: number
  /** How many datasets are open. */
  datasets: number
  /** What waits to be profiled, and the most that may. */
  queue: {
    /** Bytes that wait. */
    bytes: number
    /** Messages that wait. */
    messages: number
    /** The most bytes that may wait; `null`: messages are counted. */
    maxBytes: number | null
    /** The most messages that may wait; `null`: bytes are counted. */
    maxMessages: number | null
  }
  /** Its counters. */
  stats: LoggerStats
}

/** What is known of a logger's life. */
export type Life = Pick<LoggerJson, 'name' | 'state' | 'exitCode' | 'datasets'>

/** A logger in JSON. */
export function loggerJson(life: Life, options: ResolvedOptions, stats: LoggerStats): LoggerJson {
  const { maxBufferBytes, maxQueueMessages } = options.queueConfig
  const isByBytes = options.queueType === QueueType.FASTER_FIFO
  return {
    ...life,
    workers: options.workers,
    queue: {
      bytes: stats.queueBytes,
      messages: stats.queueMessages,
      maxBytes: isByBytes ? maxBufferBytes : null,
      maxMessages: isByBytes ? null : maxQueueMessages,
    },
    stats,
  }
}

/** The same for people, without what is 0 or none. */
export function shownLogger<T extends Omit<LoggerJson, 'name'>>({ queue, stats, exitCode, ...life }: T): object {
  const most = queue.maxBytes === null ? { maxMessages: queue.maxMessages } : { maxBytes: queue.maxBytes }
  const counted = Object.entries(stats).filter(([name, count]) => count !== 0 && !name.startsWith('queue'))
  return {
    ...life,
    ...(exitCode === null ? {} : { exitCode }),
    queue: { bytes: queue.bytes, messages: queue.messages, ...most },
    stats: Object.fromEntries(counted),
  }
}
