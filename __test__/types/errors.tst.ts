/** The codes of errors, as the compiler knows them. */
import {
  type AnyRollingProfilesError,
  type ErrorCode,
  InvalidDataError,
  type ProcessRollingLogger,
  type QueueFullError,
  RollingProfilesError,
} from 'rolling-profiles'
import { describe, expect, test } from 'tstyche'

declare const logger: ProcessRollingLogger
declare const thrown: unknown

describe('the code of an error', () => {
  test('is one of the list', () => {
    if (!(thrown instanceof RollingProfilesError)) return
    expect(thrown.code).type.toBe<ErrorCode>()
    expect<ErrorCode>().type.toBeAssignableFrom<'ERR_QUEUE_FULL'>()
    expect<ErrorCode>().type.not.toBeAssignableFrom<'ERR_QUEUE_FUL'>()
  })

  test('is the one of its class', () => {
    expect<QueueFullError['code']>().type.toBe<'ERR_QUEUE_FULL'>()
    expect(new InvalidDataError('x').code).type.toBe<'ERR_INVALID_DATA'>()
  })

  test('is that of exactly one class', () => {
    expect<AnyRollingProfilesError['code']>().type.toBe<ErrorCode>()
    expect<Extract<AnyRollingProfilesError, { code: 'ERR_QUEUE_FULL' }>>().type.toBe<QueueFullError>()
  })

  test('tells the class of what an event tells', () => {
    logger.on('rejected', ({ error }) => {
      switch (error.code) {
        case 'ERR_INVALID_DATA':
          expect(error).type.toBe<InvalidDataError>()
          expect(error.row).type.toBe<number | null>()
          break
        case 'ERR_DATA_LOST':
          expect(error.pending).type.toBe<number>()
      }
    })
    logger.on('warning', (error) => expect(error).type.toBe<AnyRollingProfilesError>())
    logger.on('error', (error) => expect(error).type.toBe<AnyRollingProfilesError>())
    logger.on('writeFailed', ({ error }) => expect(error).type.toBe<AnyRollingProfilesError>())
  })
})
