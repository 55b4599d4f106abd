/** `columns` and `arrow`: messages by column. */
import { isRowLike } from '../encoder/row-set.js'
import { InvalidDataError, UnsupportedDataError } from '../errors.js'
import { showAs } from '../inspect.js'
import { bytesOf, type Crossing, Payload, RawKind, RawPayload } from '../logger/payload.js'
import type { ResolvedLimits } from '../options.js'
import { typeName } from '../received.js'
import { dataRefusalOf } from '../refusal.js'
import type { RowFunctions } from '../schema/row-functions.js'
import { FramePayload, FrameWriter } from './frame.js'
import { checkAttached, isNumericArray, writeTyped } from './typed.js'
import type { ColumnarMessage, ColumnData, Columns } from './types.js'
import { writeValues } from './values.js'

/** Columns as they were given: their values are read when they are logged. */
class ColumnsPayload extends Payload implements ColumnarMessage {
  override readonly rows: number
  readonly namesDataset: boolean = false
  readonly #columns: readonly (readonly [string, ColumnData])[]

  static {
    showAs('Columns', ColumnsPayload.prototype, (payload) => ({
      rows: payload.rows,
      columns: Object.fromEntries(payload.#columns.map(([name, values]) => [name, typeName(values)])),
    }))
  }

  constructor(columns: readonly (readonly [string, ColumnData])[]) {
    super()
    this.#columns = columns
    this.rows = checkLengths(columns)
  }

  override through(functions: RowFunctions): Payload {
    const rows = Array.from({ length: checkLengths(this.#columns) }, (_, row) =>
      Object.fromEntries(this.#columns.map(([name, values]) => [name, values[row]])),
    )
    const looked = functions.apply(rows) as Record<string, unknown>[]
    const found = new Set(looked.flatMap((row) => Object.keys(row)))
    const columns = this.#columns.filter(([name]) => !functions.computes(name))
    for (const [name] of columns) found.delete(name)
    const column = (name: string) =>
      [name, looked.map((row) => (Object.hasOwn(row, name) ? row[name] : undefined))] as const
    return new ColumnsPayload([...columns, ...[...found].map(column)])
  }

  prepare(limits: ResolvedLimits): Crossing {
    // Again: a buffer may have gone to another thread since, an array may have grown.
    const rows = checkLengths(this.#columns)
    const frame = new FrameWriter(limits)
    for (const [name, values] of this.#columns) {
      frame.column(name, 1)
      if (isNumericArray(values)) writeTyped(frame, values)
      else writeValues(frame, values, name)
    }
    return new FramePayload(frame, rows)
  }
}

/** @throws InvalidDataError */
function checkLengths(columns: readonly (readonly [string, ColumnData])[]): number {
  const rows = columns[0]?.[1].length ?? 0
  for (const [name, values] of columns) {
    if (isNumericArray(values)) checkAttached(values, name)
    if (values.length !== rows) {
      throw new InvalidDataError('The columns differ in length.', Math.min(rows, values.length), name)
    }
  }
  return rows
}

/**
 * Rows by column, for `log`: each column a typed array, which crosses without a look at its values, or an array of values as rows have them. A
 * typed array keeps its type: every number of a `Float64Array` is fractional, of an `Int32Array` integral. All columns are equally long.
 *
 * The values are read when they are logged, not before; afterwards the arrays are the caller's again.
 *
 * @throws UnsupportedDataError, InvalidDataError
 * @example
 * ```ts
 * logger.log(columns({ price: Float64Array.of(9.5, 12), country: ['DE', null] }), { datasetId: 'orders' })
 * ```
 */
export function columns<T extends Columns<T>>(data: T): ColumnarMessage {
  try {
    return payloadOf(data)
  } catch (error) {
    throw dataRefusalOf(error)
  }
}

function payloadOf(data: Record<string, ColumnData>): ColumnarMessage {
  if (!isRowLike(data)) throw new UnsupportedDataError(typeName(data))
  const entries = Object.entries<ColumnData>(data as Record<string, ColumnData>)
  for (const [name, values] of entries) {
    if (Array.isArray(values) || isNumericArray(values)) continue
    throw new InvalidDataError(`A column is no array but a ${typeName(values)}.`, null, name)
  }
  return new ColumnsPayload(entries)
}

/**
 * Rows as Arrow IPC bytes, a stream or a file (Feather), plain or compressed by LZ4 or zstd, for `log`; they are read on the engine's threads. The
 * bytes are copied when they are logged.
 *
 * @throws UnsupportedDataError
 * @example
 * ```ts
 * logger.log(arrow(readFileSync('orders.arrow')), { datasetId: 'orders' })
 * ```
 */
export function arrow(bytes: Uint8Array | ArrayBuffer): ColumnarMessage {
  return new RawPayload(RawKind.Arrow, bytesOf(bytes))
}
