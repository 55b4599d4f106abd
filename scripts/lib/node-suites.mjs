/** Every `*.test.mjs` under `__test__/`, each file in a process of its own, with the results added up. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { filesUnder } from './fresh.mjs'
import { at, root } from './project.mjs'
import { run } from './run.mjs'

/** A suite that hangs is ended after this long, so that a run always ends; no test comes near it. */
const hangMs = 15 * 60_000

/** Adds up the lines that count-reporter.mjs left. */
export function readCounts(text, code) {
  const events = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  const total = { passed: 0, failed: 0, skipped: 0, reasons: [] }
  for (const { outcome, name, file } of events) {
    if (outcome === 'passed' || outcome === 'skipped') total[outcome] += 1
    else {
      total.failed += 1
      total.reasons.push(
        outcome === 'empty'
          ? `${relative(root, file)} has no tests`
          : `${file ? relative(root, file) : 'a suite'}: ${name}`,
      )
    }
  }
  if (total.failed === 0 && (code !== 0 || total.passed === 0)) {
    total.failed += 1
    total.reasons.push(`node --test ended with code ${code}`)
  }
  return total
}

/** @param {string[]} words parts of paths; none: all suites. */
export async function runNodeSuites(words = []) {
  // Node 20 does not expand patterns, so the files are listed here.
  const files = filesUnder(at('__test__'))
    .filter((file) => file.endsWith('.test.mjs') && !file.includes('node_modules'))
    .map((file) => relative(root, file))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  if (files.length === 0) return { passed: 0, failed: 1, skipped: 0, reasons: ['no Node suites were found'] }

  const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-counts-'))
  const counts = join(folder, 'counts')
  const args = [
    '--test',
    `--test-timeout=${hangMs}`,
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./scripts/lib/count-reporter.mjs', `--test-reporter-destination=${counts}`],
    ...files,
  ]
  try {
    const { code } = await run(process.execPath, args)
    return readCounts(readFileSync(counts, 'utf8'), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
