import { realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode, oneLine, systemReason, UserError, unreadable } from '../errors.js'
import { fold } from '../fold.js'
import { makeFolder } from '../folders.js'
import { formatCount, printable } from '../format.js'
import type { Io } from '../io.js'
import { profilesBelow, readProfiles } from '../profile-files.js'
import type { MergeAnyway, ReadView, View } from '../profiler.js'

export interface MergeOptions {
  out: string
  /** Replace a file that is there, and merge what is otherwise refused. */
  force: boolean
}

/** `merge FILE|FOLDER… --out FILE`: folds profiles into one file, which appears whole or not at all. */
export async function merge(
  inputs: readonly string[],
  options: MergeOptions,
  io: Io,
  read: ReadView,
  anyway: MergeAnyway,
): Promise<void> {
  const exists = await kindOf(options.out)
  if (exists === 'folder') throw new UserError(`${options.out}: it is a folder; --out takes the name of a file`)
  if (exists === 'file' && !options.force) throw new UserError(`${options.out} exists; --force replaces it`)

  const files = await expand(inputs, options.out)
  if (files.length === 0) throw new UserError(`${inputs.join(', ')}: no profiles (*.bin) there`)
  const inputsOnce = new Inputs(files, options.force ? anyway : null, io)
  const folded = await fold(inputsOnce.views(read), (left, right) => inputsOnce.combine(left, right))
  if (folded === null) throw new UserError('nothing to merge')
  try {
    await makeFolder(dirname(options.out))
    await folded.view.write(options.out)
  } catch (error) {
    throw unreadable(options.out, `cannot be written: ${systemReason(error)}`)
  }
  const buckets = formatCount(folded.buckets, 'dataset time')
  io.out(`${options.out}: ${formatCount(folded.parts, 'part')} of ${buckets} merged\n`)
}

/** Why the package refuses a merge that can be forced. */
const REFUSALS: ReadonlySet<string> = new Set(['ERR_DIFFERENT_DATASETS', 'ERR_COUNTED_TWICE', 'ERR_UNMERGEABLE_METRIC'])

/** The profiles to be merged, each of their parts once. */
class Inputs {
  readonly #files: readonly string[]
  /** `null`: what is refused ends the command. */
  readonly #anyway: MergeAnyway | null
  readonly #io: Io
  /** The file that each part came from. */
  readonly #counted = new Map<string, string>()
  #current = ''

  constructor(files: readonly string[], anyway: MergeAnyway | null, io: Io) {
    this.#files = files
    this.#anyway = anyway
    this.#io = io
  }

  /** All but those whose parts have all been counted. */
  async *views(read: ReadView): AsyncGenerator<View> {
    let index = 0
    for await (const view of readProfiles(this.#files, read)) {
      this.#current = this.#files[index++] ?? ''
      const { parts } = view.origin
      const [first] = parts
      if (first !== undefined && parts.every((part) => this.#counted.has(part))) {
        this.#tell(`what it counts is in ${printable(this.#counted.get(first) ?? '')} already; left out`)
        continue
      }
      for (const part of parts) if (!this.#counted.has(part)) this.#counted.set(part, this.#current)
      yield view
    }
  }

  combine(left: View, right: View): View {
    try {
      return left.merge(right)
    } catch (error) {
      if (!REFUSALS.has(errorCode(error) ?? '')) throw error
      const reason = oneLine((error as Error).message)
      if (this.#anyway === null)
        throw new UserError(`${printable(this.#current)}: ${reason}; --force merges all the same`)
      this.#tell(`${reason}; merged all the same`)
      return this.#anyway(left, right)
    }
  }

  #tell(what: string): void {
    this.#io.err(`rolling-profiles: ${printable(this.#current)}: ${what}\n`)
  }
}

/** Files as they are named, folders as the profiles below them. The file to be written is no part of a folder. */
async function expand(inputs: readonly string[], out: string): Promise<string[]> {
  const target = await realpath(out).catch(() => null)
  const files: string[] = []
  for (const input of inputs) {
    const kind = await kindOf(input)
    if (kind === null) throw unreadable(input, 'no such file or folder')
    if (kind === 'file') {
      files.push(input)
      continue
    }
    for (const file of await profilesBelow(input)) {
      if ((await realpath(file)) !== target) files.push(file)
    }
  }
  return files
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw unreadable(path, systemReason(error))
  }
}
