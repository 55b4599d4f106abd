/** What whoever waits for a benchmark sees, and the machine it runs on. */
import { arch, cpus, platform } from 'node:os'

const BACK = '\r\u001b[K'

/** On a screen one line that changes; elsewhere a line now and then. */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`${BACK}${text}`)
  else process.stderr.write(`${text}\n`)
}

export function clearProgress() {
  if (process.stderr.isTTY) process.stderr.write(BACK)
}

export const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  platform: platform(),
  arch: arch(),
  node: process.version,
}
