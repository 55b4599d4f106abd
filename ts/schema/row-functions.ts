/**
 * What is found out about rows on the calling thread, before they cross: computed columns, segments by functions, conditions that are functions,
 * validators, and which metrics a column gets where a function says so.
 *
 * Rows are copied, never changed. Columns that are none of the data have names that begin with `HELPER`; the engine knows them from the plan.
 */
import { isRowLike, isWireForm } from '../encoder/row-set.js'
import { type AnyRollingProfilesError, InvalidDataError, UdfError } from '../errors.js'
import type { DatasetSchema } from './dataset-schema.js'
import { conditionColumn, filterColumn, segmentColumn } from './plan.js'
import type { AnyRow, Udf } from './rows.js'

type WritableRow = Record<string, unknown>

/** What row functions need of their logger. */
export interface RowPort {
  /** Tells of something that goes on nevertheless. */
  warn(warning: AnyRollingProfilesError): void
  /** A column is seen for the first time. */
  describe(column: string): void
}

export class RowFunctions {
  readonly #schema: DatasetSchema
  readonly #port: RowPort
  readonly #told = new Set<string>()
  readonly #described = new Set<string>()

  private constructor(schema: DatasetSchema, port: RowPort) {
    this.#schema = schema
    this.#port = port
  }

  /** `null`: nothing has to be found out. */
  static of(schema: DatasetSchema, port: RowPort): RowFunctions | null {
    return schema.needsRows ? new RowFunctions(schema, port) : null
  }

  /** The message with what was found out; anything that is no rows comes back as it is. */
  apply(data: unknown): unknown {
    if (Array.isArray(data)) return data.every(isRowLike) ? this.#rows(data as AnyRow[]) : data
    if (!isRowLike(data)) return data
    if (!isWireForm(data)) return this.#rows([data])[0]
    const { columns } = data
    if (data.data.some((values) => values.length !== columns.length)) return data
    return this.#rows(data.data.map((values) => Object.fromEntries(columns.map((name, at) => [name, values[at]]))))
  }

  /** Whether it gives the values of a column. */
  computes(column: string): boolean {
    return this.#schema.udfs.has(column)
  }

  #rows(given: readonly AnyRow[]): WritableRow[] {
    const rows: WritableRow[] = given.map(copy)
    for (const [name, udf] of this.#schema.udfs) this.#compute(name, udf, rows)
    for (const row of rows) this.#look(row)
    if (this.#schema.resolvers.asksByColumn) this.#describe(rows)
    return rows
  }

  #compute(name: string, udf: Udf, rows: readonly WritableRow[]): void {
    const { columns } = udf
    const able = rows.filter((row) => columns.every((column) => Object.hasOwn(row, column)))
    if (able.length === 0) return
    if ('batch' in udf) {
      const inputs = Object.fromEntries(columns.map((column) => [column, able.map((row) => row[column])]))
      const results = this.#try(name, () => udf.batch(inputs, able.length))
      const fits = results !== null && results.length === able.length
      if (results !== null && !fits) this.#tell(name, new RangeError(`it gave ${results.length} values`))
      for (const [index, row] of able.entries()) row[name] = fits ? results[index] : null
    } else {
      for (const row of able) row[name] = this.#try(name, () => udf.fn(row))
    }
  }

  #look(row: WritableRow): void {
    const { validators, identityColumn, jsConditions, partitions } = this.#schema
    // What is looked at is the data: helpers come last.
    const helpers: WritableRow = {}
    for (const [column, list] of validators) {
      const value = own(row, column)
      if (value === null || value === undefined) continue
      const identity = identityColumn === null ? undefined : own(row, identityColumn)
      for (const validator of list) {
        this.#try(`validator ${validator.name}`, () => validator.validate(column, value, identity))
      }
    }
    for (const { column, name, predicate } of jsConditions) {
      const value = own(row, column)
      if (value === null || value === undefined || typeof value === 'boolean' || Number.isNaN(value)) continue
      if (holds(predicate, value)) helpers[conditionColumn(column, name)] = true
    }
    for (const [index, { columns, map, filter }] of partitions.entries()) {
      if (filter !== null) helpers[filterColumn(index)] = this.#try('segment filter', () => filter(row)) === true
      if (map === null) continue
      const found = this.#try('segment map', () => map(row))
      const values = Array.isArray(found) ? found : [found]
      for (const place of columns.keys()) helpers[segmentColumn(index, place)] = values[place]
    }
    Object.assign(row, helpers)
  }

  #describe(rows: readonly WritableRow[]): void {
    for (const row of rows) {
      for (const column of Object.keys(row)) {
        if (this.#described.has(column)) continue
        this.#port.describe(column)
        this.#described.add(column)
      }
    }
  }

  /** `null` where it throws. */
  #try<T>(name: string, run: () => T): T | null {
    try {
      return run()
    } catch (cause) {
      this.#tell(name, cause)
      return null
    }
  }

  #tell(name: string, cause: unknown): void {
    if (this.#told.has(name)) return
    this.#told.add(name)
    this.#port.warn(new UdfError(name, { cause }))
  }
}

function copy(row: AnyRow, index: number): WritableRow {
  try {
    return { ...row }
  } catch (cause) {
    throw new InvalidDataError(`Reading row ${index} failed.`, index, null, { cause })
  }
}

/** What a row has itself: everything has a `constructor`. */
function own(row: AnyRow, column: string): unknown {
  return Object.hasOwn(row, column) ? row[column] : undefined
}

function holds(predicate: (value: unknown) => boolean, value: unknown): boolean {
  try {
    return predicate(value)
  } catch {
    return false
  }
}
