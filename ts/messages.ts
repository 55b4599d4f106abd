/** The messages that a logger understands besides calls of `log`, and the dictionaries of the wire that they carry. */

import { crypto } from './builtin.js'
import type { EmbeddingData } from './columns/types.js'
import { showAs } from './inspect.js'
import type { DataDict } from './logger/types.js'
import { flag, optionsOf, text, wait } from './option-checks.js'

const SYNC_OPTIONS = new Set(['id', 'sync'])
const STATUS_OPTIONS = new Set(['id', 'timeoutMs'])

/** Rows for a dataset, as the wire has them. Times are ms since the epoch; `null`: when the request came. */
export interface LogRequestDict {
  /** The dataset that the rows are of. */
  datasetId: string
  /** When they happened, in milliseconds since the epoch; `null`: when the request came. */
  timestamp: number | null
  /** The rows. */
  multiple: DataDict
  /** The organisation that the dataset belongs to; missing or empty: none. */
  orgId?: string | null
}

/** Embeddings for a dataset: a nested list of numbers a column. */
export interface LogEmbeddingRequestDict {
  /** The dataset that the embeddings are of. */
  datasetId: string
  /** When they happened, in milliseconds since the epoch; `null`: when the request came. */
  timestamp: number | null
  /** The embeddings, by column. */
  embeddings: Record<string, EmbeddingData>
  /** The organisation that the dataset belongs to; missing or empty: none. */
  orgId?: string | null
}

/** What a publish-subscribe push holds around its data. */
export interface PubSubMessage {
  /** What the publisher said of it; it is not read. */
  attributes?: Record<string, string>
  /** A request's JSON, in base64. */
  data: string
  /** Its id at the publisher; it is not read. */
  message_id?: string
  /** When it was published; it is not read. */
  publish_time?: string
}

/** A push whose data is a {@link LogRequestDict}. */
export interface PubSubDict {
  /** The subscription that it came by; it is not read. */
  subscription?: string
  /** What was published. */
  message: PubSubMessage
}

/** A push whose data is a {@link LogEmbeddingRequestDict}. */
export interface PubSubEmbeddingDict {
  /** The subscription that it came by; it is not read. */
  subscription?: string
  /** What was published. */
  message: PubSubMessage
}

/** The dictionaries that requests come as. */
export type DictType = LogRequestDict | LogEmbeddingRequestDict | PubSubDict | PubSubEmbeddingDict

/** What a message that somebody may wait for has: its number in the {@link PipeSignaler}, and whether it is signalled. */
export interface SyncOptions {
  /**
   * The number that it is signalled under.
   *
   * @default crypto.randomUUID()
   */
  id?: string | undefined
  /**
   * Whether it is signalled in `pipeSignaler` when it is processed.
   *
   * @default false
   */
  sync?: boolean | undefined
}

/** What a {@link ProcessStatusMessage} is made of. */
export interface StatusMessageOptions {
  /**
   * The number that the status is signalled under.
   *
   * @default crypto.randomUUID()
   */
  id?: string | undefined
  /**
   * How long the status may take, in milliseconds, or `Infinity`.
   *
   * @default 1000
   */
  timeoutMs?: number | undefined
}

/**
 * Rows to log.
 *
 * @example
 * ```ts
 * logger.send(new LogMessage(Date.now(), { datasetId: 'orders', timestamp: null, multiple: { columns: ['price'], data: [[9.5]] } }))
 * ```
 */
export class LogMessage {
  /** When the request came, ms since the epoch: the time of rows that name none. */
  readonly requestTime: number
  /** The rows, and what they are of. */
  readonly log: LogRequestDict
  /** The number that it is signalled under. */
  readonly id: string
  /** Whether it is signalled when it is processed. */
  readonly sync: boolean

  static {
    showAs('LogMessage', LogMessage.prototype, ({ requestTime, log, id, sync }) => {
      const { datasetId, orgId, timestamp, multiple } = log
      const { columns, data } = multiple
      return { datasetId, ...(orgId ? { orgId } : {}), timestamp, columns, rows: data.length, requestTime, id, sync }
    })
  }

