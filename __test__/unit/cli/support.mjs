/** What the command line's tests share: files, a terminal that remembers, and a logger that only counts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
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

/** Reads all of a text reader: its rows, their places, and what it complained about. */
export async function collect(batches) {
  const rows = []
  const places = []
  for await (const batch of batches) {
    for (const [index, row] of batch.rows.entries()) {
      rows.push(row)
      places.push(batch.placeOf(index))
    }
  }
  return { rows, places }
}

/** A text as the pieces a stream may come in. */
export async function* pieces(text, size = Number.POSITIVE_INFINITY) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

export function fakeIo({ stdin = '', width = null, draws = false, progressWidth = null } = {}) {
  const io = {
    stdin: Readable.from([Buffer.from(stdin)]),
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
    nowMs: () => io.time,
  }
  return io
}

/** A logger that keeps the rows; `highWater`: `log` says false at every so many rows. */
export function fakeProfilers({ highWater = Number.POSITIVE_INFINITY, refuse = () => null, outcome = {} } = {}) {
  const made = []
  const create = (options) => {
    const profiler = {
      options,
      rows: [],
      times: [],
      state: 'open',
      waits: 0,
      log(row, time) {
        const error = refuse(row)
        if (error) throw error
        profiler.rows.push(row)
        profiler.times.push(time)
        return profiler.rows.length % highWater !== 0
      },
      async drained() {
        profiler.waits++
      },
      async close() {
        profiler.state = 'closed'
        return { files: [], unwritten: 0, reason: null, rejectedRows: 0, ...outcome }
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
