/** Other libraries on the same rows, where they can be had: whylogs in Python, DuckDB in Node. What is missing is told, not made up. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { at } from '../../scripts/lib/project.mjs'
import { run, runNpm } from '../../scripts/lib/run.mjs'
import { attempt, figures } from './child.mjs'
import { cache, rowsFile } from './floor.mjs'
import { narrowRows } from './rows.mjs'
import { check, truthOf } from './truth.mjs'

const DUCKDB = '@duckdb/node-api@1.5.6-r.1'
const script = at('__test__', 'bench', 'peer.py')

/** The Python that has the reference: the one that is named, or an environment made here. `null`: none can be had, and `miss` is told why. */
async function python(progress, miss) {
  const named = process.env.ROLLING_PROFILES_PYTHON
  if (named) return named
  const own = join(cache, 'venv', 'bin', 'python')
  const tried = (command, args) => attempt(run(command, args, { collect: true }))
  if (!(await tried(own, ['-c', 'import whylogs'])).reason) return own
  progress('installing whylogs into a virtual environment')
  const requirements = at('__test__', 'compat', 'requirements.txt')
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', '--clear', join(cache, 'venv')],
    [own, '-m', 'pip', 'install', '--quiet', '-r', requirements],
  ]) {
    const { reason } = await tried(command, args)
    if (reason) return miss(`whylogs in Python: ${reason}`)
  }
  return own
}

async function duckdb(progress, miss) {
  const folder = join(cache, 'duckdb')
  const require = createRequire(join(folder, 'package.json'))
  if (!existsSync(join(folder, 'node_modules', '@duckdb'))) {
    progress('installing DuckDB')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const args = ['install', '--no-audit', '--no-fund', DUCKDB]
    const { reason } = await attempt(runNpm(args, { cwd: folder, collect: true }))
    if (reason) return miss(`DuckDB in Node: ${reason}`)
  }
  return require('@duckdb/node-api')
}

async function measuredInPython(interpreter, form, count) {
  const { rowsPerSecond, answers } = await figures(`python, ${form}`, interpreter, [script, form, rowsFile(count)])
  check(`python, ${form}`, answers, truthOf(narrowRows(count)))
  return { rowsPerSecond }
}

async function measuredInDuckdb(module, count) {
  // Once to warm up.
  await summarised(module, narrowRows(count / 5))
  const rows = narrowRows(count)
  const { rowsPerSecond, answers } = await summarised(module, rows)
  check('duckdb', answers, truthOf(rows))
  return { rowsPerSecond }
}

async function summarised({ DuckDBInstance }, rows) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const types = { f: 'DOUBLE', i: 'BIGINT', s: 'VARCHAR', b: 'BOOLEAN' }
  const names = Object.keys(rows[0])
  const began = performance.now()
  await connection.run(`CREATE TABLE t (${names.map((name) => `${name} ${types[name[0]]}`).join(', ')})`)
  const appender = await connection.createAppender('t')
  for (const row of rows) {
    for (const name of names) {
      const value = row[name]
      if (name[0] === 'f') appender.appendDouble(value)
      else if (name[0] === 'i') appender.appendBigInt(BigInt(value))
      else if (name[0] === 's') appender.appendVarchar(value)
      else appender.appendBoolean(value)
    }
    appender.endRow()
  }
  appender.flushSync()
  const summary = await connection.runAndReadAll('SUMMARIZE t')
  const rowsPerSecond = rows.length / ((performance.now() - began) / 1000)
  const answers = {}
  for (const row of summary.getRowObjects()) {
    const isNumber = row.column_name[0] === 'f' || row.column_name[0] === 'i'
    answers[row.column_name] = {
      n: Number(row.count),
      ...(isNumber && { min: Number(row.min), max: Number(row.max), mean: Number(row.avg) }),
    }
  }
  return { rowsPerSecond, answers }
}

/** The peers that are there: each name with what measures it. `miss` is told, as a line, of each that is not; it gives `null`. */
export async function peers(progress, miss, { smoke }) {
  const found = {}
  const interpreter = await python(progress, miss)
  if (interpreter) {
    const size = smoke ? 200 : 100_000
    found['whylogs data frame'] = () => measuredInPython(interpreter, 'frame', size)
    found['whylogs homogeneous'] = () => measuredInPython(interpreter, 'homogeneous', size)
    found['whylogs serialised'] = () => measuredInPython(interpreter, 'serialised', smoke ? 200 : 200_000)
    found['whylogs process logger'] = () => measuredInPython(interpreter, 'logger', smoke ? 50 : 60_000)
  }
  const module = smoke ? miss('DuckDB in Node: not in a smoke run') : await duckdb(progress, miss)
  if (module) found['DuckDB appender and SUMMARIZE'] = () => measuredInDuckdb(module, 100_000)
  return found
}
