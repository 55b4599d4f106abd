/**
 * The main job, held against the reference: the command line profiles the sample data as `npm start` does, Python opens every file it wrote and
 * makes its own profiles of the same data, and each bucket, and the whole, must agree.
 *
 * Needs ROLLING_PROFILES_PYTHON, a Python with requirements.txt beside this. Ends with code 1 on any difference.
 */
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { readOptions } from '../../scripts/lib/options.mjs'
import { at } from '../../scripts/lib/project.mjs'
import { samples } from '../../scripts/sample.mjs'
import { comparisonDifferences } from './main-job-rules.mjs'
import { interpreter, quietEnvironment } from './python.mjs'

const script = fileURLToPath(new URL('./python/main_job.py', import.meta.url))

/** The words behind `rolling-profiles profile`, as Python is told them. */
function described(args) {
  const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : null)
  return {
    id: option('--dataset-id'),
    path: args[0],
    timestampColumn: option('--timestamp-column'),
    timestampFormat: option('--timestamp-format'),
    aggregateBy: option('--aggregate-by'),
  }
}

/** Runs the command line on each data set, into `out`. */
async function profileAll(chosen, out) {
  for (const args of chosen) {
    await promisify(execFile)(process.execPath, [
      at('dist', 'cli', 'main.js'),
      'profile',
      ...args,
      '--out',
      out,
      '--quiet',
    ])
  }
}

/**
 * Compares what lies under `folder` with the reference's own profiles of the data sets.
 *
 * @param {string[][]} chosen entries of `samples`
 * @param {string} folder
 * @param {(line: string) => void} say told a line a data set
 * @returns {Promise<{ files: number, buckets: number, rows: number, problems: string[] }>}
 */
async function compareFolder(chosen, folder, say) {
  const found = { files: 0, buckets: 0, rows: 0, problems: [] }
  let dataset = null
  const child = spawn(interpreter, [script], { env: quietEnvironment(), stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify({ folder, datasets: chosen.map(described) }))
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text)
    if (line.file) {
      found.files++
      if (line.error) found.problems.push(`${line.file}: ${line.error}`)
    } else if (line.dataset) {
      dataset = line
      say(
        `${line.dataset}: ${line.rows} rows, ${line.columns} columns, ${line.buckets} buckets, ${line.runs.length} run(s)`,
      )
      if (line.runs.length === 0) found.problems.push(`${line.dataset}: there is no profile of it`)
      found.rows += line.rows
    } else {
      if (line.bucketMs !== null) found.buckets++
      const when = line.bucketMs === null ? 'all of it' : new Date(line.bucketMs).toISOString().slice(0, 10)
      found.problems.push(...comparisonDifferences(`${dataset.dataset} · ${when}`, line))
    }
  }
  const code = child.exitCode ?? (await new Promise((done) => child.once('close', done)))
  if (code !== 0) found.problems.push(`the reference ended with ${code}`)
  return found
}

/** The samples of these ids, profiled into a folder of its own, or as they lie in `profiles`; compared. */
export async function mainJob({ ids, profiles, say = () => {} } = {}) {
  const chosen = samples.filter((args) => !ids || ids.includes(described(args).id))
  const folder = profiles ?? mkdtempSync(join(tmpdir(), 'rolling-profiles-main-job-'))
  try {
    if (!profiles) await profileAll(chosen, folder)
    return await compareFolder(chosen, folder, say)
  } finally {
    if (!profiles) rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const usage = `node __test__/compat/main-job.mjs   the four data sets, into a folder that goes away

  --profiles FOLDER                   what is in that folder already, as npm start leaves it
  --only ID,…                         flights, birdstrikes, movies, weather`
  const { values } = readOptions(usage, { profiles: { type: 'string' }, only: { type: 'string' } })
  if (!interpreter) {
    console.error('main job: ROLLING_PROFILES_PYTHON names no Python')
    process.exit(2)
  }
  const profiles = values.profiles === undefined ? undefined : resolve(values.profiles)
  const { files, buckets, rows, problems } = await mainJob({ ids: values.only?.split(','), profiles, say: console.log })
  for (const problem of problems.slice(0, 100)) console.log(problem)
  console.log(`${files} files opened, ${rows} rows in ${buckets} buckets compared, ${problems.length} differences`)
  process.exitCode = problems.length > 0 || files === 0 ? 1 : 0
}
