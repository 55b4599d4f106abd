/** Time: buckets in UTC, schedules, and moments as callers give them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { importTs } from '../support/typescript.mjs'

const { granularityIndex, granularityMs, granularityOf, Schedule, TimeGranularity, toTimestampMs, truncateTimeMs } =
  await importTs('time.ts')
const { InvalidOptionError, InvalidTimestampError } = await importTs('errors.ts')

const LIMIT_MS = 8.64e15

test('a moment is cut to its bucket, in UTC', () => {
  const at = Date.UTC(2024, 1, 29, 14, 34, 56, 789)
  const starts = {
    Second: Date.UTC(2024, 1, 29, 14, 34, 56),
    Minute: Date.UTC(2024, 1, 29, 14, 34),
    Hour: Date.UTC(2024, 1, 29, 14),
    Day: Date.UTC(2024, 1, 29),
    Month: Date.UTC(2024, 1),
    Year: Date.UTC(2024, 0),
  }
  for (const [granularity, start] of Object.entries(starts))
    assert.equal(truncateTimeMs(at, granularity), start, granularity)
  assert.equal(truncateTimeMs(-1, 'Year'), Date.UTC(1969, 0), 'before 1970 it goes down as well')
  assert.equal(truncateTimeMs(Date.parse('0050-06-15T00:00Z'), 'Month'), Date.parse('0050-06-01T00:00Z'))
})

test('a bucket holds its moment, begins where it is cut again, and lies within every wider one', () => {
  const widths = Object.values(TimeGranularity)
  fc.assert(
    fc.property(
      fc.integer({ min: -LIMIT_MS + 366 * 86_400_000, max: LIMIT_MS }),
      fc.constantFrom(...widths),
      (ms, width) => {
        const start = truncateTimeMs(ms, width)
        assert.ok(start <= ms)
        assert.equal(truncateTimeMs(start, width), start)
        const wider = widths.slice(widths.indexOf(width))
        for (const other of wider) assert.equal(truncateTimeMs(start, other), truncateTimeMs(ms, other))
        const text = new Date(start).toISOString()
        const zeros = {
          Second: '.000Z',
          Minute: ':00.000Z',
          Hour: ':00:00.000Z',
          Day: 'T00:00:00.000Z',
          Month: '-01T00:00:00.000Z',
        }
        assert.ok(text.endsWith(zeros[width] ?? '-01-01T00:00:00.000Z'), text)
      },
    ),
  )
})

test('what no date stands for is refused', () => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -LIMIT_MS - 1, LIMIT_MS + 1]) {
    for (const width of ['Second', 'Year']) assert.throws(() => truncateTimeMs(ms, width), InvalidTimestampError)
    assert.throws(() => toTimestampMs(ms), InvalidTimestampError)
  }
  for (const moment of ['2024-01-01', 5n, null, undefined, {}, new Date(Number.NaN)]) {
    assert.throws(() => toTimestampMs(moment), InvalidTimestampError)
  }
  assert.throws(() => truncateTimeMs(-LIMIT_MS, 'Year'), InvalidTimestampError, 'a year that began before all dates')
  assert.equal(toTimestampMs(new Date(5)), 5)
  assert.equal(toTimestampMs(-0.5), -0.5)
})

test('a schedule has a known cadence and a positive integer', () => {
  const { cadence, interval } = new Schedule('Hour', 3)
  assert.deepEqual([cadence, interval], ['Hour', 3])
  for (const [cadence, interval] of [
    ['Week', 1],
    ['hourly', 1],
    [undefined, 1],
    ['Hour', 0],
    ['Hour', -1],
    ['Hour', 1.5],
    ['Hour', '1'],
  ]) {
    assert.throws(() => new Schedule(cadence, interval), InvalidOptionError)
  }
})

test('granularities have a name, a number and, but for months and years, a length', () => {
  const names = Object.values(TimeGranularity)
  assert.deepEqual(names.map(granularityIndex), [0, 1, 2, 3, 4, 5])
  assert.deepEqual(names.map(granularityMs), [1000, 60_000, 3_600_000, 86_400_000, null, null])
  assert.ok(names.every((name) => granularityOf('x', name) === name))
})

test('a granularity is taken in either case, and what is none is named with all there are', () => {
  for (const [given, name] of [
    ['hour', 'Hour'],
    ['HOUR', 'Hour'],
    ['Month', 'Month'],
  ]) {
    assert.equal(granularityOf('x', given), name)
    assert.equal(new Schedule(given, 1).cadence, name)
    assert.equal(truncateTimeMs(LIMIT_MS, given), truncateTimeMs(LIMIT_MS, name))
  }
  for (const none of ['Week', 'week', '', null, undefined, 0, Symbol('hour'), ['Hour']]) {
    assert.throws(() => truncateTimeMs(0, none), {
      code: 'ERR_INVALID_OPTION',
      message: /^granularity must be one of 'Second', 'Minute', 'Hour', 'Day', 'Month', 'Year'\. Received /,
    })
    assert.throws(() => new Schedule(none, 1), { message: /'Year'\. Received / })
  }
})
