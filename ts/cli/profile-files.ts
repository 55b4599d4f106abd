import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { oneLine, systemReason, UserError, unreadable } from './errors.js'
import type { ReadView, View } from './profiler.js'

/** Reads the profiles in turn, each when it is asked for. */
export async function* readProfiles(files: readonly string[], read: ReadView): AsyncGenerator<View> {
  for (const file of files) yield await readProfile(file, read)
}

/** Reads one profile; what is wrong with the file becomes one line. */
async function readProfile(file: string, read: ReadView): Promise<View> {
  try {
    if ((await stat(file)).isDirectory()) throw new UserError(`${file}: it is a folder, not a file`)
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(file, systemReason(error))
  }
  try {
    return read(file)
  } catch (error) {
    throw unreadable(
      file,
      `it is no readable profile: ${oneLine(error instanceof Error ? error.message : String(error))}`,
    )
  }
}

/** Every `*.bin` file below a folder, by name. */
export async function profilesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.bin') && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
