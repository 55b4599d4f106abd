import { realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode, systemReason, UserError, unreadable } from '../errors.js'
import { makeFolder } from '../folders.js'
import { formatCount } from '../format.js'
import type { Io } from '../io.js'
import { profilesBelow, readProfiles } from '../profile-files.js'
import type { ReadView } from '../profiler.js'
import { fold } from '../summary.js'

export interface MergeOptions {
  out: string
  force: boolean
}

/** `merge FILE|FOLDER… --out FILE`: folds profiles into one file, which appears whole or not at all. */
export async function merge(inputs: readonly string[], options: MergeOptions, io: Io, read: ReadView): Promise<void> {
  const exists = await kindOf(options.out)
  if (exists === 'folder') throw new UserError(`${options.out}: it is a folder; --out takes the name of a file`)
  if (exists === 'file' && !options.force) throw new UserError(`${options.out} exists; --force replaces it`)

  const files = await expand(inputs, options.out)
  if (files.length === 0) throw new UserError(`${inputs.join(', ')}: no profiles (*.bin) there`)
  const folded = await fold(readProfiles(files, read))
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
