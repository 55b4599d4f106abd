/** The built command line, as a shell runs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { at } from '../../scripts/lib/project.mjs'

export const program = at('dist', 'cli', 'main.js')

/** What a child process has said so far, in its `stdout` and `stderr`. */
function heard(child) {
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      output[stream] += text
    })
  }
  return output
}

async function ended(child) {
  const output = heard(child)
  const [code, signal] = await once(child, 'close')
  return { code, signal, ...output }
}

/** Starts the command in `cwd`; `stdin` is as in `spawn`, a pipe that is a socket unless it is said. */
export function start(cwd, words, { stdin = 'pipe' } = {}) {
  const child = spawn(process.execPath, [program, ...words], { cwd, stdio: [stdin, 'pipe', 'pipe'] })
  // A program that ends early does not read its input to the end.
  child.stdin?.on('error', () => {})
  return { child, ended: ended(child) }
}

/** Runs the command in `cwd` to its end; `input` goes to its standard input. */
export function run(cwd, words, { input = '', stdin = 'pipe' } = {}) {
  const { child, ended } = start(cwd, words, { stdin })
  child.stdin?.end(input)
  return ended
}

/** Runs a line of bash in which `rp` is the command. */
export function shell(cwd, line) {
  const rp = `rp() { "${process.execPath}" "${program}" "$@"; }`
  return ended(spawn('bash', ['-c', `${rp}; ${line}`], { cwd, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** The one dataset of what `--json` prints. */
export function datasetOf({ code, stdout, stderr }) {
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`)
  return JSON.parse(stdout).datasets[0]
}

export const columnOf = (dataset, name) => dataset.columns.find(({ column }) => column === name)
