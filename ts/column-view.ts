/** One column of a profile. */
import type { ColumnSummary, FrequentItem, MetricFigures, MetricParts, SummaryMetric } from './column-summary.js'
import { InvalidOptionError } from './errors.js'
import { showAs } from './inspect.js'
import { figuresOf } from './inspect-profile.js'
import type { NativeProfile, NativeSummaryEntry } from './native.js'
import { guarded } from './native-errors.js'
import { flag, numbers, optionsOf, text } from './option-checks.js'
import { received } from './received.js'
import { hasMethod } from './refusal.js'

/** How many different values there were, with the sketch's bounds. */
export interface Cardinality {
  /** How many, most likely. */
  estimate: number
  /** The lower bound. */
  lower: number
  /** The upper bound. */
  upper: number
}

/** Numbers by equal or chosen intervals; bin `i` counts those in `[edges[i], edges[i + 1])`, the last one its upper edge as well. */
export interface Histogram {
  /** Ascending, one more than there are bins. */
  edges: number[]
  /** How many numbers lie in each bin. */
  counts: number[]
  /** All numbers, also those outside of the edges. */
  n: number
  /** The smallest number. */
  min: number
  /** The largest number. */
  max: number
}

/** How a histogram is cut: by `edges` where they are given, or by `bins`. */
export interface HistogramOptions {
  /**
   * How many bins of equal width there are, 1 to 65 536.
   *
   * @default 30
   */
  bins?: number | undefined
  /**
   * The edges of the bins, ascending, one more than there are bins.
   *
   * @default undefined
   */
  edges?: number[] | undefined
}

/** Which frequent items are meant. */
export interface FrequentItemsOptions {
  /**
   * `true`: all that may be frequent. `false`: those that certainly are.
   *
   * @default false
   */
  noFalseNegatives?: boolean | undefined
}

/** Bounds of whole numbers; those beyond 2⁵³ are bigints. */
export interface IntBounds {
  /** The smallest. */
  min: number | bigint
  /** The largest. */
  max: number | bigint
}

/** Of how many values conditions held. */
export interface ConditionMatches {
  /** How many values were looked at: nulls and bools are not. */
  total: number
  /** Of how many each condition held, by its name. */
  matches: Record<string, number>
}

/** How far ranks may be off, as shares of all numbers, with 99 % confidence; 0 while the sketch keeps every number. */
export interface RankError {
  /** Of one rank: `quantiles`, `ranks`, `cdf`. */
  rank: number
  /** Of the difference of two: `pmf`, `histogram`. */
  interval: number
}

/** @internal */
export function summaryOf(entry: NativeSummaryEntry): ColumnSummary {
  const summary: Record<string, number | FrequentItem[] | undefined> = {}
  entry.keys.forEach((key, index) => {
    summary[key] = entry.values[index]
  })
  if (entry.frequentItems) summary['frequent_items/frequent_strings'] = entry.frequentItems
  // The engine gives counts and types of every column.
  return summary as ColumnSummary
}

