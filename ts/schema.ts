/** How a dataset's profiles are made: the types of columns, and the sizes of sketches. */
import { InvalidOptionError } from './errors.js'
import type { NativeSchema } from './native.js'
import { flag, integer } from './option-checks.js'

/** What a column's values are declared to be: `fractional`: every number is a double, also one that is whole. */
export type ColumnType = 'fractional'

/** Sizes of sketches, with the reference's names and defaults. */
export interface MetricConfig {
  /** Log2 of the registers of the cardinality sketch, 4 to 21; 12. The relative error is about 0.8 / √(2^`hllLgK`). */
  hllLgK?: number | undefined
  /** Size of the quantile sketch, 8 to 65 535; 1024: so many values are kept exactly. */
  kllK?: number | undefined
  /** Log2 of the most slots of the table of frequent items, 3 to 26; 10. */
  fiLgMaxK?: number | undefined
  /** Whether columns do without frequent items; `false`. */
  fiDisabled?: boolean | undefined
  /** Texts are cut to so many code points before they count as frequent items; 128. */
  maxFrequentItemSize?: number | undefined
}

/** What a {@link DatasetSchema} is made of. */
export interface DatasetSchemaOptions {
  /** Columns whose type is not left to their values. */
  types?: Record<string, ColumnType> | undefined
  defaultConfigs?: MetricConfig | undefined
}

const NAMES = new Set(['types', 'defaultConfigs'])
const SIZES = {
  hllLgK: { least: 4, most: 21, usual: 12 },
  kllK: { least: 8, most: 65_535, usual: 1024 },
  fiLgMaxK: { least: 3, most: 26, usual: 10 },
  maxFrequentItemSize: { least: 1, most: 65_536, usual: 128 },
} as const
const CONFIGS = new Set([...Object.keys(SIZES), 'fiDisabled'])

/**
 * How a dataset's profiles are made. Given to a logger, it is that of all its datasets; a logger factory may give each its own.
 *
 * @example
 * ```ts
 * const schema = new DatasetSchema({ types: { price: 'fractional' }, defaultConfigs: { hllLgK: 14 } })
 * new ProcessRollingLogger({ schema })
 * ```
 */
export class DatasetSchema {
  readonly types: Readonly<Record<string, ColumnType>>
  readonly defaultConfigs: { readonly [K in keyof MetricConfig]-?: NonNullable<MetricConfig[K]> }

  /** @throws InvalidOptionError naming the option. */
  constructor(given: DatasetSchemaOptions = {}) {
    refuseOthers(given, NAMES, 'schema')
    const configs = given.defaultConfigs ?? {}
    refuseOthers(configs, CONFIGS, 'schema.defaultConfigs')
    for (const [column, type] of Object.entries(given.types ?? {})) {
      if (type !== 'fractional')
        throw new InvalidOptionError(`schema.types.${column}`, "it is 'fractional' in this version")
    }
    this.types = { ...given.types }
    this.defaultConfigs = {
      hllLgK: size('hllLgK', configs.hllLgK),
      kllK: size('kllK', configs.kllK),
      fiLgMaxK: size('fiLgMaxK', configs.fiLgMaxK),
      fiDisabled: flag('schema.defaultConfigs.fiDisabled', configs.fiDisabled, false),
      maxFrequentItemSize: size('maxFrequentItemSize', configs.maxFrequentItemSize),
    }
  }
}

/** A schema as it crosses. */
export function nativeSchema({ types, defaultConfigs }: DatasetSchema): NativeSchema {
  return { ...defaultConfigs, fractional: Object.keys(types) }
}

function size(name: keyof typeof SIZES, value: number | undefined): number {
  const { least, most, usual } = SIZES[name]
  const given = integer(`schema.defaultConfigs.${name}`, value, usual)
  if (given >= least && given <= most) return given
  throw new InvalidOptionError(`schema.defaultConfigs.${name}`, `it must be ${least} to ${most}`)
}

function refuseOthers(given: object, names: ReadonlySet<string>, where: string): void {
  for (const name of Object.keys(given)) {
    if (!names.has(name)) throw new InvalidOptionError(`${where}.${name}`, 'there is no such option in this version')
  }
}
