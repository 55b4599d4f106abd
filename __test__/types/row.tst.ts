/** What the compiler takes and refuses. Checked by `types.test.mjs` beside it. */

import {
  BaseProcessRollingLogger,
  type BuiltinMessageTypes,
  columns,
  type DataDict,
  FlushMessage,
  type FlushResult,
  type LoggerFactory,
  LoggerOptions,
  LogMessage,
  type LogOptions,
  MemoryWriter,
  ProcessRollingLogger,
  type ProfileView,
  QueueType,
  Schedule,
  ThreadRollingLogger,
  TimeGranularity,
  type Writable,
  type Writer,
} from 'rolling-profiles'
import { describe, expect, test } from 'tstyche'

interface Order {
  price: number
  country?: string
}
declare const orders: ProcessRollingLogger<Order>
declare const any: ProcessRollingLogger
declare function generated(): Generator<Order>

describe('the type of a row', () => {
  test('right rows, and the wire form, are taken', () => {
    expect(orders.log).type.toBeCallableWith({ price: 9.5 })
    expect(orders.log).type.toBeCallableWith([{ price: 9.5, country: 'DE' }], { datasetId: 'orders' })
    expect(orders.log).type.toBeCallableWith({ columns: ['price'], data: [[9.5]] } satisfies DataDict)
    expect(orders.log).type.toBeCallableWith({ columns: ['price'], data: [[9.5]] } as const)
    expect(any.log).type.toBeCallableWith({ anything: [1, new Date(), null] })
  })

  test('an interface is a row of any logger, alone and among many', () => {
    const order: Order = { price: 9.5 }
    expect(any.log).type.toBeCallableWith(order)
    expect(any.log).type.toBeCallableWith([order])
    expect(any.log).type.toBeCallableWith(Object.freeze([order]))
    expect(any.log).type.toBeCallableWith(new Set([order]))
    expect(any.log).type.toBeCallableWith(generated())
    expect(orders.log).type.toBeCallableWith(generated())
    expect(new ThreadRollingLogger().log).type.toBeCallableWith(order)
    expect(new BaseProcessRollingLogger<Note>().log).type.toBeCallableWith(order)
    expect(any.log).type.toBeCallableWith({} as { at?: Date })
  })

  test('so are an instance of a class, an empty row, and one of a generic type', () => {
    class Point {
      constructor(
        readonly x: number,
        readonly y: number,
      ) {}
      length = () => Math.hypot(this.x, this.y)
    }
    expect(any.log).type.toBeCallableWith(new Point(1, 2))
    expect(any.log).type.toBeCallableWith({})
    expect(any.log).type.toBeCallableWith({} as { then: string; iterator: number })
    const take = <T extends object>(row: T) => any.log(row)
    expect(take).type.toBeCallableWith({ price: 9.5 })
  })

  test('what is no row is an error', () => {
    const order: Order = { price: 9.5 }
    const refused = any.log
    expect(refused).type.not.toBeCallableWith(5)
    expect(refused).type.not.toBeCallableWith(null)
    expect(refused).type.not.toBeCallableWith(undefined)
    expect(refused).type.not.toBeCallableWith(Symbol('row'))
    expect(refused).type.not.toBeCallableWith(Promise.resolve(order))
    expect(refused).type.not.toBeCallableWith({} as PromiseLike<Order>)
    expect(refused).type.not.toBeCallableWith([Promise.resolve(order)])
    expect(refused).type.not.toBeCallableWith({} as AsyncIterable<Order>)
    expect(refused).type.not.toBeCallableWith(new Map([['a', order]]))
    expect(refused).type.not.toBeCallableWith(new WeakMap())
    expect(refused).type.not.toBeCallableWith(new Date())
    expect(refused).type.not.toBeCallableWith(/a/)
    expect(refused).type.not.toBeCallableWith(() => order)
    expect(refused).type.not.toBeCallableWith(Note)
    expect(refused).type.not.toBeCallableWith(new Uint8Array(1))
    expect(refused).type.not.toBeCallableWith(new ArrayBuffer(1))
    expect(refused).type.not.toBeCallableWith([1, 2])
    expect(refused).type.not.toBeCallableWith(['text'])
    expect(refused).type.not.toBeCallableWith(new Set(['text']))
    expect(refused).type.not.toBeCallableWith({} as unknown)
  })

  test('no row is taken for a message by column', () => {
    expect(orders.log).type.toBeCallableWith(columns({ price: [9.5] }))
    expect(orders.log).type.not.toBeCallableWith({ rows: 1 })
  })

  test('what is no row is no type of rows', () => {
    // @ts-expect-error Type 'string[]' does not satisfy the constraint 'RowLike'
    type _Lists = ProcessRollingLogger<string[]>
    // @ts-expect-error Type 'Date' does not satisfy the constraint 'RowLike'
    type _Dates = ThreadRollingLogger<Date>
    // @ts-expect-error Type 'string' does not satisfy the constraint 'RowLike'
    type _Texts = BaseProcessRollingLogger<Note, string>
    expect<ProcessRollingLogger<{ at: Date }>>().type.toBeAssignableTo<object>()
  })

  test('wrong keys and types are errors', () => {
    expect(orders.log).type.not.toBeCallableWith({ prize: 9.5 })
    expect(orders.log).type.not.toBeCallableWith({ price: '9.5' })
    expect(orders.log).type.not.toBeCallableWith([{ price: 9.5 }, {}])
    expect(any.log).type.not.toBeCallableWith('text')
    expect(new ThreadRollingLogger<Order>().log).type.not.toBeCallableWith({ prize: 9.5 })
  })
})

