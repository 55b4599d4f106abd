import { createReadStream, fstatSync } from 'node:fs'
import { access, constants, open, stat } from 'node:fs/promises'
import type { FileInput } from '../index.js'
import { systemReason, UserError, unreadable } from './errors.js'

/** Standard input's descriptor, and the path that opens it anew. */
const STDIN = 0
const STDIN_PATH = '/dev/stdin'
const CHUNK_BYTES = 1024 * 1024

/** How an input is called in messages. */
export function labelOf(path: string): string {
  return path === '-' ? 'standard input' : path
}

/** Fails unless `path` is a file that can be read; `-` always can. A pipe is not opened: it can be opened only once. */
export async function checkInput(path: string): Promise<void> {
  if (path === '-') return
  try {
    const found = await stat(path)
    if (found.isDirectory()) throw new UserError(`${path}: it is a folder, not a file`)
    if (found.isFile()) await (await open(path)).close()
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, systemReason(error))
  }
}

/**
 * What a path of the command line stands for. A pipe is read by its path, past this process's own stream; all else that standard input may be (a file
 * from where the shell has read it to, a socket) is read through its descriptor.
 */
export async function inputOf(path: string): Promise<FileInput> {
  if (path !== '-') return path
  const isPipe = fstatSync(STDIN).isFIFO()
  const isOpenable =
    isPipe &&
    (await access(STDIN_PATH, constants.R_OK).then(
      () => true,
      () => false,
    ))
  return isOpenable ? STDIN_PATH : createReadStream('', { fd: STDIN, autoClose: false, highWaterMark: CHUNK_BYTES })
}
