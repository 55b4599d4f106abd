import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { importTs } from '../../support/typescript.mjs'

const { timeReader, epochTime } = await importTs('cli/timestamps.ts')

const read = (value, format = null) => timeReader(format)(value)
const iso = (value, format = null) => {
  const time = read(value, format)
  return time === null || Number.isNaN(time) ? time : new Date(time).toISOString()
}

/** Times within the years 1 to 9999, the range that is accepted. */
const times = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})

test('ISO dates and date-times; without a zone they are UTC', () => {
  const expected = {
    '2024-03-01': '2024-03-01T00:00:00.000Z',
    '2024-03-01T14:05': '2024-03-01T14:05:00.000Z',
    '2024-03-01 14:05:09': '2024-03-01T14:05:09.000Z',
    '2024-03-01T14:05:09.25': '2024-03-01T14:05:09.250Z',
    '2024-03-01T14:05:09,123456789Z': '2024-03-01T14:05:09.123Z',
    '2024-03-01T14:05:09Z': '2024-03-01T14:05:09.000Z',
    '2024-03-01T14:05:09+02:00': '2024-03-01T12:05:09.000Z',
    '2024-03-01T14:05:09-0530': '2024-03-01T19:35:09.000Z',
    '2024-03-01T14:05:09+02': '2024-03-01T12:05:09.000Z',
    ' 2024-03-01t14:05:09z ': '2024-03-01T14:05:09.000Z',
    '1928-07-15': '1928-07-15T00:00:00.000Z',
    '0099-01-01': '0099-01-01T00:00:00.000Z',
    '2024-12-31T24:00:00': '2025-01-01T00:00:00.000Z',
    '2016-12-31T23:59:60Z': '2017-01-01T00:00:00.000Z',
  }
  for (const [text, time] of Object.entries(expected)) assert.equal(iso(text), time, text)
})

test('yyyy/mm/dd with a time', () => {
  assert.equal(iso('2001/01/13 14:56'), '2001-01-13T14:56:00.000Z')
  assert.equal(iso('2001/01/13 14:56:07'), '2001-01-13T14:56:07.000Z')
  assert.equal(iso('2001/1/3 4:56'), '2001-01-03T04:56:00.000Z')
})

test('every time survives its own ISO form', () => {
  fc.assert(fc.property(times, (date) => read(date.toISOString()) === date.getTime() && read(date) === date.getTime()))
})

test('a time written with an offset is the same time', () => {
  const moderate = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(moderate, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, minutes) => {
      const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1)
      const size = Math.abs(minutes)
      const two = (number) => String(number).padStart(2, '0')
      const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
      assert.equal(read(local + offset), date.getTime())
    }),
  )
})

test('the size of a number says its unit', () => {
  const time = '2024-03-01T14:05:00.000Z'
  for (const value of [
    1709301900,
    '1709301900',
    1709301900000,
    '1709301900000',
    1709301900000000,
    1709301900000000000n,
  ]) {
    assert.equal(iso(value), time, String(value))
  }
  assert.equal(iso(1709301900.25), '2024-03-01T14:05:00.250Z')
  assert.equal(iso(-86400), '1969-12-31T00:00:00.000Z')
  assert.equal(epochTime(99_999_999_999), 99_999_999_999_000)
  assert.equal(epochTime(100_000_000_000), 100_000_000_000)
})

test('nothing is no time, and junk is an unreadable one', () => {
  for (const value of [null, undefined, '', '  ']) assert.equal(read(value), null)
  const junk = [
    'soon',
    '2024-13-01',
    '2024-02-30',
    '2023-02-29',
    '2024-00-10',
    '2024-01-00',
    '2024-03-01T25:00',
    '2024-03-01T24:01',
    '2024-03-01T10:60',
    '2024-03-01T10:00:61',
    '2024-03/01',
    '2024-03-01T10:00+25:00',
    '01/02/2024',
    true,
    {},
    [],
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date(Number.NaN),
    '2024-03-01T10:00Zulu',
    1e30,
  ]
  for (const value of junk) assert.equal(read(value), Number.NaN, String(value))
})

