/** What is known of a column, under the keys that whylogs has for it. */

/** How often a value came up, as the sketch knows it: at least `lower` times and at most `upper`. */
export interface FrequentItem {
  /** The value as text. */
  value: string
  /** How often it came up, most likely. */
  estimate: number
  /** How often it came up, at least. */
  lower: number
  /** How often it came up, at most. */
  upper: number
}

/**
 * The figures of one column under whylogs' keys, `metric/figure`. `counts` and `types` are there for every
 * column, the others where the column has the metric. Whole numbers beyond 2⁵³ are the nearest that a number
 * can be. Of no numbers, minimum, maximum and quantiles are NaN.
 */
export type ColumnSummary = {
  /** Values, nulls among them. */
  'counts/n': number
  /** Nulls: null, undefined and NaN. */
  'counts/null': number
  /** NaN alone. */
  'counts/nan': number
  /** Infinite numbers. */
  'counts/inf': number
  /** Bools that are true. */
  'counts/true': number
  /** Whole numbers. */
  'types/integral': number
  /** Other numbers, infinite ones among them. */
  'types/fractional': number
  /** Bools. */
  'types/boolean': number
  /** Texts. */
  'types/string': number
  /** Values of any other kind. */
  'types/object': number
  /** Lists of numbers. */
  'types/tensor': number
  /** How many different values there were, estimated. */
  'cardinality/est'?: number
  /** The lower bound of that, at one standard deviation. */
  'cardinality/lower_1'?: number
  /** The upper bound of that, at one standard deviation. */
  'cardinality/upper_1'?: number
  /** How many numbers there were: finite ones, and bools as 0 and 1. */
  'distribution/n'?: number
  /** Their mean; 0 of none. */
  'distribution/mean'?: number
  /** Their standard deviation, of a sample; 0 of none. */
  'distribution/stddev'?: number
  /** The smallest. */
  'distribution/min'?: number
  /** The value below which 1 % of them lie. */
  'distribution/q_01'?: number
  /** The value below which 5 % of them lie. */
  'distribution/q_05'?: number
  /** The value below which 10 % of them lie. */
  'distribution/q_10'?: number
  /** The value below which 25 % of them lie. */
  'distribution/q_25'?: number
  /** The value below which half of them lie. */
  'distribution/median'?: number
  /** The value below which 75 % of them lie. */
  'distribution/q_75'?: number
  /** The value below which 90 % of them lie. */
  'distribution/q_90'?: number
  /** The value below which 95 % of them lie. */
  'distribution/q_95'?: number
  /** The value below which 99 % of them lie. */
  'distribution/q_99'?: number
  /** The largest. */
  'distribution/max'?: number
  /** The smallest whole number; 2⁶³−1 of none. `ColumnView.ints` tells it exactly. */
  'ints/min'?: number
  /** The largest whole number; −(2⁶³−1) of none. */
  'ints/max'?: number
  /** Texts, whole numbers and bools that came up often, the most frequent first. */
  'frequent_items/frequent_strings'?: FrequentItem[]
  /** How many values were looked at (`total`), and of how many each condition held. */
  [condition: `condition_count/${string}`]: number | undefined
  /** A summary of how many characters of each text lie in a range of code points, such as `digits:distribution/mean`. */
  [range: `unicode_range/${string}:${string}`]: number | undefined
}

/** A summary with the column's name. */
export type TableRow = {
  /** The column. */
  column: string
} & ColumnSummary

/** The metrics whose figures are in a summary. */
export type SummaryMetric =
  | 'counts'
  | 'types'
  | 'cardinality'
  | 'distribution'
  | 'ints'
  | 'frequent_items'
  | 'condition_count'
  | 'unicode_range'

/** The figures of each metric by their own names: `n` and not `counts/n`. They are those of {@link ColumnSummary}. */
export interface SummaryFigures {
  /** How many values there were. */
  counts: {
    /** Values, nulls among them. */
    n: number
    /** Nulls: null, undefined and NaN. */
    null: number
    /** NaN alone. */
    nan: number
    /** Infinite numbers. */
    inf: number
    /** Bools that are true. */
    true: number
  }
  /** Of which types they were. */
  types: {
    /** Whole numbers. */
    integral: number
    /** Other numbers, infinite ones among them. */
    fractional: number
    /** Bools. */
    boolean: number
    /** Texts. */
    string: number
    /** Values of any other kind. */
    object: number
    /** Lists of numbers. */
    tensor: number
  }
  /** How many different values there were, estimated. */
  cardinality: {
    /** How many different values there were, estimated. */
    est?: number
    /** The lower bound of that, at one standard deviation. */
    lower_1?: number
    /** The upper bound of that, at one standard deviation. */
    upper_1?: number
  }
  /** How the numbers are spread. */
  distribution: {
    /** How many numbers there were: finite ones, and bools as 0 and 1. */
    n?: number
    /** Their mean; 0 of none. */
    mean?: number
    /** Their standard deviation, of a sample; 0 of none. */
    stddev?: number
    /** The smallest. */
    min?: number
    /** The value below which 1 % of them lie. */
    q_01?: number
    /** The value below which 5 % of them lie. */
    q_05?: number
    /** The value below which 10 % of them lie. */
    q_10?: number
    /** The value below which 25 % of them lie. */
    q_25?: number
    /** The value below which half of them lie. */
    median?: number
    /** The value below which 75 % of them lie. */
    q_75?: number
    /** The value below which 90 % of them lie. */
    q_90?: number
    /** The value below which 95 % of them lie. */
    q_95?: number
    /** The value below which 99 % of them lie. */
    q_99?: number
    /** The largest. */
    max?: number
  }
  /** The bounds of the whole numbers. */
  ints: {
    /** The smallest whole number; 2⁶³−1 of none. `ColumnView.ints` tells it exactly. */
    min?: number
    /** The largest whole number; −(2⁶³−1) of none. */
    max?: number
  }
  /** What came up often. */
  frequent_items: {
    /** Texts, whole numbers and bools that came up often, the most frequent first. */
    frequent_strings?: FrequentItem[]
  }
  /** Of conditions. */
  condition_count: {
    /** How many values were looked at (`total`), and of how many each condition held. */
    [condition: string]: number | undefined
  }
  /** Of the characters of texts. */
  unicode_range: {
    /** A summary of how many characters of each text lie in a range of code points, such as `digits:distribution/mean`. */
    [range: `${string}:${string}`]: number | undefined
  }
}

/** The figures of one metric, by their own names. */
export type MetricFigures<Metric extends SummaryMetric> = SummaryFigures[Metric]

/** The parts of a metric: numbers, whole ones beyond 2⁵³ as bigint; what has no such form as the file has it. */
export type MetricParts = Record<string, number | bigint | Uint8Array | FrequentItem[] | undefined>
