/** Tables and record batches of the package `apache-arrow`, recognised by their form: the package itself is not needed. */
import { InvalidDataError, UnsupportedDataError } from '../errors.js'
import { type Crossing, isForeignPayload, Payload } from '../logger/payload.js'
import type { ResolvedLimits } from '../options.js'
import { type ArrowData, ArrowWriter } from './arrow-data.js'
import { FramePayload, FrameWriter } from './frame.js'

interface Batch {
  readonly data: ArrowData
}

/** A table, or a batch as a table of one. */
interface Table {
  readonly schema: { readonly fields: readonly { readonly name: unknown }[] }
  readonly batches: readonly Batch[]
}

/** `data` as a message that crosses without being encoded, or `null` where it is rows. */
export function payloadOf(data: unknown): Payload | null {
  if (typeof data !== 'object' || data === null) return null
  if (data instanceof Payload) return data
  if (isForeignPayload(data)) {
    throw new UnsupportedDataError('message of another copy of rolling-profiles', 'import the package once')
  }
  const table = tableOf(data)
  return table === null ? null : new ArrowPayload(table)
}

function tableOf(value: object): Table | null {
  if (Array.isArray(value) || !('schema' in value) || !('numRows' in value)) return null
  const { schema } = value as { schema: unknown }
  if (typeof schema !== 'object' || schema === null || !Array.isArray((schema as { fields?: unknown }).fields)) {
    return null
  }
  if ('batches' in value && Array.isArray(value.batches)) return value as Table
  if ('data' in value && isBatch(value)) return { schema: schema as Table['schema'], batches: [value] }
  return null
}

function isBatch(value: object): value is Batch {
  const { data } = value as { data?: { children?: unknown; length?: unknown } | null }
  return typeof data === 'object' && data !== null && Array.isArray(data.children) && typeof data.length === 'number'
}

/** Its buffers are looked up when it is logged, and copied once it is admitted. */
class ArrowPayload extends Payload {
  readonly namesDataset: boolean = false
  readonly #table: Table

  constructor(table: Table) {
    super()
    this.#table = table
  }

  prepare(limits: ResolvedLimits): Crossing {
    const { schema, batches } = this.#table
    const frame = new FrameWriter(limits)
    const writer = new ArrowWriter(frame)
    let rows = 0
    for (const batch of batches) {
      if (!isBatch(batch)) throw new InvalidDataError('An Arrow table has a batch that is none.')
      rows += batch.data.length
    }
    schema.fields.forEach((field, index) => {
      const name = String(field.name)
      frame.column(name, batches.length)
      for (const { data } of batches) {
        const child = data.children[index]
        if (child === undefined) throw new InvalidDataError('An Arrow batch lacks a column.', null, name)
        writer.write(child, name)
      }
    })
    return new FramePayload(frame, rows)
  }
}
