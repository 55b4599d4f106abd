import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { errorCode } from './errors.js'

/**
 * Makes a folder and those above it. Node's own recursive form never returns where the system says of an existing
 * folder's child that it does not exist, as below `/proc`.
 */
export async function makeFolder(path: string): Promise<void> {
  const folder = resolve(path)
  try {
    await mkdir(folder)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' && dirname(folder) !== folder) {
      await makeFolder(dirname(folder))
      await mkdir(folder)
    } else if (!(await isFolder(folder))) {
      throw error
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
