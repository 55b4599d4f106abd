/** Profiles that have been made: reading, merging, summaries. */
import { basename, dirname } from 'node:path'
import { type NativeProfile, type NativeSummaryEntry, native } from './native.js'
import { wrapThrown } from './native-errors.js'

/** How often a value came up, as the sketch knows it: at least `lower` times and at most `upper`. */
export interface FrequentItem {
  value: string
  estimate: number
  lower: number
  upper: number
}

/** How many different values there were, with the sketch's bounds. */
export interface Cardinality {
  estimate: number
  lower: number
  upper: number
}

/** One column's metrics under the reference's keys (`counts/n`, `distribution/mean`, …). */
export interface ColumnSummary {
  'frequent_items/frequent_strings'?: FrequentItem[]
  [key: string]: number | FrequentItem[] | undefined
}

/** A summary with the column's name. */
export interface TableRow extends Record<string, unknown> {
  column: string
}

function guarded<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw wrapThrown(error)
  }
}

function summaryOf(entry: NativeSummaryEntry): ColumnSummary {
  const summary: ColumnSummary = {}
  entry.keys.forEach((key, index) => {
    summary[key] = entry.values[index]
  })
  if (entry.frequentItems) summary['frequent_items/frequent_strings'] = entry.frequentItems
  return summary
}

/** Pairs, flattened, as a record. @internal */
export function recordOf(pairs: string[]): Record<string, string> {
  const record: Record<string, string> = {}
  for (let i = 0; i + 1 < pairs.length; i += 2) record[pairs[i] as string] = pairs[i + 1] as string
  return record
}

/**
 * One column of a {@link ProfileView}.
 *
 * @example
 * ```ts
 * const column = view.column('price')
 * console.log(column?.quantiles([0.5, 0.99]), column?.cardinality()?.estimate)
 * ```
 */
export class ColumnView {
  readonly name: string
  readonly #profile: NativeProfile

  /** @internal */
  constructor(profile: NativeProfile, name: string) {
    this.#profile = profile
    this.name = name
  }

  /** The metrics it has, by their paths' first part: `counts`, `types`, `distribution`, … */
  get metricNames(): string[] {
    const paths = guarded(() => this.#profile.metricPaths(this.name))
    return [...new Set(paths.map((path) => path.slice(0, path.indexOf('/'))))]
  }

  /** The part of the summary that belongs to one metric; `null`: the column does not have it. */
  metric(name: string): Record<string, number | FrequentItem[] | undefined> | null {
    if (!this.metricNames.includes(name)) return null
    const entries = Object.entries(this.summary()).filter(([key]) => key.startsWith(`${name}/`))
    return Object.fromEntries(entries.map(([key, value]) => [key.slice(name.length + 1), value]))
  }

  /** All its numbers. */
  summary(): ColumnSummary {
    const [entry] = guarded(() => this.#profile.summary(this.name))
    return entry ? summaryOf(entry) : {}
  }

  /**
   * The values below which these shares (0 to 1) of the numbers lie, within the sketch's error (about 0.2 % of rank); NaN when there are none.
   */
  quantiles(ranks: number[]): number[] {
    return guarded(() => this.#profile.quantiles(this.name, ranks))
  }

  /** How many different values it had; `null`: it keeps no such sketch. */
  cardinality(): Cardinality | null {
    const [estimate, lower, upper] = guarded(() => this.#profile.cardinality(this.name))
    return estimate === undefined ? null : { estimate, lower: lower ?? estimate, upper: upper ?? estimate }
  }

  /** The most frequent values, most frequent first, without false positives. */
  frequentItems(): FrequentItem[] {
    return guarded(() => this.#profile.frequentItems(this.name))
  }
}

/**
 * A profile: immutable, read from bytes that this package or whylogs made.
 *
 * @example
 * ```ts
 * const week = paths.map((path) => ProfileView.read(path)).reduce((all, day) => all.merge(day))
 * console.table(week.toTable())
 * ```
 */
export class ProfileView {
  readonly #profile: NativeProfile

  private constructor(profile: NativeProfile) {
    this.#profile = profile
  }

  /** Reads a file. @throws IoError, ProfileFormatError */
  static read(path: string): ProfileView {
    return new ProfileView(guarded(() => native.profileRead(path)))
  }

  /** Decodes bytes. @throws ProfileFormatError */
  static deserialize(bytes: Uint8Array): ProfileView {
    return new ProfileView(guarded(() => native.profileDeserialize(bytes)))
  }

  /** The bytes that whylogs reads. */
  serialize(): Uint8Array {
    return guarded(() => this.#profile.serialize())
  }

  /** Writes a file, whole or not at all. @throws IoError */
  write(path: string): void {
    guarded(() => native.writeLocal(dirname(path), basename(path), this.serialize()))
  }

  /** A new profile of what both have counted; the earlier of both times. */
  merge(other: ProfileView): ProfileView {
    return new ProfileView(guarded(() => this.#profile.merge(other.#profile)))
  }

  /** Start of the bucket. */
  get datasetTimestamp(): Date {
    return new Date(this.#profile.datasetTimestampMs())
  }

  /** When the profile was begun. */
  get creationTimestamp(): Date {
    return new Date(this.#profile.creationTimestampMs())
  }

  get tags(): Record<string, string> {
    return recordOf(this.#profile.tags())
  }

  get metadata(): Record<string, string> {
    return recordOf(this.#profile.metadata())
  }

  /** Ascending. */
  get columnNames(): string[] {
    return this.#profile.columnNames()
  }

  /** One column. @throws UnknownColumnError */
  column(name: string): ColumnView {
    guarded(() => this.#profile.metricPaths(name))
    return new ColumnView(this.#profile, name)
  }

  /** One plain object a column: `column` and the reference's own summary keys. */
  toTable(): TableRow[] {
    return guarded(() => this.#profile.summary(null)).map((entry) => ({ column: entry.column, ...summaryOf(entry) }))
  }
}
