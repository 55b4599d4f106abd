/** Data that come by column, as the public face takes them. */
import type { RowLike } from '../row.js'

/** An array that has one type of number throughout. */
export type NumericArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array

/** The values of one column: typed throughout, or each of its own type as in a row. */
export type ColumnData = NumericArray | readonly unknown[]

/** Columns by name; an object of an `interface` or a class serves as well. */
export type Columns<T> = RowLike & { readonly [Name in keyof T]: ColumnData }

/** Embeddings by column; an object of an `interface` or a class serves as well. */
export type Embeddings<T> = RowLike & { readonly [Name in keyof T]: EmbeddingData }

/** What `columns` and `arrow` give: one message for `log`. */
export interface ColumnarMessage {
  /** Its rows; 0 where only reading it can tell. */
  readonly rows: number
  /** Tells it from a row with a column `rows`. */
  readonly [Symbol.toStringTag]: 'ColumnarMessage'
}

/** A record batch of the package `apache-arrow`, as far as it is looked at. */
export interface ArrowRecordBatch {
  /** Its columns. */
  readonly schema: ArrowSchema
  /** Their values. */
  readonly data: ArrowStruct
  /** How many rows it has. */
  readonly numRows: number
}

/** The columns of a record batch or table of `apache-arrow`. */
export interface ArrowSchema {
  /** A field a column. */
  readonly fields: readonly ArrowField[]
}

/** A column's name and type in `apache-arrow`. */
export interface ArrowField {
  /** The name of the column. */
  readonly name: unknown
}

/** The values of a record batch of `apache-arrow`. */
export interface ArrowStruct {
  /** The values of each column. */
  readonly children: readonly object[]
}

/** A table of the package `apache-arrow`, as far as it is looked at. */
export interface ArrowTable {
  /** Its columns. */
  readonly schema: ArrowSchema
  /** Its rows, in parts. */
  readonly batches: readonly ArrowRecordBatch[]
  /** How many rows it has. */
  readonly numRows: number
}

/** A tensor as its numbers and their dimensions. */
export interface TensorData {
  /** The numbers, in the order of rows. */
  readonly data: NumericArray
  /** How many there are in each dimension; their product is the number of numbers. */
  readonly dims: readonly number[]
}

/** Lists of numbers, to any depth. */
export type NestedNumbers = readonly (number | bigint | NumericArray | NestedNumbers)[]

/** A column's embedding: one tensor. */
export type EmbeddingData = NestedNumbers | NumericArray | TensorData
