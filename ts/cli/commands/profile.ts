import { mkdtemp, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileResult } from '../../index.js'
import { earlierProfiles } from '../earlier-profiles.js'
import { oneLine, systemReason, UserError, unreadable } from '../errors.js'
import { fold } from '../fold.js'
import { makeFolder, withScratchFolder } from '../folders.js'
import { formatCount, printable } from '../format.js'
import { datasetName } from '../formats.js'
import { checkInput, labelOf } from '../input.js'
import type { Io } from '../io.js'
import { readProfiles } from '../profile-files.js'
import type { ProfileOptions } from '../profile-options.js'
import type { Profiler, ProfilerFactory, ReadView } from '../profiler.js'
import { Progress } from '../progress.js'
import { readInto, SHOWN } from '../reading.js'
import { type DatasetReport, newReport, warnings } from '../report.js'
import { reportsText, reportText } from '../report-output.js'
import type { ColumnFacts } from '../summary.js'

/** What `profile` works with. */
interface Work {
  options: ProfileOptions
  io: Io
  createProfiler: ProfilerFactory
  read: ReadView
  /** Ctrl-C: what is under way is taken back. */
  signal: AbortSignal
}

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
  const work: Work = { options, io, createProfiler, read, signal: io.interruption() }
  // Profiles that nobody wants are still what the summary is made from.
  if (!options.write)
    return await withScratchFolder((outDir) => profileAll(inputs, { ...work, options: { ...options, outDir } }))
  const isNew = await requireWritable(options.outDir)
  try {
    await profileAll(inputs, work)
  } catch (error) {
    // One that others have written into is not empty, and stays.
    if (isNew) await rmdir(options.outDir).catch(() => {})
    throw error
  }
}

async function profileAll(inputs: readonly string[], work: Work): Promise<void> {
  const { options, io } = work
  const inTable = options.output === 'table'
  const reports: DatasetReport[] = []
  for (const [datasetId, paths] of byDataset(inputs, options.datasetId)) {
    const report = await profileDataset(datasetId, paths, work)
    reports.push(report)
    for (const warning of warnings(report)) io.err(`rolling-profiles: ${printable(datasetId)}: ${warning}\n`)
    if (inTable && !options.quiet) io.out(`${reports.length > 1 ? '\n' : ''}${reportText(report, options, io)}`)
  }
  if (!inTable) io.out(reportsText(reports, options))
}

async function profileDataset(datasetId: string, paths: readonly string[], work: Work): Promise<DatasetReport> {
  const { options, io, signal } = work
  const { aggregateBy, workers } = options
  const outDir = options.write ? options.outDir : null
  const report = newReport({ datasetId, outDir, aggregateBy, inputs: [...paths], startedMs: io.nowMs() })
  const profiler = work.createProfiler({ datasetId, outDir: options.outDir, aggregateBy, workers })
  const run = { io, progress: new Progress(io, options.progress), signal }
  try {
    for (const path of paths) addFile(report, labelOf(path), await readInto(profiler, path, options, run))
    const files = await written(profiler, options.outDir)
    report.tookMs = io.nowMs() - report.startedMs
    signal.throwIfAborted()
    report.folded = await fold(readProfiles(files, work.read))
    if (options.write) {
      report.files = files
      report.earlier = await earlierProfiles(options.outDir, files)
    }
    return report
  } catch (error) {
    // Half of the input in the profiles would be counted twice when the command is repeated.
    await profiler.discard()
    throw error
  }
}

/** Writes the profiles; gives their files. */
async function written(profiler: Profiler, outDir: string): Promise<string[]> {
  const { files, unwritten, reason } = await profiler.close()
  if (unwritten === 0) return files
  const why = oneLine(reason ?? 'the reason is unknown')
  throw new UserError(`${outDir}: ${formatCount(unwritten, 'profile')} could not be written: ${why}`)
}

/** Adds what became of one file. */
function addFile(report: DatasetReport, file: string, result: FileResult): void {
  report.rows += result.rows
  report.untimed += result.withoutTimestamp
  report.leftOut += result.leftOut
  report.cutTexts += result.cutTexts
  report.notes.push(...result.notes.map((note) => `${file}: ${note}`))
  report.complaints.push(...result.complaints.slice(0, SHOWN).map(({ place, reason }) => ({ file, place, reason })))
  for (const facts of result.facts) {
    const before = report.facts.get(facts.column)
    report.facts.set(facts.column, before === undefined ? facts : factsOfBoth(before, facts))
  }
  const known = new Set(report.columnOrder)
  report.columnOrder.push(...result.columns.filter((column) => !known.has(column)))
}

/** Those of two files: texts of both have these lengths, and times are known where both files name some alone. */
function factsOfBoth(one: ColumnFacts, other: ColumnFacts): ColumnFacts {
  const both = (key: keyof ColumnFacts, least: (left: number, right: number) => number): number | null => {
    const [left, right] = [one[key] ?? null, other[key] ?? null]
    return left === null || right === null ? null : least(left, right)
  }
  return {
    shortest: both('shortest', Math.min),
    longest: both('longest', Math.max),
    firstMs: both('firstMs', Math.min),
    lastMs: both('lastMs', Math.max),
  }
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

/** Makes the folder if need be and proves, before anything is read, that files can be made in it. Gives whether it is new. */
async function requireWritable(folder: string): Promise<boolean> {
  try {
    const isNew = await stat(folder).then(
      () => false,
      () => true,
    )
    await makeFolder(folder)
    // Its name is random, and it is never one that is there already.
    await rmdir(await mkdtemp(join(folder, '.writable-')))
    return isNew
  } catch (error) {
    throw unreadable(folder, `profiles cannot be written there: ${systemReason(error)}`)
  }
}
