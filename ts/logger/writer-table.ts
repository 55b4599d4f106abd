/** The writers that are called back, by the number under which the engine knows each. */
import type { Writer } from '../writers.js'

interface Entry {
  readonly id: number
  readonly writer: Writer
  /** How many open datasets it serves. */
  datasets: number
}

export class WriterTable {
  readonly #byId = new Map<number, Entry>()
  readonly #byWriter = new Map<Writer, Entry>()
  readonly #ofDataset = new Map<number, readonly Entry[]>()
  #lastId = 0

  /** The number of a writer; two datasets that share a writer share the number. */
  idOf(writer: Writer): number {
    return this.#entryOf(writer).id
  }

  get(id: number): Writer | undefined {
    return this.#byId.get(id)?.writer
  }

  /** Notes that dataset number `dataset` is written by these. */
  open(dataset: number, writers: readonly Writer[]): void {
    const entries = writers.flatMap((writer) => this.#byWriter.get(writer) ?? [])
    for (const entry of entries) entry.datasets++
    this.#ofDataset.set(dataset, entries)
  }

  /** Forgets a dataset; gives the writers that serve no other. */
  close(dataset: number): Writer[] {
    const unused: Writer[] = []
    for (const entry of this.#ofDataset.get(dataset) ?? []) {
      if (--entry.datasets > 0) continue
      this.#byId.delete(entry.id)
      this.#byWriter.delete(entry.writer)
      unused.push(entry.writer)
    }
    this.#ofDataset.delete(dataset)
    return unused
  }

  #entryOf(writer: Writer): Entry {
    const known = this.#byWriter.get(writer)
    if (known !== undefined) return known
    const entry: Entry = { id: ++this.#lastId, writer, datasets: 0 }
    this.#byId.set(entry.id, entry)
    this.#byWriter.set(writer, entry)
    return entry
  }
}
