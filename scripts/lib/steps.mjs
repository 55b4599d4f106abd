/** Scripts that are a list of steps, each some commands, of which some may be chosen. */
import { readOptions } from './options.mjs'
import { run } from './run.mjs'

const options = {
  only: { type: 'string' },
  without: { type: 'string' },
}

const named = (text) => text?.split(',') ?? []

/** What every such script says of its options. */
export const stepsUsage = (title, steps, more = '') => `${title}

  --only STEP,…      only these steps
  --without STEP,…   all but these${more}

Steps: ${Object.keys(steps).join(', ')}`

/**
 * Reads what the script was called with; a step that there is none of ends it with code 2.
 *
 * @param {string} usage
 * @param {Record<string, unknown>} steps
 */
export function readSteps(usage, steps, more = {}) {
  const { values } = readOptions(usage, { ...options, ...more })
  const unknown = [...named(values.only), ...named(values.without)].filter((name) => !(name in steps))
  if (unknown.length > 0) {
    console.error(`no such step: ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}`)
    process.exit(2)
  }
  return values
}

/**
 * Runs the chosen steps in their order; gives their names by how they ended. A step gives its commands when its turn comes, or `null` where it cannot run here.
 *
 * @param {Record<string, () => string[][] | null>} steps
 */
export async function runSteps(steps, values, keepsGoing) {
  const [failed, passed, skipped] = [[], [], []]
  for (const [name, commands] of Object.entries(steps)) {
    if (values.only && !named(values.only).includes(name)) continue
    if (named(values.without).includes(name)) continue
    if (failed.length > 0 && !keepsGoing) break
    console.log(`\n== ${name}`)
    const list = commands()
    if (list === null) {
      skipped.push(name)
      continue
    }
    let holds = true
    for (const [command, ...args] of list) {
      const { code } = await run(command, args)
      if (code !== 0) holds = false
    }
    if (holds) passed.push(name)
    else failed.push(name)
  }
  return { failed, passed, skipped }
}
