/**
 * `limits.maxColumns`: which messages, and which lines of one, have too many columns, by themselves or
 * with what their profile has.
 *
 * A profile's columns are those of the rows that were tracked since it was last taken to be written.
 */
import { bucketStart, fillGaps, isOfLines, placeOf, timeOf } from './messages.mjs'
import { badLinesOf } from './ndjson.mjs'

const TOO_MANY = 'ERR_TOO_MANY_COLUMNS'

export class ColumnLimit {
  #most
  #aggregateBy
  /** Whether it is known which columns a profile has: with one worker, and where nothing is written unasked. */
  #isExact
  /** By profile: the names of its columns. */
  #known = new Map()
  /** The same of all that was offered, written or not. */
  #offered = new Map()

  constructor({ maxColumns, workers = 1, schedule, profileBytes, aggregateBy = 'Day' }) {
    this.#most = maxColumns
    this.#aggregateBy = aggregateBy
    this.#isExact = workers === 1 && !schedule && !profileBytes
  }

  /**
   * What becomes of a message: `rows` that are tracked and `bad` lines that are left out, or the `codes` that it may
   * be rejected with as a whole, and how many `rejectedRows` that makes; `isSure`: it is. `take` notes that it was accepted.
   */
  judge(command, rows, now) {
    if (isOfLines(command.form)) return this.#judgeLines(command, rows, now)
    const [first] = rows
    const columns = new Map([[this.#keyOf(first, now), namesOf(rows)]])
    const isWide = [...columns.values()].some(({ size }) => size > this.#most)
    // Of what is not read to its end, nobody knows how many rows it has.
    if (isWide) return { rows, bad: [], codes: [TOO_MANY], isSure: true, rejectedRows: 0, take: () => {} }
    return { rows, bad: [], ...this.#judgeColumns(columns, rows.length) }
  }

  #judgeLines(command, rows, now) {
    const columns = new Map()
    const unfit = new Set()
    rows.forEach((row, at) => {
      const key = this.#keyOf(row, now)
      const names = new Set([...(columns.get(key) ?? []), ...namesOf([row], false)])
      if (names.size > this.#most) unfit.add(at)
      else columns.set(key, names)
    })
    const bad = badLinesOf(command, rows.length, (at) => (unfit.has(at) ? TOO_MANY : null))
    const fit = rows.filter((_, at) => !unfit.has(at))
    fillGaps(fit, this.#aggregateBy)
    const rejectedRows = rows.length + bad.length - unfit.size
    if (fit.length === 0) return { rows: fit, bad, codes: [bad[0].code], isSure: true, rejectedRows, take: () => {} }
    return { rows: fit, bad, ...this.#judgeColumns(columns, rejectedRows) }
  }

  #judgeColumns(columns, rejectedRows) {
    const isOver = (known) => [...columns].some(([key, names]) => union(known.get(key), names).size > this.#most)
    const isUnfit = isOver(this.#known)
    const take = () => {
      for (const [key, names] of columns) {
        this.#offered.set(key, union(this.#offered.get(key), names))
        if (!isUnfit) this.#known.set(key, union(this.#known.get(key), names))
      }
    }
    const mayBe = this.#isExact ? isUnfit : isOver(this.#offered)
    return { codes: mayBe ? [TOO_MANY] : [], isSure: this.#isExact, rejectedRows, take }
  }

  /** All profiles were taken to be written. */
  flush() {
    this.#known.clear()
  }

  #keyOf({ dataset, bucket, timeMs }, now) {
    return JSON.stringify([placeOf(dataset), bucketStart(timeMs ?? timeOf(bucket) ?? now, this.#aggregateBy)])
  }
}

const union = (left, right) => new Set([...(left ?? []), ...right])

function namesOf(rows, hasGaps = true) {
  return new Set(rows.flatMap(({ cells, gaps = [] }) => [...cells.map(([name]) => name), ...(hasGaps ? gaps : [])]))
}
