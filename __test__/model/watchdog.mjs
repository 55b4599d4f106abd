/**
 * Ends the process when a program holds the event loop for ever: no timer of its own thread would tell. It says which
 * program, and leaves it in a file.
 */
import { Worker } from 'node:worker_threads'

const CODE = `
const { parentPort, workerData } = require('node:worker_threads')
const { mkdirSync, writeFileSync, writeSync } = require('node:fs')
const { join } = require('node:path')
let current = null
parentPort.on('message', (program) => {
  current = { program, at: Date.now() }
})
setInterval(() => {
  if (current === null || Date.now() - current.at < workerData.ms) return
  mkdirSync(workerData.folder, { recursive: true })
  const path = join(workerData.folder, 'held-' + process.pid + '.json')
  writeFileSync(path, JSON.stringify({ note: 'it holds the event loop', ...current.program }) + '\\n')
  writeSync(2, 'FOUND: a program holds the event loop, saved in ' + path + '\\n')
  process.kill(process.pid, 'SIGKILL')
}, 1000)
`

/**
 * @param ms a program that takes longer holds the event loop
 * @returns what each program is given to before it runs; `null`: none does
 */
export function watchPrograms(ms, folder) {
  const worker = new Worker(CODE, { eval: true, workerData: { ms, folder } })
  worker.unref()
  return (program) => worker.postMessage(program)
}
