/** Sizes and settings of metrics. */
import { InvalidOptionError } from '../errors.js'
import { entriesOf, flag, integer, optionsOf } from '../option-checks.js'
import { received } from '../received.js'
import { isList, reading } from '../refusal.js'

/** Sizes and settings of metrics, with the reference's names and defaults. */
export interface MetricConfig {
  /**
   * The binary logarithm of how many registers the cardinality sketch has, 4 to 21. The relative error is
   * about 0.8 / √(2^`hllLgK`).
   *
   * @default 12
   */
  hllLgK?: number | undefined
  /**
   * The size of the quantile sketch where `largeKllK` is false, 8 to 65 535: so many values are kept
   * exactly.
   *
   * @default 256
   */
  kllK?: number | undefined
  /**
   * The size of the quantile sketch otherwise.
   *
   * @default 1024
   */
  kllKLarge?: number | undefined
  /**
   * Which of the two sizes counts. Where `kllK` is given and this is not, it is `false`.
   *
   * @default true
   */
  largeKllK?: boolean | undefined
  /**
   * The binary logarithm of the most slots that the table of frequent items has, 3 to 26.
   *
   * @default 10
   */
  fiLgMaxK?: number | undefined
  /**
   * Whether columns do without frequent items.
   *
   * @default false
   */
  fiDisabled?: boolean | undefined
  /**
   * Texts are cut to so many code points before they count as frequent items, 1 to 65 536.
   *
   * @default 128
   */
  maxFrequentItemSize?: number | undefined
  /**
   * Whether the characters of texts are counted by ranges of code points.
   *
   * @default false
   */
  trackUnicodeRanges?: boolean | undefined
  /**
   * The ranges of code points by name, both ends included.
   *
   * @default { emoticon: [0x1f600, 0x1f64f], control: [0x00, 0x1f], digits: [0x30, 0x39], 'latin-upper': [0x41, 0x5a], 'latin-lower': [0x61, 0x7a], 'basic-latin': [0x00, 0x7f], 'extended-latin': [0x80, 0x2af] }
   */
  unicodeRanges?: Record<string, readonly [number, number]> | undefined
  /**
   * Whether texts are lower-cased before their characters are counted.
   *
   * @default true
   */
  lowerCase?: boolean | undefined
  /**
   * Whether texts are decomposed (NFD) before their characters are counted.
   *
   * @default true
   */
  normalize?: boolean | undefined
}

/** A configuration with nothing missing. */
export type ResolvedConfig = { readonly [K in keyof MetricConfig]-?: NonNullable<MetricConfig[K]> }

const SIZES = {
  hllLgK: { least: 4, most: 21, usual: 12 },
  kllK: { least: 8, most: 65_535, usual: 256 },
  kllKLarge: { least: 8, most: 65_535, usual: 1024 },
  fiLgMaxK: { least: 3, most: 26, usual: 10 },
  maxFrequentItemSize: { least: 1, most: 65_536, usual: 128 },
} as const

const RANGES: Record<string, readonly [number, number]> = {
  emoticon: [0x1f600, 0x1f64f],
  control: [0x00, 0x1f],
  digits: [0x30, 0x39],
  'latin-upper': [0x41, 0x5a],
  'latin-lower': [0x61, 0x7a],
  'basic-latin': [0x00, 0x7f],
  'extended-latin': [0x80, 0x2af],
}
const LAST_CODE_POINT = 0x10ffff
/** Names that the metric has of its own. */
const TAKEN = ['UNKNOWN', 'string_length']

const NAMES = new Set([
  ...Object.keys(SIZES),
  'largeKllK',
  'fiDisabled',
  'trackUnicodeRanges',
  'unicodeRanges',
  'lowerCase',
  'normalize',
])

/** @throws InvalidOptionError naming the option. */
export function resolveConfig(options: MetricConfig, where: string): ResolvedConfig {
  const given = optionsOf(options, NAMES, where)
  const size = (name: keyof typeof SIZES) => {
    const { least, most, usual } = SIZES[name]
    return integer(`${where}.${name}`, given[name], usual, most, least)
  }
  return {
    hllLgK: size('hllLgK'),
    kllK: size('kllK'),
    kllKLarge: size('kllKLarge'),
    largeKllK: flag(`${where}.largeKllK`, given.largeKllK, given.kllK === undefined),
    fiLgMaxK: size('fiLgMaxK'),
    fiDisabled: flag(`${where}.fiDisabled`, given.fiDisabled, false),
    maxFrequentItemSize: size('maxFrequentItemSize'),
    trackUnicodeRanges: flag(`${where}.trackUnicodeRanges`, given.trackUnicodeRanges, false),
    unicodeRanges: ranges(given.unicodeRanges ?? RANGES, `${where}.unicodeRanges`),
    lowerCase: flag(`${where}.lowerCase`, given.lowerCase, true),
    normalize: flag(`${where}.normalize`, given.normalize, true),
  }
}

function ranges(given: Record<string, readonly [number, number]>, where: string): ResolvedConfig['unicodeRanges'] {
  const checked = entriesOf(where, given).map(([name, range]) => {
    const option = `${where}.${name}`
    if (TAKEN.includes(name) || /[:/]/.test(name)) {
      throw new InvalidOptionError(option, `must have another name: : and / are not allowed, nor ${TAKEN.join(', ')}`)
    }
    const [first, last] = isList(range) ? reading(option, () => [...range] as [number, number]) : [-1, -1]
    const isRange = Number.isInteger(first) && Number.isInteger(last) && 0 <= first && first <= last
    if (!isRange || last > LAST_CODE_POINT) {
      throw new InvalidOptionError(option, `must be [first, last], two code points${received(range)}`)
    }
    return [name, [first, last]] as const
  })
  return Object.fromEntries(checked)
}
