/** What this process takes of memory, where the system tells. */
import { existsSync, readFileSync } from 'node:fs'

const STATUS = '/proc/self/status'
const BYTES_IN_KB = 1024

export const tellsMemory = existsSync(STATUS)

/** Bytes: `VmRSS` is what is taken now, `VmHWM` the most that was. */
export function processMemory(name) {
  const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(STATUS, 'utf8'))
  return Number(kilobytes) * BYTES_IN_KB
}
