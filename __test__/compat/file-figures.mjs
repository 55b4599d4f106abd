/** Figures that other readers give of a file, held against ours. */
import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { profiledFile } from '../support/file-tables.mjs'
import { interpreter, quietEnvironment } from './python.mjs'

/** The lines that a script under `python/` prints, as values. */
export async function linesOf(script, ...words) {
  const path = fileURLToPath(new URL(`./python/${script}`, import.meta.url))
  const options = { encoding: 'utf8', env: quietEnvironment(), maxBuffer: 1 << 28 }
  const { stdout } = await promisify(execFile)(interpreter, [path, ...words], options)
  return stdout.trim().split('\n').map(JSON.parse)
}

/** Whether the interpreter has a package. */
export function has(name) {
  if (!interpreter) return false
  try {
    execFileSync(interpreter, ['-c', `import ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/**
 * Every difference between what readers say of files in `folder` and what we do, as texts.
 *
 * @param {{ file: string, reader: string, columns: Record<string, object> }[]} lines
 * @param {(line: object) => object} optionsOf how we read each
 */
export async function differencesOf(folder, lines, optionsOf = () => ({})) {
  const found = []
  const ours = new Map()
  for (const line of lines) {
    const { file, reader, columns } = line
    if (!ours.has(file)) ours.set(file, await readingOf(join(folder, file), optionsOf(line)))
    const { error, table, view, columns: names } = ours.get(file)
    if (error) found.push(`${file}: ${error}`)
    else found.push(...tableDifferences(`${file} by ${reader}`, { table, view, names }, columns))
  }
  return [...new Set(found)]
}

async function readingOf(path, options) {
  try {
    const { result, table, view } = await profiledFile(path, options)
    return { table, view, columns: result.columns }
  } catch (error) {
    return { error: `${error.code ?? error.name}: ${error.message}` }
  }
}

function tableDifferences(label, { table, view, names }, columns) {
  const expected = Object.keys(columns)
  // A reader may leave out what it cannot read.
  const read = names.filter((name) => name in columns)
  if (JSON.stringify(expected) !== JSON.stringify(read)) return [`${label}: columns ${names}, not ${expected}`]
  return expected.flatMap((name) => {
    const theirs = columns[name]
    if (theirs.n === 0 && table[name] === undefined) return []
    if (table[name] === undefined) return [`${label} · ${name}: the column is missing`]
    return columnDifferences(`${label} · ${name}`, table[name], theirs, () => view.column(name).cardinality(3))
  })
}

const KINDS = ['integral', 'fractional', 'boolean', 'string', 'object', 'tensor']
/** Distinct values up to which the estimate has no error. */
const EXACT_DISTINCT = 300

/** Every difference between a row of a table and what a reader says of the column; `cardinality` gives bounds of the distinct values. */
export function columnDifferences(label, row, theirs, cardinality) {
  const found = []
  const check = (what, got, want) => {
    if (got !== want) found.push(`${label}: ${what} ${got}, not ${want}`)
  }
  check('n', row['counts/n'], theirs.n)
  check('nulls', row['counts/null'], theirs.nulls + (theirs.nan ?? 0))
  check('nan', row['counts/nan'], theirs.nan ?? 0)
  check('inf', row['counts/inf'], theirs.inf ?? 0)
  if (theirs.kinds) kindDifferences(check, row, theirs.kinds)
  if (theirs.min !== undefined && theirs.min !== null) {
    check('min', row['distribution/min'], theirs.min)
    check('max', row['distribution/max'], theirs.max)
    const off = Math.abs(row['distribution/mean'] - theirs.mean)
    if (!(off <= 1e-11 * theirs.scale)) found.push(`${label}: mean ${row['distribution/mean']}, not ${theirs.mean}`)
  }
  if (theirs.distinct > 0 && cardinality) {
    const { estimate, lower, upper } = cardinality() ?? {}
    const exact = theirs.distinct > EXACT_DISTINCT || Math.round(estimate) === theirs.distinct
    if (!(exact && Math.floor(lower) <= theirs.distinct && theirs.distinct <= Math.ceil(upper))) {
      found.push(`${label}: ${theirs.distinct} distinct, estimated ${lower} ${estimate} ${upper}`)
    }
  }
  return found
}

function kindDifferences(check, row, kinds) {
  const { list, ...others } = kinds
  for (const kind of KINDS) {
    // Lists of numbers are tensors where they are regular, else objects.
    if (list === undefined || (kind !== 'tensor' && kind !== 'object'))
      check(kind, row[`types/${kind}`], others[kind] ?? 0)
  }
  if (list !== undefined) check('lists', row['types/tensor'] + row['types/object'], list)
}
