/** A row as functions over rows see it. */
export type AnyRow = Readonly<Record<string, unknown>>

/**
 * A column computed from a row. Where a column of `columns` is missing in a row, so is the computed one. What it throws makes the value null, and is told of
 * once by the event `warning`.
 */
export type Udf = RowUdf | BatchUdf

/** One row at a time. */
export interface RowUdf {
  columns: readonly string[]
  fn: (row: AnyRow) => unknown
}

/** Many rows at once: gets an array a column, and gives an array as long. */
export interface BatchUdf {
  columns: readonly string[]
  batch: (columns: Readonly<Record<string, readonly unknown[]>>, rows: number) => ArrayLike<unknown>
}
