/** A row as functions over rows see it. */
import type { RowLike } from '../row.js'

/** A row of any columns. */
export type AnyRow = Readonly<Record<string, unknown>>

/** A row as the functions of a schema see it. Of a schema that is for any rows: with any columns. */
export type SchemaRow<TRow> = RowLike extends TRow ? AnyRow : Readonly<TRow>

/** What a column of these rows may be called. */
export type ColumnName<TRow> = RowLike extends TRow ? string : Extract<keyof TRow, string>

/** Something for each of the columns that it is given for. */
export type ByColumn<TRow, T> = RowLike extends TRow
  ? Readonly<Record<string, T>>
  : { readonly [Name in ColumnName<TRow>]?: T }

/** The values of rows by column: of the columns that were asked for. */
export type SchemaColumns<TRow> = RowLike extends TRow
  ? Readonly<Record<string, readonly unknown[]>>
  : { readonly [Name in keyof TRow]?: readonly TRow[Name][] }

/**
 * Lets the compiler tell schemas for different rows apart; no such member exists. Compared as methods are, so
 * that a schema for any rows fits rows of every type, and the other way round.
 */
export interface ForRows<TRow> {
  /** Never called. */
  row(row: TRow): void
}

/**
 * A column computed from a row. Where a column of `columns` is missing in a row, so is the computed one. What it throws makes the value null, and is told of
 * once by the event `warning`.
 */
export type Udf<TRow = RowLike> = RowUdf<TRow> | BatchUdf<TRow>

/** A computed column, one row at a time. */
export interface RowUdf<TRow = RowLike> {
  /** The columns that it needs. A row without one of them does not get the computed column. */
  columns: readonly ColumnName<TRow>[]
  /** Gives the value for a row. */
  fn: (row: SchemaRow<TRow>) => unknown
}

/** A computed column, many rows at once. */
export interface BatchUdf<TRow = RowLike> {
  /** The columns that it needs. Rows without one of them do not get the computed column. */
  columns: readonly ColumnName<TRow>[]
  /** Gets an array of values for each column that it needs, and how many rows there are. Gives as many values. */
  batch: (columns: SchemaColumns<TRow>, rows: number) => ArrayLike<unknown>
}
