/** Preloaded into a process that is measured: writes what it took to descriptor 3 when it ends. */
import { writeSync } from 'node:fs'
import { processMemory, tellsMemory } from '../../support/process-memory.mjs'

process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const bytes = tellsMemory ? processMemory('VmHWM') : null
  writeSync(3, JSON.stringify({ bytes, cpuSeconds: (user + system) / 1e6 }))
})
