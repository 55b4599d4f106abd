/** What a caller may hand over by mistake or malice, where a row, options or bytes belong: a fresh one each time. */
import { createRequire } from 'node:module'
import vm from 'node:vm'

/** The package once more, with classes of its own. */
const twin = createRequire(import.meta.url)('../../dist/index.cjs')

const fail = () => {
  throw new Error('told to fail')
}

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

function detached(view) {
  structuredClone(view.buffer, { transfer: [view.buffer] })
  return view
}

function circular() {
  const row = { a: 1 }
  row.self = row
  return row
}

function* endless() {
  for (let n = 0; ; n++) yield { n }
}

/** By name, how each is made. */
export const HOSTILE = {
  undefined: () => undefined,
  null: () => null,
  number: () => 5,
  nan: () => Number.NaN,
  bigint: () => 5n,
  true: () => true,
  text: () => 'text',
  symbol: () => Symbol('symbol'),
  function: () => () => {},
  class: () => class Own {},
  'an empty object': () => ({}),
  'an object without a prototype': () => Object.create(null),
  'an own class': () => new (class Own {})(),
  'a revoked proxy': () => revoked({}),
  'a revoked proxy of an array': () => revoked([]),
  'a revoked function': () => revoked(() => {}),
  'a proxy whose every trap throws': () => new Proxy({ a: 1 }, new Proxy({}, { get: () => fail })),
  'a proxy whose traps throw nothing': () =>
    new Proxy(
      { a: 1 },
      {
        ownKeys: () => {
          throw undefined
        },
      },
    ),
  'a getter that throws': () => Object.defineProperty({}, 'a', { enumerable: true, get: fail }),
  'a getter that throws a frozen object': () =>
    Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw Object.freeze(Object.create(null))
      },
    }),
  'a value that cannot be text': () => ({ a: { toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail } }),
  'a symbol as a value': () => ({ a: Symbol('value') }),
  'a revoked proxy as a value': () => ({ a: revoked({}) }),
  'a circular object': circular,
  'an array of odd things': () => [null, undefined, 5, Symbol('element'), revoked({})],
  'an array with holes': () => new Array(3),
  'rows, and a bad one last': () => [{ a: 1 }, { a: 2 }, Symbol('row')],
  'the wire form, too short': () => ({ columns: ['a', 'b'], data: [[1]] }),
  'the wire form of a proxy': () => ({ columns: ['a'], data: [revoked([])] }),
  'an endless iterable': () => endless(),
  'an iterable that throws': () => ({ [Symbol.iterator]: fail }),
  'an iterator that gives junk': () => ({ [Symbol.iterator]: () => ({ next: () => 5 }) }),
  'an async iterable': () => ({ [Symbol.asyncIterator]: fail }),
  'a promise': () => Promise.resolve({ a: 1 }),
  'a date': () => new Date(Number.NaN),
  'a map': () => new Map([['a', 1]]),
  'a set': () => new Set([{ a: 1 }]),
  'an error': () => new Error('error'),
  'a detached array': () => detached(new Float64Array(4)),
  'detached bytes': () => detached(new Uint8Array(4)),
  'a detached buffer': () => detached(new Uint8Array(4)).buffer,
  'a detached value': () => ({ a: detached(new Float64Array(4)) }),
  bytes: () => Buffer.from('{"datasetId": 5'),
  'shared bytes': () => new Uint8Array(new SharedArrayBuffer(8)),
  'a row of another realm': () => vm.runInNewContext('({ a: 1 })'),
  'rows of another realm': () => vm.runInNewContext('[{ a: 1 }, { b: 2 }]'),
  'an error of another realm': () => vm.runInNewContext('new Error("error")'),
  'bytes of another realm': () => vm.runInNewContext('new Uint8Array(4)'),
  'a payload of another copy': () => ({ [Symbol.for('rolling-profiles:payload')]: true }),
  'options, as if they were a row': () => ({ datasetId: 'd', sync: false }),
  false: () => false,
  'minus zero': () => -0,
  infinity: () => Number.POSITIVE_INFINITY,
  'a number past all integers': () => 2 ** 53,
  'minus one': () => -1,
  'a fraction': () => 1.5,
  'an empty text': () => '',
  'half a character': () => '\ud800',
  'a long text': () => 'x'.repeat(200_000),
  'a regular expression': () => /a/g,
  'a weak map': () => new WeakMap(),
  'a rejected promise': () => {
    const promise = Promise.reject(new Error('told to fail'))
    promise.catch(() => {})
    return promise
  },
  'an object whose every conversion throws': () => ({
    a: 1,
    toString: fail,
    valueOf: fail,
    toJSON: fail,
    [Symbol.toPrimitive]: fail,
  }),
  'an object whose class throws': () => Object.defineProperty({}, 'constructor', { get: fail }),
  'an object whose tag throws': () => Object.defineProperty({}, Symbol.toStringTag, { get: fail }),
  'an object whose then throws': () => Object.defineProperty({ a: 1 }, 'then', { get: fail }),
  'nested arrays': () => [[1, [2, [undefined]]], []],
  'a data view': () => new DataView(new ArrayBuffer(8)),
  'a view of a buffer that shrank': () => {
    const buffer = new ArrayBuffer(8, { maxByteLength: 16 })
    const view = new Uint8Array(buffer, 4)
    buffer.resize(2)
    return view
  },
  'a shared buffer': () => new SharedArrayBuffer(8),
  'an address': () => new URL('file:///nowhere/at/all.bin'),
  'a map of another realm': () => vm.runInNewContext('new Map()'),
  'a date of another realm': () => vm.runInNewContext('new Date(NaN)'),
  'columns of another copy': () => twin.columns({ a: [1] }),
  'a message of another copy': () => new twin.LogMessage(0, { datasetId: 'd', timestamp: null, multiple: { a: 1 } }),
  'a schema of another copy': () => new twin.DatasetSchema(),
  'a predicate of another copy': () => twin.isNull(),
  'an error of another copy': () => new twin.ClosedError(),
}

/** Options that no call takes, or that harm those who look at them. */
export const HOSTILE_OPTIONS = {
  'a dataset that is a number': () => ({ datasetId: 5 }),
  'a dataset that is a symbol': () => ({ datasetId: Symbol('dataset') }),
  'a dataset that is an object': () => ({ datasetId: { toString: fail } }),
  'an organisation that is a number': () => ({ datasetId: 'junk', orgId: 5 }),
  'an organisation that is a revoked proxy': () => ({ datasetId: 'junk', orgId: revoked({}) }),
  'a time that is a text': () => ({ datasetId: 'junk', timestampMs: '2026' }),
  'a time that is a symbol': () => ({ datasetId: 'junk', timestampMs: Symbol('time') }),
  'a time that is a revoked proxy': () => ({ datasetId: 'junk', timestampMs: revoked(new Date()) }),
  'a time that is no date': () => ({ datasetId: 'junk', timestampMs: new Date(Number.NaN) }),
  'a time out of range': () => ({ datasetId: 'junk', timestampMs: 1e300 }),
  'a signal that is none': () => ({ datasetId: 'junk', signal: 5 }),
  'a signal that throws': () => ({ datasetId: 'junk', signal: revoked({}) }),
  'a getter that throws': () => ({
    get datasetId() {
      return fail()
    },
  }),
  'a sync that throws': () => ({
    get sync() {
      return fail()
    },
  }),
  'a misspelt name': () => ({ datasetID: 'junk' }),
}
