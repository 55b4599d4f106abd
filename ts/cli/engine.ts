import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LocalWriterFactory, ProcessRollingLogger, ProfileView, TimeGranularity } from '../index.js'
import type { Aggregation, MergeAnyway, Profiler, ProfilerFactory, ReadView } from './profiler.js'

/** How long a profile that cannot be written is tried again at the end. */
const CLOSE_TIMEOUT_MS = 10_000

/** A file's times lie where they lie, and what could not be written is told at the end. */
const TOLD_ELSEWHERE = new Set(['ERR_BUCKET_WINDOW', 'ERR_VALUE_CUT', 'ERR_WRITER'])

const GRANULARITIES: Readonly<Record<Aggregation, TimeGranularity>> = {
  second: TimeGranularity.Second,
  minute: TimeGranularity.Minute,
  hour: TimeGranularity.Hour,
  day: TimeGranularity.Day,
  month: TimeGranularity.Month,
  year: TimeGranularity.Year,
}

/** The package's own logger, writing when it is closed and not before. */
export const createProfiler: ProfilerFactory = ({ datasetId, outDir, aggregateBy, workers }): Profiler => {
  const logger = new ProcessRollingLogger({
    aggregateBy: GRANULARITIES[aggregateBy],
    writeSchedule: null,
    writerFactory: new LocalWriterFactory(outDir),
    flushOnExit: false,
    ...(workers === null ? {} : { workers }),
  })
  const files: string[] = []
  let reason: string | null = null
  let failure: Error | null = null
  logger.on('written', ({ fileName }) => files.push(join(outDir, fileName)))
  logger.on('writeFailed', ({ error }) => {
    reason = error.message
  })
  logger.on('error', (error) => {
    failure ??= error
  })
  logger.on('warning', (warning) => {
    if (!TOLD_ELSEWHERE.has(warning.code)) process.emitWarning(warning)
  })
  logger.start()
  return {
    read: (file, options) => logger.logFile(file, { ...options, datasetId, recordSource: true }),
    async close() {
      const { pending } = await logger.close({ timeoutMs: CLOSE_TIMEOUT_MS, onLoss: 'report' })
      if (failure !== null) throw failure
      return { files: files.sort(), unwritten: pending, reason }
    },
    async discard() {
      logger.terminate()
      await Promise.all(files.map((file) => rm(file, { force: true })))
    },
  }
}

export const readView: ReadView = (path) => ProfileView.read(path)

export const mergeAnyway: MergeAnyway = (left, right) =>
  ProfileView.mergeAll([left as ProfileView, right as ProfileView], { force: true })