const BINS = 30
const HISTOGRAM_OPTIONS = new Set(['bins', 'edges'])
const ITEM_OPTIONS = new Set(['noFalseNegatives'])
const CONDITIONS = 'condition_count/'
const RANGES = 'unicode_range/'

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
  /** The name of the column. */
  readonly name: string
  readonly #profile: NativeProfile

  static {
    showAs('ColumnView', ColumnView.prototype, (column) => {
      const summary = column.summary()
      const distinct = summary['cardinality/est']
      return {
        name: column.name,
        ...figuresOf(summary),
        ...(distinct === undefined ? {} : { distinct: Math.round(distinct) }),
        metrics: column.metricNames,
      }
    })
  }

  /** @internal */
  constructor(profile: NativeProfile, name: string) {
    if (!hasMethod(profile, 'metricPaths')) {
      throw new InvalidOptionError('profile', 'must be one of the addon: use column() of a ProfileView')
    }
    text('name', name ?? null)
    this.#profile = profile
    this.name = name
  }

  /** The metrics it has, by their paths' first part: `counts`, `types`, `distribution`, … */
  get metricNames(): string[] {
    const paths = guarded(() => this.#profile.metricPaths(this.name))
    return [...new Set(paths.map((path) => path.slice(0, path.indexOf('/'))))]
  }

  /** Whether it has a metric, such as `distribution`. */
  has(metric: SummaryMetric | (string & {})): boolean {
    return this.metricNames.includes(metric)
  }

  /** How many values it had, nulls among them. 0 where it had none. */
  get count(): number {
    return this.summary()['counts/n']
  }

  /** The share of nulls among its values, 0 to 1; NaN counts as null. `null`: it had no values. */
  get nullRate(): number | null {
    const summary = this.summary()
    const count = summary['counts/n']
    return count > 0 ? summary['counts/null'] / count : null
  }

  /** The mean of its finite numbers; bools count as 0 and 1. `null`: it had none, or keeps no distribution. */
  get mean(): number | null {
    return this.#distribution('mean')
  }

  /** The smallest of its finite numbers; bools count as 0 and 1. `null`: it had none, or keeps no distribution. */
  get min(): number | null {
    return this.#distribution('min')
  }

  /** The largest of its finite numbers; bools count as 0 and 1. `null`: it had none, or keeps no distribution. */
  get max(): number | null {
    return this.#distribution('max')
  }

  /** The figures of one metric by their own names, such as `n` of `counts`. `null`: the column does not have it. */
  metric<Metric extends SummaryMetric>(name: Metric): MetricFigures<Metric> | null
  /** The components of a metric that this package does not know. `null`: the column does not have it. */
  metric(name: string): MetricParts | null
  metric(name: string): MetricParts | null {
    if (!this.has(name)) return null
    const prefix = `${name}/`
    const entries = Object.entries(this.summary()).filter(([key]) => key.startsWith(prefix))
    if (entries.length === 0) return this.components(name)
    return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]))
  }

  /** The components of a metric as they stand in the file. */
  components(metric: string): MetricParts {
    text('metric', metric ?? null)
    const prefix = `${metric}/`
    const found = guarded(() => this.#profile.components(this.name)).filter(({ path }) => path.startsWith(prefix))
    return Object.fromEntries(
      found.map(({ path, integer, double, bytes }) => {
        const value = integer === null ? (double ?? bytes ?? undefined) : exact(integer)
        return [path.slice(prefix.length), value]
      }),
    )
  }

  /** All its numbers. */
  summary(): ColumnSummary {
    const [entry] = guarded(() => this.#profile.summary(this.name))
    return summaryOf(entry as NativeSummaryEntry)
  }

  /** Bounds of the integers, those beyond 2⁵³ as bigint; `null`: it keeps none, or has had no integer. */
  ints(): IntBounds | null {
    const { min, max } = this.components('ints')
    if (min === undefined || max === undefined || BigInt(min as number) > BigInt(max as number)) return null
    return { min: min as number | bigint, max: max as number | bigint }
  }

  /**
   * The values below which these shares (0 to 1) of the numbers lie, within {@link ColumnView.rankError}; NaN when there are none.
   */
  quantiles(ranks: number[]): number[] {
    const shares = numbers('ranks', ranks)
    if (shares.some((rank) => rank < 0 || rank > 1)) {
      throw new InvalidOptionError('ranks', 'must be numbers from 0 to 1')
    }
    return guarded(() => this.#profile.quantiles(this.name, shares))
  }

  /** The share of the numbers that lie below each value, within {@link ColumnView.rankError}; NaN when there are none. */
  ranks(values: number[]): number[] {
    const n = this.#numbers()
    return this.#below(numbers('values', values)).map((count) => count / n)
  }

  /** The share of the numbers below each edge, and 1 at the end. Edges ascend. */
  cdf(edges: number[]): number[] {
    return [...this.ranks(edgesOf('edges', edges, 0)), this.#numbers() > 0 ? 1 : Number.NaN]
  }

  /** The share of the numbers below the first edge, between each two, and from the last one on. Edges ascend. */
  pmf(edges: number[]): number[] {
    const below = this.cdf(edges)
    return below.map((share, index) => share - (below[index - 1] ?? 0))
  }

  /** Counts by interval: as many `bins` of equal width as are asked for (30), or those between `edges`. `null`: there are no numbers. */
  histogram(options: HistogramOptions = {}): Histogram | null {
    const { bins = BINS, edges } = optionsOf(options, HISTOGRAM_OPTIONS)
    const given = edges === undefined ? null : edgesOf('options.edges', edges, 2)
    checkBins(bins)
    const summary = this.summary()
    const { 'distribution/n': n = 0, 'distribution/min': min = 0, 'distribution/max': max = 0 } = summary
    if (!(n > 0)) return null
    const chosen = given ?? equalEdges(min, max, bins)
    const below = this.#below(chosen)
    const last = chosen.length - 1
    // The last bin has its upper edge.
    below[last] = chosen[last] === max ? n : (this.#below([next(chosen[last] as number)])[0] as number)
    const counts = below.slice(1).map((count, index) => count - (below[index] as number))
    return { edges: [...chosen], counts, n, min, max }
  }

  /** How far ranks may be off; `null`: it keeps no such sketch. */
  rankError(): RankError | null {
    const [rank, interval] = guarded(() => this.#profile.rankError(this.name))
    return rank === undefined || interval === undefined ? null : { rank, interval }
  }

  /** How many different values it had, with bounds at 1, 2 or 3 standard deviations; `null`: it keeps no such sketch. */
  cardinality(stdDevs: 1 | 2 | 3 = 1): Cardinality | null {
    if (![1, 2, 3].includes(stdDevs)) throw new InvalidOptionError('stdDevs', `must be 1, 2 or 3${received(stdDevs)}`)
    const [estimate, lower, upper] = guarded(() => this.#profile.cardinality(this.name, stdDevs))
    return estimate === undefined ? null : { estimate, lower: lower ?? estimate, upper: upper ?? estimate }
  }

  /**
   * The most frequent texts, integers and bools, most frequent first (fractional numbers are no items, unless the schema asks for it; see
   * {@link ColumnView.topValue}): those certain to be more frequent than any that is missing (no false positives), or with
   * `noFalseNegatives` all that may be.
   */
  frequentItems(options: FrequentItemsOptions = {}): FrequentItem[] {
    const given = optionsOf(options, ITEM_OPTIONS)
    const noFalseNegatives = flag('noFalseNegatives', given.noFalseNegatives, false)
    return guarded(() => this.#profile.frequentItems(this.name, noFalseNegatives))
  }

  /**
   * The value that came up most often: none came up more often. `null`: the sketch cannot know it, since fractional numbers and objects are not among its items, its bounds
   * are too wide, or the item may stand for several values (texts of 128 characters and more).
   */
  topValue(): FrequentItem | null {
    return guarded(() => this.#profile.topValue(this.name))
  }

  /** Of how many values each condition held, and how many there were; `null`: it counts no conditions. */
  conditions(): ConditionMatches | null {
    const counts = Object.entries(this.summary()).filter(([key]) => key.startsWith(CONDITIONS))
    if (counts.length === 0) return null
    const matches = Object.fromEntries(counts.map(([key, n]) => [key.slice(CONDITIONS.length), n as number]))
    const { total = 0, ...others } = matches
    return { total, matches: others }
  }

  /** How many characters of each text lie in a range of code points, as a summary of one number a text; none: it does not count them. */
  unicodeRanges(): Record<string, ColumnSummary> {
    const ranges: Record<string, Record<string, unknown>> = {}
    for (const [key, value] of Object.entries(this.summary())) {
      if (!key.startsWith(RANGES)) continue
      const colon = key.indexOf(':')
      const range = key.slice(RANGES.length, colon)
      ranges[range] ??= {}
      const summary = ranges[range]
      summary[key.slice(colon + 1)] = value
    }
    return ranges as Record<string, ColumnSummary>
  }

  #numbers(): number {
    return this.summary()['distribution/n'] ?? 0
  }

  #distribution(figure: 'mean' | 'min' | 'max'): number | null {
    const summary = this.summary()
    return summary['distribution/n'] ? (summary[`distribution/${figure}`] ?? null) : null
  }

  #below(edges: number[]): number[] {
    return guarded(() => this.#profile.countsBelow(this.name, edges))
  }
}

/** @internal */
export function exact(digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : BigInt(digits)
}

/** @throws InvalidOptionError */
function checkBins(bins: number): void {
  if (!Number.isSafeInteger(bins) || bins <= 0 || bins > 65_536) {
    throw new InvalidOptionError('options.bins', `must be an integer from 1 to 65536${received(bins)}`)
  }
}

function equalEdges(min: number, max: number, bins: number): number[] {
  // Of equal numbers there is one bin of no width that holds them all.
  if (!(max > min)) return [min, next(min)]
  const width = (max - min) / bins
  return Array.from({ length: bins + 1 }, (_, index) => (index === bins ? max : min + index * width))
}

/** @throws InvalidOptionError */
function edgesOf(name: string, given: number[], least: number): number[] {
  const edges = numbers(name, given)
  const ascends = edges.every((edge, index) => index === 0 || edge > (edges[index - 1] as number))
  if (edges.length >= least && ascends) return edges
  throw new InvalidOptionError(name, `must be ${least > 0 ? `at least ${least} ` : ''}numbers in ascending order`)
}

/** The double above a finite one. */
function next(value: number): number {
  if (value === 0) return Number.MIN_VALUE
  if (!Number.isFinite(value)) return value
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? 1n : -1n))
  return view.getFloat64(0)
}
