/**
 * The shapes in use, most recent first, within bounds of number and memory.
 *
 * A row that no shape takes widens the one it has most in common with, or else begins its own; so columns that come and go end in one arena.
 * The shape used longest ago is let go: its rows are submitted, its number goes back to the engine.
 */
import { InvalidDataError } from '../errors.js'
import { tuning } from '../tuning.js'
import { OpenBlock, type ValueLimits } from './open-block.js'
import { checkWidth, Shape, unionOf } from './shape.js'

/** A shape with its open blocks. */
export type BlockShape = Shape<OpenBlock>

/** The engine, as far as the encoder knows it. */
export interface BlockSink {
  registerShape(columns: string[]): number
  releaseShape(shape: number): void
  submit(block: OpenBlock): void
}

export interface ShapeLimits extends ValueLimits {
  readonly maxColumns: number
  readonly maxNameBytes: number
}

/** How much an encoder keeps, and when a block is full. */
export interface Bounds {
  readonly blockRows: number
  readonly shapes: number
  readonly arenaBytes: number
}

export const usualBounds = (): Bounds => ({
  blockRows: tuning.blockRows,
  shapes: 256,
  arenaBytes: 16 * 1024 * 1024,
})

/** As many get an arena for an order of columns of their own; past it, rows in another order are matched by name. */
const MAX_ORDERS = 32
/** A column's number in an exception is a u16. */
const MAX_BLOCK_COLUMNS = 0xffff
const LONE_SURROGATE = /\p{Surrogate}/u

export class Shapes {
  /** Most recently turned to first. */
  readonly recent: BlockShape[] = []
  readonly #sink: BlockSink
  readonly #limits: ShapeLimits
  readonly #bounds: Bounds
  #arenaBytes = 0

  constructor(sink: BlockSink, limits: ShapeLimits, bounds: Bounds) {
    this.#sink = sink
    this.#limits = limits
    this.#bounds = bounds
  }

  /** Memory of all arenas. */
  get arenaBytes(): number {
    return this.#arenaBytes
  }

  /** The shape with exactly these columns in this order. */
  exact(names: readonly string[]): BlockShape {
    const known = this.recent.find((shape) => shape.equals(names))
    if (known) return this.touch(known)
    return this.#create(names)
  }

  /** A shape that has all of `names`, and at most as many more. */
  covering(names: readonly string[]): BlockShape {
    let best: BlockShape | undefined
    let bestOverlap = 0
    for (const shape of this.recent) {
      const overlap = shape.overlap(names)
      if (overlap === names.length && overlap * 2 >= shape.names.length) {
        return overlap === shape.names.length && this.recent.length < MAX_ORDERS ? this.exact(names) : this.touch(shape)
      }
      if (overlap > bestOverlap) {
        best = shape
        bestOverlap = overlap
      }
    }
    if (!best) return this.#create(names)
    const union = best.names.length + names.length - bestOverlap
    if (bestOverlap * 2 < union || union > this.#maxColumns()) return this.#create(names)
    return this.#create(unionOf(best.names, names), best)
  }

  /** The open block of a shape for a lane; made when there is none. */
  open(shape: BlockShape, lane: number): OpenBlock {
    const open = shape.blocks[lane]
    if (open) return open
    const block = new OpenBlock(shape, lane, this.#limits, this.#bounds.blockRows)
    while (shape.blocks.length < lane) shape.blocks.push(undefined)
    shape.blocks[lane] = block
    this.#arenaBytes += block.memoryBytes
    this.#trim()
    return block
  }

  touch(shape: BlockShape): BlockShape {
    const place = this.recent.indexOf(shape)
    if (place > 0) {
      this.recent.copyWithin(1, 0, place)
      this.recent[0] = shape
    }
    return shape
  }

  /** Every open block, also empty ones. */
  *blocks(): Generator<OpenBlock> {
    for (const shape of this.recent) for (const block of shape.blocks) if (block) yield block
  }

  #maxColumns(): number {
    return Math.min(this.#limits.maxColumns, MAX_BLOCK_COLUMNS)
  }

  /** `replaced` is dropped first: a shape more than there may be could drop it otherwise, and it would go twice. */
  #create(names: readonly string[], replaced?: BlockShape): BlockShape {
    this.#check(names)
    if (replaced) this.#drop(replaced)
    const shape = new Shape<OpenBlock>(this.#sink.registerShape([...names]), names)
    this.recent.unshift(shape)
    this.#trim()
    return shape
  }

  #check(names: readonly string[]): void {
    checkWidth(names.length, this.#maxColumns())
    for (const name of names) {
      const { maxNameBytes } = this.#limits
      if (name.length * 3 > maxNameBytes && Buffer.byteLength(name) > maxNameBytes) {
        throw new InvalidDataError(
          'A column name is longer than limits.maxNameBytes allows.',
          null,
          `${name.slice(0, 32)}…`,
        )
      }
      if (LONE_SURROGATE.test(name)) throw new InvalidDataError('A column name has half a surrogate pair.')
    }
  }

  #trim(): void {
    const { shapes, arenaBytes } = this.#bounds
    while (this.recent.length > 1 && (this.recent.length > shapes || this.#arenaBytes > arenaBytes)) {
      const last = this.recent[this.recent.length - 1]
      if (!last) return
      this.#drop(last)
    }
  }

  #drop(shape: BlockShape): void {
    for (const block of shape.blocks) {
      if (!block) continue
      if (block.rows > 0) this.#sink.submit(block)
      this.#arenaBytes -= block.memoryBytes
    }
    shape.blocks.length = 0
    this.recent.splice(this.recent.indexOf(shape), 1)
    this.#sink.releaseShape(shape.id)
  }
}
