/** What a logger takes besides rows: it crosses as it is and is read on the engine's threads. */
import { InvalidOptionError, UnsupportedDataError } from '../errors.js'
import { type NativeRawMessage, native } from '../native.js'
import type { Limits } from '../options.js'
import type { RawForm } from './types.js'

/** A message that `log` hands on unread. */
export abstract class Payload {
  /** Its rows as far as they are known; 0: only once it is read. */
  readonly rows: number = 0
  /** The column that holds each row's time. */
  readonly timestampColumn: string | null = null
  /** Whether it names its dataset itself; the call's is for those that do not. */
  abstract readonly namesDataset: boolean
  /** What it is charged, bytes. @throws UnsupportedDataError, InvalidDataError when it is none of its kind. */
  abstract readonly cost: number
  /** The number of its kind in the addon. */
  abstract readonly kind: number

  /** The texts in it that were cut to `limits.maxValueBytes` on this side. */
  readonly cutTexts: number = 0

  /** It as it crosses; what is asked of it next is asked of what this gives. @throws InvalidDataError, TooManyColumnsError, MessageTooLargeError */
  prepare(_limits: Required<Limits>): Payload {
    return this
  }

  /** Hands it to an engine, copied; gives the bytes now waiting there. */
  abstract submit(engine: number, message: NativeRawMessage): number
}

/** What raw bytes may be, by their number in the addon. */
export const RawKind = {
  LogRequest: 0,
  EmbeddingsRequest: 1,
  PubSub: 2,
  PubSubEmbeddings: 3,
  Ndjson: 4,
  Columns: 5,
  Arrow: 6,
} as const
export type RawKind = (typeof RawKind)[keyof typeof RawKind]

const FORMS: Record<RawForm, RawKind> = {
  log: RawKind.LogRequest,
  embeddings: RawKind.EmbeddingsRequest,
  pubSub: RawKind.PubSub,
  pubSubEmbeddings: RawKind.PubSubEmbeddings,
}

/** The kind of a form. @throws InvalidOptionError */
export function rawKind(form: RawForm = 'log'): RawKind {
  const kind = Object.hasOwn(FORMS, form) ? FORMS[form] : undefined
  if (kind === undefined) throw new InvalidOptionError('form', `it is ${Object.keys(FORMS).join(', ')}`)
  return kind
}

/** What the engine charges a message besides its bytes. */
export const MESSAGE_BYTES = 256

/** Bytes of one of the raw kinds. The caller may change them again once `log` has returned. */
export class RawPayload extends Payload {
  override readonly timestampColumn: string | null
  readonly namesDataset: boolean
  readonly kind: RawKind
  readonly #bytes: unknown

  constructor(kind: RawKind, bytes: Uint8Array | ArrayBuffer, timestampColumn: string | null = null) {
    super()
    this.kind = kind
    this.timestampColumn = timestampColumn
    this.namesDataset = kind < RawKind.Ndjson
    this.#bytes = bytes
  }

  get cost(): number {
    return bytesOf(this.#bytes).byteLength + MESSAGE_BYTES
  }

  submit(engine: number, message: NativeRawMessage): number {
    return native.submitRaw(engine, message, bytesOf(this.#bytes))
  }
}

/** @throws UnsupportedDataError */
export function bytesOf(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes)
  const type = bytes === null ? 'null' : typeof bytes
  throw new UnsupportedDataError(type === 'object' ? Object.prototype.toString.call(bytes).slice(8, -1) : type)
}
