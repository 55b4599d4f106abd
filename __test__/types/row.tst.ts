/** What the compiler takes and refuses. Checked by `types.test.mjs` beside it. */
import { describe, expect, test } from 'tstyche'
import {
  BaseProcessRollingLogger,
  type BuiltinMessageTypes,
  type DataDict,
  type FlushResult,
  type LoggerFactory,
  LoggerOptions,
  LogMessage,
  MemoryWriter,
  ProcessRollingLogger,
  type ProfileView,
  QueueType,
  Schedule,
  ThreadRollingLogger,
  TimeGranularity,
  type Writable,
  type Writer,
} from '../../dist/index.js'

interface Order {
  price: number
  country?: string
}
declare const orders: ProcessRollingLogger<Order>
declare const any: ProcessRollingLogger

describe('the type of a row', () => {
  test('right rows, and the wire form, are taken', () => {
    expect(orders.log).type.toBeCallableWith({ price: 9.5 })
    expect(orders.log).type.toBeCallableWith([{ price: 9.5, country: 'DE' }], { datasetId: 'orders' })
    expect(orders.log).type.toBeCallableWith({ columns: ['price'], data: [[9.5]] } satisfies DataDict)
    expect(any.log).type.toBeCallableWith({ anything: [1, new Date(), null] })
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

  test('levels that there are not', () => {
    expect(any.log).type.not.toBeCallableWith({ a: 1 }, { sync: 'durable' })
  })
})

class Note {
  readonly text: string = ''
}

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

  test('a factory gives a logger of one dataset', () => {
    expect({ createLogger: () => new ThreadRollingLogger() }).type.toBeAssignableTo<LoggerFactory>()
    expect({ createLogger: () => 5 }).type.not.toBeAssignableTo<LoggerFactory>()
  })

  test('a writer needs one method', () => {
    expect({ write: async (_: Writable) => {} }).type.toBeAssignableTo<Writer>()
    expect({ name: 'none' }).type.not.toBeAssignableTo<Writer>()
  })
})
