/** What the engine takes of memory: what the process has more of, but for the heap of JavaScript, which grows by whatever the program does. */
import { setImmediate } from 'node:timers/promises'
import { narrowRows } from './rows.mjs'
import { rolling, started, to } from './started.mjs'

const DISTINCT_ROWS = 20_000

/** Resident memory outside of JavaScript's heap, bytes. */
function outside() {
  const { rss, heapTotal } = process.memoryUsage()
  return rss - heapTotal
}

/**
 * What datasets take, bytes: a first one with its queue, buffers and what Node compiles for it, and a second one by itself. `fill` logs and waits until all is tracked.
 */
export async function ofTwo(fill) {
  const filled = async (datasetId) => {
    await fill(datasetId)
    globalThis.gc?.()
    return outside()
  }
  const none = outside()
  const one = await filled('first')
  return { first: one - none, second: (await filled('d')) - one }
}

export const MEMORY = {
  'memory of one': async (count) => {
    const rows = narrowRows(DISTINCT_ROWS)
    const { logger } = await started({ workers: 1 })
    const { first, second } = await ofTwo(async (datasetId) => {
      for (let i = 0; i < count; i++) {
        logger.log(rows[i % rows.length], { ...to, datasetId })
        // What waits in the queue is no part of a profile.
        if (i % 10_000 === 0) await logger.processMessages()
      }
      await logger.processMessages()
    })
    await logger.close()
    return { bytes: first, moreBytes: second }
  },
  'memory of many': async (count) => {
    const { logger } = await started()
    const rows = narrowRows(DISTINCT_ROWS)
    const datasets = count < 10_000 ? 500 : 10_000
    const before = outside()
    for (let i = 0; i < datasets * 100; i++) {
      const room = logger.log(rows[i % rows.length], { ...to, datasetId: `d${i % datasets}` })
      if (!room) await logger.drained()
    }
    await logger.log(rows[0], { ...to, sync: true })
    const bytes = outside() - before
    await logger.close()
    return { bytes }
  },
  overload: async (count) => {
    const { DatasetSchema, matches } = await rolling()
    const maxBufferBytes = (count < 10_000 ? 1 : 16) * 1024 * 1024
    // Conditions on texts: they cost the calling thread nothing, and a worker more than all else.
    const patterns = Array.from({ length: 5 }, (_, i) => [`p${i}`, matches(new RegExp(`.*[${i}-9]{2}[a-f]+$`))])
    const conditions = Object.fromEntries(['s0', 's1', 's2'].map((name) => [name, Object.fromEntries(patterns)]))
    const schema = new DatasetSchema({ conditions })
    const { logger } = await started({ workers: 1, onFull: 'drop', queueConfig: { maxBufferBytes }, schema })
    const rows = narrowRows(DISTINCT_ROWS)
    const before = outside()
    let most = 0
    for (let i = 0; i < Math.max(50_000, count * 5); i++) {
      logger.log(rows[i % rows.length], to)
      if (i % 10_000 === 0) {
        most = Math.max(most, outside() - before)
        await setImmediate()
      }
    }
    const { offeredMessages, acceptedMessages, refusedMessages, droppedMessages, trackedMessages } = logger.stats()
    if (offeredMessages !== acceptedMessages + refusedMessages + droppedMessages) {
      throw new Error('messages are missing')
    }
    await logger.processMessages()
    const { trackedRows, rejectedRows, acceptedRows } = logger.stats()
    if (acceptedRows !== trackedRows + rejectedRows) throw new Error('accepted rows are missing')
    await logger.close()
    return { bytes: Math.max(0, most - maxBufferBytes), timesTooFast: offeredMessages / trackedMessages }
  },
}
