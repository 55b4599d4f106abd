/**
 * Values of a test case, and the generator that stands in for long lists: the same as python/values.py, where
 * docs/compatibility.md describes both. A value is a pair [kind, value]; integers beyond 2^53 are bigints.
 */

/** The 32-bit linear congruential generator of Numerical Recipes. */
export class Draws {
  constructor(seed) {
    this.state = seed >>> 0
  }

  next() {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0
    return this.state
  }

  /** The low bits of such a generator repeat early, so the low eight are left out. */
  below(bound) {
    return (this.next() >>> 8) % bound
  }

  /** Never a whole number: the last of its 32 binary places is always set. */
  fraction(low, span) {
    const draw = this.next()
    return low + (draw % span) + ((draw | 1) >>> 0) / 4294967296
  }
}

const SHAPES = {
  intRange: (draws, { low, span }) => ['integral', low + draws.below(span)],
  intUnique: (draws) => ['integral', draws.next() - 2147483648],
  fraction: (draws, { low, span }) => ['fractional', draws.fraction(low, span)],
  fractionFew: (draws, { distinct }) => ['fractional', draws.below(distinct) + 0.5],
  textFew: (draws, { prefix, distinct }) => ['text', prefix + draws.below(distinct)],
  textUnique: (draws, { prefix }) => ['text', prefix + draws.next()],
  textSkewed: (draws, { prefix, distinct }) => ['text', prefix + draws.below(draws.below(distinct) + 1)],
  bool: (draws, { of, trues }) => ['bool', draws.below(of) < trues],
  mix: (draws) => {
    const which = draws.below(3)
    if (which === 0) return ['integral', draws.below(1000) - 500]
    if (which === 1) return ['fractional', draws.fraction(-10, 20)]
    return ['text', `m${draws.below(50)}`]
  },
}

const REPEATED = { null: null, nan: Number.NaN, object: { a: 1 }, tensor: [1, 2] }

/** Every value of a step, in order. */
export function expand(step) {
  if (step.generator) {
    const draws = new Draws(step.generator.seed)
    const shape = SHAPES[step.generator.shape]
    return Array.from({ length: step.generator.count }, () => shape(draws, step.generator))
  }
  if (step.count !== undefined) return Array.from({ length: step.count }, () => [step.kind, REPEATED[step.kind]])
  return step.values.map((value) => [
    step.kind,
    step.kind === 'integral' && typeof value === 'string' ? BigInt(value) : value,
  ])
}

/** Every value of a column, in order. */
export function valuesOf(column) {
  return column.steps.flatMap(expand)
}

/**
 * Values as the steps that a child process is sent; runs of one kind become one step. `frame` puts each kind's values
 * together, in the order in which both sides go through a batch.
 */
export function stepsOf(values, mode) {
  const order = ['fractional', 'integral', 'text', 'bool', 'null', 'object', 'tensor']
  const sorted = mode === 'frame' ? order.flatMap((kind) => values.filter((value) => value[0] === kind)) : values
  const steps = []
  for (const [kind, value] of sorted) {
    let step = steps.at(-1)
    if (step?.kind !== kind) {
      step = kind in REPEATED ? { kind, count: 0 } : { kind, values: [] }
      steps.push(step)
    }
    if (step.values) step.values.push(kind === 'integral' && !Number.isSafeInteger(value) ? String(value) : value)
    else step.count += 1
  }
  return steps
}
