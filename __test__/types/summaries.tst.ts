/** What profiles tell of their columns, as the compiler knows it. */
import type {
  ColumnSummary,
  ColumnView,
  FrequentItem,
  MetricFigures,
  MetricParts,
  ProfileView,
  SummaryMetric,
  TableRow,
} from 'rolling-profiles'
import { describe, expect, test } from 'tstyche'

declare const column: ColumnView
declare const view: ProfileView

describe('a summary', () => {
  test('has counts and types of every column, and other figures where there is the metric', () => {
    const summary = column.summary()
    expect(summary['counts/n']).type.toBe<number>()
    expect(summary['types/fractional']).type.toBe<number>()
    expect(summary['distribution/mean']).type.toBe<number | undefined>()
    expect(summary['cardinality/est']).type.toBe<number | undefined>()
    expect(summary['ints/max']).type.toBe<number | undefined>()
    expect(summary['frequent_items/frequent_strings']).type.toBe<FrequentItem[] | undefined>()
  })

  test('has conditions and ranges of any name', () => {
    const summary = column.summary()
    expect(summary['condition_count/total']).type.toBe<number | undefined>()
    expect(summary['condition_count/in range']).type.toBe<number | undefined>()
    expect(summary['unicode_range/digits:distribution/mean']).type.toBe<number | undefined>()
  })

  test('has no key that there is not', () => {
    expect<ColumnSummary>().type.not.toHaveProperty('counts/m')
    expect<ColumnSummary>().type.not.toHaveProperty('distribution/average')
    expect<ColumnSummary>().type.not.toHaveProperty('column')
  })

  test('is the form of a row of the table', () => {
    const [row] = view.toTable()
    expect(row).type.toBe<TableRow | undefined>()
    expect<TableRow['column']>().type.toBe<string>()
    expect<TableRow['counts/null']>().type.toBe<number>()
    expect<TableRow>().type.toBeAssignableTo<Record<string, unknown>>()
    expect<TableRow>().type.not.toHaveProperty('distribution/avg')
  })
})

describe('a metric', () => {
  test('has its figures by their own names', () => {
    expect(column.metric('counts')).type.toBe<Record<'n' | 'null' | 'nan' | 'inf' | 'true', number> | null>()
    const distribution = column.metric('distribution')
    expect(distribution?.mean).type.toBe<number | undefined>()
    expect(distribution?.q_99).type.toBe<number | undefined>()
    expect<NonNullable<typeof distribution>>().type.not.toHaveProperty('est')
    expect(column.metric('frequent_items')?.frequent_strings).type.toBe<FrequentItem[] | undefined>()
    expect(column.metric('condition_count')?.['in range']).type.toBe<number | undefined>()
    expect(column.metric('unicode_range')?.['digits:counts/n']).type.toBe<number | undefined>()
  })

  test('has just the figures that a summary has of it', () => {
    type OfSummary<Metric extends SummaryMetric> = {
      [Key in keyof ColumnSummary as Key extends `${Metric}/${infer Figure}` ? Figure : never]: ColumnSummary[Key]
    }
    expect<MetricFigures<'counts'>>().type.toBe<OfSummary<'counts'>>()
    expect<MetricFigures<'types'>>().type.toBe<OfSummary<'types'>>()
    expect<MetricFigures<'cardinality'>>().type.toBe<OfSummary<'cardinality'>>()
    expect<MetricFigures<'distribution'>>().type.toBe<OfSummary<'distribution'>>()
    expect<MetricFigures<'ints'>>().type.toBe<OfSummary<'ints'>>()
    expect<MetricFigures<'frequent_items'>>().type.toBe<OfSummary<'frequent_items'>>()
    expect<MetricFigures<'condition_count'>>().type.toBe<OfSummary<'condition_count'>>()
    expect<MetricFigures<'unicode_range'>>().type.toBe<OfSummary<'unicode_range'>>()
  })

  test('that is not known has parts of any name', () => {
    expect(column.metric('theirs')).type.toBe<MetricParts | null>()
    expect(column.metric('' as string)?.any).type.toBe<MetricParts[string]>()
    expect(column.metric).type.not.toBeCallableWith(5)
  })
})

test('tags and metadata are texts, also of an interface', () => {
  interface Labels {
    team: string
    stage: string
  }
  expect(view.withTags).type.toBeCallableWith({} as Labels)
  expect(view.withMetadata).type.toBeCallableWith({} as Labels)
  expect(view.withMetadata).type.toBeCallableWith({} as Record<string, string>)
  expect(view.withTags).type.toBeCallableWith({ team: 'a' })
  expect(view.withTags).type.not.toBeCallableWith({ team: 5 })
  expect(view.withTags).type.not.toBeCallableWith('team')
})

test('a column has its commonest figures by name', () => {
  expect(column.count).type.toBe<number>()
  expect(column.nullRate).type.toBe<number | null>()
  expect(column.mean).type.toBe<number | null>()
  expect(column.min).type.toBe<number | null>()
  expect(column.max).type.toBe<number | null>()
  expect(column.has('distribution')).type.toBe<boolean>()
  expect(column.has('theirs')).type.toBe<boolean>()
  expect(view.has('price')).type.toBe<boolean>()
})
