/** Every promise that a program was given, and what became of each. */

const SETTLED = Symbol('settled')

export class Promises {
  #all = []

  get count() {
    return this.#all.length
  }

  /**
   * Watches a promise; `judge` says in the end what is wrong with its outcome, `null`: nothing; `then` is told of it
   * at once. Resolves when it has settled.
   */
  watch(what, promise, judge, then = () => {}) {
    const entry = { what, judge, outcome: null }
    entry.settled = Promise.resolve(promise).then(
      (value) => {
        entry.outcome = { value, code: null }
        then(entry.outcome)
      },
      (error) => {
        entry.outcome = { error, code: error?.code ?? `no code: ${error?.stack ?? String(error)}` }
        then(entry.outcome)
      },
    )
    this.#all.push(entry)
    return entry.settled
  }

  /** Resolves when all are settled, or after `patienceMs`. */
  async settle(patienceMs) {
    await within(Promise.all(this.#all.map(({ settled }) => settled)), patienceMs)
  }

  get unsettled() {
    return this.#all.filter(({ outcome }) => outcome === null).map(({ what }) => what)
  }

  /** What is wrong with the outcomes. */
  get faults() {
    return this.#all.flatMap(({ what, judge, outcome }) => {
      const fault = outcome === null ? 'never settles' : judge(outcome)
      return fault === null ? [] : [`${what} ${fault}`]
    })
  }
}

/** Waits for a promise, at most `ms`; whether it settled. */
export async function within(promise, ms) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  const first = await Promise.race([
    promise.then(
      () => SETTLED,
      () => SETTLED,
    ),
    late,
  ])
  clearTimeout(timer)
  return first === SETTLED
}

/** The verdict on a promise that is to resolve, or may reject with one of `codes`. */
export function resolvesOr(codes, { code }) {
  return code === null || codes.includes(code) ? null : `rejects with ${code}`
}

/** The verdict on a promise that has to reject with one of `codes`. */
export function rejectsWith(codes, { code }) {
  if (code === null) return `resolves, and should reject with ${codes.join(' or ')}`
  return codes.includes(code) ? null : `rejects with ${code}, not ${codes.join(' or ')}`
}
