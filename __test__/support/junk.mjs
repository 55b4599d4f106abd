/** Calls with junk in every place, and what may come of them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { isPromise } from 'node:util/types'
import { RollingProfilesError } from '../../dist/index.js'
import { HOSTILE } from './hostile.mjs'

const documented = new Set(
  [...readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8').matchAll(/^\| `(ERR_\w+)`/gm)].map(
    ([, code]) => code,
  ),
)
/** Faults of the package itself: nothing that a caller gives may come to these. */
const FAULTS = ['ERR_INTERNAL', 'ERR_UNKNOWN_HANDLE', 'ERR_BLOCK_CORRUPT', 'ERR_ADDON_NOT_FOUND']
/** What the runtime says of what it cannot do. */
const RUNTIME = /\[object |is not a function|Cannot (read|convert)|not iterable|not a constructor|Symbol\(|napi/i
/** For calls that take nothing. */
const FEW = ['undefined', 'null', 'symbol', 'a revoked proxy', 'an empty object']

/** Holds what a call threw or rejected with against what is promised of errors. */
export function assertOurs(error, where) {
  assert.ok(error instanceof RollingProfilesError, `${where}: ${describe(error)}`)
  assert.ok(documented.has(error.code) && !FAULTS.includes(error.code), `${where}: ${describe(error)}`)
  assert.ok(typeof error.message === 'string' && error.message.length > 10, `${where}: says nothing`)
  assert.doesNotMatch(error.message, RUNTIME, where)
}

function describe(error) {
  try {
    return `${error?.name} ${error?.code} ${error?.stack ?? String(error)} ${error?.cause?.stack ?? ''}`
  } catch {
    return 'something that cannot be shown'
  }
}

/** Arguments with junk in one place, for each place and each kind of junk. */
export function* junkArguments(good) {
  if (good().length === 0) {
    for (const kind of FEW) yield [`(${kind})`, [HOSTILE[kind]()]]
    return
  }
  yield ['()', []]
  for (const path of placesIn(good(), 4)) {
    for (const [kind, makeJunk] of Object.entries(HOSTILE)) {
      const junk = makeJunk()
      yield [`${path.join('.')} = ${kind}`, replaced(good(), path, () => junk)]
    }
  }
  for (const [kind, makeJunk] of Object.entries(HOSTILE)) yield [`all ${kind}`, good().map(() => makeJunk())]
}

/** Paths to everything inside of `value`: of a list its first element alone. */
function* placesIn(value, depth, path = []) {
  if (depth === 0 || !isOpen(value)) return
  const keys = Array.isArray(value) && path.length > 0 ? [0].slice(0, value.length) : Object.keys(value)
  for (const key of keys) {
    yield [...path, key]
    yield* placesIn(value[key], depth - 1, [...path, key])
  }
}

/** What is made of fields that a caller sets. */
function isOpen(value) {
  if (Array.isArray(value)) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.getPrototypeOf(value) === Object.prototype || /Message$/.test(value.constructor.name)
}

/** A copy in which one place holds something else. */
function replaced(value, [key, ...rest], makeJunk) {
  const copy = Array.isArray(value) ? [...value] : Object.assign(Object.create(Object.getPrototypeOf(value)), value)
  copy[key] = rest.length === 0 ? makeJunk() : replaced(value[key], rest, makeJunk)
  return copy
}

/** Promises that came of calls, which all have to settle as they should. */
export class Settling {
  #open = new Map()

  /** Runs a call; gives what it gives, or `undefined` where it threw. */
  run(where, call) {
    let result
    try {
      result = call()
    } catch (error) {
      assertOurs(error, where)
      return undefined
    }
    if (isPromise(result)) this.#watch(where, result)
    return result
  }

  #watch(where, promise) {
    this.#open.set(
      where,
      promise.then(
        () => this.#open.delete(where),
        (error) => {
          assertOurs(error, where)
          this.#open.delete(where)
        },
      ),
    )
  }

  /** Resolves when all have settled; fails naming those that have not, long after they should have. */
  async end() {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`never settled: ${[...this.#open.keys()]}`)), 60_000)
    })
    try {
      await Promise.race([Promise.all(this.#open.values()), late])
    } finally {
      clearTimeout(timer)
    }
  }
}