describe('what a call gives', () => {
  test('a boolean, or a promise where one waits', () => {
    expect(any.log({ a: 1 })).type.toBe<boolean>()
    expect(any.log({ a: 1 }, { sync: false })).type.toBe<boolean>()
    expect(any.log({ a: 1 }, { sync: true })).type.toBe<Promise<void>>()
    expect(any.log({ a: 1 }, { sync: 'written' })).type.toBe<Promise<void>>()
    expect(any.logRaw(Buffer.alloc(1))).type.toBe<boolean>()
    expect(any.logNdjson(Buffer.alloc(1), { sync: true })).type.toBe<Promise<void>>()
    expect(any.flush()).type.toBe<Promise<FlushResult>>()
    expect(any.getProfileViews()).type.toBe<Promise<ProfileView[]>>()
  })

  test('either of them, where it is not known whether one waits', () => {
    const sync = Boolean(process.argv.length)
    const options: LogOptions = {}
    const bytes = Buffer.alloc(1)
    expect(any.log({ a: 1 }, { sync })).type.toBe<boolean | Promise<void>>()
    expect(any.log({ a: 1 }, options)).type.toBe<boolean | Promise<void>>()
    expect(any.logRaw(bytes, { sync })).type.toBe<boolean | Promise<void>>()
    expect(any.logNdjson(bytes, { sync })).type.toBe<boolean | Promise<void>>()
    expect(any.logEmbeddings({ a: [1] }, { sync })).type.toBe<boolean | Promise<void>>()
    expect(any.send(new FlushMessage(), { sync })).type.toBe<boolean | Promise<void>>()
    expect(any.send(new FlushMessage(), { sync: true })).type.toBe<Promise<void>>()
    expect(any.send(new FlushMessage())).type.toBe<boolean>()
    const alone = new ThreadRollingLogger()
    expect(alone.log({ a: 1 }, { sync })).type.toBe<boolean | Promise<void>>()
    expect(alone.log({ a: 1 })).type.toBe<boolean>()
  })

  test('levels that there are not', () => {
    expect(any.log).type.not.toBeCallableWith({ a: 1 }, { sync: 'durable' })
  })
})

