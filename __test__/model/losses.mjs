/** What a close that gave up tells as lost, beside what was tracked and what every writer acknowledged. */
import { entryOf, ownerKey } from './model.mjs'

export class Losses {
  /** By dataset: rows that every writer acknowledged. */
  #written = new Map()
  /** By dataset: `[profiles, rows]` that are lost by all that the writers saw until the close ended. */
  #expected = null

  constructor(logger) {
    logger.on('written', ({ datasetId, orgId, rows }) => {
      const owner = ownerKey(orgId, datasetId)
      this.#written.set(owner, (this.#written.get(owner) ?? 0) + rows)
    })
  }

  /** The close has given up: what comes later counts as lost. */
  note(model, writers) {
    if (this.#expected !== null) return
    this.#expected = new Map([...profilesOf(writers)].map(([owner, profiles]) => [owner, [profiles, 0]]))
    for (const [owner, rows] of model.rowsByOwner) {
      const left = rows - (this.#written.get(owner) ?? 0)
      if (left !== 0) entryOf(this.#expected, owner, () => [0, 0])[1] = left
    }
  }

  /** What is wrong with the error that a close rejected with, and with the counters. */
  faults({ lost, pending }, { lostProfiles, lostRows }) {
    const sum = (name) => lost.reduce((total, loss) => total + loss[name], 0)
    const faults = []
    if (sum('profiles') !== pending)
      faults.push(`close tells of ${sum('profiles')} lost profiles, and ${pending} pending`)
    if (sum('profiles') !== lostProfiles) faults.push(`lostProfiles is ${lostProfiles}, not ${sum('profiles')}`)
    if (sum('rows') !== lostRows) faults.push(`lostRows is ${lostRows}, not ${sum('rows')}`)
    // Where a thread came to no rows any more, nobody knows whose they are.
    if (lost.some(({ datasetId }) => datasetId === null)) return faults
    const told = lost.map(({ datasetId, orgId, profiles, rows }) => [ownerKey(orgId, datasetId), [profiles, rows]])
    const [is, wanted] = [told, [...this.#expected]].map((list) => JSON.stringify(list.sort(byOwner)))
    if (is !== wanted) faults.push(`close tells of ${is} as lost, not of ${wanted}`)
    return faults
  }
}

const byOwner = ([left], [right]) => (left < right ? -1 : 1)

/** By dataset: how many profiles were shown to a writer and not acknowledged by all. */
function profilesOf(writers) {
  const all = new Map(writers.flatMap(({ seen }) => [...seen]))
  const unwritten = [...all].filter(([key]) => !writers.every(({ items }) => items.has(key)))
  const counts = new Map()
  for (const [, { orgId, datasetId }] of unwritten) {
    const owner = ownerKey(orgId, datasetId)
    counts.set(owner, (counts.get(owner) ?? 0) + 1)
  }
  return counts
}
