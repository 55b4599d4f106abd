/**
 * Questions about a value, which the engine answers on its own threads.
 *
 * As in the reference, things that cannot be compared give no answer, and then nothing that is made of it has one: such a value is not
 * counted. Whole texts are compared by code points; regular expressions run in linear time, without lookaround and backreferences.
 */
import { isRegExp } from 'node:util/types'
import { InvalidOptionError } from '../errors.js'
import { instance } from '../option-checks.js'
import { received } from '../received.js'
import { reading } from '../refusal.js'

/** What a value may be compared with. */
export type Operand = number | bigint | string

/** A predicate as it crosses. */
export type PredicateSpec =
  | { is: 'equal' | 'notEqual' | 'less' | 'lessOrEqual' | 'greater' | 'greaterOrEqual'; to: number | string | BigSpec }
  | { is: 'matches' | 'fullmatch' | 'search'; source: string; flags: string }
  | { is: 'null' | 'elsewhere' }
  | { is: 'and' | 'or'; of: PredicateSpec[] }
  | { is: 'not'; of: PredicateSpec }

interface BigSpec {
  bigint: string
}

/**
 * A question about a value; made by `greaterThan`, `matches`, `not` and the like.
 *
 * @example
 * ```ts
 * const schema = new DatasetSchema({
 *   conditions: { price: { sane: and(greaterThan(0), lessThan(10_000)) }, mail: { address: fullmatch(/[^@]+@[^@]+/) } },
 * })
 * ```
 */
export class Predicate {
  /** @internal */
  readonly spec: PredicateSpec

  /** @internal */
  constructor(spec: PredicateSpec) {
    this.spec = spec
  }

  /** Both hold. */
  and(other: Predicate): Predicate {
    return and(this, other)
  }

  /** One of both holds. */
  or(other: Predicate): Predicate {
    return or(this, other)
  }
}

function compared(is: 'equal' | 'notEqual' | 'less' | 'lessOrEqual' | 'greater' | 'greaterOrEqual', to: Operand) {
  if (typeof to === 'bigint') return new Predicate({ is, to: { bigint: String(to) } })
  if (typeof to !== 'string' && !(typeof to === 'number' && Number.isFinite(to))) {
    throw new InvalidOptionError('predicate', `must compare with a string, a bigint or a finite number${received(to)}`)
  }
  return new Predicate({ is, to })
}

function matching(is: 'matches' | 'fullmatch' | 'search', pattern: RegExp | string): Predicate {
  if (typeof pattern === 'string') return new Predicate({ is, source: pattern, flags: '' })
  if (!isRegExp(pattern))
    throw new InvalidOptionError('predicate', `must be a regular expression or a string${received(pattern)}`)
  const { source, flags } = reading('predicate', () => ({
    source: String(pattern.source),
    flags: String(pattern.flags),
  }))
  return new Predicate({ is, source, flags })
}

function specs(predicates: readonly Predicate[]): PredicateSpec[] {
  return predicates.map((predicate) => instance('predicate', predicate, Predicate).spec)
}

/**
 * The value is `operand`: 5 is 5.0, and no text is a number.
 *
 * @example
 * ```ts
 * const conditions = { country: { home: equals('DE') } }
 * ```
 */
export function equals(operand: Operand): Predicate {
  return compared('equal', operand)
}

/**
 * The value is not `operand`; this holds also of what cannot be compared.
 *
 * @example
 * ```ts
 * const conditions = { country: { abroad: notEqual('DE') } }
 * ```
 */
export function notEqual(operand: Operand): Predicate {
  return compared('notEqual', operand)
}

/**
 * The value is below `operand`.
 *
 * @example
 * ```ts
 * const conditions = { price: { cheap: lessThan(10) } }
 * ```
 */
export function lessThan(operand: Operand): Predicate {
  return compared('less', operand)
}

/**
 * The value is `operand` or below.
 *
 * @example
 * ```ts
 * const conditions = { price: { cheap: lessOrEquals(10) } }
 * ```
 */
export function lessOrEquals(operand: Operand): Predicate {
  return compared('lessOrEqual', operand)
}

/**
 * The value is above `operand`.
 *
 * @example
 * ```ts
 * const conditions = { price: { positive: greaterThan(0) } }
 * ```
 */
export function greaterThan(operand: Operand): Predicate {
  return compared('greater', operand)
}

/**
 * The value is `operand` or above.
 *
 * @example
 * ```ts
 * const conditions = { price: { notNegative: greaterOrEquals(0) } }
 * ```
 */
export function greaterOrEquals(operand: Operand): Predicate {
  return compared('greaterOrEqual', operand)
}

/**
 * The value is a text that the expression matches from its start.
 *
 * @example
 * ```ts
 * const conditions = { id: { ours: matches(/user-/) } }
 * ```
 */
export function matches(pattern: RegExp | string): Predicate {
  return matching('matches', pattern)
}

/**
 * The value is a text that the expression matches as a whole.
 *
 * @example
 * ```ts
 * const conditions = { zip: { german: fullmatch(/\d{5}/) } }
 * ```
 */
export function fullmatch(pattern: RegExp | string): Predicate {
  return matching('fullmatch', pattern)
}

/**
 * The value is a text in which the expression matches somewhere.
 *
 * @example
 * ```ts
 * const conditions = { text: { shouts: search(/[A-Z]{5}/) } }
 * ```
 */
export function search(pattern: RegExp | string): Predicate {
  return matching('search', pattern)
}

/**
 * The value is null, undefined or NaN. `total` counts no nulls all the same.
 *
 * @example
 * ```ts
 * const conditions = { mail: { missing: or(isNull(), equals('')) } }
 * ```
 */
export function isNull(): Predicate {
  return new Predicate({ is: 'null' })
}

/**
 * All hold; they are asked in order, up to the first that does not.
 *
 * @example
 * ```ts
 * const conditions = { price: { sane: and(greaterThan(0), lessThan(10_000)) } }
 * ```
 */
export function and(...predicates: Predicate[]): Predicate {
  return new Predicate({ is: 'and', of: specs(predicates) })
}

/**
 * One holds; they are asked in order, up to the first that does.
 *
 * @example
 * ```ts
 * const conditions = { country: { dach: or(equals('DE'), equals('AT'), equals('CH')) } }
 * ```
 */
export function or(...predicates: Predicate[]): Predicate {
  return new Predicate({ is: 'or', of: specs(predicates) })
}

/**
 * It does not hold.
 *
 * @example
 * ```ts
 * const conditions = { text: { plain: not(search(/<[a-z]+>/)) } }
 * ```
 */
export function not(predicate: Predicate): Predicate {
  return new Predicate({ is: 'not', of: specs([predicate])[0] as PredicateSpec })
}

/** What the engine cannot answer: matches come with the rows. */
export const ELSEWHERE: PredicateSpec = { is: 'elsewhere' }
