/** What a logger tells of messages that it refused, and of messages and rows that it rejected, beside what it has to tell. */
export class Told {
  /** The codes of messages that it refused without throwing. */
  refused = []
  #events = []
  #partly = []

  constructor(logger) {
    logger.on('rejected', (event) => this.#events.push(event))
    logger.on('refused', ({ error }) => this.refused.push(error.code))
  }

  /** A message was accepted of which these lines have to be left out. */
  expectPartly({ datasetId, orgId = null }, tracked, lines) {
    this.#partly.push(JSON.stringify(partly({ datasetId, orgId }, { tracked, rejected: lines.length, first: lines })))
  }

  /** What is wrong; `isCut`: the logger was stopped before it could tell of everything. */
  faults(isCut, { rejectedMessages, rejectedRows }) {
    const faults = []
    const left = [...this.#partly]
    for (const event of this.#events.filter(({ error }) => error.code === 'ERR_PARTLY_REJECTED')) {
      const told = JSON.stringify(partly(event, event.error))
      const at = left.indexOf(told)
      if (at < 0) faults.push(`it tells of rejected lines that are none: ${told}`)
      else left.splice(at, 1)
    }
    if (isCut) return faults
    for (const untold of left) faults.push(`it does not tell of rejected lines: ${untold}`)
    const sum = (count) => this.#events.reduce((total, event) => total + event[count], 0)
    if (sum('messages') !== rejectedMessages)
      faults.push(`it tells of ${sum('messages')} rejected messages, not ${rejectedMessages}`)
    if (sum('rows') !== rejectedRows) faults.push(`it tells of ${sum('rows')} rejected rows, not ${rejectedRows}`)
    return faults
  }
}

/** So many lines are told of one by one. */
const MOST_LINES = 10

/** The same of an event and of what is expected. */
export const partly = ({ datasetId, orgId }, { tracked, rejected, first }) => ({
  datasetId,
  orgId,
  tracked,
  rejected,
  first: first.slice(0, MOST_LINES).map(({ line, code }) => ({ line, code })),
})
