/**
 * The exact model: what each column of each profile has to say of the messages that were taken.
 *
 * A message is offered once. It is refused, dropped or accepted at that moment; what is accepted is
 * tracked, or rejected because it is bad. After a kill nobody knows which of the accepted ones were.
 */
import { summaryOf } from '../support/column-model.mjs'
import { bucketStart, placeOf, timeOf } from './messages.mjs'

const NULL = { kind: 'null' }

export class Model {
  /** What became of messages and rows. */
  offered = 0
  accepted = 0
  refused = 0
  dropped = 0
  tracked = 0
  trackedRows = 0
  /** Accepted, and bad: messages, and rows, of which some were in messages that are tracked. */
  rejected = 0
  rejectedRows = 0
  /** Accepted, of no segment. */
  unsegmented = 0
  /** How rows are told apart. */
  ways
  #maxValueBytes
  /** By dataset: the rows that were tracked, but those of no segment. */
  rowsByOwner = new Map()
  /** By place, by column: the cells. */
  #places = new Map()

  /** `settings`: those of the program. */
  constructor({ aggregateBy = 'Day', segments = false, valueBytes = 65_536 }) {
    this.ways = { aggregateBy, hasSegments: segments }
    this.#maxValueBytes = valueBytes
  }

  /** Counts the rows of a message that was accepted when the clock said `now`. */
  track(rows, now) {
    this.tracked++
    this.trackedRows += rows.length
    for (const row of rows) this.#takeRow(row, now)
  }

  /** Counts a message that was accepted, and rejected whole. */
  reject(rows) {
    this.rejected++
    this.rejectedRows += rows
  }

  #takeRow({ dataset, bucket, timeMs, cells, gaps, segment }, now) {
    if (this.ways.hasSegments && segment === null) {
      this.unsegmented++
      return
    }
    const { datasetId, orgId = null } = placeOf(dataset)
    const owner = ownerKey(orgId, datasetId)
    this.rowsByOwner.set(owner, (this.rowsByOwner.get(owner) ?? 0) + 1)
    const start = bucketStart(timeMs ?? timeOf(bucket) ?? now, this.ways.aggregateBy)
    const columns = entryOf(this.#places, placeKey(orgId, datasetId, start, segment), () => new Map())
    for (const [name, { cell }] of cells) entryOf(columns, name, () => []).push(cell)
    for (const name of gaps ?? []) entryOf(columns, name, () => []).push(NULL)
  }

  /** By place, by column: the cells. */
  get places() {
    return this.#places
  }

  /** What the column's cells say. */
  summary(cells) {
    return summaryOf(cells, this.#maxValueBytes)
  }
}

/** A dataset as a text. */
export const ownerKey = (orgId, datasetId) => JSON.stringify([orgId, datasetId])

/** A profile's place as a text; `segment`: the text of its key, `null` where there are no segments. */
export const placeKey = (orgId, datasetId, bucketMs, segment) => JSON.stringify([orgId, datasetId, bucketMs, segment])

/** The entry under `key`, made where there is none. */
export function entryOf(map, key, make) {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
