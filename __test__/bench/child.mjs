/** Programs that measure, or that have to run before: each a process of its own. */
import { run } from '../../scripts/lib/run.mjs'

const lastLine = (text) => text.trim().split('\n').at(-1)

/** Runs one to its end; gives the JSON that its last line is. */
export async function figures(what, command, args) {
  const { code, text } = await run(command, args, { collect: true })
  if (code !== 0) throw new Error(`${what} failed:\n${text}`)
  return JSON.parse(lastLine(text))
}

/** What one that runs, with its output collected, gives: `text`; or why it fails or is not there: `reason`. */
export async function attempt(running) {
  try {
    const { code, text } = await running
    return code === 0 ? { text } : { reason: lastLine(text) }
  } catch ({ message }) {
    return { reason: message }
  }
}
