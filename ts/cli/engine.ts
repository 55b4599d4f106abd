import { join } from 'node:path'
import { DatasetSchema, LocalWriterFactory, ProcessRollingLogger, ProfileView, TimeGranularity } from '../index.js'
import type { Aggregation, MergeAnyway, Profiler, ProfilerFactory, ReadView } from './profiler.js'

/** How long a profile that cannot be written is tried again at the end. */
const CLOSE_TIMEOUT_MS = 10_000

/** A file's times lie where they lie, and what could not be written is told at the end. */
const TOLD_ELSEWHERE = new Set(['ERR_BUCKET_WINDOW', 'ERR_WRITER'])

const GRANULARITIES: Readonly<Record<Aggregation, TimeGranularity>> = {
  second: TimeGranularity.Second,
  minute: TimeGranularity.Minute,
  hour: TimeGranularity.Hour,
  day: TimeGranularity.Day,
  month: TimeGranularity.Month,
  year: TimeGranularity.Year,
}

/** The package's own logger, writing when it is closed and not before. */
export const createProfiler: ProfilerFactory = ({ datasetId, outDir, aggregateBy, workers, sources }): Profiler => {
  const metadata = Object.fromEntries(Object.entries(sources).map(([id, reading]) => [`rp.source.${id}`, reading]))
  const logger = new ProcessRollingLogger({
    aggregateBy: GRANULARITIES[aggregateBy],
    schema: new DatasetSchema({ metadata }),
    writeSchedule: null,
    writerFactory: new LocalWriterFactory(outDir),
    flushOnExit: false,
    ...(workers === null ? {} : { workers }),
  })
  const files: string[] = []
  let rejectedRows = 0
  let reason: string | null = null
  let failure: Error | null = null
  logger.on('written', ({ fileName }) => files.push(join(outDir, fileName)))
  logger.on('writeFailed', ({ error }) => {
    reason = error.message
  })
  logger.on('rejected', ({ rows }) => {
    rejectedRows += rows
  })
  logger.on('error', (error) => {
    failure ??= error
  })
  logger.on('warning', (warning) => {
    if (!TOLD_ELSEWHERE.has(warning.code)) process.emitWarning(warning)
  })
  logger.start()

  // One object for all rows: `log` has read it when it returns.
  const options = { datasetId, timestampMs: 0 }
  return {
    log(row, timestampMs) {
      options.timestampMs = timestampMs
      // A record that happens to look like the tabular form of many rows is still one row.
      const data = Array.isArray(row.columns) && Array.isArray(row.data) ? [row] : row
      return logger.log(data, options)
    },
    drained: () => logger.drained(),
    async close() {
      // As long as it takes: only writing has a limit.
      await logger.processMessages()
      const { pending } = await logger.close({ timeoutMs: CLOSE_TIMEOUT_MS, onLoss: 'report' })
      if (failure !== null) throw failure
      return { files: files.sort(), unwritten: pending, reason, rejectedRows }
    },
    async discard() {
      logger.terminate()
    },
  }
}

export const readView: ReadView = (path) => ProfileView.read(path)

export const mergeAnyway: MergeAnyway = (left, right) =>
  ProfileView.mergeAll([left as ProfileView, right as ProfileView], { force: true })
