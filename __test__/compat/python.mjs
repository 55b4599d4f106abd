/** The reference in a child process: python/serve.py, spoken to in JSON lines. */
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./python/serve.py', import.meta.url))

/** Python with whylogs 1.6.4, when this environment names one. */
export const interpreter = process.env.ROLLING_PROFILES_PYTHON

/** Nothing is sent anywhere, no configuration of the user's is read, and no byte code is left behind. */
export function quietEnvironment() {
  const { WHYLABS_API_KEY, WHYLABS_DEFAULT_ORG_ID, WHYLABS_DEFAULT_DATASET_ID, ...kept } = process.env
  return {
    ...kept,
    WHYLOGS_NO_ANALYTICS: 'True',
    WHYLOGS_CONFIG_PATH: join(tmpdir(), 'rolling-profiles-compat-no-such-config.ini'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONIOENCODING: 'utf-8',
  }
}

export class Reference {
  #child
  #waiting = []
  #ended = null
  #complaints = ''

  constructor(python) {
    this.#child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'], env: quietEnvironment() })
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#complaints = (this.#complaints + text).slice(-4000)
    })
    // A broken pipe shows as the child's end, which says more.
    this.#child.stdin.on('error', () => {})
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { resolve, reject } = this.#waiting.shift()
      const reply = JSON.parse(line)
      if (reply.error) reject(new Error(`the reference: ${reply.error}`))
      else resolve(reply)
    })
    this.#child.on('error', (error) => this.#end(error.message))
    this.#child.on('close', (code) => this.#end(`ended with ${code}\n${this.#complaints}`))
  }

  #end(reason) {
    this.#ended ??= new Error(`the reference ${reason}`)
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended)
  }

  /** One request of serve.py; resolves to its answer. */
  ask(request) {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    })
  }

  /** The reference's own profile of columns of values; `out` keeps its file. */
  profile(columns, { mode = 'row', out, timestampMs = 0 } = {}) {
    const made = {
      name: 'live',
      mode,
      resolver: 'grown',
      datasetTimestampMs: timestampMs,
      creationTimestampMs: timestampMs,
      columns,
    }
    return this.ask({ do: 'profile', case: made, out })
  }

  close() {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null) return resolve()
      this.#child.once('close', () => resolve())
      this.#child.stdin.end()
    })
  }
}
