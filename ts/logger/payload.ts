/** What a logger takes besides rows: it crosses as it is and is read on the engine's threads. */
import * as types from 'node:util/types'
import { GONE, isAttached } from '../attached.js'
import { InvalidDataError, UdfNeedsRowsError, UnsupportedDataError } from '../errors.js'
import { showAs } from '../inspect.js'
import { type NativeRawMessage, native } from '../native.js'
import { notOneOf } from '../option-checks.js'
import type { ResolvedLimits } from '../options.js'
import { typeName } from '../received.js'
import { dataRefusalOf } from '../refusal.js'
import type { RowFunctions } from '../schema/row-functions.js'
import type { RawForm } from './types.js'

/** Marks them, also those of another copy of this package in the process. */
const BRAND = Symbol.for('rolling-profiles:payload')

/** Whether `data` is one of another copy of this package, whose insides are its own. */
export function isForeignPayload(data: object): boolean {
  return BRAND in data && !(data instanceof Payload)
}

/** A message that `log` hands on unread. */
export abstract class Payload {
  /** Its rows as far as they are known; 0: only once it is read. */
  readonly rows: number = 0
  /** Whether it names its dataset itself; the call's is for those that do not. */
  abstract readonly namesDataset: boolean

  static {
    Object.defineProperty(Payload.prototype, BRAND, { value: true })
  }

  get [Symbol.toStringTag](): 'ColumnarMessage' {
    return 'ColumnarMessage'
  }

  /** It with what functions over rows found out. @throws UdfNeedsRowsError where its rows are not known. */
  through(_functions: RowFunctions): Payload {
    throw new UdfNeedsRowsError()
  }

  /** It as it crosses. @throws UnsupportedDataError, InvalidDataError, TooManyColumnsError, MessageTooLargeError */
  abstract prepare(limits: ResolvedLimits): Crossing
}

/** A payload that is ready to cross. */
export interface Crossing {
  /** The number of its kind in the addon. */
  readonly kind: RawKind
  /** Its rows as far as they are known; 0: only once it is read. */
  readonly rows: number
  /** The column that holds each row's time. */
  readonly timestampColumn: string | null
  /** The texts in it that were cut to `limits.maxValueBytes` on this side. */
  readonly cutTexts: number
  /** What it is charged, bytes. */
  readonly cost: number

  /** One that does not change with what it was made of. */
  copy(): Crossing

  /** Hands it to an engine, copied; gives the level of what waits there. */
  submit(engine: number, message: NativeRawMessage): number
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
  if (typeof form === 'string' && Object.hasOwn(FORMS, form)) return FORMS[form]
  throw notOneOf('options.form', form, Object.keys(FORMS))
}

/** What the engine charges a message besides its bytes. */
export const MESSAGE_BYTES = 256

/** Bytes of one of the raw kinds. The caller may change them again once `log` has returned. */
export class RawPayload extends Payload {
  readonly namesDataset: boolean
  readonly #kind: RawKind
  readonly #bytes: unknown
  readonly #timestampColumn: string | null

  static {
    // Of these, callers have what `arrow` gives alone.
    showAs('Arrow', RawPayload.prototype, (payload) => ({ bytes: bytesOf(payload.#bytes).byteLength }))
  }

  constructor(kind: RawKind, bytes: Uint8Array | ArrayBuffer, timestampColumn: string | null = null) {
    super()
    this.namesDataset = kind < RawKind.Ndjson
    this.#kind = kind
    this.#bytes = bytes
    this.#timestampColumn = timestampColumn
  }

  prepare(): Crossing {
    return new RawCrossing(this.#kind, bytesOf(this.#bytes), this.#timestampColumn)
  }
}

class RawCrossing implements Crossing {
  readonly rows = 0
  readonly cutTexts = 0
  readonly kind: RawKind
  readonly timestampColumn: string | null
  readonly cost: number
  readonly #bytes: Uint8Array

  constructor(kind: RawKind, bytes: Uint8Array, timestampColumn: string | null) {
    this.kind = kind
    this.timestampColumn = timestampColumn
    this.cost = bytes.byteLength + MESSAGE_BYTES
    this.#bytes = bytes
  }

  copy(): Crossing {
    return new RawCrossing(this.kind, this.#bytes.slice(), this.timestampColumn)
  }

  submit(engine: number, message: NativeRawMessage): number {
    return native.submitRaw(engine, message, this.#bytes)
  }
}

/** @throws UnsupportedDataError */
export function bytesOf(bytes: unknown): Uint8Array {
  const isBuffer = types.isArrayBuffer(bytes)
  if (!isBuffer && !types.isUint8Array(bytes)) {
    throw new UnsupportedDataError(typeName(bytes), 'give a Uint8Array or an ArrayBuffer')
  }
  try {
    const view = isBuffer ? new Uint8Array(bytes) : bytes
    if (!isAttached(view)) throw new InvalidDataError(GONE)
    return view
  } catch (error) {
    throw dataRefusalOf(error)
  }
}
