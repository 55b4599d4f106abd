/** The logger that the settings of a program ask for. */
import { SEGMENT_COLUMN } from './values.mjs'

/**
 * @param now what the clock says
 * @param processBatch what the logger does with messages of the program's own class
 */
export function makeLogger(lib, settings, writers, now, processBatch) {
  class ModelLogger extends lib.BaseProcessRollingLogger {
    processBatch(batch) {
      return processBatch(batch)
    }
  }
  return new ModelLogger(optionsOf(lib, settings, writers, now))
}

const writersOf = (writers, datasetId, orgId) => writers.map((writer) => writer.writerFor(datasetId, orgId))

/** Every dataset has a logger of its own, with the same options. */
const factoryOf = (lib, { aggregateBy = 'Day' }, writers) => ({
  createLogger: (datasetId, orgId, { writeSchedule, minWriteIntervalMs, schema }) =>
    new lib.ThreadRollingLogger({
      writers: writersOf(writers, datasetId, orgId),
      aggregateBy,
      writeSchedule,
      minWriteIntervalMs,
      schema,
    }),
})

function optionsOf(lib, settings, writers, currentTimeFn) {
  const { workers = 1, linger, seed, buffer, queueMessages, onFull, profileBytes, maxColumns, valueBytes } = settings
  const { maxSegments } = settings
  const limits = { maxProfileBytes: profileBytes, maxColumns, maxSegments, maxValueBytes: valueBytes }
  const queueConfig = { messageAccumulationDurationMs: linger, maxBufferBytes: buffer, maxQueueMessages: queueMessages }
  return {
    workers,
    seed,
    onFull,
    onInvalid: settings.tells ? 'event' : undefined,
    blockTimeoutMs: 10,
    currentTimeFn,
    aggregateBy: settings.aggregateBy,
    writeSchedule: settings.schedule ? new lib.Schedule('Second', 1) : null,
    minWriteIntervalMs: 1000,
    queueType: queueMessages === undefined ? undefined : 'MP',
    queueConfig: given(queueConfig),
    limits: given(limits),
    schema: settings.segments ? new lib.DatasetSchema({ segments: lib.segmentOnColumn(SEGMENT_COLUMN) }) : undefined,
    // What a close loses is known by what the writers were shown.
    maxConcurrentWrites: 1000,
    syncEnabled: true,
    flushOnExit: false,
    writerFactory: { createWriters: (datasetId, orgId) => writersOf(writers, datasetId, orgId) },
    loggerFactory: settings.factory ? factoryOf(lib, settings, writers) : undefined,
  }
}

const given = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
