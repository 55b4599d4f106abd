/** Programs that once failed, as files. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const CASES = fileURLToPath(new URL('cases', import.meta.url))

/** The names of those that are kept. */
export const caseNames = () =>
  readdirSync(CASES)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))

export const readCase = (path) => JSON.parse(readFileSync(path, 'utf8'))

export const pathOf = (name, folder = CASES) => join(folder, `${name}.json`)

/** Saves a program with what was wrong; gives the file's path. */
export function saveCase(folder, { kind, program, faults, seed }) {
  mkdirSync(folder, { recursive: true })
  const path = pathOf(`seed-${seed}`, folder)
  writeFileSync(path, `${JSON.stringify({ note: faults[0], kind, ...program })}\n`)
  return path
}
