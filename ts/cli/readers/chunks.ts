import { Buffer } from 'node:buffer'

/** A stream of bytes of which the beginning can be looked at before it is read. */
export class PeekableChunks implements AsyncIterable<Buffer> {
  readonly #source: AsyncIterator<Buffer, void>
  #held: Buffer[] = []

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]() as AsyncIterator<Buffer, void>
  }

  /** The first `size` bytes, or all there are. */
  async head(size: number): Promise<Buffer> {
    let length = this.#held.reduce((sum, chunk) => sum + chunk.length, 0)
    while (length < size) {
      const next = await this.#source.next()
      if (next.done) break
      this.#held.push(next.value)
      length += next.value.length
    }
    // The text decoder looks for a byte order mark in the first chunk, so what was held goes on as one.
    const joined = Buffer.concat(this.#held)
    this.#held = joined.length > 0 ? [joined] : []
    return joined.subarray(0, size)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const held = this.#held
    this.#held = []
    yield* held
    for (;;) {
      const next = await this.#source.next()
      if (next.done) return
      yield next.value
    }
  }
}
