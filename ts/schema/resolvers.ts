/** Which metrics a column gets. */
import { InvalidOptionError } from '../errors.js'
import { eachOf, flag, listOf, notOneOf, optionsOf, text } from '../option-checks.js'
import { received } from '../received.js'
import { isList, reading } from '../refusal.js'
import type { RowLike } from '../row.js'
import { type MetricConfig, type ResolvedConfig, resolveConfig } from './metric-config.js'
import type { ColumnName } from './rows.js'

/** The types that bring metrics to a column, and that one can be declared to have. */
export type ColumnType = 'integral' | 'fractional' | 'boolean' | 'string'

/** A metric that a column may have or not. Every column has `counts` and `types`. */
export type MetricName = 'distribution' | 'ints' | 'cardinality' | 'frequent_items' | 'unicode_range'

/** Which metrics columns get by name or by type; a column named here is not looked up by its type in the same entry. */
export interface ResolverSpec<TRow = RowLike> {
  /**
   * The column that gets the metrics.
   *
   * @default undefined
   */
  column?: ColumnName<TRow> | undefined
  /**
   * The type whose values bring the metrics to any column.
   *
   * @default undefined
   */
  type?: ColumnType | undefined
  /** The metrics. */
  metrics: readonly MetricName[]
  /**
   * `true`: columns are to be without these metrics, whatever other entries say.
   *
   * @default false
   */
  exclude?: boolean | undefined
  /**
   * Sizes and settings of the metrics of this column; of an entry by name alone. Where it is missing, the `defaultConfigs` of the schema
   * count.
   *
   * @default undefined
   */
  config?: MetricConfig | undefined
}

/** Which metrics columns get by type alone. */
export interface TypeResolverSpec extends ResolverSpec {
  /**
   * None: it is about every column.
   *
   * @default undefined
   */
  column?: undefined
}

/**
 * Tells the metrics that values of a type bring to a column; `usual` are those that they bring otherwise. It is asked on the calling thread, once
 * for each column and type, when the column is first seen.
 */
export type ResolverFunction = (column: string, type: ColumnType, usual: readonly MetricName[]) => readonly MetricName[]

export const TYPES: readonly ColumnType[] = ['integral', 'fractional', 'boolean', 'string']

/** A bit each, as the engine has them. */
const BITS: Record<MetricName, number> = {
  distribution: 1,
  ints: 2,
  cardinality: 4,
  frequent_items: 8,
  unicode_range: 16,
}

const NUMBERS: readonly MetricName[] = ['distribution', 'ints', 'cardinality', 'frequent_items']

/**
 * What columns get where nothing else is said; to begin one's own list with.
 *
 * @example
 * ```ts
 * const resolvers = [...STANDARD_RESOLVER, { column: 'id', metrics: ['distribution', 'frequent_items'], exclude: true } as const]
 * new DatasetSchema({ resolvers })
 * ```
 */
export const STANDARD_RESOLVER: readonly TypeResolverSpec[] = [
  { type: 'integral', metrics: NUMBERS },
  { type: 'boolean', metrics: NUMBERS },
  { type: 'fractional', metrics: ['distribution', 'cardinality'] },
  { type: 'string', metrics: ['distribution', 'cardinality', 'frequent_items', 'unicode_range'] },
]

/**
 * Without cardinality and frequent items.
 *
 * @example
 * ```ts
 * new DatasetSchema({ resolvers: LIMITED_TRACKING_RESOLVER })
 * ```
 */
export const LIMITED_TRACKING_RESOLVER: readonly TypeResolverSpec[] = [
  { type: 'integral', metrics: ['distribution', 'ints'] },
  { type: 'boolean', metrics: ['distribution', 'ints'] },
  { type: 'fractional', metrics: ['distribution'] },
]

/**
 * Distributions alone.
 *
 * @example
 * ```ts
 * new DatasetSchema({ resolvers: HISTOGRAM_COUNTING_TRACKING_RESOLVER })
 * ```
 */
export const HISTOGRAM_COUNTING_TRACKING_RESOLVER: readonly TypeResolverSpec[] = TYPES.map((type) => ({
  type,
  metrics: ['distribution'],
}))

