/** Schemas for rows of one type, as the compiler knows them. */
import {
  type AnyRow,
  BaseProcessRollingLogger,
  ConditionValidator,
  DatasetSchema,
  greaterThan,
  type LoggerFactory,
  LoggerOptions,
  ProcessRollingLogger,
  type ResolverSpec,
  SegmentationPartition,
  STANDARD_RESOLVER,
  segmentOnColumn,
  ThreadRollingLogger,
  type TypeResolverSpec,
} from 'rolling-profiles'
import { describe, expect, test } from 'tstyche'

interface Order {
  price: number
  count: number
  country?: string
}
interface Priced extends Order {
  total: number
}
interface Visit {
  page: string
}

declare const forOrders: DatasetSchema<Order>
declare const forPriced: DatasetSchema<Priced>
declare const forVisits: DatasetSchema<Visit>
declare const forAny: DatasetSchema

describe('a schema for any rows', () => {
  test('takes any names, and its functions get rows of any columns', () => {
    new DatasetSchema({
      types: { price: 'fractional' },
      udfs: {
        total: {
          columns: ['price'],
          fn: (row) => {
            expect(row).type.toBe<AnyRow>()
            return Number(row.price)
          },
        },
        share: {
          columns: ['price'],
          batch: (columns, rows) => {
            expect(columns).type.toBe<Readonly<Record<string, readonly unknown[]>>>()
            return new Array(rows).fill(1)
          },
        },
      },
      conditions: { total: { positive: greaterThan(0), sane: (value) => typeof value === 'number' } },
      segments: segmentOnColumn('anything'),
      resolvers: STANDARD_RESOLVER,
      identityColumn: 'id',
    })
    expect(DatasetSchema).type.not.toBeConstructableWith({ types: { price: 'number' } })
    expect(DatasetSchema).type.not.toBeConstructableWith({ segment: {} })
    const typed: Record<string, 'integral' | 'string'> = {}
    expect(DatasetSchema).type.toBeConstructableWith({ types: typed })
  })
})

describe('a schema for rows of one type', () => {
  test('gives them to its functions', () => {
    new DatasetSchema<Priced>({
      types: { price: 'fractional', total: 'fractional' },
      udfs: {
        total: {
          columns: ['price', 'count'],
          fn: (row) => {
            expect(row).type.toBe<Readonly<Priced>>()
            return row.price * row.count
          },
        },
        share: {
          columns: ['price'],
          batch: ({ price = [] }) => {
            expect(price).type.toBe<readonly number[]>()
            return price
          },
        },
      },
      conditions: {
        total: { positive: greaterThan(0), sane: (total) => total < 1e6 },
        country: { short: (country) => country.length === 2 },
      },
      validators: { price: [new ConditionValidator({ name: 'price', conditions: {} })] },
      identityColumn: 'country',
      resolvers: [...STANDARD_RESOLVER, { column: 'price', metrics: ['distribution'], exclude: true }],
      segments: {
        ...segmentOnColumn('country'),
        size: new SegmentationPartition({
          columns: ['size'],
          map: (row) => {
            expect(row).type.toBe<Readonly<Priced>>()
            return row.total > 100 ? 'large' : 'small'
          },
          filter: (row) => row.count > 0,
        }),
      },
    })
  })

  test('knows which columns there are', () => {
    type Options = NonNullable<ConstructorParameters<typeof DatasetSchema<Order>>[0]>
    expect<Options>().type.toBeAssignableFrom({ types: { price: 'fractional' as const } })
    expect<Options>().type.not.toBeAssignableFrom({ types: { prize: 'fractional' as const } })
    expect<Options>().type.not.toBeAssignableFrom({ conditions: { prize: { positive: greaterThan(0) } } })
    expect<Options>().type.not.toBeAssignableFrom({ conditions: { price: { sane: (value: string) => value !== '' } } })
    expect<Options>().type.not.toBeAssignableFrom({ validators: { prize: [] } })
    expect<Options>().type.not.toBeAssignableFrom({ identityColumn: 'id' })
    expect<Options>().type.not.toBeAssignableFrom({ udfs: { total: { columns: ['prize'], fn: () => 1 } } })
    expect<Options>().type.not.toBeAssignableFrom({ udfs: { total: { columns: [], fn: (row: Visit) => row.page } } })
    expect<Options>().type.not.toBeAssignableFrom({ resolvers: [{ column: 'prize', metrics: [] }] })
    expect<Options>().type.not.toBeAssignableFrom({ segments: segmentOnColumn<Visit>('page') })
    expect(segmentOnColumn<Order>).type.toBeCallableWith('country')
    expect(segmentOnColumn<Order>).type.not.toBeCallableWith('contry')
    expect(SegmentationPartition<Order>).type.not.toBeConstructableWith({ columns: ['size'] })
    expect<ResolverSpec<Order>>().type.toBeAssignableFrom({} as TypeResolverSpec)
    // @ts-expect-error not assignable to parameter of type
    new DatasetSchema<Order>({ segments: segmentOnColumn('contry') })
    // @ts-expect-error not assignable to parameter of type
    new DatasetSchema<Order>({ segments: { size: new SegmentationPartition({ columns: ['size'] }) } })
  })
})

describe('a logger for rows of one type', () => {
  test('takes schemas for these rows, for these with computed columns, and for any', () => {
    expect(ProcessRollingLogger<Order>).type.toBeConstructableWith({ schema: forOrders })
    expect(ProcessRollingLogger<Order>).type.toBeConstructableWith({ schema: forPriced })
    expect(ProcessRollingLogger<Order>).type.toBeConstructableWith({ schema: forAny })
    expect(ThreadRollingLogger<Order>).type.toBeConstructableWith({ schema: forPriced })
    expect(LoggerOptions<Order>).type.toBeConstructableWith({ schema: forOrders })
  })

  test('takes no schema for others', () => {
    expect(ProcessRollingLogger<Order>).type.not.toBeConstructableWith({ schema: forVisits })
    expect(ThreadRollingLogger<Order>).type.not.toBeConstructableWith({ schema: forVisits })
    expect(LoggerOptions<Order>).type.not.toBeConstructableWith({ schema: forVisits })
  })

  test('may be made by a factory', () => {
    const factory = { createLogger: () => new ThreadRollingLogger<Order>({ schema: forPriced }) }
    expect(factory).type.toBeAssignableTo<LoggerFactory>()
    expect({ createLogger: () => ({ schema: forOrders }) }).type.not.toBeAssignableTo<LoggerFactory>()
  })

  test('may have messages of its own', () => {
    class Note {
      readonly text = ''
    }
    class OrderLogger extends BaseProcessRollingLogger<Note, Order> {}
    expect(OrderLogger).type.toBeConstructableWith({ schema: forOrders })
    expect(OrderLogger).type.not.toBeConstructableWith({ schema: forVisits })
    expect(new OrderLogger().log).type.toBeCallableWith({ price: 1, count: 1 })
    expect(new OrderLogger().log).type.not.toBeCallableWith({ page: '/' })
    expect(new OrderLogger().send).type.toBeCallableWith(new Note())
  })

  test('is for any rows where nothing is said', () => {
    const logger = new ProcessRollingLogger({ schema: forOrders })
    expect(logger).type.toBe<ProcessRollingLogger>()
    expect(logger.log).type.toBeCallableWith({ anything: 1 })
    const options: LoggerOptions = { schema: forVisits }
    expect(ProcessRollingLogger).type.toBeConstructableWith(options)
  })
})
