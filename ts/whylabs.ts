/** Profiles uploaded to WhyLabs, or to another endpoint that speaks its protocol. */

import { InvalidOptionError } from './errors.js'
import { showAs } from './inspect.js'
import { type NativeFailure, type NativeUpload, native } from './native.js'
import { fromNative, guarded } from './native-errors.js'
import { bytesArgument, entriesOf, namedString, optionsOf, text } from './option-checks.js'
import { OVERFLOW_TAG } from './origin.js'
import type { ProfileView } from './profile-view.js'
import { hasMethod, reading } from './refusal.js'
import { toTimestampMs } from './time.js'
import { resolveWhyLabs, type WhyLabsOptions } from './whylabs-options.js'
import type { Writable, Writer, WriterFactory } from './writers.js'

/** What the addon holds for a writer is let go with it. */
const released = new FinalizationRegistry<number>((handle) => native.whylabsClose(handle))

const REFERENCE = new Set(['datasetId', 'orgId', 'alias', 'datasetTimestampMs'])

/** Of a reference profile, one that others are compared with. */
export interface ReferenceOptions {
  /** The dataset that it is a reference of. */
  datasetId: string
  /**
   * The organisation that the dataset belongs to. Where it is missing, it is that of the writer.
   *
   * @default process.env.WHYLABS_DEFAULT_ORG_ID
   */
  orgId?: string | undefined
  /** What it is called at the endpoint. */
  alias: string
  /**
   * Its time, in milliseconds since the epoch. Where it is missing, it is that of the profile; of bytes, now.
   *
   * @default profile.datasetTimestamp.getTime()
   */
  datasetTimestampMs?: number | undefined
}

/**
 * Uploads each profile: asks for an address, keeps it, and puts the profile there. A retry uses the same address, so that nothing is counted twice
 * while it lasts; with `transactions` not even then. Works inside of a logger, on threads of its own, and alone.
 *
 * @example
 * ```ts
 * new WhyLabsWriter({ apiKey: '0123456789.key', orgId: 'org-1' })
 * ```
 */
export class WhyLabsWriter implements Writer {
  /** What errors and warnings call it. */
  readonly name: string
  readonly #handle: number

  /** A writer that uploads to the endpoint of the options, as their key. @throws InvalidOptionError naming the option; it never holds the key. */
  constructor(options: WhyLabsOptions = {}) {
    const resolved = resolveWhyLabs(options)
    this.name = `whylabs:${resolved.endpoint}`
    this.#handle = native.whylabsOpen(resolved)
    released.register(this, this.#handle)
  }

  /** Its number in the addon. */
  get handle(): number {
    return this.#handle
  }

  /** Uploads a profile. @throws UnauthorizedError, DatasetNotFoundError, WriterError */
  async write(item: Omit<Writable, 'fileName' | 'view'>): Promise<void> {
    const upload = uploadOf(item)
    settle(await guarded(() => native.whylabsWrite(this.#handle, upload)))
  }

  /** Uploads a reference profile. @throws UnauthorizedError, DatasetNotFoundError, WriterError */
  async writeReference(profile: ProfileView | Uint8Array, options: ReferenceOptions): Promise<void> {
    const { datasetId, orgId, alias, datasetTimestampMs } = optionsOf(options, REFERENCE)
    namedString('options.alias', alias)
    const view = isProfileView(profile) ? profile : null
    const upload: NativeUpload = {
      datasetId: namedString('options.datasetId', datasetId),
      orgId: text('orgId', orgId ?? undefined) || null,
      datasetTimestampMs: toTimestampMs(datasetTimestampMs ?? view?.datasetTimestamp ?? Date.now()),
      idempotencyKey: '',
      segmentTags: [],
      bytes: view?.serialize() ?? bytesArgument('profile', profile),
    }
    settle(await guarded(() => native.whylabsWriteReference(this.#handle, alias, upload)))
  }
}

function uploadOf(item: Omit<Writable, 'fileName' | 'view'>): NativeUpload {
  return reading('item', () => {
    const { datasetId, orgId, datasetTimestampMs, idempotencyKey, bytes, segment } = item
    const tags = entriesOf('item.segment.values', segment?.values ?? {})
    for (const [column, value] of tags) text(`item.segment.values.${column}`, value ?? null)
    return {
      datasetId: namedString('item.datasetId', datasetId),
      orgId: text('item.orgId', orgId ?? undefined) || null,
      datasetTimestampMs: toTimestampMs(datasetTimestampMs),
      idempotencyKey: text('item.idempotencyKey', idempotencyKey ?? null) ?? '',
      segmentTags: segment?.isOverflow === true ? [OVERFLOW_TAG, 'true'] : tags.flat(),
      bytes: bytesArgument('item.bytes', bytes),
    }
  })
}

/** By what it has, since profiles are read by more than this module. */
function isProfileView(profile: ProfileView | Uint8Array): profile is ProfileView {
  return hasMethod(profile, 'serialize') && hasMethod(profile, 'toTable')
}

function settle(failure: NativeFailure | null): void {
  if (failure !== null) throw fromNative(failure.code, failure.message)
}

/**
 * Gives every dataset the same {@link WhyLabsWriter}; the dataset id is the model's, the organisation the dataset's own or that of the options.
 *
 * @example
 * ```ts
 * new ProcessRollingLogger({ writerFactory: new WhyLabsWriterFactory({ apiKey: '0123456789.key', orgId: 'org-1' }) })
 * ```
 */
export class WhyLabsWriterFactory implements WriterFactory {
  readonly #writer: WhyLabsWriter
  readonly #hasOrg: boolean

  static {
    showAs('WhyLabsWriterFactory', WhyLabsWriterFactory.prototype, (factory) => ({ writer: factory.#writer.name }))
  }

  /** One writer of these options for all datasets. @throws InvalidOptionError naming the option. */
  constructor(options: WhyLabsOptions = {}) {
    this.#writer = new WhyLabsWriter(options)
    this.#hasOrg = resolveWhyLabs(options).orgId !== null
  }

  /** The writer, for every dataset. @throws InvalidOptionError when neither the dataset nor the options name an organisation. */
  createWriters(_datasetId: string, orgId?: string): Writer[] {
    if (!orgId && !this.#hasOrg) {
      const reason = 'must be given, or named with the dataset, or WHYLABS_DEFAULT_ORG_ID set'
      throw new InvalidOptionError('options.orgId', reason)
    }
    return [this.#writer]
  }
}