/** Bits by the type of value. */
export type MetricBits = Record<ColumnType, number>

/** The resolver of a schema, checked. */
export class Resolvers {
  readonly #specs: readonly ResolverSpec[]
  readonly #custom: ResolverFunction | null
  readonly #usual: ResolvedConfig
  readonly #configs = new Map<string, ResolvedConfig>()

  /** @throws InvalidOptionError naming the option. */
  constructor(given: readonly ResolverSpec[] | ResolverFunction | undefined, usual: ResolvedConfig) {
    this.#custom = typeof given === 'function' ? given : null
    const specs = typeof given === 'function' || given === undefined ? STANDARD_RESOLVER : given
    this.#usual = usual
    if (!isList(specs)) {
      throw new InvalidOptionError('schema.resolvers', `must be an array, or a function${received(specs)}`)
    }
    this.#specs = reading('schema.resolvers', () =>
      Array.from(specs, (spec, index) => this.#check(spec as ResolverSpec, `schema.resolvers[${index}]`)),
    )
  }

  /** Whether it has to be asked about each column. */
  get asksByColumn(): boolean {
    return this.#custom !== null
  }

  /** The columns that are named. */
  get columns(): string[] {
    return this.#specs.flatMap(({ column }) => column ?? [])
  }

  config(column: string | null): ResolvedConfig {
    return (column === null ? undefined : this.#configs.get(column)) ?? this.#usual
  }

  /** `null`: any column that is not named. */
  bits(column: string | null): MetricBits {
    const ofType = (type: ColumnType) => this.#bitsOf(column, type)
    return Object.fromEntries(TYPES.map((type) => [type, ofType(type)])) as MetricBits
  }

  #bitsOf(column: string | null, type: ColumnType): number {
    let bits = 0
    let refused = 0
    for (const spec of this.#specs) {
      if (spec.column === undefined ? spec.type !== type : spec.column !== column) continue
      for (const metric of spec.metrics) {
        if (spec.exclude) refused |= BITS[metric]
        else bits |= BITS[metric]
      }
    }
    bits &= ~refused
    if (this.#custom !== null && column !== null) bits = this.#ask(this.#custom, column, type, bits)
    return this.config(column).trackUnicodeRanges ? bits : bits & ~BITS.unicode_range
  }

  #ask(custom: ResolverFunction, column: string, type: ColumnType, usual: number): number {
    const names = (Object.keys(BITS) as MetricName[]).filter((name) => usual & BITS[name])
    let bits = 0
    const given = reading('schema.resolvers', () => custom(column, type, names))
    eachOf('What schema.resolvers gives', given, (metric) => {
      if (!isMetric(metric)) throw notOneOf('What schema.resolvers gives', metric, METRICS)
      bits |= BITS[metric]
    })
    return bits
  }

  /** The entry, copied. */
  #check(given: ResolverSpec, where: string): ResolverSpec {
    const spec = optionsOf(given, SPEC_NAMES, where)
    const column = text(`${where}.column`, spec.column)
    if (column === undefined && spec.type === undefined) {
      throw new InvalidOptionError(where, 'must name a column or a type')
    }
    if (spec.type !== undefined && !TYPES.includes(spec.type)) throw notOneOf(`${where}.type`, spec.type, TYPES)
    const metrics = listOf(`${where}.metrics`, spec.metrics ?? [], (metric) => {
      if (!isMetric(metric)) throw notOneOf(`${where}.metrics`, metric, METRICS)
    })
    flag(`${where}.exclude`, spec.exclude, false)
    if (spec.config !== undefined) {
      if (column === undefined)
        throw new InvalidOptionError(`${where}.config`, 'must be left out where no column is named')
      this.#configs.set(column, resolveConfig(spec.config, `${where}.config`))
    }
    return { ...spec, metrics }
  }
}

function isMetric(name: unknown): name is MetricName {
  return typeof name === 'string' && Object.hasOwn(BITS, name)
}

const METRICS = Object.keys(BITS)
const SPEC_NAMES = new Set(['column', 'type', 'metrics', 'exclude', 'config'])
