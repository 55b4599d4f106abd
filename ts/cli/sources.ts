import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { systemReason, unreadable } from './errors.js'

/** Hexadecimal digits of the hash that stand for a file: 128 bits. */
const DIGITS = 32

/**
 * What files hold, by a hash of their bytes, each with the same name of this reading: so profiles tell whether two runs read the same file, whatever it is
 * called. Standard input is not known before it has been read, and is left out.
 */
export async function sourcesOf(paths: readonly string[], reading: string): Promise<Record<string, string>> {
  const sources: Record<string, string> = {}
  for (const path of paths) {
    if (path !== '-') sources[await hashOf(path)] ??= `${reading} ${basename(path)}`
  }
  return sources
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash)
  } catch (error) {
    throw unreadable(path, systemReason(error))
  }
  return hash.digest('hex').slice(0, DIGITS)
}