class Note {
  readonly text: string = ''
}

describe('data by column', () => {
  interface Prices {
    readonly price: Float64Array
    readonly country: readonly (string | null)[]
  }
  interface Titles {
    readonly title: number[][]
  }

  test('may be of an interface', () => {
    expect(columns).type.toBeCallableWith({} as Prices)
    expect(columns).type.toBeCallableWith({ price: Float64Array.of(1), country: ['DE'] })
    expect(any.logEmbeddings).type.toBeCallableWith({} as Titles)
    expect(any.logEmbeddings).type.toBeCallableWith({ title: { data: new Float32Array(2), dims: [1, 2] } })
  })

  test('is nothing else', () => {
    expect(columns).type.not.toBeCallableWith({ price: 1 })
    expect(columns).type.not.toBeCallableWith({} as Order)
    expect(columns).type.not.toBeCallableWith('text')
    expect(columns).type.not.toBeCallableWith([[1]])
    expect(columns).type.toBeCallableWith({} as Record<string, number[]>)
    expect(any.logEmbeddings).type.not.toBeCallableWith({ title: 'text' })
    expect(any.logEmbeddings).type.not.toBeCallableWith({} as Order)
  })
})

describe('messages of one’s own', () => {
  test('are taken where the logger knows them', () => {
    const logger = new BaseProcessRollingLogger<Note>()
    expect(logger.send).type.toBeCallableWith(new Note())
    expect(logger.send).type.toBeCallableWith(
      new LogMessage(0, { datasetId: 'd', timestamp: null, multiple: { columns: [], data: [] } }),
    )
    expect(logger.send).type.not.toBeCallableWith({ other: 1 })
    expect(any.send).type.not.toBeCallableWith(new Note())
    expect<Parameters<typeof logger.processBatch>[0]>().type.toBe<(Note | BuiltinMessageTypes)[]>()
  })
})

describe('options', () => {
  test('are an object or the class', () => {
    expect(ProcessRollingLogger).type.toBeConstructableWith(new LoggerOptions())
    expect(ProcessRollingLogger).type.toBeConstructableWith({
      aggregateBy: TimeGranularity.Month,
      writeSchedule: new Schedule(TimeGranularity.Hour, 1),
      queueType: QueueType.MP,
      writerFactory: new MemoryWriter(),
    })
    expect(ProcessRollingLogger).type.not.toBeConstructableWith({ agregateBy: 'Day' })
    expect(ProcessRollingLogger).type.not.toBeConstructableWith({ aggregateBy: 'Week' })
  })

  test('may be left out or undefined, also within a group', () => {
    const none: undefined = undefined
    expect(ProcessRollingLogger).type.toBeConstructableWith({ workers: none, limits: { maxColumns: none } })
    expect(ProcessRollingLogger).type.toBeConstructableWith({ queueConfig: { maxBatchSize: none } })
    expect(ProcessRollingLogger).type.toBeConstructableWith({ limits: { bucketWindow: { pastMs: 1 } } })
    expect(ProcessRollingLogger).type.toBeConstructableWith({ limits: { bucketWindow: null } })
    expect(ProcessRollingLogger).type.not.toBeConstructableWith({ limits: { bucketWindow: { past: 1 } } })
    expect(ProcessRollingLogger).type.not.toBeConstructableWith({ limits: { maxColumns: '5' } })
  })

  test('a factory gives a logger of one dataset', () => {
    expect({ createLogger: () => new ThreadRollingLogger() }).type.toBeAssignableTo<LoggerFactory>()
    expect({ createLogger: () => 5 }).type.not.toBeAssignableTo<LoggerFactory>()
  })

  test('a writer needs one method', () => {
    expect({ write: async (_: Writable) => {} }).type.toBeAssignableTo<Writer>()
    expect({ name: 'none' }).type.not.toBeAssignableTo<Writer>()
  })
})
