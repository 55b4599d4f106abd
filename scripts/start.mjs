/**
 * `npm start`: the product on real data. Without arguments the sample data sets, with arguments one's own:
 * `npm start -- mydata.csv --timestamp-column time`.
 */

import { spawn } from 'node:child_process'
import { relative } from 'node:path'
import { at, root } from './lib/project.mjs'
import { setup } from './setup.mjs'

// npm runs scripts in the package's folder; files that the user names are meant from where the user stands.
const cwd = process.env.INIT_CWD ?? process.cwd()

/** Runs `rolling-profiles profile` with the terminal handed over whole, standard input included. */
const profile = (args) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [at('dist', 'cli', 'main.js'), 'profile', ...args], { cwd, stdio: 'inherit' })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })

const heading = (args) => {
  const words = args.map((arg) => (arg.startsWith(root) ? relative(cwd, arg) : arg))
  return `rolling-profiles profile ${words.map((word) => (/\s/.test(word) ? JSON.stringify(word) : word)).join(' ')}`
}

await setup({ quiet: true })
const own = process.argv.slice(2)
if (own.length > 0) {
  process.exitCode = await profile(own)
} else {
  const { samples } = await import('./sample.mjs')
  for (const args of samples) {
    console.log(`\n> ${heading(args)}\n`)
    const code = await profile(args)
    process.exitCode ||= code
  }
}
