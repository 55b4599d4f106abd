/** The most memory that this process has taken, where the system tells. */
import { writeFileSync } from 'node:fs'
import v8 from 'node:v8'
import vm from 'node:vm'
import { processMemory, tellsMemory } from '../../../support/process-memory.mjs'

const BYTES_IN_MB = 1024 * 1024

/** In MB; of what was freed only what stays reserved. */
const peakMb = () => processMemory('VmHWM') / BYTES_IN_MB

/** Begins to measure; gives a function that tells by how much the peak has grown since, in MB, or `null`. */
export function peakSince() {
  if (!tellsMemory) return () => null
  v8.setFlagsFromString('--expose-gc')
  vm.runInNewContext('gc')()
  try {
    // Makes what is taken now the peak; where that is forbidden, it is what was ever taken.
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {}
  const before = peakMb()
  return () => peakMb() - before
}
