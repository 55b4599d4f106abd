import type { RowLike } from '../row.js'
import { BaseProcessRollingLogger } from './base-process-rolling-logger.js'

/**
 * Keeps statistical profiles of rows, per dataset and time bucket, on threads of its own, and writes them on a schedule. `TRow` is what a row is,
 * so that a wrong key is an error of the compiler.
 *
 * @example
 * ```ts
 * interface Order {
 *   price: number
 *   country?: string
 * }
 * const logger = new ProcessRollingLogger<Order>({ writerFactory: new LocalWriterFactory('./profiles') })
 * logger.start()
 * logger.log({ price: 9.5, country: 'DE' }, { datasetId: 'orders' })
 * await logger.close()
 * ```
 */
export class ProcessRollingLogger<TRow extends RowLike = RowLike> extends BaseProcessRollingLogger<never, TRow> {}
