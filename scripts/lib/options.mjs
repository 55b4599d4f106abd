/** The options of a script. */
import { parseArgs } from 'node:util'

/**
 * Reads what the script was called with. `--help` prints the usage and ends it; what it does not know ends it with code 2.
 *
 * @param {string} usage
 * @param {import('node:util').ParseArgsConfig['options']} options
 * @param {{ allowPositionals?: boolean }} more
 */
export function readOptions(usage, options, more = {}) {
  let parsed
  try {
    parsed = parseArgs({ options: { ...options, help: { type: 'boolean' } }, ...more })
  } catch (error) {
    if (!error.code?.startsWith('ERR_PARSE_ARGS')) throw error
    console.error(`${error.message}\n\n${usage}`)
    process.exit(2)
  }
  if (parsed.values.help) {
    console.log(usage)
    process.exit(0)
  }
  return parsed
}

/** What option `--name` says as a number: a whole one above 0, or the script ends with code 2. */
export function count(name, text) {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  console.error(`--${name} is a whole number above 0, not ${text}`)
  process.exit(2)
}
