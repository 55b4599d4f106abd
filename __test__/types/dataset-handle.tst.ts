/** The types of handles: `logger.dataset`. */
import { type DatasetHandle, type FlushResult, type LoggerStatus, ProcessRollingLogger } from 'rolling-profiles'
import { describe, expect, test } from 'tstyche'

interface Order {
  price: number
  country?: string
}
interface User {
  name: string
}
declare const logger: ProcessRollingLogger<Order>
declare const any: ProcessRollingLogger

describe('a handle of a dataset', () => {
  test('has the rows of its logger, or of its own', () => {
    expect(logger.dataset('orders')).type.toBe<DatasetHandle<Order>>()
    expect(any.dataset<User>('users')).type.toBe<DatasetHandle<User>>()
    expect(any.dataset('any').log).type.toBeCallableWith({ anything: 1 })
    expect(logger.dataset('orders').log).type.toBeCallableWith([{ price: 9.5 }])
    expect(logger.dataset('orders').log).type.not.toBeCallableWith({ prize: 9.5 })
    expect(any.dataset<User>('users').log).type.not.toBeCallableWith({ price: 9.5 })
  })

  test('takes no name of a dataset', () => {
    const { log } = logger.dataset('orders')
    expect(log).type.toBeCallableWith({ price: 9.5 }, { timestampMs: 0 })
    expect(log).type.not.toBeCallableWith({ price: 9.5 }, { datasetId: 'orders' })
    expect(log).type.not.toBeCallableWith({ price: 9.5 }, { orgId: 'eu' })
    expect(logger.dataset).type.toBeCallableWith('orders', { orgId: 'eu' })
    expect(logger.dataset).type.not.toBeCallableWith()
    expect(logger.dataset).type.not.toBeCallableWith('orders', 'eu')
  })

  test('answers as its logger does', () => {
    const orders = logger.dataset('orders')
    expect(orders.log({ price: 1 })).type.toBe<boolean>()
    expect(orders.log({ price: 1 }, { timestampMs: 0 })).type.toBe<boolean>()
    expect(orders.log({ price: 1 }, { sync: true })).type.toBe<Promise<void>>()
    expect(orders.log({ price: 1 }, { sync: true as boolean })).type.toBe<boolean | Promise<void>>()
    expect(orders.logNdjson(Buffer.alloc(1), { timestampColumn: 'at' })).type.toBe<boolean>()
    expect(orders.logEmbeddings({ title: [[1, 2]] }, { sync: 'written' })).type.toBe<Promise<void>>()
    expect(orders.flush()).type.toBe<Promise<FlushResult>>()
    expect(orders.status()).type.toBe<Promise<LoggerStatus>>()
  })

  test('is not assigned to one of other rows', () => {
    expect(logger.dataset('orders')).type.not.toBeAssignableTo<DatasetHandle<User>>()
  })
})

describe('options of a logger', () => {
  test('say what becomes of what is refused', () => {
    expect(ProcessRollingLogger).type.toBeConstructableWith({ onInvalid: 'event', onFull: 'drop' })
    expect(ProcessRollingLogger).type.not.toBeConstructableWith({ onInvalid: 'drop' })
  })

  test('tell of it by an event', () => {
    any.on('refused', ({ datasetId, orgId, error }) => {
      expect(datasetId).type.toBe<string | null>()
      expect(orgId).type.toBe<string | null>()
      if (error.code === 'ERR_INVALID_DATA') expect(error.row).type.toBe<number | null>()
    })
  })
})
