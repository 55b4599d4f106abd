/** Validators: conditions whose failures are told of, with samples. */

import { showAs } from '../inspect.js'
import { callable, entriesOf, integer, optionsOf, text } from '../option-checks.js'

/** Whether a value is as it should be. What it throws counts as neither. */
export type ValuePredicate<Value = unknown> = (value: Value) => boolean

/** A value that failed. */
export interface ValidationFailure {
  /** The name of the validator. */
  validator: string
  /** The name of the condition that failed. */
  condition: string
  /** The column. */
  column: string
  /** The value that failed. */
  value: unknown
  /** The row's value in `identityColumn`; `undefined`: there is none. */
  identity: unknown
}

/** What a {@link ConditionValidator} is made of. */
export interface ConditionValidatorOptions {
  /** What failures and warnings call it. */
  name: string
  /** What has to hold of each value, by name. */
  conditions: Record<string, ValuePredicate>
  /**
   * Told of every failure, on the calling thread. What it throws is told of once by the event `warning`.
   *
   * @default undefined
   */
  onFailure?: ((failure: ValidationFailure) => void) | undefined
  /**
   * How many failed values are kept; 0: none.
   *
   * @default 10
   */
  sampleSize?: number | undefined
}

const NAMES = new Set(['name', 'conditions', 'onFailure', 'sampleSize'])
const SAMPLE_SIZE = 10

/**
 * Looks at every value of a column that is not null, before it is logged: counts the failures of each condition, keeps a uniform sample of the values (or
 * identities) that failed, and tells who asked.
 *
 * @example
 * ```ts
 * const validator = new ConditionValidator({
 *   name: 'prices',
 *   conditions: { positive: (price) => typeof price === 'number' && price > 0 },
 *   onFailure: ({ condition, identity }) => console.warn(`${condition} failed for order ${identity}`),
 * })
 * new DatasetSchema({ validators: { price: [validator] }, identityColumn: 'order' })
 * ```
 */
export class ConditionValidator {
  /** What failures and warnings call it. */
  readonly name: string
  /** Values looked at. */
  total = 0
  readonly #conditions: readonly (readonly [string, ValuePredicate])[]
  readonly #failures = new Map<string, number>()
  readonly #onFailure: ((failure: ValidationFailure) => void) | null
  readonly #sampleSize: number
  readonly #samples: unknown[] = []
  #failed = 0

  static {
    showAs('ConditionValidator', ConditionValidator.prototype, ({ name, total, failures }) => ({
      name,
      total,
      failures,
    }))
  }

  /** Looks at values with the conditions of the options. @throws InvalidOptionError naming the option. */
  constructor(given: ConditionValidatorOptions) {
    const { name, conditions, onFailure = null, sampleSize } = optionsOf(given, NAMES, 'validator')
    this.name = text('validator.name', name ?? null) ?? ''
    this.#sampleSize = integer('validator.sampleSize', sampleSize, SAMPLE_SIZE, Number.MAX_SAFE_INTEGER, 0)
    this.#conditions = entriesOf('validator.conditions', conditions ?? {})
    for (const [condition, predicate] of this.#conditions) {
      callable(`validator.conditions.${condition}`, predicate)
      this.#failures.set(condition, 0)
    }
    this.#onFailure = onFailure === null ? null : callable('validator.onFailure', onFailure)
  }

  /** How many values failed each condition. */
  get failures(): Record<string, number> {
    return Object.fromEntries(this.#failures)
  }

  /** Values that failed, or the identities of their rows: all of them, or a uniform sample. */
  get samples(): unknown[] {
    return [...this.#samples]
  }

  /** Looks at a value. */
  validate(column: string, value: unknown, identity?: unknown): void {
    this.total++
    for (const [condition, predicate] of this.#conditions) {
      if (holds(predicate, value)) continue
      this.#failures.set(condition, (this.#failures.get(condition) ?? 0) + 1)
      this.#keep(identity ?? value)
      this.#onFailure?.({ validator: this.name, condition, column, value, identity })
    }
  }

  /** Reservoir sampling: Vitter, Random sampling with a reservoir, 1985, algorithm R. */
  #keep(value: unknown): void {
    this.#failed++
    if (this.#samples.length < this.#sampleSize) {
      this.#samples.push(value)
      return
    }
    const place = Math.floor(Math.random() * this.#failed)
    if (place < this.#sampleSize) this.#samples[place] = value
  }
}

function holds(predicate: ValuePredicate, value: unknown): boolean {
  try {
    return predicate(value) !== false
  } catch {
    return true
  }
}