test('the same text twice gives the same answer', () => {
  const reader = timeReader(null)
  for (const value of ['2024-03-01', '2024-03-01', 'junk', 'junk', '', '', '2024-03-01']) {
    assert.equal(reader(value), read(value), value)
  }
})

test('any text is read or refused, never a surprise', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const time = read(text)
      return time === null || Number.isNaN(time) || Number.isInteger(time)
    }),
  )
})

test('patterns', () => {
  const cases = [
    ['MMM dd yyyy', 'Jun 12 1998', '1998-06-12T00:00:00.000Z'],
    ['MMMM d, yyyy', 'march 1, 2024', '2024-03-01T00:00:00.000Z'],
    ['dd.MM.yyyy HH:mm', '01.03.2024 14:05', '2024-03-01T14:05:00.000Z'],
    ['MM/dd/yy hh:mm a', '12/31/99 12:05 AM', '1999-12-31T00:05:00.000Z'],
    ['MM/dd/yy hh:mm a', '12/31/99 12:05 p.m.', '1999-12-31T12:05:00.000Z'],
    ['d/M/yyyy H:m:s', '1/3/2024 4:5:6', '2024-03-01T04:05:06.000Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2024-03-01T14:05:00.250+02:00', '2024-03-01T12:05:00.250Z'],
    ['yyyy-MM-ddTHH:mm:ssZ', '2024-03-01T14:05:00Z', '2024-03-01T14:05:00.000Z'],
    ['EEE MMM d yyyy', 'Fri Mar 1 2024', '2024-03-01T00:00:00.000Z'],
    ['yyyyMMdd', 20240301, '2024-03-01T00:00:00.000Z'],
    ['yyyy', '2024', '2024-01-01T00:00:00.000Z'],
    ["h 'o''clock' a, d.M.yy", "3 o'clock PM, 1.3.69", '2069-03-01T15:00:00.000Z'],
    ['epoch-seconds', '1709301900', '2024-03-01T14:05:00.000Z'],
    ['epoch-milliseconds', 1000, '1970-01-01T00:00:01.000Z'],
  ]
  for (const [format, value, time] of cases) assert.equal(iso(value, format), time, format)
})

test('what does not follow the pattern is unreadable', () => {
  const cases = [
    ['MMM dd yyyy', '1998-06-12'],
    ['MMM dd yyyy', 'Jux 12 1998'],
    ['MMM dd yyyy', 'Feb 30 1998'],
    ['hh:mm a yyyy', '13:00 PM 2024'],
    ['hh:mm a yyyy', '00:10 AM 2024'],
    ['epoch-seconds', 'today'],
    ['yyyy.MM', '2024x03'],
  ]
  for (const [format, value] of cases) assert.equal(read(value, format), Number.NaN, `${format} ${value}`)
})

test('a pattern gives back every minute it wrote', () => {
  const minutes = fc
    .integer({ min: -1_000_000_000, max: 4_000_000_000 })
    .map((minute) => new Date((minute * 60_000) / 60))
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  const two = (number) => String(number).padStart(2, '0')
  const reader = timeReader('d MMM yyyy, hh:mm:ss.SSS a')
  fc.assert(
    fc.property(minutes, (date) => {
      const hour = date.getUTCHours()
      const clock = `${two(hour % 12 || 12)}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
      const fraction = String(date.getUTCMilliseconds()).padStart(3, '0')
      const day = `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`
      assert.equal(reader(`${day}, ${clock}.${fraction} ${hour < 12 ? 'am' : 'PM'}`), date.getTime())
    }),
  )
})

test('a pattern that cannot name a time is refused', () => {
  for (const [format, words] of [
    ['%Y-%m-%d', /no token/],
    ['yyyy-qq', /"qq"/],
    ['HH:mm', /no year/],
    ['yyyy hh:mm', /AM or PM/],
  ]) {
    assert.throws(() => timeReader(format), { name: 'UserError', message: words })
  }
})
