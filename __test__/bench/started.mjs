/** What every measurement begins with. */

/** Where the rows of a measurement go. */
export const to = { datasetId: 'd', timestampMs: Date.UTC(2024, 0, 29) }

export const rolling = () => import('../../dist/index.js')

/** A logger into memory, and what it wrote. */
export async function started(options = {}) {
  const { MemoryWriter, ProcessRollingLogger } = await rolling()
  const writer = new MemoryWriter()
  const logger = new ProcessRollingLogger({
    writeSchedule: null,
    flushOnExit: false,
    syncEnabled: true,
    writerFactory: writer,
    ...options,
  })
  logger.start()
  return { logger, writer }
}

/** The value below which a share of all lie. */
export const quantile = (values, share = 0.5) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]

/** How long each of `rounds` runs took, ms. */
export async function timed(rounds, run) {
  const times = []
  for (let i = 0; i < rounds; i++) {
    const began = performance.now()
    await run()
    times.push(performance.now() - began)
  }
  return times
}
