/**
 * `limits.maxColumns` and `limits.maxSegments`: which messages, and which lines of one, there is no room for, by
 * themselves or with what their profiles have; and which rows go to the overflow segment.
 *
 * A profile's columns, and a bucket's segments, are those of the rows that were tracked since it was last taken to be
 * written. Messages are judged one after the other, each when the one before is tracked.
 */
import { bucketStart, fillGaps, isOfLines, placeOf, timeOf } from './messages.mjs'
import { badLinesOf } from './ndjson.mjs'
import { OVERFLOW } from './values.mjs'

const TOO_MANY = 'ERR_TOO_MANY_COLUMNS'

export class ColumnLimit {
  #most
  #mostSegments
  #aggregateBy
  #hasSegments
  /** What has been tracked. */
  #room

  constructor({ maxColumns, maxSegments = Number.POSITIVE_INFINITY, aggregateBy = 'Day', segments = false }) {
    this.#most = maxColumns
    this.#mostSegments = maxSegments
    this.#aggregateBy = aggregateBy
    this.#hasSegments = segments
    this.#room = new Room(maxColumns, maxSegments)
  }

  /**
   * What becomes of a message: `rows` that are tracked and `bad` lines that are left out, or the `codes` that it is
   * rejected with as a whole, and how many `rejectedRows` that makes. `take` notes that it was accepted.
   */
  judge(command, rows, now) {
    if (isOfLines(command.form)) return this.#judgeLines(command, rows, now)
    const names = namesOf(rows)
    // Of what is not read to its end, nobody knows how many rows it has.
    if (names.size > this.#most) return { rows, bad: [], codes: [TOO_MANY], rejectedRows: 0, take: () => {} }
    const room = this.#room.copy()
    const key = this.#keyOf(rows[0], now)
    const places = room.admit(key, this.#segmentsOf(rows), names)
    if (places === null) return { rows, bad: [], codes: [TOO_MANY], rejectedRows: rows.length, take: () => {} }
    return {
      rows,
      bad: [],
      codes: [],
      rejectedRows: rows.length,
      take: () => this.#take(room, rows, new Map([[key, places]]), now),
    }
  }

  #judgeLines(command, rows, now) {
    const room = this.#room.copy()
    const buckets = new Map()
    const unfit = new Set()
    rows.forEach((row, at) => {
      const key = this.#keyOf(row, now)
      const { names: known, segments, places } = buckets.get(key) ?? { names: new Set(), segments: new Set() }
      const names = union(known, namesOf([row], false))
      const all = union(segments, this.#segmentsOf([row]))
      const found = names.size > this.#most ? null : room.admit(key, all, names)
      if (found === null) unfit.add(at)
      else buckets.set(key, { names, segments: all, places: new Map([...(places ?? []), ...found]) })
    })
    const bad = badLinesOf(command, rows.length, (at) => (unfit.has(at) ? TOO_MANY : null))
    const fit = rows.filter((_, at) => !unfit.has(at))
    fillGaps(fit, this.#aggregateBy)
    const rejectedRows = rows.length + bad.length - unfit.size
    const places = new Map([...buckets].map(([key, bucket]) => [key, bucket.places]))
    const take = () => this.#take(room, fit, places, now)
    return { rows: fit, bad, codes: fit.length === 0 ? [bad[0].code] : [], rejectedRows, take }
  }

  #take(room, rows, places, now) {
    this.#room = room
    for (const row of rows) row.segment = places.get(this.#keyOf(row, now))?.get(row.segment) ?? row.segment
  }

  /** All profiles were taken to be written. */
  flush() {
    this.#room = new Room(this.#most, this.#mostSegments)
  }

  #segmentsOf(rows) {
    if (!this.#hasSegments) return new Set([null])
    return new Set(rows.map(({ segment }) => segment).filter((segment) => segment !== null))
  }

  #keyOf({ dataset, bucket, timeMs }, now) {
    return JSON.stringify([placeOf(dataset), bucketStart(timeMs ?? timeOf(bucket) ?? now, this.#aggregateBy)])
  }
}

/** What the open profiles have: their columns by bucket and segment. */
class Room {
  #most
  #mostSegments
  #columns

  constructor(most, mostSegments, columns = new Map()) {
    this.#most = most
    this.#mostSegments = mostSegments
    this.#columns = columns
  }

  copy() {
    return new Room(this.#most, this.#mostSegments, new Map(this.#columns))
  }

  /** Takes in what a message brings to all of `segments`; gives where each goes. `null`: there is no room, and nothing was taken in. */
  admit(key, segments, names) {
    const bucket = new Map(this.#columns.get(key))
    const places = new Map()
    for (const segment of segments) {
      const count = [...bucket.keys()].filter((known) => known !== OVERFLOW && known !== null).length
      const hasRoom = segment === null || bucket.has(segment) || count < this.#mostSegments
      const place = hasRoom ? segment : OVERFLOW
      places.set(segment, place)
      const known = bucket.get(place) ?? new Set()
      const all = union(known, names)
      if (all.size > known.size && all.size > this.#most) return null
      bucket.set(place, all)
    }
    this.#columns.set(key, bucket)
    return places
  }
}

const union = (left, right) => new Set([...left, ...right])

function namesOf(rows, hasGaps = true) {
  return new Set(rows.flatMap(({ cells, gaps = [] }) => [...cells.map(([name]) => name), ...(hasGaps ? gaps : [])]))
}
