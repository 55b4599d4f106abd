/**
 * What a row costs part by part: a file is profiled once as it is, once without metrics, once with one column alone that has none; the differences are the parts.
 * `node parts.mjs FILE FORM` prints the processor time of all threads.
 */
import { at } from '../../../scripts/lib/project.mjs'
import { figures } from '../child.mjs'
import { rolling } from '../started.mjs'

const FORMS = ['cut', 'parsed', 'all']

/** Nanoseconds a row of each part. */
export async function parts({ path, rows, column }) {
  const spent = {}
  for (const form of FORMS) {
    const program = at('__test__', 'bench', 'files', 'parts.mjs')
    const { ns, tracked } = await figures(`${path}, ${form}`, process.execPath, [program, path, form, column])
    if (tracked !== rows) throw new Error(`${path}: ${rows - tracked} rows are missing`)
    spent[form] = ns / rows
  }
  return {
    cutNs: spent.cut,
    parsedNs: spent.parsed - spent.cut,
    sketchedNs: spent.all - spent.parsed,
    allNs: spent.all,
  }
}

async function measure(path, form, column) {
  const { DatasetSchema, profileFile } = await rolling()
  const none = new DatasetSchema({ resolvers: [] })
  const options = form === 'all' ? {} : { schema: none }
  if (form === 'cut') options.columns = [column]
  const before = process.cpuUsage()
  const { rows } = await profileFile(path, options)
  const { user, system } = process.cpuUsage(before)
  return { ns: (user + system) * 1000, tracked: rows }
}

if (process.argv[1] === import.meta.filename) {
  const [path, form, column] = process.argv.slice(2)
  console.log(JSON.stringify(await measure(path, form, column)))
}
