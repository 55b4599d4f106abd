/** Child processes: their output is passed through as it comes, and collected where it has to be read. */
import { spawn, spawnSync } from 'node:child_process'
import { root } from './project.mjs'

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, collect?: boolean, onText?: (piece: string, stream: 'stdout' | 'stderr') => void }} options
 *   `collect` keeps the output from the screen; `onText` is given every piece of it, with the stream it came on.
 * @returns {Promise<{ code: number, text: string }>} the exit code (1 for a signal) and what was collected.
 */
export function run(command, args, { cwd = root, env = process.env, collect = false, onText } = {}) {
  const piped = collect || onText !== undefined
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', ...(piped ? ['pipe', 'pipe'] : ['inherit', 'inherit'])],
    })
    let text = ''
    for (const stream of ['stdout', 'stderr']) {
      child[stream]?.setEncoding('utf8').on('data', (piece) => {
        if (collect) text += piece
        else process[stream].write(piece)
        onText?.(piece, stream)
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, text }))
  })
}

/** Runs a JavaScript file with this Node. */
export const runNode = (script, args = [], options = {}) => run(process.execPath, [script, ...args], options)

/** Runs npm: the one that started us where there is one, so that versions do not mix. */
export function runNpm(args, options = {}) {
  const started = process.env.npm_execpath
  if (started && /\.c?js$/.test(started)) return runNode(started, args, options)
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options)
}

/** What a command prints, or `null` when it is not there or fails. */
export function answer(command, args) {
  const { status, stdout } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
  return status === 0 ? stdout : null
}