  /** Rows that came at `requestTime`, ms since the epoch. @throws InvalidOptionError */
  constructor(requestTime: number, log: LogRequestDict, options: SyncOptions = {}) {
    const { id, sync } = syncOf(options)
    this.requestTime = requestTime
    this.log = log
    this.id = id
    this.sync = sync
  }
}

/** The JSON of a {@link LogRequestDict}, read on the engine's threads. */
export class RawLogMessage {
  /** The JSON, in UTF-8. */
  readonly request: Uint8Array
  /** When the request came, in milliseconds since the epoch: the time of rows that name none. */
  readonly requestTime: number
  /** The number that it is signalled under. */
  readonly id: string
  /** Whether it is signalled when it is processed. */
  readonly sync: boolean

  static {
    showAs('RawLogMessage', RawLogMessage.prototype, ({ request, requestTime, id, sync }) => ({
      bytes: request.byteLength,
      requestTime,
      id,
      sync,
    }))
  }

  /** JSON that came at `requestTime`, ms since the epoch. @throws InvalidOptionError */
  constructor(request: Uint8Array, requestTime: number, options: SyncOptions = {}) {
    const { id, sync } = syncOf(options)
    this.request = request
    this.requestTime = requestTime
    this.id = id
    this.sync = sync
  }
}

/** @throws InvalidOptionError */
function syncOf(options: SyncOptions): { id: string; sync: boolean } {
  const { id, sync } = optionsOf(options, SYNC_OPTIONS)
  return { id: text('id', id) || crypto().randomUUID(), sync: flag('sync', sync, false) }
}

abstract class RawMessage {
  /** The JSON, in UTF-8. */
  readonly request: Uint8Array
  /** When the request came, in milliseconds since the epoch: the time of what names none. */
  readonly requestTime: number

  static {
    showAs('RawMessage', RawMessage.prototype, ({ request, requestTime }) => ({
      bytes: request.byteLength,
      requestTime,
    }))
  }

  /** JSON that came at `requestTime`, ms since the epoch. */
  constructor(request: Uint8Array, requestTime: number) {
    this.request = request
    this.requestTime = requestTime
  }
}

/** The JSON of a {@link LogEmbeddingRequestDict}. */
export class RawLogEmbeddingsMessage extends RawMessage {}

/** The JSON of a {@link PubSubDict}. */
export class RawPubSubMessage extends RawMessage {}

/** The JSON of a {@link PubSubEmbeddingDict}. */
export class RawPubSubEmbeddingMessage extends RawMessage {}

/** Asks for everything to be written. */
export class FlushMessage {
  /** Tells it from objects in general, for the compiler. */
  readonly kind: 'flush' = 'flush'
}

/** Asks for a close: everything before it is tracked and written. */
export class CloseMessage {
  /** Tells it from objects in general, for the compiler. */
  readonly kind: 'close' = 'close'
}

/** Asks for the status, which is signalled under `id`. */
export class ProcessStatusMessage {
  /** The number that the status is signalled under. */
  readonly id: string
  /** How long the status may take, in milliseconds. */
  readonly timeoutMs: number
  /** It is always signalled. */
  readonly sync = true

  /** Asks for the status. @throws InvalidOptionError */
  constructor(options: StatusMessageOptions = {}) {
    const { id, timeoutMs } = optionsOf(options, STATUS_OPTIONS)
    this.id = text('id', id) || crypto().randomUUID()
    this.timeoutMs = wait('timeoutMs', timeoutMs, 1000)
  }
}

/** The messages that a logger understands by itself. */
export type BuiltinMessageTypes =
  | LogMessage
  | RawLogMessage
  | RawLogEmbeddingsMessage
  | RawPubSubMessage
  | RawPubSubEmbeddingMessage
  | FlushMessage
  | CloseMessage
  | ProcessStatusMessage
