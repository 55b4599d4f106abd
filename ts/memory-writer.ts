import { InvalidOptionError } from './errors.js'
import { onOneLine, showAs } from './inspect.js'
import { text } from './option-checks.js'
import { received } from './received.js'
import { reading } from './refusal.js'
import type { Writable, Writer, WriterFactory } from './writers.js'

/**
 * Keeps what is written in memory, for tests; its own factory.
 *
 * @example
 * ```ts
 * const writer = new MemoryWriter()
 * const logger = new ProcessRollingLogger({ writerFactory: writer, writeSchedule: null })
 * logger.start()
 * logger.log({ price: 9.5 }, { datasetId: 'orders' })
 * await logger.close()
 * writer.of('orders')[0]?.view().columnNames // ['price']
 * ```
 */
export class MemoryWriter implements Writer, WriterFactory {
  /** What errors and warnings call it. */
  readonly name = 'memory'
  /** What was written, in that order. */
  readonly items: Writable[] = []

  static {
    showAs('MemoryWriter', MemoryWriter.prototype, ({ items }) => ({
      items: items.map(({ fileName, bytes }) => onOneLine({ fileName, bytes: bytes.byteLength })),
    }))
  }

  /** Keeps a profile. */
  write(item: Writable): void {
    if (typeof item !== 'object' || item === null) {
      throw new InvalidOptionError('item', `must be a Writable${received(item)}`)
    }
    // What it cannot read now, `of` cannot read later.
    reading('item', () => [item.datasetId, item.orgId])
    this.items.push(item)
  }

  /** What was written of a dataset. */
  of(datasetId: string, orgId: string | null = null): Writable[] {
    text('datasetId', datasetId ?? null)
    text('orgId', orgId ?? undefined)
    return this.items.filter((item) => item.datasetId === datasetId && item.orgId === (orgId || null))
  }

  /** Itself, for every dataset. */
  createWriters(): Writer[] {
    return [this]
  }
}
