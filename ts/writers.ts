/** Where written profiles go. */
import { basename, resolve } from 'node:path'
import { InvalidOptionError } from './errors.js'
import { showAs } from './inspect.js'
import { native } from './native.js'
import { guarded } from './native-errors.js'
import { bytesArgument, namedString } from './option-checks.js'
import type { ProfileView } from './profile-view.js'
import { received } from './received.js'
import { hasMethod, isList, reading } from './refusal.js'
import { ioErrorOf } from './system-failure.js'

/** A sealed profile. Its bytes never change; writing it again under its name is writing it once. */
export interface Writable {
  /** The profile as whylogs reads it. */
  readonly bytes: Uint8Array
  /** Unique, and safe on every file system: dataset id, bucket, run and part. */
  readonly fileName: string
  /** The dataset whose rows it counts. */
  readonly datasetId: string
  /** The organisation that the dataset belongs to; `null`: none. */
  readonly orgId: string | null
  /** Start of the bucket, ms since the epoch. */
  readonly datasetTimestampMs: number
  /** The same for every attempt to write this profile, and for no other. */
  readonly idempotencyKey: string
  /** Its segment, where the dataset has any. */
  readonly segment?: SegmentName
  /** The profile, decoded. */
  view(): ProfileView
}

/** Which segment a profile is of. */
export interface SegmentName {
  /** Name of the partition. */
  readonly partition: string
  /** Id of the partition, 128 hexadecimal digits. */
  readonly partitionId: string
  /** The value in each column, as text; none of the overflow. */
  readonly values: Readonly<Record<string, string>>
  /** It has the rows of all segments beyond `limits.maxSegments`. */
  readonly isOverflow?: boolean
}

/** What `write` may answer: nothing, or whether it succeeded and why not. A bare `false` counts as success, with a warning. */
// biome-ignore lint/suspicious/noConfusingVoidType: a writer may return nothing.
export type WriteResult = void | boolean | readonly [ok: boolean, reason?: unknown] | WriteAnswer

/** What `write` may answer; the `Response` of a `fetch` is one. */
export interface WriteAnswer {
  /** Whether the write succeeded. */
  readonly ok: boolean
  /** Why not: the `message` of an error, or a text. */
  readonly reason?: unknown
}

/**
 * Takes profiles. A write fails when `write` throws or rejects, or answers `[false, reason]` or `{ ok: false }`. It is tried again later, with
 * the same bytes, until it succeeds. One that takes longer than `writeTimeoutMs` counts as failed, and may be made again while it still runs: who
 * counts profiles by `idempotencyKey` counts each once.
 *
 * @example
 * ```ts
 * const writer: Writer = { name: 'store', write: async ({ fileName, bytes }) => store.put(fileName, bytes) }
 * ```
 */
export interface Writer {
  /** What errors and warnings call it. */
  readonly name?: string
  /** Writes a profile; what it throws, or answers, says whether it is tried again. */
  write(item: Writable): Promise<WriteResult> | WriteResult
  /**
   * Called when the last dataset that it serves is let go: one that was long not used and has nothing
   * to write. When that dataset comes back, its factory is asked for writers again.
   */
  close?(): Promise<void> | void
}

/**
 * Gives each dataset its writers. It is asked when the dataset is opened: at its first row, and again
 * when it comes back after it was let go.
 */
export interface WriterFactory {
  /** The writers of a dataset, each of which gets every profile of it. */
  createWriters(datasetId: string, orgId?: string): Writer[]
}

/**
 * Writes into a folder, which is made when it is missing: temporary file, sync, rename, sync of the folder. A file of that name that holds
 * something else is never replaced; what was left by a process that ended while it wrote is removed. Inside a logger this runs on the engine's own threads.
 *
 * @example
 * ```ts
 * new LocalWriter('./profiles')
 * ```
 */
export class LocalWriter implements Writer {
  /** What errors and warnings call it. */
  readonly name: string
  /** The folder, as an absolute path. */
  readonly dir: string
  /** Its first write removes what processes have left that ended while they wrote. */
  #isFirst = true

  /** Writes into the folder `dir`. @throws InvalidOptionError */
  constructor(dir: string) {
    this.dir = resolve(namedString('dir', dir))
    this.name = `local:${this.dir}`
  }

  /** Writes a profile, whole or not at all. @throws IoError */
  write(item: Pick<Writable, 'fileName' | 'bytes'>): void {
    const { fileName, bytes } = reading('item', () => ({ fileName: item.fileName, bytes: item.bytes }))
    if (namedString('item.fileName', fileName) !== basename(fileName) || fileName === '.' || fileName === '..') {
      throw new InvalidOptionError('item.fileName', `must be the name of a file, without a folder${received(fileName)}`)
    }
    const checked = bytesArgument('item.bytes', bytes)
    const failure = guarded(() => native.writeLocal(this.dir, fileName, checked, false, this.#isFirst))
    this.#isFirst = false
    if (failure !== null) throw ioErrorOf(`The profile could not be written to ${this.dir}`, failure)
  }
}

/**
 * Gives every dataset a {@link LocalWriter} into the same folder; file names keep datasets apart.
 *
 * @example
 * ```ts
 * new ProcessRollingLogger({ writerFactory: new LocalWriterFactory('./profiles') })
 * ```
 */
export class LocalWriterFactory implements WriterFactory {
  readonly #writer: LocalWriter

  static {
    showAs('LocalWriterFactory', LocalWriterFactory.prototype, (factory) => ({ dir: factory.#writer.dir }))
  }

  /** All datasets into the folder `dir`. @throws InvalidOptionError */
  constructor(dir: string) {
    this.#writer = new LocalWriter(dir)
  }

  /** The writer into its folder, for every dataset. */
  createWriters(): Writer[] {
    return [this.#writer]
  }
}

/** A list of writers, copied; `null`: it is none. @internal */
export function writersOf(given: unknown): readonly Writer[] | null {
  if (!isList(given)) return null
  const writers = reading('writers', () => [...given])
  return writers.every((writer): writer is Writer => hasMethod(writer, 'write')) ? writers : null
}
