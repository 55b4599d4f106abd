/** What a row is. */

/** A row: its columns by name. */
export type Row = Record<string, unknown>

/**
 * Any object that can be a row, also one whose type is an `interface` or a class. What `log` refuses
 * is refused by the compiler, as far as a type tells: arrays and other iterables, functions, promises,
 * dates, maps, buffers. What the compiler cannot tell, such as an `Error`, is refused when it is logged.
 */
export type RowLike = Row | (object & NoRow)

/** What things have that are no rows. */
interface NoRow {
  /** Iterables: arrays, sets, maps, typed arrays. */
  readonly [Symbol.iterator]?: never
  readonly [Symbol.asyncIterator]?: never
  /** Most built-in classes. */
  readonly [Symbol.toStringTag]?: never
  /** Dates. */
  readonly [Symbol.toPrimitive]?: never
  /** Regular expressions. */
  readonly [Symbol.match]?: never
  /** Functions and classes. */
  readonly [Symbol.hasInstance]?: never
  /** Promises: their `then` is a function. A column may have that name. */
  readonly then?: string | number | bigint | boolean | null | undefined
}
