import { TooManyColumnsError } from '../errors.js'
import { RowWriters } from './row-writer.js'

/** @throws TooManyColumnsError where a message has more than `most` columns */
export function checkWidth(columns: number, most: number): void {
  if (columns > most) throw new TooManyColumnsError(`A message has more than ${most} columns (limits.maxColumns).`)
}

/** The columns that rows have in common, in their order, and the open blocks of such rows. */
export class Shape<Block> {
  /** The engine's number for it. */
  readonly id: number
  readonly names: readonly string[]
  readonly index: ReadonlyMap<string, number>
  /** Whether a row of it may be the wire form, `{ columns, data }`. */
  readonly maybeWire: boolean
  readonly writers: RowWriters
  /** By lane. */
  readonly blocks: (Block | undefined)[] = []

  constructor(id: number, names: readonly string[]) {
    this.id = id
    this.names = names
    this.writers = new RowWriters(names)
    this.index = new Map(names.map((name, column) => [name, column]))
    this.maybeWire = this.index.has('columns') && this.index.has('data')
  }

  /** How many of `names` it has. */
  overlap(names: readonly string[]): number {
    let count = 0
    for (const name of names) if (this.index.has(name)) count++
    return count
  }

  /** Whether it has exactly these columns in this order. */
  equals(names: readonly string[]): boolean {
    return names.length === this.names.length && names.every((name, column) => name === this.names[column])
  }
}

/** The columns of both, each list's order kept as far as the two agree. */
export function unionOf(names: readonly string[], more: readonly string[]): string[] {
  const known = new Set(names)
  const before = new Map<string, string[]>()
  let waiting: string[] = []
  for (const name of more) {
    if (known.has(name)) {
      if (waiting.length > 0) before.set(name, waiting)
      waiting = []
    } else {
      waiting.push(name)
    }
  }
  const union: string[] = []
  for (const name of names) union.push(...(before.get(name) ?? []), name)
  return [...union, ...waiting]
}
