import { randomBytes } from 'node:crypto'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { datasetName } from '../detect.js'
import { earlierProfiles } from '../earlier-profiles.js'
import { oneLine, systemReason, UserError, unreadable } from '../errors.js'
import { fold } from '../fold.js'
import { makeFolder, withScratchFolder } from '../folders.js'
import { printable } from '../format.js'
import { checkInput } from '../input.js'
import type { Io } from '../io.js'
import { readProfiles } from '../profile-files.js'
import type { ProfileOptions } from '../profile-options.js'
import type { ProfilerFactory, ReadView } from '../profiler.js'
import { Progress } from '../progress.js'
import { readInto } from '../reading.js'
import { type DatasetReport, newReport, warnings } from '../report.js'
import { reportsText, reportText } from '../report-output.js'
import { sourcesOf } from '../sources.js'

/** `profile FILE…`: one logger and one summary per dataset, in turn. */
export async function profile(
  files: readonly string[],
  options: ProfileOptions,
  io: Io,
  createProfiler: ProfilerFactory,
  read: ReadView,
): Promise<void> {
  const inputs = namedInputs(files, io)
  for (const input of inputs) await checkInput(input)
  if (options.write) await requireWritable(options.outDir)
  const inTable = options.output === 'table'

  const reports: DatasetReport[] = []
  for (const [datasetId, paths] of byDataset(inputs, options.datasetId)) {
    const into = (outDir: string): Promise<DatasetReport> =>
      profileDataset(datasetId, paths, { ...options, outDir }, io, createProfiler, read)
    // Profiles that nobody wants are still what the summary is made from.
    const report = options.write ? await into(options.outDir) : await withScratchFolder(into)
    reports.push(report)
    for (const warning of warnings(report)) io.err(`rolling-profiles: ${printable(datasetId)}: ${warning}\n`)
    if (inTable && !options.quiet) io.out(`${reports.length > 1 ? '\n' : ''}${reportText(report, options, io)}`)
  }
  if (!inTable) io.out(reportsText(reports, options))
}

async function profileDataset(
  datasetId: string,
  paths: readonly string[],
  options: ProfileOptions,
  io: Io,
  createProfiler: ProfilerFactory,
  read: ReadView,
): Promise<DatasetReport> {
  const { outDir, aggregateBy, workers } = options
  const startedMs = io.nowMs()
  const progress = new Progress(io, options.progress)
  const sources = await sourcesOf(paths, randomBytes(8).toString('hex'))
  const profiler = createProfiler({ datasetId, outDir, aggregateBy, workers, sources })
  const report = newReport({
    datasetId,
    outDir: options.write ? outDir : null,
    aggregateBy,
    inputs: [...paths],
    startedMs,
  })
  try {
    for (const path of paths) {
      const reading = await readInto(profiler, path, options, { io, progress, nowMs: startedMs })
      report.rows += reading.rows
      report.untimed += reading.untimed
      report.leftOut += reading.complaints.count
      report.complaints.push(...reading.complaints.first)
    }
  } catch (error) {
    // Half of the input in the profiles would be counted twice when the command is repeated.
    await profiler.discard()
    throw error
  }
  const outcome = await profiler.close()
  report.tookMs = io.nowMs() - startedMs
  report.rejected = outcome.rejectedRows
  if (outcome.unwritten > 0) {
    const reason = oneLine(outcome.reason ?? 'the reason is unknown')
    throw new UserError(`${outDir}: ${outcome.unwritten} profiles could not be written: ${reason}`)
  }
  report.folded = await fold(readProfiles(outcome.files, read))
  if (options.write) {
    report.files = outcome.files
    report.earlier = await earlierProfiles(outDir, outcome.files)
  }
  return report
}

function namedInputs(files: readonly string[], io: Io): string[] {
  if (files.length === 0) {
    if (io.stdinIsTerminal) throw new UserError('no file is named; see rolling-profiles profile --help')
    return ['-']
  }
  if (files.filter((file) => file === '-').length > 1) throw new UserError('standard input (-) can be read only once')
  return [...files]
}

function byDataset(inputs: readonly string[], datasetId: string | null): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const input of inputs) {
    const id = datasetId ?? datasetName(input)
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [input])
    else group.push(input)
  }
  return groups
}

/** Makes the folder if need be and proves, before anything is read, that files can be made in it. */
async function requireWritable(folder: string): Promise<void> {
  try {
    await makeFolder(folder)
    // Its name is random, and it is never one that is there already.
    await rmdir(await mkdtemp(join(folder, '.writable-')))
  } catch (error) {
    throw unreadable(folder, `profiles cannot be written there: ${systemReason(error)}`)
  }
}
