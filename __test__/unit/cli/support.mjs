/** What the command line's tests share: files, a terminal that remembers, and a logger that only counts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importTs } from '../../support/typescript.mjs'

/** A folder that goes away with the test. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-cli-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function temporaryFile(t, name, content) {
  const path = join(temporaryFolder(t), name)
  writeFileSync(path, content)
  return path
}

export function fakeIo({ width = null, draws = false, progressWidth = null } = {}) {
  const io = {
    stdinIsTerminal: false,
    stdout: '',
    stderr: '',
    out(text) {
      io.stdout += text
    },
    err(text) {
      io.stderr += text
    },
    width,
    draws,
    progressWidth,
    time: Date.UTC(2024, 5, 1, 12),
    controller: new AbortController(),
    interruption: () => io.controller.signal,
    nowMs: () => io.time,
  }
  return io
}

/** What became of a file of which nothing is to be said. */
export const RESULT = {
  format: 'csv',
  bytes: 10,
  rows: 1,
  withoutTimestamp: 0,
  leftOut: 0,
  cutTexts: 0,
  columns: ['a'],
  facts: [],
  notes: [],
  complaints: [],
}

/** A logger that reads nothing; `result` is what it says of each file, or throws. */
export function fakeProfilers({ result = () => ({}), outcome = {} } = {}) {
  const made = []
  const create = (options) => {
    const profiler = {
      options,
      reads: [],
      state: 'open',
      async read(file, given) {
        profiler.reads.push([file, given])
        return { ...RESULT, ...(await result(file, given)) }
      },
      async close() {
        profiler.state = 'closed'
        return { files: [], unwritten: 0, reason: null, ...outcome }
      },
      async discard() {
        profiler.state = 'discarded'
      },
    }
    made.push(profiler)
    return profiler
  }
  return { made, create }
}

/** Options of `profile` as the command line would give them. */
export async function optionsOf(words, spec = 'PROFILE') {
  const { parseArguments } = await importTs('cli/arguments.ts')
  const specs = await importTs('cli/specs.ts')
  const { profileOptions } = await importTs('cli/profile-options.ts')
  return profileOptions(parseArguments(specs[spec], words))
}
