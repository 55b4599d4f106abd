/** What a profile's metadata say of where it comes from; `crates/profile/src/origin.rs` has the table of its keys. */

/** What the keys of parts begin with. */
const PART_PREFIX = 'rp.part.'
/** The tag of the segment that has the rows of all segments beyond `limits.maxSegments`. */
export const OVERFLOW_TAG = 'rp.overflow'
/** What the keys of sources begin with. */
export const SOURCE_PREFIX = 'rp.source.'

/** Where a profile comes from, as far as it says so. */
export interface ProfileOrigin {
  /** The dataset whose rows it counts; `null`: it does not say, or counts those of several. */
  readonly datasetId: string | null
  /** The organisation; `null`: none was named. */
  readonly orgId: string | null
  /** The program that made it; `null`: it does not say. */
  readonly producer: string | null
  /** The version of that program; `null`: it does not say. */
  readonly version: string | null
  /** The parts it holds: each is one file that a logger wrote. */
  readonly parts: readonly string[]
  /** What the rows were read from, by id, and the reading. */
  readonly sources: Readonly<Record<string, string>>
}

/** @internal */
export function originOf(metadata: Readonly<Record<string, string>>): ProfileOrigin {
  const entry = (key: string): string | null => metadata[`rp.${key}`] ?? null
  const below = (prefix: string): [string, string][] =>
    Object.entries(metadata).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    )
  return {
    datasetId: entry('dataset'),
    orgId: entry('org'),
    producer: entry('producer'),
    version: entry('version'),
    parts: below(PART_PREFIX).map(([id]) => id),
    sources: Object.fromEntries(below(SOURCE_PREFIX)),
  }
}
